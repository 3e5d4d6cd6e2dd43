"""Quotes: a basket in, every price out with its reason; held for a time when that is wanted.

A quote reads what is committed and decides nothing: what is limited is only taken by a checkout.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from mainstem import ledger
from mainstem.domains import catalog, customers, loyalty, orders, pricing
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Executor, Operation
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work
from mainstem.processes.checkout import contracts as c
from mainstem.processes.checkout.gathering import Gathered, Prepared, gather
from mainstem.processes.checkout.taxing import tax_lines
from mainstem.processes.checkout.wishes import Wish, place_of, tender_kinds

o = pricing.offering

MILLION = 1_000_000

NEW = 0
"""The record of whom nobody has met yet, while nothing is stored: he has bought nothing, and used nothing up."""

Answered = tuple[c.Quote, Prepared, o.Quoted]


def names_of(asks: Sequence[c.AskQuote]) -> Sequence[Query[Any]]:
    """What baskets name, and the number of what is live."""
    return (
        catalog.variants_by_sku({line.sku for one in asks for line in one.lines}),
        catalog.channels_by_code({one.channel for one in asks}),
        catalog.nodes_by_code({one.node for one in asks if one.node is not None}),
        o.book_version(),
    )


async def quote_one(executor: Executor, basket: c.AskQuote) -> c.Quote | Refusal:
    """The quote of a basket that is not held: nothing of it is stored."""

    async def act(work: Work) -> c.Quote | Refusal:
        named = await ask(work.connection, *names_of([basket]))
        (answer,) = await quote_baskets(work, [basket], named)
        return answer if isinstance(answer, Refusal) else answer[0]

    return await executor.transact("checkout.quote", act)


async def quote_baskets(work: Work, asks: Sequence[c.AskQuote], named: Sequence[Any]) -> list[Answered | Refusal]:
    """The quotes of baskets of one moment, in order; `named` are the answers to `names_of`."""
    variants, channels, nodes, version = named
    answers: dict[int, Answered | Refusal] = {}
    wishes: dict[int, Wish] = {}
    for number, one in enumerate(asks):
        wish = wish_of(one, variants, channels, nodes)
        if isinstance(wish, Refusal):
            answers[number] = wish
        else:
            wishes[number] = wish
    moment = next((one.at for one in asks if one.at is not None), None)
    drafts = await _drafts(work, [code for one in asks for code in one.drafts])
    if isinstance(drafts, Refusal):
        return [drafts for _ in asks]
    people = {wish.customer for wish in wishes.values() if wish.customer is not None}
    (found,) = await ask(work.connection, customers.known(work.vault, customers.unremembered(work, people)))
    records = dict.fromkeys(people, NEW) | customers.remember(work, found, people)
    gathered = await gather(
        work, list(wishes.values()), records, version, moment=moment, drafts=drafts, introduced={NEW}
    )
    coupons = await _coupons(work, list(wishes.values()), gathered)
    seen = await _balances(work, gathered)
    for (number, _), prepared, given in zip(wishes.items(), gathered.prepared, coupons, strict=True):
        if isinstance(prepared, Refusal):
            answers[number] = prepared
        else:
            answers[number] = _answer(asks[number], prepared, given, seen)
    return [answers[number] for number in range(len(asks))]


def wish_of(
    one: c.AskQuote,
    variants: dict[str, catalog.Variant],
    channels: dict[str, catalog.Channel],
    nodes: dict[str, catalog.Node],
) -> Wish | Refusal:
    """What a basket means, or why it cannot be quoted. It is refused for what an order of it would be refused for."""
    order = orders.PlaceOrder(
        one.channel,
        tuple(orders.OrderLine(line.sku, line.quantity, line.unit) for line in one.lines),
        node=one.node,
        customer=one.customer,
    )
    channel = channels.get(one.channel)
    refusal = (
        orders.texts.bad_texts(order)
        or orders.requests.unacceptable(order, channel, nodes, variants)
        or bad_basket(one.coupons, one.delivery)
    )
    if refusal is not None or channel is None:
        assert refusal is not None
        return refusal
    node = own_node(channel, None if one.node is None else nodes[one.node].id)
    return Wish(
        channel=channel,
        lines=tuple((variants[line.sku], line.quantity) for line in one.lines),
        node=node,
        place=place_of(channel, node),
        customer=customers.pair(one.channel, one.customer) if one.customer else None,
        coupons=one.coupons,
        tenders=tender_kinds(one.tenders, points=bool(one.points), cards=False),
        delivery=one.delivery,
        tax_included=one.tax_included,
    )


def own_node(channel: catalog.Channel, node: int | None) -> int | None:
    """The node whose prices count: the one named, or the only one that there is."""
    if node is not None:
        return node
    return channel.nodes[0] if len(channel.nodes) == 1 else None


def bad_basket(coupons: Sequence[str], delivery: c.DeliveryAsk | None) -> Refusal | None:
    """Too many coupons, or a delivery that cannot be one."""
    if len(coupons) > c.COUPONS_MAX:
        return refuse(c.TOO_MANY_GIVEN, "/coupons", size=len(coupons), what="coupons", limit=c.COUPONS_MAX)
    if delivery is None:
        return None
    if not 0 <= delivery.amount_minor <= AMOUNT_MINOR_MAX:
        where = "/delivery/amount_minor"
        return refuse(pricing.BAD_AMOUNT, where, amount=delivery.amount_minor, least=0, most=AMOUNT_MINOR_MAX)
    return orders.texts.bad_text("/delivery/method", delivery.method)


async def _drafts(work: Work, codes: Sequence[str]) -> Refusal | list[o.Promotion]:
    if not codes:
        return []
    if len(codes) > c.DRAFTS_MAX:
        return refuse(c.TOO_MANY_GIVEN, "/drafts", size=len(codes), what="drafts", limit=c.DRAFTS_MAX)
    views = await ask(work.connection, *(o.promotion(code, work.now) for code in codes))
    for number, (code, view) in enumerate(zip(codes, views, strict=True)):
        if view is None:
            return refuse(NOT_FOUND, f"/drafts/{number}", what="promotion", id=code[:80])
    return [view.promotion for view in views]


async def _coupons(work: Work, wishes: Sequence[Wish], gathered: Gathered) -> list[list[o.CouponQuoted | Refusal]]:
    """What became of the coupons of each basket."""
    asks: list[o.CouponAsk] = []
    for wish, prepared in zip(wishes, gathered.prepared, strict=True):
        shopper = prepared.shopper if isinstance(prepared, Prepared) else None
        asks += [o.CouponAsk(code, wish.asker, None if shopper is None else shopper.who) for code in wish.coupons]
    found = iter(await o.quote_coupons(work.connection, work.vault, asks, work.now) if asks else ())
    return [[next(found) for _ in wish.coupons] for wish in wishes]


async def _balances(work: Work, gathered: Gathered) -> ledger.Book:
    """What members have, as last committed."""
    if gathered.purses is None:
        return ledger.Book({})
    (seen,) = await ask(work.connection, ledger.balances_seen(gathered.purses.spots()))
    return ledger.Book(seen)


def _answer(
    one: c.AskQuote, prepared: Prepared, given: Sequence[o.CouponQuoted | Refusal], seen: ledger.Book
) -> Answered | Refusal:
    unlocked: dict[str, str] = {}
    for code, found in zip(prepared.wish.coupons, given, strict=True):
        if not isinstance(found, Refusal):
            unlocked.setdefault(found.promotion, code)
    prepared.basket = msgspec.structs.replace(prepared.basket, coupons=unlocked)
    quoted = o.quote(prepared.basket, prepared.book)
    points = _points(one, prepared, quoted, seen)
    if isinstance(points, Refusal):
        return points
    applied = {each.code for each in quoted.applied}
    quote = c.Quote(
        id=None,
        moment=prepared.basket.moment,
        expires_at=None,
        channel=one.channel,
        node=one.node,
        currency=prepared.basket.currency,
        known_customer=prepared.shopper is not None and prepared.shopper.record != NEW,
        member=prepared.basket.customer.member,
        tier=prepared.basket.customer.tier,
        lines=quoted.lines,
        delivery_minor=quoted.delivery_minor,
        delivery_taken=quoted.delivery_taken,
        goods_minor=quoted.goods_minor,
        discount_minor=quoted.discount_minor,
        tax_minor=quoted.tax_minor,
        taxes=tax_lines(prepared.basket, quoted),
        total_minor=quoted.total_minor,
        to_pay_minor=quoted.total_minor - (0 if points is None else points.amount_minor),
        applied=tuple(_applied(each, prepared) for each in quoted.applied),
        not_applied=quoted.not_applied,
        nearly=quoted.nearly,
        coupons=tuple(_coupon(found, applied, code, unlocked) for code, found in zip(one.coupons, given, strict=True)),
        points=points,
        bound_minor=quoted.bound_minor,
    )
    return quote, prepared, quoted


def _applied(each: o.Applied, prepared: Prepared) -> c.AppliedPromotion:
    form = prepared.live.forms.get(each.code)
    return c.AppliedPromotion(
        each.code,
        o.Text(each.code) if form is None else form.name,
        each.amount_minor,
        each.items,
        each.points_times_millionths,
        each.points_plus,
        each.offered,
        each.offered_items,
        bool(each.coupon),
    )


def _coupon(found: o.CouponQuoted | Refusal, applied: set[str], code: str, unlocked: dict[str, str]) -> c.QuotedCoupon:
    if isinstance(found, Refusal):
        return c.QuotedCoupon("", found.code)
    used = found.promotion in applied and unlocked[found.promotion] == code
    return c.QuotedCoupon(found.promotion, "" if used else "not_needed")


def purchase_of(prepared: Prepared, quoted: o.Quoted, order: int, burned_minor: int) -> loyalty.Purchase:
    """The basket as an order that earns points."""
    goods = {line.position: line.goods for line in prepared.basket.lines}
    included = prepared.basket.tax_included
    return loyalty.Purchase(
        order,
        prepared.basket.currency,
        prepared.basket.channel,
        tuple(
            loyalty.OrderLine(
                line.position,
                line.sku,
                goods[line.position].product,
                goods[line.position].category,
                goods[line.position].brand,
                line.quantity,
                line.list_minor,
                line.amount_minor,
                line.tax_minor if included else 0,
            )
            for line in quoted.lines
        ),
        burned_minor,
        *points_of(prepared, quoted),
    )


def points_of(prepared: Prepared, quoted: o.Quoted) -> tuple[int, int]:
    """(how many times, how many more): what promotions give of points. Multipliers add up: 2 and 3 make 4.

    One that is for some of the goods counts by their part of what is paid for all.
    """
    times, plus, whole = MILLION, 0, quoted.goods_minor
    for one in quoted.applied:
        form = prepared.live.forms.get(one.code)
        if form is None or not isinstance(form.reward, o.Points):
            continue
        plus += one.points_plus
        part = whole
        if form.reward.of != o.ALL_GOODS:
            chosen = o.selected(prepared.basket, form.reward.of)
            part = sum(line.amount_minor for line in quoted.lines if line.position in chosen)
        if whole:
            times += (one.points_times_millionths - MILLION) * part // whole
    return times, plus


def tender_of(prepared: Prepared, quoted: o.Quoted, order: int, total_minor: int) -> loyalty.Tender:
    """The basket as an order that points pay a part of."""
    lines = tuple((line.position, line.quantity, line.amount_minor) for line in quoted.lines)
    return loyalty.Tender(order, prepared.basket.currency, total_minor, lines)


def _points(
    one: c.AskQuote, prepared: Prepared, quoted: o.Quoted, seen: ledger.Book
) -> c.QuotedPoints | Refusal | None:
    purse = prepared.purse
    if purse is None:
        return refuse(c.NO_MEMBER, "/points") if one.points else None
    burned, amount = 0, 0
    if one.points:
        held = loyalty.burn_as_tender(
            purse, seen, tender_of(prepared, quoted, 0, quoted.total_minor), one.points, _none
        )
        if isinstance(held, Refusal):
            return held
        burned, amount = held.points, held.amount_minor
    fits = purse.programme.currency == prepared.basket.currency
    return c.QuotedPoints(
        purse.programme.code,
        purse.available(seen),
        loyalty.most_points(purse, seen, quoted.total_minor) if fits else 0,
        burned,
        amount,
        loyalty.earn(purse, seen, purchase_of(prepared, quoted, 0, amount)).points,
    )


def _none() -> int:
    """The id of a hold that nobody makes."""
    return 0


def used_coupons(quoted: o.Quoted) -> dict[str, str]:
    """The coupons that a quote uses, by their promotions."""
    return {one.code: one.coupon for one in quoted.applied if one.coupon}


class Held(msgspec.Struct, frozen=True):
    """A held quote as it is stored: what was asked and told, what the engine answered, and how limits counted then."""

    ask: c.AskQuote
    quote: c.Quote
    quoted: o.Quoted
    basket: o.Basket
    counted: dict[str, o.Counted]
    forms: dict[str, o.Promotion]
    coupons: dict[str, str]


_encode = msgspec.json.Encoder().encode
read_held: Callable[[str], Held] = msgspec.json.Decoder(Held).decode


async def hold_quotes(work: Work, calls: Sequence[Call[c.HoldQuote]]) -> list[c.Quote | Refusal]:
    """Quote baskets, and promise their prices for a time."""
    answers: list[c.Quote | Refusal | None] = []
    fitting: list[Call[c.HoldQuote]] = []
    for call in calls:
        refusal = _unholdable(call.command.basket)
        answers.append(refusal)
        if refusal is None:
            fitting.append(call)
    await work.reserve_ids(len(fitting))
    quoted = iter(await quote_baskets(work, [call.command.basket for call in fitting], work.foreseen))
    kept: list[o.KeptQuote] = []
    result: list[c.Quote | Refusal] = []
    for call, refused in zip(calls, answers, strict=True):
        answer = refused if refused is not None else next(quoted)
        if isinstance(answer, Refusal):
            result.append(answer)
            continue
        assert isinstance(answer, tuple)
        told, prepared, found = answer
        until = work.now + timedelta(minutes=call.command.basket.hold_minutes)
        told = msgspec.structs.replace(told, id=work.ids.take(), expires_at=until)
        applied = {one.code for one in found.applied}
        counted = {code: one for code, one in prepared.live.counted.items() if code in applied}
        forms = {code: one for code, one in prepared.live.forms.items() if code in applied}
        held = Held(call.command.basket, told, found, prepared.basket, counted, forms, used_coupons(found))
        kept.append(o.KeptQuote(told.id or 0, _encode(held).decode(), until, None, call.actor, work.now))
        result.append(told)
    o.keep_quotes(work, kept)
    return result


def _unholdable(basket: c.AskQuote) -> Refusal | None:
    if basket.at is not None or basket.drafts:
        return refuse(c.PREVIEW_HELD, "/hold")
    if not 1 <= basket.hold_minutes <= c.HOLD_MINUTES_MAX:
        least, most = 1, c.HOLD_MINUTES_MAX
        return refuse(loyalty.OUT_OF_RANGE, "/hold_minutes", value=basket.hold_minutes, least=least, most=most)
    return None


HOLD_QUOTE: Operation[c.HoldQuote, c.Quote] = Operation(
    name="checkout.hold_quote",
    command=c.HoldQuote,
    result=c.Quote,
    handle=hold_quotes,
    foresee=lambda commands: names_of([one.basket for one in commands]),
)
