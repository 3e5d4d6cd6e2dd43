"""Quotes and checkouts: one price, explained, and one decision about all that belongs to an order."""

import msgspec
import pytest

from mainstem.domains import loyalty, orders, pricing
from mainstem.platform.execution import Executor
from mainstem.processes import PLACE_ORDERS, lapse_due
from mainstem.processes.checkout.checking_out import CHECK_OUT
from mainstem.processes.checkout.contracts import BasketLine
from mainstem.processes.checkout.held import held_quote
from tests.unit.checkout_shop import CheckoutShop, checkout, form

pytestmark = [pytest.mark.spec, pytest.mark.anyio]


@pytest.fixture
async def shop(executor: Executor) -> CheckoutShop:
    made = CheckoutShop(executor)
    await made.open()
    return made


async def test_a_quote_says_where_every_cent_comes_from(shop: CheckoutShop) -> None:
    plain = await shop.quote(("K1", 2), ("K2", 1))
    assert [(line.list_minor, line.amount_minor, line.source) for line in plain.lines] == [
        (2000, 2000, "base"),
        (300, 300, "base"),
    ]
    await shop.live(form("milk", reward={"type": "percent", "percent": 10, "of": {"categories": ["Food/Milk"]}}))
    amount = {"type": "amount", "amount_minor": 500}
    await shop.live(form("big", reward=amount, currency="CNY", when=[_from(10_000)], limits={"budget_minor": 100_000}))
    quote = await shop.quote(("K1", 2), ("K4", 1))
    assert [(line.amount_minor, [(t.promotion, t.amount_minor) for t in line.taken]) for line in quote.lines] == [
        (1800, [("milk", 200)]),
        (999, []),
    ]
    assert (quote.goods_minor, quote.discount_minor, quote.total_minor, quote.to_pay_minor) == (2799, 200, 2799, 2799)
    assert [(one.code, one.reason) for one in quote.not_applied] == [("big", "condition")]
    near = await shop.quote(("K1", 8), ("K4", 1))
    assert [(one.code, one.missing_minor) for one in near.nearly] == [("big", 10_000 - 8999)]
    assert (quote.id, quote.expires_at, quote.known_customer, quote.points) == (None, None, False, None)


def _from(amount: int) -> dict[str, object]:
    return {"type": "basket", "amount_minor_min": amount}


async def test_a_checkout_takes_promotion_coupon_points_card_and_stock_together(shop: CheckoutShop) -> None:
    await shop.club()
    member = await shop.member(points=100)
    code, pin = await shop.card(400)
    coupon = await shop.coupon(20)
    await shop.live(form("once", reward={"type": "percent", "percent": 10}, limits={"uses_per_customer": 1}))
    wanted = {"customer": "anna", "coupons": [coupon], "points": 50}
    quote = await shop.quote(("K1", 1), **wanted)
    assert (quote.total_minor, quote.to_pay_minor, quote.points.to_earn if quote.points else 0) == (720, 220, 2)
    done = await shop.buy(("K1", 1), **wanted, cards=[{"code": code, "pin": pin, "amount_minor": 200}])
    assert (done.order.total_minor, done.discount_minor) == (720, 280)
    assert (done.points_burned, done.points_minor, done.cards_minor, done.to_pay_minor) == (50, 500, 200, 20)
    assert done.order.payment == "part_paid"
    view = await shop.view(done.order.id)
    assert [(d.kind, d.code, d.amount_minor) for d in view.lines[0].discounts] == [
        ("promotion", next(one.code for one in done.applied if one.coupon), 180),
        ("promotion", "once", 100),
    ]
    assert [(t.kind, t.amount_minor) for t in view.tenders] == [("points", 500), ("gift_card", 200)]
    assert (await shop.points(member), await shop.on_card(code, pin)) == ((50, 0), 200)
    assert await shop.stock("K1") == 999
    assert (await shop.quote(("K1", 1), customer="anna")).total_minor == 1000
    await shop.audit()
    await shop.ship(done.order.id)
    assert {state for _, state in await shop.uses()} == {"settled"}
    assert await shop.points(member) == (52, 0)
    await shop.audit()
    back = await shop.back(done.order.id)
    assert back.refund_minor == 20
    assert (await shop.points(member), await shop.on_card(code, pin)) == ((100, 0), 400)
    assert {state for _, state in await shop.uses()} == {"given_back"}
    view = await shop.view(done.order.id)
    assert (view.due_minor, view.paid_minor, view.state) == (0, 0, "returned")
    assert (await shop.quote(("K1", 1), customer="anna")).total_minor == 900
    await shop.audit()


