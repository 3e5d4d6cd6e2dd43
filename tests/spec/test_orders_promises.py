"""Which node promises an order, what it must keep, when a promise ends, and what can be had meanwhile."""

import pytest

from mainstem.domains import inventory, orders, pricing
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.processes import lapse_due
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.spec, pytest.mark.anyio]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    return await Shop(executor).open()


# stock of (tea, cup) at N1, N2, N3; channel; node asked for; lines; the node that promises, or the refusal
NODE_ORDER = [
    ((9, 9), (9, 9), (9, 9), "web", None, (line("tea", 2),), "N1"),
    ((9, 9), (9, 9), (9, 9), "back", None, (line("tea", 2),), "N3"),
    ((1, 9), (9, 9), (9, 9), "web", None, (line("tea", 2),), "N2"),
    ((1, 9), (1, 9), (9, 9), "web", None, (line("tea", 2),), "N3"),
    ((9, 0), (0, 9), (9, 9), "web", None, (line("tea", 1), line("cup", 1)), "N3"),  # one node promises all lines
    ((9, 0), (0, 9), (0, 0), "web", None, (line("tea", 1), line("cup", 1)), "out_of_stock"),  # never split
    ((3, 0), (4, 0), (0, 0), "web", None, (line("tea", 2), line("tea", 2)), "N2"),  # two lines of one SKU add up
    ((9, 9), (9, 9), (9, 9), "web", "N2", (line("tea", 2),), "N2"),
    ((9, 9), (1, 9), (9, 9), "web", "N2", (line("tea", 2),), "out_of_stock"),  # the node asked for, no other
    ((0, 0), (9, 9), (9, 9), "one", None, (line("tea", 1),), "out_of_stock"),
    ((0, 0), (9, 9), (9, 9), "one", "N2", (line("tea", 1),), "N2"),
    ((9, 9), (9, 9), (9, 9), "none", None, (line("tea", 1),), "no_node"),
    ((9, 9), (9, 9), (9, 9), "none", "N3", (line("tea", 1),), "N3"),
]


async def test_the_node_order_of_the_channel(shop: Shop) -> None:
    for *stock, channel, node, lines, expected in NODE_ORDER:
        for code, (tea, cup) in zip(("N1", "N2", "N3"), stock, strict=True):
            counted = (inventory.StockLine("tea", tea), inventory.StockLine("cup", cup))
            await shop.does(inventory.CountStock(code, counted))
        (answer,) = await shop.answers(place(*lines, channel=channel, node=node))
        assert (answer.code if isinstance(answer, Refusal) else answer.node) == expected, (stock, channel, node, lines)
        if not isinstance(answer, Refusal):
            await shop.does(orders.CancelOrder(answer.id, "next row"))
    await shop.audit()


Policy = inventory.SetStockPolicy
# tea: 10 at N1. A policy is added in each row; then per channel the most that can be promised.
KEPT: list[tuple[inventory.SetStockPolicy | None, dict[str, int]]] = [
    (None, {"web": 10, "one": 10}),
    (Policy(safety=2), {"web": 8, "one": 8}),
    (Policy(sku="tea", node="N2", safety=5), {"web": 8, "one": 8}),  # another node's
    (Policy(sku="tea", safety=3), {"web": 7, "one": 7}),
    (Policy(channel="web", buffer=4), {"web": 3, "one": 7}),
    (Policy(sku="tea", channel="web", buffer=0), {"web": 7, "one": 7}),
    (Policy(category="Food/Tea", node="N1", safety=9), {"web": 7, "one": 7}),  # a SKU is narrower than its category
    (Policy(sku="tea", node="N1", channel="one", safety=0, buffer=0), {"web": 7, "one": 10}),
]


async def test_safety_stock_and_channel_buffer_hold_at_placement(shop: Shop) -> None:
    await shop.has("N1", tea=10)
    for policy, most in KEPT:
        if policy is not None:
            await shop.does(policy)
        for channel, quantity in most.items():
            assert (await shop.available("tea", "N1", channel)).available == quantity, (policy, channel)
            more = place(line(quantity=quantity + 1), channel=channel, node="N1")
            (refusal,) = await shop.answers(more)
            assert (refusal.code, refusal.params["available"]) == ("out_of_stock", quantity), (policy, channel)
            order = await shop.does(place(line(quantity=quantity), channel=channel, node="N1"))
            await shop.does(orders.CancelOrder(order.id, "next row"))
    await shop.audit()


async def test_the_buffer_of_one_channel_leaves_stock_for_another_in_one_batch(shop: Shop) -> None:
    await shop.has("N1", tea=3)
    await shop.does(inventory.SetStockPolicy(channel="web", buffer=2))
    ask = [place(line(), channel=channel, node="N1") for channel in ("web", "web", "one", "one", "one")]

    answers = await shop.answers(*ask)

    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False, False, True]


async def test_orders_that_name_a_node_and_orders_that_do_not_share_a_batch(shop: Shop) -> None:
    """What one takes at a node, the next in the batch does not believe to be there."""
    await shop.has("N1", tea=2)
    await shop.has("N2", tea=2)
    asked = [place(line(quantity=2), node="N1"), *[place(line()) for _ in range(3)], place(line(), node="N2")]

    answers = await shop.answers(*asked)

    told = [answer.code if isinstance(answer, Refusal) else answer.node for answer in answers]
    assert told == ["N1", "N2", "N2", "out_of_stock", "out_of_stock"]
    await shop.audit()


