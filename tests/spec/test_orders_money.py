"""Money of orders: prices by weight, currencies of other precision, taxes, payment, and what is due back."""

from itertools import permutations

import pytest

from mainstem.domains import orders
from mainstem.kernel.money import from_minor
from mainstem.platform.execution import Executor
from tests.spec.orders_shop import Shop, cash, line, place

pytestmark = [pytest.mark.spec, pytest.mark.anyio]


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    opened = await Shop(executor).open()
    await opened.has("N1", tea=10_000, cup=10_000, rice=10_000_000)
    return opened


# channel (currency), SKU, quantity in smallest steps, price of a whole unit, discount; amount in minor units, and shown
AMOUNTS = [
    ("one", "tea", 3, 1999, 0, 5997, "59.97"),
    ("one", "tea", 3, 1999, 5997, 0, "0.00"),
    ("one", "rice", 1000, 1999, 0, 1999, "19.99"),
    ("one", "rice", 1, 1999, 0, 2, "0.02"),  # a gram at 19.99 a kilogram: 1.999 minor units
    ("one", "rice", 1, 499, 0, 0, "0.00"),  # 0.499
    ("one", "rice", 1, 500, 0, 1, "0.01"),  # half is rounded up
    ("one", "rice", 333, 1000, 0, 333, "3.33"),
    ("one", "rice", 250, 1998, 100, 400, "4.00"),  # 499.5 is 500, less 100
    ("tokyo", "tea", 2, 150, 0, 300, "300"),  # no minor unit
    ("tokyo", "rice", 1500, 333, 0, 500, "500"),  # 499.5
    ("kuwait", "tea", 2, 1250, 0, 2500, "2.500"),  # three digits
    ("kuwait", "rice", 1, 1250, 0, 1, "0.001"),
]


async def test_the_amount_of_a_line(shop: Shop) -> None:
    for channel, sku, quantity, price, discount, amount, shown in AMOUNTS:
        order = await shop.does(place(line(sku, quantity, price, discount), channel=channel))
        assert (order.lines[0].amount_minor, order.total_minor) == (amount, amount), (sku, quantity, price)
        assert str(from_minor(order.total_minor, order.currency)) == shown
    assert (await shop.refuses(place(line("tea", 1, 100, 60, 41))))[0] == "bad_discount"
    await shop.audit()


# paid at once, then one by one; what payment is called and whether anything is due back, of an order of 300
PAYMENTS = [
    (0, [], "unpaid"),
    (1, [], "part_paid"),
    (300, [], "paid"),
    (301, [], "refund_due"),
    (0, [100, 200], "paid"),
    (0, [300, 300], "refund_due"),
    (0, [300, 300, -300], "paid"),
    (300, [-1], "part_paid"),
    (300, [-300], "unpaid"),
    (0, [-5], "unpaid"),
]


async def test_what_payment_is_called(shop: Shop) -> None:
    for at_once, later, expected in PAYMENTS:
        tenders = cash(at_once) if at_once else ()
        order = await shop.does(place(line(quantity=3), tenders=tenders, channel="one"))
        for amount in later:
            await shop.does(orders.PayOrder(order.id, cash(amount)))
        view = await shop.view(order.id)
        assert (view.payment, view.paid_minor) == (expected, at_once + sum(later)), (at_once, later)
        assert [tender.amount_minor for tender in view.tenders] == [amount for amount in (at_once, *later) if amount]
    await shop.audit()


# Three of a line of 1000 and one of 501, with a tax of 130 on top of 1501. Each way of giving all back is tried.
PARTS = ((1, 1), (1, 1), (1, 1), (2, 1))
TAXES = (orders.TaxLine("GST", 130, 86_609, included=False), orders.TaxLine("VAT", 99))


@pytest.mark.parametrize("way", ["return", "cancel", "either"])
async def test_given_back_in_any_order_it_ends_at_nothing(shop: Shop, way: str) -> None:
    for turn in sorted(set(permutations(PARTS))):
        asked = place(line("tea", 3, 400, 200), line("cup", 1, 501), taxes=TAXES, tenders=cash(1631), channel="one")
        order = await shop.does(asked)
        assert (order.total_minor, order.payment) == (1631, "paid")
        if way != "cancel":
            await shop.does(orders.AllocateOrder(order.id))
        if way == "return":
            await shop.does(orders.ShipOrder(order.id))
        if way == "either":
            await shop.does(orders.ShipOrder(order.id, (orders.LineQuantity(1, 2),)))
        back, after = 0, await shop.view(order.id)
        for number, quantity in turn:
            before = after
            lines = (orders.LineQuantity(number, quantity),)
            shipped = before.lines[number - 1]
            out = shipped.shipped - shipped.returned > 0
            command = orders.ReturnOrder(order.id, "N1", "broken", lines) if out else None
            changed = await shop.does(command or orders.CancelOrder(order.id, "no", lines))
            after = await shop.view(order.id)
            less = before.due_minor - after.due_minor
            assert less >= 0
            back += less
            assert changed.refund_minor == (less if out else after.paid_minor - after.due_minor)
        assert (after.due_minor, back) == (0, 1631), turn
        told = sum(part.refund_minor for one in after.returns for part in one.lines)
        assert told <= sum(one.refund_minor for one in after.returns) <= 1631
    await shop.audit()


async def test_the_tax_of_free_goods_is_given_back_with_the_last_of_them(shop: Shop) -> None:
    tax = (orders.TaxLine("GST", 7, included=False),)
    order = await shop.does(place(line("tea", 2, 100, 200), taxes=tax, tenders=cash(7), channel="one"))
    due = []
    for _ in range(2):
        await shop.does(orders.CancelOrder(order.id, "no", (orders.LineQuantity(1, 1),)))
        due.append((await shop.view(order.id)).due_minor)

    assert due == [7, 0]
    await shop.audit()


async def test_taxes_and_tenders_are_kept_as_given(shop: Shop) -> None:
    tenders = (orders.Tender("alipay", 1000, "A-1"), orders.Tender("gift_card", 500), orders.Tender("cash", 1))
    order = await shop.does(place(line(price=1371), taxes=TAXES, tenders=tenders))
    view = await shop.view(order.id)

    assert [(one.kind, one.amount_minor, one.reference) for one in view.tenders] == [
        ("alipay", 1000, "A-1"),
        ("gift_card", 500, ""),
        ("cash", 1, ""),
    ]
    assert [(one.name, one.amount_minor, one.rate_millionths, one.included) for one in view.taxes] == [
        ("GST", 130, 86_609, False),
        ("VAT", 99, 0, True),
    ]
    assert (view.total_minor, view.added_tax_minor, view.payment) == (1501, 130, "paid")
