"""What can be promised: reservations, their end, policies, inbound goods."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mainstem.domains import inventory
from mainstem.domains.inventory import (
    ADJUST_STOCK,
    ANNOUNCE_INBOUND,
    AVAILABILITY_PAIRS_MAX,
    RECEIVE_STOCK,
    RELEASE_RESERVATION,
    RESERVE_STOCK,
    SEND_TRANSFER,
    SET_STOCK_POLICY,
    AdjustStock,
    AnnounceInbound,
    ReceiveStock,
    ReleaseReservation,
    ReserveStock,
    SendTransfer,
    SetStockPolicy,
    StockChanged,
)
from mainstem.kernel.refusals import Refusal, RefusedError
from mainstem.platform.execution import Executor
from tests.spec.inventory_shop import Shop, lines

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    opened = await Shop(executor).open()
    await opened.has("shanghai", ("milk", 10), ("rice", 5000))
    return opened


def wish(*given: tuple[str, int], minutes: int = 5, channel: str | None = None) -> ReserveStock:
    return ReserveStock("shanghai", lines(*given), minutes=minutes, channel=channel, document="cart-1")


# Reserving


async def test_what_is_reserved_is_there_and_promised(shop: Shop) -> None:
    answer = await shop.does(RESERVE_STOCK, wish(("milk", 3), ("milk", 1), ("rice", 500)))

    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.held, row.available) == (10, 4, 6)
    async with shop.database.snapshot() as connection:
        shown = await inventory.document(connection, answer.id)
    assert (shown.kind, shown.state, shown.document) == ("reservation", "open", "cart-1")
    assert [(line.sku, line.quantity, line.done) for line in shown.lines] == [
        ("milk", 3, 0),
        ("milk", 1, 0),
        ("rice", 500, 0),
    ]
    ((subject, _),) = await shop.events("stock_reserved")
    assert subject == answer.id
    await shop.audit()


async def test_all_lines_or_none_and_the_line_is_named(shop: Shop) -> None:
    (refusal,) = await shop.batch(RESERVE_STOCK, wish(("rice", 1), ("milk", 6), ("milk", 6)))

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.where) == ("out_of_stock", "/lines/2")
    assert refusal.params == {"sku": "milk", "node": "shanghai", "available": 4, "wanted": 6}
    assert (await shop.available("rice", "shanghai")).held == 0


async def test_the_last_unit_goes_to_the_first_of_the_batch(shop: Shop) -> None:
    answers = await shop.batch(RESERVE_STOCK, *(wish(("milk", 3)) for _ in range(5)))

    assert [isinstance(answer, StockChanged) for answer in answers] == [True, True, True, False, False]


async def test_the_last_unit_is_promised_once_across_connections(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.batch(RESERVE_STOCK, wish(("milk", 1))) for _ in range(14)))

    assert sum(isinstance(answer, StockChanged) for (answer,) in answers) == 10
    assert (await shop.available("milk", "shanghai")).available == 0
    await shop.audit()


NO_WISHES = [
    (wish(("milk", 1), minutes=0), "bad_quantity", "/minutes"),
    (wish(("milk", 1), minutes=43_201), "bad_quantity", "/minutes"),
    (wish(("milk", 1), channel="fax"), "unknown_channel", "/channel"),
    (wish(("never", 1)), "unknown_sku", "/lines/0/sku"),
    (wish(("milk", 0)), "bad_quantity", "/lines/0/quantity"),
    (wish(), "no_lines", "/lines"),
]


async def test_what_is_no_reservation(shop: Shop) -> None:
    for command, code, where in NO_WISHES:
        assert await shop.refuses(RESERVE_STOCK, command) == (code, where)


async def test_a_release_gives_back_once(shop: Shop) -> None:
    number = (await shop.does(RESERVE_STOCK, wish(("milk", 3), ("rice", 1)))).id

    first, second = await shop.batch(RELEASE_RESERVATION, ReleaseReservation(number), ReleaseReservation(number))

    assert first == StockChanged(id=number, lines=2)
    assert isinstance(second, Refusal)
    assert second.code == "already_closed"
    assert await shop.refuses(RELEASE_RESERVATION, ReleaseReservation(number)) == ("already_closed", "/reservation")
    assert await shop.refuses(RELEASE_RESERVATION, ReleaseReservation(1)) == ("not_found", "/reservation")
    assert (await shop.available("milk", "shanghai")).held == 0
    assert len(await shop.events("reservation_released")) == 1
    await shop.audit()


# Expiry


async def test_a_hold_whose_time_is_up_is_free_before_it_is_swept(shop: Shop) -> None:
    await shop.does(RESERVE_STOCK, wish(("milk", 8)))
    await shop.time_is_up()

    row = await shop.available("milk", "shanghai")
    assert (row.held, row.available) == (0, 10)
    assert await shop.rows("select held from ledger.balance where held > 0") == [(8,)]


async def test_the_sweep_gives_back_in_batches_and_tells(shop: Shop) -> None:
    numbers = [(await shop.does(RESERVE_STOCK, wish(("milk", 1), ("rice", 1)))).id for _ in range(3)]
    alive = (await shop.does(RESERVE_STOCK, wish(("milk", 1)))).id
    await shop.time_is_up()
    await shop.rows("update ledger.hold set expires_at = now() + interval '1 day' where reference = %s", alive)
    await shop.rows("update inventory.document set expected_at = now() + interval '1 day' where id = %s", alive)

    assert [await shop.sweep(limit=2), await shop.sweep(limit=2), await shop.sweep(limit=2)] == [2, 1, 0]
    assert sorted(subject for subject, _ in await shop.events("reservation_expired")) == numbers
    assert await shop.rows("select state, count(*) from ledger.hold group by state order by state") == [
        ("expired", 6),
        ("held", 1),
    ]
    assert (await shop.available("milk", "shanghai")).available == 9
    assert await shop.refuses(RELEASE_RESERVATION, ReleaseReservation(numbers[0])) == ("already_closed", "/reservation")
    await shop.audit()


async def test_requests_that_meet_over_one_expired_reservation_expire_it_once(shop: Shop) -> None:
    number = (await shop.does(RESERVE_STOCK, wish(("milk", 10)))).id
    await shop.time_is_up()
    await asyncio.gather(*(shop.available("milk", "shanghai") for _ in range(4)))  # every connection is open

    answers = await asyncio.gather(*(shop.batch(RESERVE_STOCK, wish(("milk", 3))) for _ in range(8)))

    assert sum(isinstance(answer, StockChanged) for (answer,) in answers) == 3
    assert [subject for subject, _ in await shop.events("reservation_expired")] == [number]
    await shop.audit()


async def test_holds_of_others_are_left_alone(shop: Shop) -> None:
    number = (await shop.does(RESERVE_STOCK, wish(("milk", 8)))).id
    await shop.rows("delete from inventory.document where id = %s", number)  # as if an order held it
    await shop.time_is_up()

    assert await shop.sweep() == 0
    assert await shop.refuses(RESERVE_STOCK, wish(("milk", 3))) == ("out_of_stock", "/lines/0")
    await shop.audit()


@pytest.mark.parametrize(
    ("operation", "command"),
    [
        (RESERVE_STOCK, wish(("milk", 9))),
        (ADJUST_STOCK, AdjustStock("shanghai", lines(("milk", -9)), reason="damaged")),
        (SEND_TRANSFER, SendTransfer("shanghai", "new-york", lines(("milk", 9)))),
    ],
)
async def test_a_request_gets_what_an_expired_reservation_still_holds(
    shop: Shop, operation: object, command: object
) -> None:
    number = (await shop.does(RESERVE_STOCK, wish(("milk", 8), ("rice", 5000)))).id
    await shop.time_is_up()

    await shop.does(operation, command)  # type: ignore[arg-type]

    assert [subject for subject, _ in await shop.events("reservation_expired")] == [number]
    assert (await shop.available("rice", "shanghai")).available == 5000
    assert await shop.sweep() == 0
    await shop.audit()


# Policies


async def test_safety_stock_and_buffer_are_not_promised(shop: Shop) -> None:
    await shop.does(SET_STOCK_POLICY, SetStockPolicy(category="Dairy", safety=2))
    await shop.does(SET_STOCK_POLICY, SetStockPolicy(channel="web", buffer=3))

    plain, web = await shop.available("milk", "shanghai"), await shop.available("milk", "shanghai", "web")
    assert (plain.safety, plain.buffer, plain.available) == (2, 0, 8)
    assert (web.safety, web.buffer, web.available) == (2, 3, 5)
    (refusal,) = await shop.batch(RESERVE_STOCK, wish(("milk", 6), channel="web"))
    assert isinstance(refusal, Refusal)
    assert refusal.params["available"] == 5
    await shop.does(RESERVE_STOCK, wish(("milk", 5), channel="web"))
    await shop.does(RESERVE_STOCK, wish(("milk", 3)))
    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.held, row.available) == (10, 8, 0)
    await shop.does(ADJUST_STOCK, AdjustStock("shanghai", lines(("milk", -2)), reason="damaged"))


async def test_a_policy_is_replaced_and_removed_by_its_scope(shop: Shop) -> None:
    first = await shop.does(SET_STOCK_POLICY, SetStockPolicy(sku="milk", node="shanghai", channel="web", safety=2))
    answers = await shop.batch(
        SET_STOCK_POLICY,
        SetStockPolicy(sku="milk", node="shanghai", channel="web", safety=4, low=1),
        SetStockPolicy(safety=1),
        SetStockPolicy(safety=9),
    )

    assert [answer.id == first.id for answer in answers if isinstance(answer, StockChanged)] == [True, False, False]
    async with shop.database.snapshot() as connection:
        shown = await inventory.policies_page(connection)
    assert [(p.sku, p.node, p.channel, p.safety, p.low) for p in shown] == [
        ("milk", "shanghai", "web", 4, 1),
        (None, None, None, 9, None),
    ]
    await shop.does(SET_STOCK_POLICY, SetStockPolicy())
    async with shop.database.snapshot() as connection:
        assert len(await inventory.policies_page(connection)) == 1
    assert await shop.refuses(SET_STOCK_POLICY, SetStockPolicy()) == ("bad_policy", "")
    assert len(await shop.events("policy_set")) == 5


NO_POLICIES = [
    (SetStockPolicy(sku="milk", category="Dairy", safety=1), "bad_policy", "/category"),
    (SetStockPolicy(category="Dairy/", safety=1), "bad_policy", "/category"),
    (SetStockPolicy(category="", safety=1), "bad_policy", "/category"),
    (SetStockPolicy(safety=-1), "bad_policy", "/safety"),
    (SetStockPolicy(low=10**9 + 1), "bad_policy", "/low"),
    (SetStockPolicy(sku="never", safety=1), "unknown_sku", "/sku"),
    (SetStockPolicy(node="mars", safety=1), "unknown_node", "/node"),
    (SetStockPolicy(channel="fax", safety=1), "unknown_channel", "/channel"),
]


async def test_what_is_no_policy(shop: Shop) -> None:
    for command, code, where in NO_POLICIES:
        assert await shop.refuses(SET_STOCK_POLICY, command) == (code, where)


# Inbound


def announced(document: str, *given: tuple[str, int], hours: int = 24) -> AnnounceInbound:
    return AnnounceInbound("shanghai", document, lines(*given), datetime.now(UTC) + hours * HOUR)


async def test_inbound_is_a_promise_of_its_own(shop: Shop) -> None:
    later, sooner = announced("PO-1", ("milk", 5), ("milk", 1), hours=48), announced("PO-2", ("milk", 4), hours=24)
    await shop.batch(ANNOUNCE_INBOUND, later, sooner)
    await shop.has("warehouse", ("milk", 3))
    await shop.does(SEND_TRANSFER, SendTransfer("warehouse", "shanghai", lines(("milk", 3))))

    row = await shop.available("milk", "shanghai")
    assert (row.available, row.inbound, row.inbound_at) == (10, 13, sooner.expected_at)


async def test_an_announcement_replaces_the_one_before_and_can_be_withdrawn(shop: Shop) -> None:
    await shop.does(ANNOUNCE_INBOUND, announced("PO-1", ("milk", 5), ("rice", 7)))
    await shop.does(ANNOUNCE_INBOUND, announced("PO-1", ("milk", 2)))
    assert [(await shop.available(sku, "shanghai")).inbound for sku in ("milk", "rice")] == [2, 0]

    await shop.does(ANNOUNCE_INBOUND, announced("PO-1"))
    assert (await shop.available("milk", "shanghai")).inbound == 0
    assert await shop.refuses(ANNOUNCE_INBOUND, announced("")) == ("bad_code", "/document")


async def test_what_arrives_under_the_same_name_is_not_expected_any_more(shop: Shop) -> None:
    await shop.does(ANNOUNCE_INBOUND, announced("PO-1", ("milk", 5), ("rice", 7)))

    for quantity, left in ((2, 3), (9, 0)):
        command = ReceiveStock(node="shanghai", lines=lines(("milk", quantity)), document="PO-1")
        await shop.does(RECEIVE_STOCK, command)
        assert (await shop.available("milk", "shanghai")).inbound == left
    await shop.does(RECEIVE_STOCK, ReceiveStock(node="new-york", lines=lines(("rice", 7)), document="PO-1"))
    assert (await shop.available("rice", "shanghai")).inbound == 7


# Asking for many


async def test_every_pair_is_answered_in_order(shop: Shop) -> None:
    async with shop.database.snapshot() as connection:
        many = ["warehouse", "shanghai", "new-york"]
        answer = await inventory.availability(connection, ["rice", "milk", "rice"], many, None, datetime.now(UTC))

    assert [(row.sku, row.node, row.available) for row in answer.rows()] == [
        ("rice", "warehouse", 0),
        ("rice", "shanghai", 5000),
        ("rice", "new-york", 0),
        ("milk", "warehouse", 0),
        ("milk", "shanghai", 10),
        ("milk", "new-york", 0),
    ]
    assert msgspec.json.decode(msgspec.json.encode(answer))["available"] == [0, 5000, 0, 0, 10, 0]


async def test_few_and_many_nodes_are_answered_alike(shop: Shop) -> None:
    await shop.does(RESERVE_STOCK, wish(("milk", 4)))
    await shop.rows("""
        insert into catalog.node (id, transit, code, name, kind, time_zone)
        select -n, -n - 1000, 'extra-' || n, 'extra', 'store', 'UTC' from generate_series(1, 40) as n
    """)
    extra = [f"extra-{number}" for number in range(1, 41)]

    async with shop.database.snapshot() as connection:
        now = datetime.now(UTC)
        few = await inventory.availability(connection, ["milk", "rice"], ["shanghai"], None, now)
        many = await inventory.availability(connection, ["milk", "rice"], ["shanghai", *extra], None, now)

    assert [row for row in many.rows() if row.node == "shanghai"] == few.rows()
    assert sum(many.on_hand) == 5010
    assert sum(many.held) == 4


NO_QUESTIONS: list[tuple[list[str], list[str], str | None, str, str]] = [
    (["milk", "never"], ["shanghai"], None, "unknown_sku", "/skus/1"),
    (["milk"], ["shanghai", "mars"], None, "unknown_node", "/nodes/1"),
    (["milk"], ["shanghai"], "fax", "unknown_channel", "/channel"),
    (["\x00"], ["shanghai"], None, "unknown_sku", "/skus/0"),
    (["milk"] * 1001, ["shanghai"] * (AVAILABILITY_PAIRS_MAX // 1000), None, "too_large", "/skus"),
]


async def test_a_question_that_cannot_be_answered(shop: Shop) -> None:
    for skus, nodes, channel, code, where in NO_QUESTIONS:
        async with shop.database.snapshot() as connection:
            with pytest.raises(RefusedError) as raised:
                await inventory.availability(connection, skus, nodes, channel, datetime.now(UTC))
        assert (raised.value.refusal.code, raised.value.refusal.where) == (code, where)
