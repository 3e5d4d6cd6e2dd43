"""Many connections of several processes want the same stock, the same order, the same name at once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from mainstem.domains import inventory, orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from tests.races.orders_workers import SWEEP, Sent, race
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.races, pytest.mark.anyio]

PROCESSES = 4
LANES = 16
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    return await Shop(executor).open()


def dealt(sent: Sequence[Sent | str], processes: int = PROCESSES) -> list[list[Sent | str]]:
    """The commands, dealt out to the processes."""
    return [list(sent[number::processes]) for number in range(processes)]


def together(url: str, commands: Sequence[Any], processes: int = PROCESSES, lanes: int = LANES) -> list[Any]:
    """What becomes of commands that are sent at once, each under a key of its own."""
    sent: list[Sent | str] = [one if one == SWEEP else (one, f"key {n}") for n, one in enumerate(commands)]
    return [answer for share in race(url, dealt(sent, processes), lanes) for answer in share]


def told(answers: Sequence[Any]) -> Counter[str]:
    """How often each answer was given: what was accepted by the name of its type, refusals by code."""
    return Counter(
        answer if isinstance(answer, str) else answer.code if isinstance(answer, Refusal) else type(answer).__name__
        for answer in answers
    )


async def test_the_last_unit_is_sold_once(shop: Shop, database_url: str) -> None:
    await shop.has("N1", tea=1)

    answers = together(database_url, [place(channel="one") for _ in range(PROCESSES * LANES)])

    assert told(answers) == {"OrderPlaced": 1, "out_of_stock": PROCESSES * LANES - 1}
    (left,) = [await shop.available("tea")]
    assert (left.on_hand, left.held, left.available) == (1, 1, 0)
    await shop.audit()


@pytest.mark.parametrize("channel", ["one", "web"])
async def test_five_hundred_buyers_of_a_stock_of_a_hundred(shop: Shop, database_url: str, channel: str) -> None:
    """At one node, and at three nodes of a channel that are tried in order."""
    for node, many in {"one": {"N1": 100}, "web": {"N1": 30, "N2": 30, "N3": 40}}[channel].items():
        await shop.has(node, tea=many)

    answers = together(database_url, [place(channel=channel) for _ in range(500)])

    assert told(answers) == {"OrderPlaced": 100, "out_of_stock": 400}
    assert sum([(await shop.available("tea", node)).held for node in ("N1", "N2", "N3")]) == 100
    await shop.audit()


async def test_batches_of_several_processes_sell_what_is_there_and_no_more(shop: Shop, executor: Executor) -> None:
    """Batches over nodes with a choice: what one batch believed, another has taken."""
    for node, many in {"N1": 30, "N2": 30, "N3": 40}.items():
        await shop.has(node, tea=many)
    batches = [shop.answers(*[place() for _ in range(50)]) for _ in range(10)]

    answers = [answer for batch in await asyncio.gather(*batches) for answer in batch]

    assert executor is shop.executor
    assert told(answers) == {"OrderPlaced": 100, "out_of_stock": 400}
    await shop.audit()


async def test_one_key_from_many_connections_has_one_effect(shop: Shop, database_url: str) -> None:
    await shop.has("N1", tea=5)
    sent: list[Sent | str] = [(place(channel="one"), "the key") for _ in range(32)]

    answers = [answer for share in race(database_url, dealt(sent), 8) for answer in share]

    assert len({repr(answer) for answer in answers}) == 1
    assert told(answers) == {"OrderPlaced": 32}
    assert (await shop.available("tea")).held == 1
    await shop.audit()


async def test_one_key_for_the_last_unit_is_answered_alike(shop: Shop, database_url: str) -> None:
    """Whoever loses the race for the key has seen an empty shelf; it is told what the winner was told."""
    await shop.has("N1", tea=1)
    sent: list[Sent | str] = [(place(channel="one"), "the key") for _ in range(32)]

    answers = [answer for share in race(database_url, dealt(sent), 8) for answer in share]

    assert told(answers) == {"OrderPlaced": 32}
    assert len({answer.id for answer in answers}) == 1


async def test_one_external_id_is_one_order_and_one_sale(shop: Shop, database_url: str) -> None:
    await shop.has("N1", tea=50)
    wish = place(channel="one", external_id="web-1")
    sale = orders.RecordSale("one", "N1", "till-1", NOON, (orders.SaleLine("tea", 1, 100),))

    answers = together(database_url, [wish, sale] * 24)

    assert told(answers) == {"OrderPlaced": 1, "duplicate_order": 23, "SaleRecorded": 24}
    assert len({answer.id for answer in answers if isinstance(answer, orders.SaleRecorded)}) == 1
    found = await shop.available("tea")
    assert (found.on_hand, found.held) == (49, 1)
    await shop.audit()


async def test_lines_in_different_orders_do_not_deadlock(shop: Shop, database_url: str) -> None:
    for node in ("N1", "N2"):
        await shop.has(node, tea=60, cup=60, rice=60)
    turns = list(permutations(("tea", "cup", "rice")))
    wishes = [
        place(*[line(sku) for sku in turn], channel="web", node=node)
        for turn in turns
        for node in ("N1", "N2", None, None)
    ]

    answers = together(database_url, wishes * 10)

    assert told(answers) == {"OrderPlaced": 120, "out_of_stock": 120}
    for node in ("N1", "N2"):
        assert [(await shop.available(sku, node)).available for sku in ("tea", "cup", "rice")] == [0, 0, 0]
    assert await deadlocks(shop) == 0
    await shop.audit()


async def deadlocks(shop: Shop) -> int:
    (row,) = await shop.rows("select deadlocks from pg_stat_database where datname = current_database()")
    return int(row[0])


async def test_sales_orders_counts_and_adjustments_of_one_sku(shop: Shop, database_url: str) -> None:
    await shop.has("N1", tea=100)
    commands: list[Any] = []
    for number in range(40):
        commands += [
            orders.RecordSale("one", "N1", f"till-{number}", NOON, (orders.SaleLine("tea", 1, 100),)),
            place(line(quantity=2), channel="one"),
            inventory.AdjustStock("N1", (inventory.StockLine("tea", -1),), "damaged"),
        ]
    commands += [inventory.CountStock("N1", (inventory.StockLine("tea", 50),)) for _ in range(4)]

    answers = together(database_url, commands)

    counts = told(answers)
    assert counts["SaleRecorded"] == 40, "a fact is never refused"
    assert counts["StockChanged"] + counts["OrderPlaced"] + counts["out_of_stock"] == 84
    assert set(counts) <= {"SaleRecorded", "StockChanged", "OrderPlaced", "out_of_stock"}
    await shop.audit()


async def test_an_unknown_sku_becomes_one_placeholder(shop: Shop, database_url: str) -> None:
    """And the first stock of a SKU at a node is one balance, whoever comes first."""
    commands: list[Any] = []
    for number in range(24):
        item = (orders.SaleLine("new", 1, 100), orders.SaleLine("newer", 1, 100))
        commands += [
            orders.RecordSale("one", "N1", f"till-{number}", NOON, item if number % 2 else item[::-1]),
            inventory.ReceiveStock("N1", (inventory.StockLine("newer", 1), inventory.StockLine("new", 1))),
        ]

    answers = together(database_url, commands)

    assert told(answers) == {"SaleRecorded": 24, "StockChanged": 24}
    assert await shop.rows("select sku from catalog.variant where placeholder order by sku") == [("new",), ("newer",)]
    assert [(await shop.available(sku)).on_hand for sku in ("new", "newer")] == [0, 0]
    await shop.audit()


async def test_the_first_stock_of_a_sku_at_a_node(shop: Shop, database_url: str) -> None:
    delivery = [inventory.ReceiveStock("N2", (inventory.StockLine("tea", 1),)) for _ in range(64)]

    assert told(together(database_url, delivery)) == {"StockChanged": 64}
    assert (await shop.available("tea", "N2")).on_hand == 64
    await shop.audit()


async def many_orders(shop: Shop, many: int, *, quantity: int = 1) -> list[int]:
    await shop.has("N1", tea=many * quantity)
    placed = await shop.all_do(*[place(line(quantity=quantity), channel="one") for _ in range(many)])
    return [order.id for order in placed]


async def test_a_paid_order_never_lapses(shop: Shop, database_url: str) -> None:
    """Two sweeps and a payment want the same order; whoever is second sees what the first did."""
    numbers = await many_orders(shop, 48)
    for number in numbers:
        await shop.time_is_up(number)
    payments = [orders.PayOrder(number, cash(100)) for number in numbers]

    answers = together(database_url, [one for payment in payments for one in (payment, SWEEP)], lanes=6)

    states = Counter[tuple[str, str]]()
    for answer in answers:
        if isinstance(answer, orders.OrderChanged):
            assert (await shop.view(answer.id)).state == answer.state, "what was paid in time did not lapse"
            states[answer.state, answer.payment] += 1
    assert set(states) <= {("placed", "paid"), ("lapsed", "refund_due")}
    lapsed = sum(answer for answer in answers if isinstance(answer, int))
    assert lapsed == states["lapsed", "refund_due"]
    assert states.total() == 48
    await shop.audit()


@pytest.mark.parametrize(
    ("first", "second", "settles"),
    [
        (lambda n: orders.CancelOrder(n, "no"), orders.ShipOrder, {("cancelled", 1), ("shipped", 0)}),
        (orders.ShipOrder, orders.ShipOrder, {("shipped", 0)}),
        (lambda n: orders.CancelOrder(n, "no"), lambda n: orders.CancelOrder(n, "no"), {("cancelled", 1)}),
        (orders.ShipOrder, lambda n: orders.AllocateOrder(n, "N2"), {("shipped", 0), ("shipped", 1)}),
    ],
)
async def test_two_want_the_same_order(
    shop: Shop,
    database_url: str,
    first: Callable[[int], Any],
    second: Callable[[int], Any],
    settles: set[tuple[str, int]],
) -> None:
    """One is first; the other is refused, or finds what the first left. Nothing leaves a shelf twice."""
    numbers = await many_orders(shop, 24)
    await shop.has("N2", tea=24)
    await shop.all_do(*[orders.AllocateOrder(number) for number in numbers])

    answers = together(database_url, [make(number) for number in numbers for make in (first, second)])

    counts = told(answers)
    assert set(counts) <= {"OrderChanged", "wrong_state"}
    assert counts["OrderChanged"] >= 24
    here, there = (await shop.available("tea")).on_hand, (await shop.available("tea", "N2")).on_hand
    ended = Counter([(await shop.view(number)).state for number in numbers])
    assert set(ended) <= {state for state, _ in settles}
    assert here + there == 48 - ended["shipped"]
    await shop.audit()


async def test_returns_of_one_order_do_not_exceed_it(shop: Shop, database_url: str) -> None:
    (number,) = await many_orders(shop, 1, quantity=5)
    await shop.does(orders.AllocateOrder(number))
    await shop.does(orders.ShipOrder(number))
    one = orders.ReturnOrder(number, "N2", "broken", (orders.LineQuantity(1, 1),))

    answers = together(database_url, [one] * 20)

    assert told(answers) == {"OrderChanged": 5, "wrong_state": 15}
    assert sum(answer.refund_minor for answer in answers if isinstance(answer, orders.OrderChanged)) == 500
    assert (await shop.available("tea", "N2")).on_hand == 5
    await shop.audit()


async def test_an_ended_promise_is_taken_over_once(shop: Shop, database_url: str) -> None:
    """The last unit is promised to somebody whose time is up; many want it, and the late one pays at last."""
    (late,) = await many_orders(shop, 1)
    await shop.time_is_up(late)
    commands = [place(channel="one") for _ in range(31)]

    answers = together(database_url, [*commands[:16], orders.PayOrder(late, cash(100)), *commands[16:]], lanes=8)

    counts = told(answers)
    state = (await shop.view(late)).state
    assert counts["OrderChanged"] == 1
    assert (state, counts["OrderPlaced"], counts["out_of_stock"]) in {("lapsed", 1, 30), ("placed", 0, 31)}, counts
    await shop.audit()


async def test_an_ended_promise_that_somebody_is_changing_is_waited_for(shop: Shop) -> None:
    """A sweep passes over what is locked; an order that needs its goods waits a little for what becomes of it."""
    (late,) = await many_orders(shop, 1)
    await shop.time_is_up(late)
    async with shop.database.transaction() as other:
        await other.execute("select from orders.customer_order where id = %s for update", (late,))
        waiting = asyncio.create_task(shop.answers(place(channel="one")))
        await asyncio.sleep(0.3)

    (answer,) = await waiting
    assert isinstance(answer, orders.OrderPlaced)
    assert (await shop.view(late)).state == "lapsed"
    await shop.audit()