async def test_what_is_not_kept_gives_everything_back(shop: CheckoutShop) -> None:
    await shop.club()
    member = await shop.member(points=100)
    code, pin = await shop.card(1000)
    coupon = await shop.coupon(20, uses_total=1)
    wanted = {"customer": "anna", "coupons": [coupon], "points": 30, "cards": [{"code": code, "pin": pin}]}
    done = await shop.buy(("K1", 2), **wanted)
    assert (done.order.payment, done.cards_minor, done.to_pay_minor) == ("part_paid", 1000, 300)
    assert await shop.not_bought(("K1", 1), coupons=[coupon]) == ("coupon_used", "/coupons/0")
    await shop.cancel(done.order.id)
    view = await shop.view(done.order.id)
    assert (view.state, view.due_minor, view.paid_minor) == ("cancelled", 0, 0)
    assert (await shop.points(member), await shop.on_card(code, pin)) == ((100, 0), 1000)
    assert [state for _, state in await shop.uses()] == ["released"]
    assert await shop.stock("K1") == 1000
    await shop.audit()
    done = await shop.buy(("K1", 2), **wanted)
    part = await shop.cancel(done.order.id, (1, 1))
    assert part.refund_minor == 0
    assert await shop.points(member) == (85, 0)
    await shop.ship(done.order.id)
    await shop.back(done.order.id)
    assert (await shop.points(member), await shop.on_card(code, pin)) == ((100, 0), 1000)
    assert (await shop.view(done.order.id)).paid_minor == 0
    await shop.audit()


async def test_an_order_that_lapses_lets_go_of_everything(shop: CheckoutShop) -> None:
    await shop.club()
    member = await shop.member(points=100)
    await shop.live(form("few", limits={"uses_total": 1}))
    done = await shop.buy(("K1", 1), customer="anna", points=20)
    assert (done.order.total_minor, await shop.points(member)) == (900, (80, 0))
    assert (await shop.buy(("K1", 1))).order.total_minor == 1000
    await shop.write("update orders.customer_order set expires_at = now() where id = %s", done.order.id)
    assert await lapse_due(shop.executor) == 1
    assert (await shop.points(member), [state for _, state in await shop.uses()]) == ((100, 0), ["released"])
    assert (await shop.buy(("K1", 1))).order.total_minor == 900
    await shop.audit()


async def test_a_quote_that_is_held_keeps_its_prices(shop: CheckoutShop) -> None:
    await shop.live(form("ten"))
    held = await shop.hold(("K1", 2), customer="ben")
    assert held.id is not None
    assert held.total_minor == 1800
    await shop.do(pricing.SET_PRICES, pricing.SetPrice("K1", "CNY", 2000))
    await shop.do(pricing.END_PROMOTION, pricing.EndPromotion("ten"))
    assert (await shop.quote(("K1", 2))).total_minor == 4000
    for wrong, code in (
        ({"quote": 5}, "not_found"),
        ({"quote": held.id, "coupons": ["X"]}, "quote_and_basket"),
        ({"quote": held.id, "customer": "carl"}, "quote_elsewhere"),
    ):
        assert await shop.not_bought(**wrong) == (code, "/quote")
    done = await shop.buy(quote=held.id)
    assert (done.order.total_minor, done.order.lines[0].unit_price_minor) == (1800, 1000)
    assert await shop.not_bought(quote=held.id) == ("quote_used", "/quote")
    assert (await shop.ask(held_quote(held.id))).order == done.order.id
    late = await shop.hold(("K1", 1))
    await shop.write("update pricing.quote set expires_at = now() where id = %s", late.id)
    assert await shop.not_bought(quote=late.id) == ("quote_expired", "/quote")
    await shop.audit()