async def test_a_promise_ends_when_its_time_is_up_swept_or_not(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    late = await shop.does(place(channel="one"))
    assert (await shop.refuses(place(channel="one")))[0] == "out_of_stock"
    await shop.time_is_up(late.id)
    assert (await shop.available("tea")).available == 1

    taken = await shop.does(place(channel="one"))

    assert (await shop.view(late.id)).state == "lapsed"
    assert (await shop.view(taken.id)).state == "placed"
    assert (await shop.refuses(place(channel="one")))[0] == "out_of_stock"
    await shop.audit()


async def test_an_ended_reservation_makes_room_for_an_order(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    reserved = await shop.does(inventory.ReserveStock("N1", (inventory.StockLine("tea", 1),), minutes=5))
    assert (await shop.refuses(place(channel="one")))[0] == "out_of_stock"
    await shop.time_is_up(reserved.id)

    await shop.does(place(channel="one"))
    await shop.audit()


@pytest.mark.parametrize("node", ["N1", "N2"])
async def test_the_choice_of_a_node_counts_what_has_ended_there(shop: Shop, node: str) -> None:
    """The first node of the channel that can promise: ended promises are no reason to go to another, or to refuse."""
    await shop.has(node, tea=1)
    await shop.has("N3", tea=1)
    late = await shop.does(place(line(), channel="web"))
    assert late.node == node
    await shop.time_is_up(late.id)

    assert (await shop.does(place(line(), channel="web"))).node == node
    assert (await shop.does(place(line(), channel="web"))).node == "N3"
    await shop.audit()


async def test_an_allocation_to_another_node_counts_what_has_ended_there(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    await shop.has("N2", tea=1)
    moving = await shop.does(place(node="N1"))
    late = await shop.does(place(node="N2"))
    refusal = (await shop.answers(orders.AllocateOrder(moving.id, "N2")))[0]
    assert (refusal.code, refusal.params["sku"], refusal.params["node"]) == ("out_of_stock", "tea", "N2")
    await shop.time_is_up(late.id)

    assert (await shop.does(orders.AllocateOrder(moving.id, "N2"))).state == "allocated"
    assert (await shop.view(late.id)).state == "lapsed"
    assert (await shop.available("tea", "N1")).available == 1
    await shop.audit()


# Paid 0 to 300 of an order of 300 before its time is up, in the way said: does it lapse?
PAID = [
    ((), True),
    ((orders.PayOrder(0, cash(299)),), True),
    ((orders.PayOrder(0, cash(300)),), False),
    ((orders.PayOrder(0, cash(100)), orders.PayOrder(0, cash(200))), False),
    ((orders.PayOrder(0, cash(900)),), False),
    ((orders.PayOrder(0, cash(300)), orders.PayOrder(0, cash(-300))), False),  # refunds do not bring the end back
    ((orders.CancelOrder(0, "fewer", (orders.LineQuantity(1, 1),)), orders.PayOrder(0, cash(200))), False),
    ((orders.PayOrder(0, cash(200)), orders.CancelOrder(0, "fewer", (orders.LineQuantity(1, 1),))), False),
    ((orders.PayOrder(0, cash(100)), orders.CancelOrder(0, "fewer", (orders.LineQuantity(1, 1),))), True),
    ((orders.AllocateOrder(0),), False),
]


async def test_what_is_paid_does_not_lapse(shop: Shop) -> None:
    await shop.has("N1", tea=100)
    for steps, lapses in PAID:
        order = await shop.does(place(line(quantity=3), channel="one"))
        for step in steps:
            fields = {name: getattr(step, name) for name in step.__struct_fields__} | {"order": order.id}
            await shop.does(type(step)(**fields))
        await shop.time_is_up(order.id)
        assert await lapse_due(shop.executor) == int(lapses), steps
        assert ((await shop.view(order.id)).state == "lapsed") is lapses
    await shop.audit()


@pytest.mark.parametrize(
    ("minutes", "answer"), [(None, 30), (1, 1), (43_200, 43_200), (0, "bad_quantity"), (43_201, "bad_quantity")]
)
async def test_how_long_a_promise_holds(shop: Shop, minutes: int | None, answer: int | str) -> None:
    await shop.has("N1", tea=1)
    (placed,) = await shop.answers(place(hold_minutes=minutes))
    if isinstance(placed, Refusal):
        assert (placed.code, placed.where) == (answer, "/hold_minutes")
    else:
        view = await shop.view(placed.id)
        assert view.expires_at is not None
        assert (view.expires_at - view.occurred_at).total_seconds() == 60 * int(answer)


# base price 10.00; through web 9.00; at N1 8.00; at N1 through one 7.00
IN_FORCE: list[tuple[str, str | None, int]] = [
    ("web", None, 900),
    ("web", "N1", 800),
    ("web", "N2", 900),
    ("one", None, 700),
    ("back", None, 1000),
]


async def test_the_price_in_force_is_that_of_the_narrowest_scope(shop: Shop) -> None:
    await shop.all_do(
        pricing.SetPrice("tea", "CNY", 1000),
        pricing.SetPrice("tea", "CNY", 900, channel="web"),
        pricing.SetPrice("tea", "CNY", 800, node="N1"),
        pricing.SetPrice("tea", "CNY", 700, channel="one", node="N1"),
    )
    for node in ("N1", "N2", "N3"):
        await shop.has(node, tea=10)
    for channel, asked, price in IN_FORCE:
        order = await shop.does(place(line(price=None), channel=channel, node=asked))
        assert (order.lines[0].unit_price_minor, order.total_minor) == (price, price), (channel, asked)
    assert await shop.refuses(place(line("cup", price=None))) == ("no_price", "/lines/0/sku")
    assert (await shop.refuses(place(line(price=None), channel="tokyo")))[0] == "no_price"  # never converted
