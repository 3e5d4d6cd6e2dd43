"""What cannot be an order or a sale has a defined answer, and changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from mainstem.domains import inventory, orders
from mainstem.platform.execution import Executor
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HUGE = 10**30
MONEY_MAX = 10**15


def sale(*lines: orders.SaleLine, **more: Any) -> orders.RecordSale:  # noqa: ANN401 - fields
    given: dict[str, Any] = {"channel": "one", "node": "N1", "external_id": "till-1", "occurred_at": NOON} | more
    return orders.RecordSale(lines=lines or (orders.SaleLine("tea", 1, 100),), **given)


def tax(amount_minor: int, rate_millionths: int = 0) -> tuple[orders.TaxLine, ...]:
    return (orders.TaxLine("GST", amount_minor, rate_millionths),)


WRONG: list[tuple[Any, str, str]] = [
    (place(channel="nowhere"), "unknown_channel", "/channel"),
    (place(channel=""), "bad_code", "/channel"),
    (place(channel="a\x00b"), "bad_code", "/channel"),
    (place(node="moon"), "unknown_node", "/node"),
    (place(node=" N1"), "bad_code", "/node"),
    (place(external_id="x" * 65), "bad_code", "/external_id"),
    (place(customer="\x00"), "bad_text", "/customer"),
    (place(customer="x" * 201), "too_long", "/customer"),
    (place(currency="USD"), "wrong_currency", "/currency"),
    (orders.PlaceOrder("one", ()), "no_lines", "/lines"),
    (orders.PlaceOrder("one", (line(),) * 1001), "too_many_lines", "/lines"),
    (place(line("soap")), "unknown_sku", "/lines/0/sku"),
    (place(line(), line("\n")), "unknown_sku", "/lines/1/sku"),
    (place(line("\x00")), "unknown_sku", "/lines/0/sku"),
    (place(orders.OrderLine("tea", 1, "kg", 100)), "wrong_unit", "/lines/0/unit"),
    (place(line(quantity=0)), "bad_quantity", "/lines/0/quantity"),
    (place(line(quantity=-1)), "bad_quantity", "/lines/0/quantity"),
    (place(line(quantity=HUGE)), "bad_quantity", "/lines/0/quantity"),
    (place(line(price=-1)), "bad_amount", "/lines/0/unit_price_minor"),
    (place(line(price=HUGE)), "bad_amount", "/lines/0/unit_price_minor"),
    (place(line(quantity=1_000_000, price=MONEY_MAX)), "bad_amount", "/lines/0"),
    (place(line("tea", 1, 100, -1)), "bad_discount", "/lines/0/discounts"),
    (place(line("tea", 1, 100, HUGE)), "bad_discount", "/lines/0/discounts"),
    (place(line("tea", 1, 100, 50, 51)), "bad_discount", "/lines/0/discounts"),
    (place(tenders=cash(-1)), "bad_amount", "/tenders/0/amount_minor"),
    (place(tenders=cash(HUGE)), "bad_amount", "/tenders/0/amount_minor"),
    (place(tenders=(orders.Tender("", 1),)), "bad_code", "/tenders/0/kind"),
    (place(taxes=tax(-1)), "bad_amount", "/taxes/0/amount_minor"),
    (place(taxes=tax(1, HUGE)), "bad_amount", "/taxes/0/rate_millionths"),
    (sale(external_id=""), "bad_code", "/external_id"),
    (sale(channel="nowhere"), "unknown_channel", "/channel"),
    (sale(node="moon"), "unknown_node", "/node"),
    (sale(currency="JPY"), "wrong_currency", "/currency"),
    (sale(occurred_at=datetime(1999, 12, 31, tzinfo=UTC)), "clock_skew", "/occurred_at"),
    (sale(occurred_at=datetime.now(UTC) + timedelta(hours=1)), "clock_skew", "/occurred_at"),
    (sale(occurred_at=NOON.replace(tzinfo=None)), "no_time_zone", "/occurred_at"),
    (orders.RecordSale("one", "N1", "till-1", NOON, ()), "no_lines", "/lines"),
    (sale(orders.SaleLine("tea", -1, 100)), "bad_quantity", "/lines/0/quantity"),
    (sale(orders.SaleLine("tea", HUGE, 100)), "bad_quantity", "/lines/0/quantity"),
    (sale(orders.SaleLine("tea", 1, -1)), "bad_amount", "/lines/0/amount_minor"),
    (sale(orders.SaleLine("tea", 1, HUGE)), "bad_amount", "/lines/0/amount_minor"),
    (sale(orders.SaleLine("tea", 1, 100, "kg")), "wrong_unit", "/lines/0/unit"),
    (sale(orders.SaleLine("x" * 65, 1, 100)), "bad_code", "/lines/0/sku"),
    (sale(tenders=cash(HUGE)), "bad_amount", "/tenders/0/amount_minor"),
    (sale(taxes=tax(HUGE)), "bad_amount", "/taxes/0/amount_minor"),
    (sale(taxes=tax(1, -1)), "bad_amount", "/taxes/0/rate_millionths"),
]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    opened = await Shop(executor).open()
    await opened.has("N1", tea=10)
    return opened


async def test_what_cannot_be_meant_is_refused_and_changes_nothing(shop: Shop) -> None:
    for command, code, where in WRONG:
        assert await shop.refuses(command) == (code, where), command
    assert await shop.rows("select id from orders.customer_order") == []
    assert (await shop.available("tea")).available == 10
    await shop.audit()


async def test_wrong_requests_do_not_touch_the_others_of_their_batch(shop: Shop) -> None:
    wrong = [command for command, _, _ in WRONG if isinstance(command, orders.PlaceOrder)]
    mixed = [command for one in wrong for command in (one, place(channel="one"))]

    answers = await shop.answers(*mixed[:20])

    assert [isinstance(answer, orders.OrderPlaced) for answer in answers] == [False, True] * 10
    await shop.audit()


CHANGES: list[tuple[Any, str, str]] = [
    (orders.PayOrder(404, cash(1)), "not_found", "/order"),
    (orders.PayOrder(-1, cash(1)), "not_found", "/order"),
    (orders.PayOrder(1, cash(0)), "bad_amount", "/tenders/0/amount_minor"),
    (orders.PayOrder(1, cash(HUGE)), "bad_amount", "/tenders/0/amount_minor"),
    (orders.PayOrder(1, (orders.Tender("cash", 1, "\x00"),)), "bad_text", "/tenders/0/reference"),
    (orders.AllocateOrder(1, "moon"), "unknown_node", "/node"),
    (orders.AllocateOrder(1, "\x00"), "unknown_node", "/node"),
    (orders.CancelOrder(1, " "), "missing_reason", "/reason"),
    (orders.CancelOrder(1, "x" * 201), "too_long", "/reason"),
]


async def test_changes_that_cannot_be_meant(shop: Shop) -> None:
    order = await shop.does(place(channel="one"))
    before = await shop.view(order.id)
    for command, code, where in CHANGES:
        meant = msgspec.structs.replace(command, order=order.id) if command.order == 1 else command
        assert await shop.refuses(meant) == (code, where), command
    assert await shop.view(order.id) == before
    gone = [orders.ShipOrder(404), orders.DeliverOrder(404), orders.ReturnOrder(404, "N1", "broken")]
    for command in (*gone, orders.CancelOrder(404, "no"), orders.AllocateOrder(404)):
        assert await shop.refuses(command) == ("not_found", "/order")


# What a till says is recorded whatever it contradicts: the line, what of it is a discrepancy, what was found odd.
FACTS = [
    (orders.SaleLine("tea", 10, 100), 0, []),
    (orders.SaleLine("tea", 3, 100), 1, []),
    (orders.SaleLine("nobody-knows", 1, 100), 1, ["unknown_product"]),
    (orders.SaleLine("nobody-knows", 0, 0, "kg"), 0, ["unknown_product", "zero_quantity"]),
    (orders.SaleLine("tea", 101, 100), 1, ["large_quantity"]),
    (orders.SaleLine("rice", 100_000, 100), 1, []),
    (orders.SaleLine("rice", 100_001, 100), 1, ["large_quantity"]),
    (orders.SaleLine("tea", 0, 5), 0, ["zero_quantity"]),
]


async def test_facts_are_recorded_whatever_they_contradict(shop: Shop) -> None:
    for number, (item, discrepancies, findings) in enumerate(FACTS):
        recorded = await shop.does(sale(item, external_id=f"till-{number}"))
        view = await shop.view(recorded.id)
        assert [finding.code for finding in view.findings] == findings, item
        assert (recorded.discrepancies, recorded.findings) == (discrepancies, len(findings)), item
        assert (view.state, view.total_minor, view.payment) == ("sold", item.amount_minor, "paid")
    mismatch = await shop.does(sale(external_id="till-99", tenders=cash(99)))
    assert [finding.code for finding in (await shop.view(mismatch.id)).findings] == ["tender_mismatch"]
    await shop.audit()


async def test_the_same_sale_twice_is_one_sale_and_other_content_is_refused(shop: Shop) -> None:
    recorded = [await shop.does(sale()), await shop.does(sale())]
    assert recorded[0] == recorded[1]
    assert await shop.refuses(sale(orders.SaleLine("tea", 2, 100))) == ("duplicate_order", "/external_id")
    await shop.rows("delete from platform.idempotency")
    assert (await shop.does(sale())).id == recorded[0].id
    assert await shop.refuses(sale(orders.SaleLine("tea", 2, 100))) == ("duplicate_order", "/external_id")
    other = await shop.does(sale(node="N2"))
    assert other.id != recorded[0].id
    assert (await shop.available("tea")).on_hand == 9


async def test_replays_out_of_order_leave_the_same_stock(shop: Shop) -> None:
    """Sales that happened before a count and are told after it do not change what was counted."""
    moments = [NOON + timedelta(hours=hours) for hours in range(4)]
    await shop.does(
        inventory.ReceiveStock("N2", (inventory.StockLine("tea", 10),), occurred_at=NOON - timedelta(days=1))
    )
    await shop.does(sale(node="N2", occurred_at=moments[3], external_id="d"))
    await shop.does(inventory.CountStock("N2", (inventory.StockLine("tea", 6),), occurred_at=moments[2]))
    assert (await shop.available("tea", "N2")).on_hand == 5
    await shop.does(sale(node="N2", occurred_at=moments[1], external_id="b"))
    await shop.does(inventory.CountStock("N2", (inventory.StockLine("tea", 6),), occurred_at=moments[2]))
    assert (await shop.available("tea", "N2")).on_hand == 5
    await shop.audit()