async def test_a_held_quote_counts_what_is_limited_when_it_becomes_an_order(shop: CheckoutShop) -> None:
    await shop.live(form("few", limits={"uses_total": 1}))
    held = await shop.hold(("K1", 1))
    assert held.total_minor == 900
    await shop.buy(("K1", 1))
    assert await shop.not_bought(quote=held.id) == ("promotion_used_up", "/quote")


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"coupons": ["NOTHING99"]}, ("unknown_coupon", "/coupons/0")),
        ({"coupons": ["A"] * 21}, ("too_many_given", "/coupons")),
        ({"points": 10}, ("no_member", "/points")),
        ({"expected_total_minor": 900}, ("price_changed", "/expected_total_minor")),
        ({"cards": [{"code": "X", "pin": "1"}]}, ("card_code_mistyped", "/cards/0/code")),
        ({"cards": [{"code": "X", "pin": "1", "amount_minor": 0}]}, ("bad_amount", "/cards/0/amount_minor")),
        ({"delivery": {"method": "home", "amount_minor": -1}}, ("bad_amount", "/delivery/amount_minor")),
        ({"currency": "EUR"}, ("wrong_currency", "/currency")),
    ],
)
async def test_what_a_checkout_is_refused_for(
    shop: CheckoutShop, more: dict[str, object], refused: tuple[str, str]
) -> None:
    assert await shop.not_bought(("K1", 1), **more) == refused
    assert await shop.stock("K1") == 1000
    await shop.audit()


async def test_points_and_cards_that_are_not_enough_take_nothing(shop: CheckoutShop) -> None:
    await shop.club()
    member = await shop.member(points=20)
    code, pin = await shop.card(100)
    card = {"code": code, "pin": pin}
    assert await shop.not_bought(("K1", 1), customer="anna", points=30) == ("points_missing", "/points")
    over = [{**card, "amount_minor": 200}]
    assert await shop.not_bought(("K1", 1), cards=over) == ("card_balance", "/cards/0/amount_minor")
    assert await shop.not_bought(("K2", 1), cards=[{**card, "amount_minor": 301}]) == (
        "too_much_paid",
        "/cards/0/amount_minor",
    )
    (held,) = await shop._rows("select id from loyalty.card")
    await shop.do(loyalty.FREEZE_CARD, loyalty.FreezeCard(held[0], frozen=True, reason="lost"))
    assert await shop.not_bought(("K1", 1), customer="anna", points=20, cards=[card]) == ("card_state", "/cards/0/code")
    assert await shop.points(member) == (20, 0)
    await shop.audit()


async def test_what_changed_is_named(shop: CheckoutShop) -> None:
    command = msgspec.structs.replace(
        checkout(expected_total_minor=1500), lines=(BasketLine("K1", 1, expected_minor=1500),)
    )
    refusal = await shop.refused(CHECK_OUT, command)
    assert refusal.params == {"now": 1000, "expected": 1500, "changes": "K1 1500 → 1000"}


async def test_an_order_that_names_no_price_is_quoted_and_one_that_does_is_taken_as_said(shop: CheckoutShop) -> None:
    assert (await shop.place(("K1", 1))).total_minor == 1000
    await shop.live(form("ten", limits={"uses_total": 2}))
    assert (await shop.place(("K1", 1))).total_minor == 900
    said = orders.PlaceOrder("web", (orders.OrderLine("K1", 1, unit_price_minor=950),))
    assert (await shop.do(PLACE_ORDERS, said)).total_minor == 950
    assert [(await shop.place(("K1", 1))).total_minor for _ in range(2)] == [900, 1000]
    await shop.audit()


async def test_delivery_is_paid_and_free_delivery_is_not(shop: CheckoutShop) -> None:
    home = {"method": "home", "amount_minor": 600}
    done = await shop.buy(("K1", 2), delivery=home, tenders=[{"kind": "cash", "amount_minor": 2600}])
    assert (done.order.total_minor, done.delivery_minor, done.order.payment) == (2600, 600, "paid")
    await shop.ship(done.order.id)
    assert (await shop.back(done.order.id, (1, 1))).refund_minor == 1000
    assert (await shop.back(done.order.id)).refund_minor == 1600
    await shop.live(form("free", reward={"type": "free_delivery"}, currency="CNY", when=[_from(2000)]))
    done = await shop.buy(("K1", 2), delivery=home)
    assert (done.order.total_minor, done.delivery_minor) == (2000, 0)
    await shop.audit()
