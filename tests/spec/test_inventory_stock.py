"""What goods that arrive, are adjusted, counted and moved do to the stock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mainstem.domains import inventory
from mainstem.domains.inventory import (
    ADJUST_STOCK,
    COUNT_STOCK,
    RECEIVE_STOCK,
    RECEIVE_TRANSFER,
    RESERVE_STOCK,
    RESOLVE_DISCREPANCY,
    SEND_TRANSFER,
    SET_STOCK_POLICY,
    AdjustReason,
    AdjustStock,
    CountStock,
    DiscrepancyFilter,
    DiscrepancyView,
    DocumentView,
    MovementRow,
    ReceiveStock,
    ReceiveTransfer,
    ReserveStock,
    ResolveDiscrepancy,
    SendTransfer,
    SetStockPolicy,
    StockAt,
    StockChanged,
    StockLine,
)
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from tests.spec.inventory_shop import Shop, lines

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    return await Shop(executor).open()


async def document(shop: Shop, number: int) -> DocumentView:
    async with shop.database.snapshot() as connection:
        return await inventory.document(connection, number)


async def discrepancies(shop: Shop, **wanted: object) -> list[DiscrepancyView]:
    async with shop.database.snapshot() as connection:
        return await inventory.discrepancies(connection, DiscrepancyFilter(**wanted))  # type: ignore[arg-type]


async def movements(shop: Shop, sku: str, node: str, limit: int = 100) -> list[MovementRow]:
    (asset,) = (await shop.rows("select id from catalog.variant where sku = %s", sku))[0]
    (place,) = (await shop.rows("select id from catalog.node where code = %s", node))[0]
    async with shop.database.snapshot() as connection:
        first = await inventory.movements(connection, asset, place, None, limit)
        if not first:
            return []
        last = first[-1]
        return first + await inventory.movements(connection, asset, place, (last.occurred_at, last.id), limit)


# Receiving


async def test_what_arrives_is_there(shop: Shop) -> None:
    answer = await shop.has("shanghai", ("milk", 10), ("rice", 2500), ("milk", 2))

    assert answer.lines == 3
    assert (await shop.available("milk", "shanghai")).available == 12
    assert (await shop.available("rice", "shanghai")).on_hand == 2500
    assert (await shop.available("milk", "new-york")).on_hand == 0
    shown = await document(shop, answer.id)
    assert (shown.kind, shown.node, shown.reason, shown.state) == ("delivery", "shanghai", "supplier", "closed")
    assert [(line.sku, line.quantity) for line in shown.lines] == [("milk", 10), ("rice", 2500), ("milk", 2)]
    ((subject, event),) = await shop.events("stock_received")
    assert (subject, event["node"], event["lines"]) == (answer.id, "shanghai", 3)
    await shop.audit()


async def test_opening_stock_is_named_and_so_is_its_rule(shop: Shop) -> None:
    command = ReceiveStock(node="shanghai", lines=lines(("milk", 1)), source="opening", derived="from demand")
    answer = await shop.does(RECEIVE_STOCK, command)

    shown = await document(shop, answer.id)
    assert (shown.reason, shown.derived) == ("opening", "from demand")
    assert [(row.kind, row.counterpart) for row in await movements(shop, "milk", "shanghai")] == [
        ("opening", "opening")
    ]


NO_RECEIPTS = [
    (ReceiveStock(node="mars", lines=lines(("milk", 1))), "unknown_node", "/node"),
    (ReceiveStock(node="shanghai", lines=()), "no_lines", "/lines"),
    (ReceiveStock(node="shanghai", lines=lines(("milk", 1), ("milk", 0))), "bad_quantity", "/lines/1/quantity"),
    (ReceiveStock(node="shanghai", lines=lines(("milk", -1))), "bad_quantity", "/lines/0/quantity"),
    (ReceiveStock(node="shanghai", lines=(StockLine("rice", 1, "pc"),)), "wrong_unit", "/lines/0/unit"),
    (ReceiveStock(node="shanghai", lines=lines((" ", 1))), "unknown_sku", "/lines/0/sku"),
    (ReceiveStock(node="shanghai", lines=lines(("\x00", 1))), "unknown_sku", "/lines/0/sku"),
    (ReceiveStock(node="\x00", lines=lines(("milk", 1))), "unknown_node", "/node"),
    (ReceiveStock(node="shanghai", lines=lines(("milk", 1)), document=" x"), "bad_code", "/document"),
    (ReceiveStock(node="shanghai", lines=lines(("milk", 1)), derived="\x00"), "bad_text", "/derived"),
    (ReceiveStock(node="shanghai", lines=lines(("milk", 1)), derived="x" * 501), "too_long", "/derived"),
    (
        ReceiveStock(node="shanghai", lines=lines(("milk", 1)), occurred_at=datetime(1980, 1, 6, tzinfo=UTC)),
        "clock_skew",
        "/occurred_at",
    ),
]


async def test_what_is_no_receipt_at_all_is_refused(shop: Shop) -> None:
    for command, code, where in NO_RECEIPTS:
        assert await shop.refuses(RECEIVE_STOCK, command) == (code, where)
    assert await shop.rows("select from ledger.movement") == []


async def test_a_refused_command_does_not_hold_up_its_batch(shop: Shop) -> None:
    good = ReceiveStock(node="shanghai", lines=lines(("milk", 1)))
    bad = ReceiveStock(node="mars", lines=lines(("milk", 1)))

    answers = await shop.batch(RECEIVE_STOCK, good, bad, good)

    assert [isinstance(answer, StockChanged) for answer in answers] == [True, False, True]
    assert (await shop.available("milk", "shanghai")).on_hand == 2


async def test_an_unknown_sku_that_arrived_becomes_a_placeholder(shop: Shop) -> None:
    await shop.batch(
        RECEIVE_STOCK,
        ReceiveStock(node="mars", lines=lines(("never", 3))),
        ReceiveStock(node="shanghai", lines=lines(("mystery", 3), ("milk", 1))),
    )

    assert (await shop.available("mystery", "shanghai")).on_hand == 3
    assert await shop.rows("select sku from catalog.variant where placeholder") == [("mystery",)]
    await shop.audit()


async def test_a_moment_of_another_month_and_zone_is_kept(shop: Shop) -> None:
    at = datetime(2026, 1, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    await shop.has("shanghai", ("milk", 1), at=at)

    assert [row.occurred_at for row in await movements(shop, "milk", "shanghai")] == [at]


# Adjusting


ADJUSTMENTS: list[tuple[AdjustReason, int, str]] = [
    ("damaged", -3, "scrap"),
    ("expired", -3, "scrap"),
    ("internal_use", -3, "scrap"),
    ("theft", -3, "count_variance"),
    ("found", 3, "count_variance"),
    ("correction", 3, "count_variance"),
    ("correction", -3, "count_variance"),
]


async def test_where_adjusted_goods_go(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 100))
    on_hand = 100
    for reason, quantity, counterpart in ADJUSTMENTS:
        command = AdjustStock("shanghai", lines(("milk", quantity)), reason, note="seen")
        answer = await shop.does(ADJUST_STOCK, command)

        on_hand += quantity
        assert (await shop.available("milk", "shanghai")).on_hand == on_hand
        newest = (await movements(shop, "milk", "shanghai"))[0]
        assert (newest.quantity, newest.counterpart, newest.kind) == (quantity, counterpart, "adjustment")
        shown = await document(shop, answer.id)
        assert (shown.reason, shown.note, shown.lines[0].quantity) == (reason, "seen", quantity)
    await shop.audit()


WRONG_SIGNS: list[tuple[AdjustReason, int]] = [
    ("damaged", 1),
    ("found", -1),
    ("theft", 0),
    ("correction", 0),
    ("correction", 10**9 + 1),
]


async def test_a_reason_has_its_sign(shop: Shop) -> None:
    for reason, quantity in WRONG_SIGNS:
        command = AdjustStock("shanghai", lines(("milk", quantity)), reason)
        assert await shop.refuses(ADJUST_STOCK, command) == ("bad_quantity", "/lines/0/quantity")


async def test_an_adjustment_is_all_or_nothing_and_spares_what_is_promised(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 10), ("butter", 5))
    await shop.does(RESERVE_STOCK, ReserveStock("shanghai", lines(("milk", 4)), minutes=5))

    answer = await shop.batch(
        ADJUST_STOCK, AdjustStock("shanghai", lines(("butter", -5), ("milk", -7)), reason="damaged")
    )

    (refusal,) = answer
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.where) == ("out_of_stock", "/lines/1")
    assert refusal.params == {"sku": "milk", "node": "shanghai", "available": 6, "wanted": 7}
    assert (await shop.available("butter", "shanghai")).on_hand == 5


# Counting


async def test_a_count_posts_the_variance_and_tells_it(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 10), ("butter", 5), ("rice", 7))
    command = CountStock("shanghai", lines(("milk", 8), ("butter", 5), ("rice", 9)), document="C-1")
    answer = await shop.does(COUNT_STOCK, command)

    assert (answer.lines, answer.discrepancies) == (3, 2)
    assert [(await shop.available(sku, "shanghai")).on_hand for sku in ("milk", "butter", "rice")] == [8, 5, 9]
    found = await discrepancies(shop)
    assert [(item.sku, item.kind, item.quantity, item.reference) for item in reversed(found)] == [
        ("milk", "counted", -2, answer.id),
        ("rice", "counted", 2, answer.id),
    ]
    assert [payload["quantity"] for _, payload in await shop.events("discrepancy_found")] == [-2, 2]
    assert [(line.sku, line.quantity) for line in (await document(shop, answer.id)).lines] == [
        ("milk", -2),
        ("rice", 2),
    ]
    await shop.audit()


async def test_a_count_told_late_is_compared_with_its_own_moment(shop: Shop) -> None:
    now = datetime.now(UTC)
    await shop.has("shanghai", ("milk", 10), at=now - 5 * HOUR)
    await shop.has("shanghai", ("milk", 4), at=now - 2 * HOUR)
    await shop.does(ADJUST_STOCK, AdjustStock("shanghai", lines(("milk", -1)), reason="damaged"))

    right = CountStock("shanghai", lines(("milk", 10)), occurred_at=now - 3 * HOUR)
    assert (await shop.does(COUNT_STOCK, right)).discrepancies == 0

    wrong = CountStock("shanghai", lines(("milk", 9)), occurred_at=now - 3 * HOUR)
    assert (await shop.does(COUNT_STOCK, wrong)).discrepancies == 1
    assert (await shop.available("milk", "shanghai")).on_hand == 10 + 4 - 1 - 1
    async with shop.database.snapshot() as connection:
        (then,) = await inventory.stock_at(connection, ["milk"], ["shanghai"], now - 3 * HOUR)
    assert then.on_hand == 9, "at the counted moment the ledger now has what was counted"
    await shop.audit()


async def test_a_movement_of_the_counted_moment_was_counted(shop: Shop) -> None:
    at = datetime.now(UTC) - HOUR
    await shop.has("shanghai", ("milk", 10), at=at)

    answer = await shop.does(COUNT_STOCK, CountStock("shanghai", lines(("milk", 10)), occurred_at=at))

    assert answer.discrepancies == 0


async def test_counts_of_one_batch_are_decided_in_order(shop: Shop) -> None:
    at = datetime.now(UTC) - HOUR
    answers = await shop.batch(
        COUNT_STOCK,
        CountStock("shanghai", lines(("milk", 5))),
        CountStock("shanghai", lines(("milk", 2)), occurred_at=at),
        CountStock("shanghai", lines(("milk", 7))),
    )

    assert [answer.discrepancies for answer in answers if isinstance(answer, StockChanged)] == [1, 1, 0]
    assert (await shop.available("milk", "shanghai")).on_hand == 7
    await shop.audit()


async def test_a_count_is_a_fact_even_where_more_is_promised(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 10))
    await shop.does(RESERVE_STOCK, ReserveStock("shanghai", lines(("milk", 6)), minutes=5))

    await shop.does(COUNT_STOCK, CountStock("shanghai", lines(("milk", 0))))

    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.held, row.available) == (0, 6, 0)
    await shop.audit()


async def test_a_sku_on_two_lines_is_no_count(shop: Shop) -> None:
    command = CountStock("shanghai", lines(("milk", 1), ("rice", 1), ("milk", 1)))

    assert await shop.refuses(COUNT_STOCK, command) == ("sku_twice", "/lines/2/sku")


async def test_a_discrepancy_is_closed_once_with_what_was_found(shop: Shop) -> None:
    await shop.does(COUNT_STOCK, CountStock("shanghai", lines(("milk", 3))))
    (found,) = await discrepancies(shop)

    first, second = await shop.batch(
        RESOLVE_DISCREPANCY, ResolveDiscrepancy(found.id, "behind the shelf"), ResolveDiscrepancy(found.id, "again")
    )

    assert isinstance(first, StockChanged)
    assert isinstance(second, Refusal)
    assert (second.code, second.where) == ("already_closed", "/discrepancy")
    assert await discrepancies(shop) == []
    (closed,) = await discrepancies(shop, open=False)
    assert (closed.note, closed.resolved_by) == ("behind the shelf", 7)
    assert await shop.refuses(RESOLVE_DISCREPANCY, ResolveDiscrepancy(1, "")) == ("not_found", "/discrepancy")


# Transfers


async def sent(shop: Shop, *given: tuple[str, int]) -> int:
    await shop.has("warehouse", *given)
    return (await shop.does(SEND_TRANSFER, SendTransfer("warehouse", "shanghai", lines(*given)))).id


async def test_a_transfer_is_on_its_way_until_it_arrives(shop: Shop) -> None:
    at = datetime.now(UTC) + 24 * HOUR
    await shop.has("warehouse", ("milk", 10))
    command = SendTransfer("warehouse", "shanghai", lines(("milk", 4), ("milk", 2)), expected_at=at)
    transfer = (await shop.does(SEND_TRANSFER, command)).id

    assert (await shop.available("milk", "warehouse")).on_hand == 4
    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.inbound, row.inbound_at) == (0, 6, at)

    answer = await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 2)), final=False))
    assert answer == StockChanged(id=transfer, lines=1, discrepancies=0)
    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.inbound) == (2, 4)
    assert (await document(shop, transfer)).state == "open"

    await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 4)), final=False))
    shown = await document(shop, transfer)
    assert (shown.state, shown.node, shown.target) == ("closed", "warehouse", "shanghai"), "nothing is left: it closes"
    assert [(line.sku, line.quantity, line.done) for line in shown.lines] == [("milk", 6, 6)]
    row = await shop.available("milk", "shanghai")
    assert (row.on_hand, row.inbound, row.inbound_at) == (6, 0, None)
    assert await discrepancies(shop) == []
    await shop.audit()


async def test_what_a_final_receipt_lacks_is_short(shop: Shop) -> None:
    transfer = await sent(shop, ("milk", 6), ("rice", 3))

    answer = await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 4))))

    assert answer.discrepancies == 2
    found = await discrepancies(shop, kind="transfer_short")
    assert sorted((item.sku, item.node, item.quantity) for item in found) == [
        ("milk", "shanghai", -2),
        ("rice", "shanghai", -3),
    ]
    assert (await shop.available("milk", "shanghai")).inbound == 0
    assert await shop.rows("select from ledger.balance join catalog.node on transit = place where posted <> 0") == []
    assert (await document(shop, transfer)).state == "closed"
    await shop.audit()


async def test_what_arrives_beyond_is_over(shop: Shop) -> None:
    transfer = await sent(shop, ("milk", 6))

    await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 7))))

    assert (await shop.available("milk", "shanghai")).on_hand == 7
    ((found),) = await discrepancies(shop)
    assert (found.kind, found.quantity, found.reference) == ("transfer_over", 1, transfer)
    await shop.audit()


async def test_goods_that_turn_up_after_closing_take_back_what_was_written_off(shop: Shop) -> None:
    transfer = await sent(shop, ("milk", 6))
    await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 4))))

    await shop.does(RECEIVE_TRANSFER, ReceiveTransfer(transfer, lines(("milk", 2))))

    assert (await shop.available("milk", "shanghai")).on_hand == 6
    assert [(item.kind, item.quantity) for item in reversed(await discrepancies(shop))] == [
        ("transfer_short", -2),
        ("transfer_over", 2),
    ]
    ((lost,),) = await shop.rows("""
        select sum(case when target = -4 then quantity else -quantity end)::bigint
        from ledger.movement where -4 in (source, target)
    """)
    assert lost == 0
    closing_again = ReceiveTransfer(transfer, ())
    assert await shop.refuses(RECEIVE_TRANSFER, closing_again) == ("already_closed", "/transfer")
    await shop.audit()


async def test_receipts_of_one_transfer_in_one_batch_follow_each_other(shop: Shop) -> None:
    transfer = await sent(shop, ("milk", 6))

    answers = await shop.batch(
        RECEIVE_TRANSFER,
        ReceiveTransfer(transfer, lines(("milk", 4)), final=False),
        ReceiveTransfer(transfer, lines(("milk", 4)), final=False),
    )

    assert [answer.discrepancies for answer in answers if isinstance(answer, StockChanged)] == [0, 1]
    assert (await shop.available("milk", "shanghai")).on_hand == 8
    await shop.audit()


NO_SENDINGS = [
    (SendTransfer("warehouse", "warehouse", lines(("milk", 1))), "same_node", "/target"),
    (SendTransfer("mars", "warehouse", lines(("milk", 1))), "unknown_node", "/source"),
    (SendTransfer("warehouse", "mars", lines(("milk", 1))), "unknown_node", "/target"),
    (SendTransfer("warehouse", "shanghai", lines(("never", 1))), "unknown_sku", "/lines/0/sku"),
    (SendTransfer("warehouse", "shanghai", lines(("milk", 3), ("milk", 3))), "out_of_stock", "/lines/1"),
    (
        SendTransfer("warehouse", "shanghai", lines(("milk", 1)), expected_at=datetime(2099, 1, 1, tzinfo=UTC)),
        "too_far_ahead",
        "/expected_at",
    ),
]


async def test_what_cannot_be_sent(shop: Shop) -> None:
    await shop.has("warehouse", ("milk", 5))

    for command, code, where in NO_SENDINGS:
        assert await shop.refuses(SEND_TRANSFER, command) == (code, where)
    assert (await shop.available("milk", "warehouse")).available == 5


async def test_what_cannot_be_received(shop: Shop) -> None:
    transfer = await sent(shop, ("milk", 6))

    for command, expected in (
        (ReceiveTransfer(transfer, lines(("rice", 1))), ("not_in_transfer", "/lines/0/sku")),
        (ReceiveTransfer(transfer, (), final=False), ("no_lines", "/lines")),
        (ReceiveTransfer(1, lines(("milk", 1))), ("not_found", "/transfer")),
    ):
        assert await shop.refuses(RECEIVE_TRANSFER, command) == expected


# Looking back


async def test_what_was_there_at_the_end_of_a_local_day(shop: Shop) -> None:
    day = date(2026, 3, 1)
    evening = datetime(2026, 3, 1, 20, tzinfo=UTC)  # 2 March in Shanghai, afternoon of 1 March in New York
    for node in ("shanghai", "new-york"):
        await shop.has(node, ("milk", 1), at=evening - 24 * HOUR)
        await shop.has(node, ("milk", 2), at=evening)
    midnight_in_shanghai = datetime(2026, 3, 1, 16, tzinfo=UTC)
    await shop.has("shanghai", ("milk", 4), at=midnight_in_shanghai)
    await shop.has("shanghai", ("milk", 8), at=midnight_in_shanghai - timedelta(microseconds=1))

    async with shop.database.snapshot() as connection:
        found = await inventory.stock_at(connection, ["milk", "rice"], ["shanghai", "new-york"], day)
        before = await inventory.stock_at(connection, ["milk"], ["shanghai"], evening - 25 * HOUR)

    assert [(row.sku, row.node, row.on_hand, row.day) for row in found] == [
        ("milk", "shanghai", 9, day),
        ("milk", "new-york", 3, day),
        ("rice", "shanghai", 0, day),
        ("rice", "new-york", 0, day),
    ]
    assert before == [StockAt("milk", "shanghai", 0, evening - 25 * HOUR, None)]


async def test_movements_are_paged_newest_first(shop: Shop) -> None:
    now = datetime.now(UTC)
    for hours in (3, 1, 2, 2):
        await shop.has("shanghai", ("milk", hours), at=now - hours * HOUR)

    assert [row.quantity for row in await movements(shop, "milk", "shanghai", limit=2)] == [1, 2, 2, 3]


async def test_the_stock_of_a_node_is_paged(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 1), ("butter", 2), ("rice", 3))
    await shop.has("new-york", ("milk", 9))
    ((node,),) = await shop.rows("select id from catalog.node where code = 'shanghai'")

    async with shop.database.snapshot() as connection:
        first = await inventory.stock_of_node(connection, node, limit=2)
        rest = await inventory.stock_of_node(connection, node, after=first[-1].id, limit=2)

    assert sorted((row.sku, row.on_hand, row.unit) for row in first + rest) == [
        ("butter", 2, "pc"),
        ("milk", 1, "pc"),
        ("rice", 3, "kg"),
    ]
    assert len(first) == 2


# Low stock


async def test_low_stock_is_told_once_when_it_is_reached(shop: Shop) -> None:
    await shop.has("shanghai", ("milk", 10))
    await shop.does(SET_STOCK_POLICY, SetStockPolicy(sku="milk", low=5))

    await shop.does(ADJUST_STOCK, AdjustStock("shanghai", lines(("milk", -4)), reason="damaged"))
    assert await shop.events("stock_low") == []
    await shop.does(RESERVE_STOCK, ReserveStock("shanghai", lines(("milk", 2)), minutes=5))
    await shop.does(ADJUST_STOCK, AdjustStock("shanghai", lines(("milk", -1)), reason="damaged"))
    await shop.does(COUNT_STOCK, CountStock("shanghai", lines(("milk", 20))))
    await shop.does(SEND_TRANSFER, SendTransfer("shanghai", "new-york", lines(("milk", 13))))

    assert [payload for _, payload in await shop.events("stock_low")] == [
        {"sku": "milk", "node": "shanghai", "free": 4, "low": 5},
        {"sku": "milk", "node": "shanghai", "free": 5, "low": 5},
    ]
