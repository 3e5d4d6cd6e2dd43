"""Checkouts: customer, quote, coupons, limits, points, cards, stock, order and events, decided together or not at all.

A checkout becomes an order like any other (`place_orders.place`), with what belongs to it in the same group.
"""

from collections.abc import Sequence

import msgspec

from mainstem.domains import orders, pricing
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.checkout import contracts as c
from mainstem.processes.checkout.offers import Decided, Extras
from mainstem.processes.checkout.quoting import Held, bad_basket, read_held
from mainstem.processes.place_orders import names_of, place

o = pricing.offering

CheckoutCall = Call[c.Checkout]
Answer = c.CheckedOut | Refusal

_encode = msgspec.json.Encoder().encode


async def check_out(work: Work, calls: Sequence[CheckoutCall]) -> list[Answer]:
    """Decide a batch of checkouts in order of arrival."""
    numbers = {call.command.quote for call in calls if call.command.quote is not None}
    kept = (await ask(work.connection, o.kept_quotes(numbers, lock=True)))[0] if numbers else {}
    answers: dict[int, Answer] = {}
    placing: list[tuple[int, Call[orders.PlaceOrder], Extras]] = []
    quotes: dict[int, int] = {}
    for number, call in enumerate(calls):
        read = _read(work, call, kept)
        quote = call.command.quote
        if isinstance(read, Refusal):
            answers[number] = read
        elif quote is not None and quote in quotes.values():
            answers[number] = refuse(c.QUOTE_USED, "/quote", quote=quote, order="?")
        else:
            placing.append((number, *read))
            if quote is not None:
                quotes[number] = quote
    if placing:
        used = await _place(work, calls, placing, answers)
        o.use_quotes(work, [(quotes[number], order) for number, order in used.items() if number in quotes])
    return [answers[number] for number in range(len(calls))]


async def _place(
    work: Work,
    calls: Sequence[CheckoutCall],
    placing: Sequence[tuple[int, Call[orders.PlaceOrder], Extras]],
    answers: dict[int, Answer],
) -> dict[int, int]:
    """Place the orders of checkouts that can be considered; the order of each call that was granted."""
    commands = [call.command for _, call, _ in placing]
    *named, version = await ask(work.connection, *names_of(commands), o.book_version())
    extras = {place_: extra for place_, (_, _, extra) in enumerate(placing)}
    placed = await place(work, [call for _, call, _ in placing], named, version, extras)
    made: dict[int, int] = {}
    for place_, (number, _, _) in enumerate(placing):
        answer = placed.answers[place_]
        if isinstance(answer, Refusal):
            answers[number] = _where(answer, calls[number].command)
            continue
        order, decided = placed.decided[place_]
        made[number] = order
        answers[number] = _answer(answer, decided)
    return made


def _where(refusal: Refusal, command: c.Checkout) -> Refusal:
    """Where the input is wrong: what is within a quote is a matter of the quote."""
    within = command.quote is not None and refusal.where.startswith(("/lines", "/coupons"))
    return msgspec.structs.replace(refusal, where="/quote") if within else refusal


def _read(
    work: Work, call: CheckoutCall, kept: dict[int, o.KeptQuote]
) -> tuple[Call[orders.PlaceOrder], Extras] | Refusal:
    """What a checkout means as an order, with what it asks for beside it."""
    command = call.command
    asker = command.asker or f"{command.channel} {command.customer or call.actor}"
    if len(command.cards) > c.CARDS_MAX:
        return refuse(c.TOO_MANY_GIVEN, "/cards", size=len(command.cards), what="cards", limit=c.CARDS_MAX)
    for place_, card in enumerate(command.cards):
        amount = card.amount_minor
        if amount is not None and not 1 <= amount <= AMOUNT_MINOR_MAX:
            where = f"/cards/{place_}/amount_minor"
            return refuse(pricing.BAD_AMOUNT, where, amount=amount, least=1, most=AMOUNT_MINOR_MAX)
    refusal = bad_basket(command.coupons, command.delivery) or orders.texts.bad_text("/asker", command.asker)
    if refusal is not None:
        return refusal
    held: Held | None = None
    lines, node, customer = command.lines, command.node, command.customer
    if command.quote is not None:
        found = _held(work, command, kept.get(command.quote))
        if isinstance(found, Refusal):
            return found
        held = found
        lines, node, customer = held.ask.lines, held.ask.node, held.ask.customer
    order = orders.PlaceOrder(
        command.channel,
        tuple(orders.OrderLine(line.sku, line.quantity, line.unit) for line in lines),
        external_id=command.external_id,
        node=node,
        customer=customer,
        currency=command.currency,
        hold_minutes=command.hold_minutes,
        tenders=command.tenders,
    )
    extras = Extras(
        coupons=command.coupons,
        points=command.points,
        cards=command.cards,
        delivery=command.delivery if held is None else held.ask.delivery,
        tax_included=command.tax_included if held is None else held.ask.tax_included,
        expected_total_minor=command.expected_total_minor,
        expected=tuple(line.expected_minor for line in lines),
        held=held,
        asker=asker,
    )
    return Call(order, call.key, call.fingerprint, _encode(order), call.actor, call.trace), extras


def _held(work: Work, command: c.Checkout, kept: o.KeptQuote | None) -> Held | Refusal:
    """The quote of a checkout, when its promise stands."""
    number = command.quote or 0
    if kept is None:
        return refuse(NOT_FOUND, "/quote", what="quote", id=number)
    if command.lines or command.coupons or command.delivery is not None:
        return refuse(c.QUOTE_AND_BASKET, "/quote")
    held = read_held(kept.form)
    same = (
        held.ask.channel == command.channel
        and command.node in (None, held.ask.node)
        and command.customer in ("", held.ask.customer)
    )
    if not same:
        return refuse(c.QUOTE_ELSEWHERE, "/quote", quote=number)
    if kept.used_by is not None:
        return refuse(c.QUOTE_USED, "/quote", quote=number, order=kept.used_by)
    if work.now >= kept.expires_at:
        return refuse(c.QUOTE_EXPIRED, "/quote", quote=number, until=kept.expires_at.isoformat())
    return held


def _answer(order: orders.OrderPlaced, decided: Decided) -> c.CheckedOut:
    quoted, burned = decided.quoted, decided.burned
    return c.CheckedOut(
        order,
        quoted.applied,
        quoted.discount_minor,
        quoted.delivery_minor,
        quoted.tax_minor,
        0 if burned is None else burned.points,
        0 if burned is None else burned.amount_minor,
        sum(held.amount_minor for _, held in decided.cards),
        max(order.total_minor - order.paid_minor, 0),
    )


CHECK_OUT: Operation[c.Checkout, c.CheckedOut] = Operation(
    name="checkout.check_out", command=c.Checkout, result=c.CheckedOut, handle=check_out
)
