"""Place orders: requests. One node promises all lines of an order, or the order is refused.

An order whose lines name neither prices nor discounts is quoted, as soon as a promotion is live or there is a price
list: it gets the prices and promotions of whoever orders, and what is limited is held in its own group. An order that
says what it costs is taken as said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import (
    Book,
    Group,
    Reserve,
    Shortage,
    Spot,
    balances_seen,
    due_holds,
    free_at,
    promise_book,
    save_promises,
)
from mainstem.platform.execution import Executor, Operation, RetryAfter
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work
from mainstem.processes.checkout.gathering import Prepared, gather
from mainstem.processes.checkout.offers import Decided, Extras, Offers, open_offers
from mainstem.processes.lapse_orders import make_room
from mainstem.processes.naming_customers import Customers, pairs_of
from mainstem.processes.placing import Choice, Named, OrderCall, Request, quoted_lines

HOLD_MINUTES = 30
"""How long an unpaid order is promised when the request does not say."""

_encode = msgspec.json.Encoder().encode

Answer = orders.OrderPlaced | Refusal


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a batch: the answer of each call, and what belongs to the orders that were quoted, by number."""

    answers: list[Answer]
    decided: dict[int, tuple[int, Decided]]


def names_of(commands: Sequence[orders.PlaceOrder]) -> Sequence[Query[Any]]:
    """What orders name."""
    return (
        catalog.variants_by_sku({line.sku for command in commands for line in command.lines}),
        catalog.channels_by_code({command.channel for command in commands}),
        catalog.nodes_by_code({command.node for command in commands if command.node is not None}),
    )


def _foresee(commands: Sequence[orders.PlaceOrder]) -> Sequence[Query[Any]]:
    return (*names_of(commands), pricing.offering.plain(), pricing.offering.book_version())


async def place_orders(work: Work, calls: Sequence[OrderCall]) -> list[Answer]:
    """Decide a batch of orders in order of arrival."""
    *named, plain, version = work.foreseen
    extras = {} if plain else {number: Extras() for number, call in enumerate(calls) if _unpriced(call.command)}
    return (await place(work, calls, named, version, extras)).answers


def _unpriced(command: orders.PlaceOrder) -> bool:
    """Whether an order leaves it to the house what it costs."""
    said = any(line.unit_price_minor is not None or line.discounts for line in command.lines)
    return not said and not command.taxes


async def place(
    work: Work, calls: Sequence[OrderCall], named: Sequence[Any], version: int, extras: Mapping[int, Extras]
) -> Placed:
    """Decide a batch of orders in order of arrival; those with `extras`, by number, are quoted.

    `named` are the answers to `names_of`, `version` the number of the live promotions.
    """
    answers: dict[int, Answer] = {}
    readable: list[int] = []
    for number, call in enumerate(calls):
        refusal = orders.texts.bad_texts(call.command)
        if refusal is None:
            readable.append(number)
        else:
            answers[number] = refusal
    variants, channels, nodes = named
    considered: list[tuple[int, catalog.Channel]] = []
    for number in readable:
        command = calls[number].command
        channel = channels.get(command.channel)
        refusal = orders.requests.unacceptable(command, channel, nodes, variants)
        if refusal is not None or channel is None:
            assert refusal is not None
            answers[number] = refusal
        else:
            considered.append((number, channel))
    granted: list[Request] = []
    if considered:
        batch = _Batch(calls, considered, Named(variants, nodes), version, extras)
        granted = await _place(work, batch, answers)
    decided = {one.number: (one.order.id, one.decided) for one in granted if one.decided is not None}
    return Placed([answers[number] for number in range(len(calls))], decided)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What can be considered of a batch."""

    calls: Sequence[OrderCall]
    considered: Sequence[tuple[int, catalog.Channel]]
    named: Named
    version: int
    extras: Mapping[int, Extras]


async def _place(work: Work, batch: _Batch, answers: dict[int, Answer]) -> list[Request]:
    """Price what can be considered, and promise it; what was granted."""
    calls, considered, named = batch.calls, batch.considered, batch.named
    candidates = {node for number, channel in considered for node in named.candidates(calls[number].command, channel)}
    keys = [(channel.id, calls[number].command.external_id) for number, channel in considered]
    spots = named.only_spots(calls, considered)
    external = [key for key in keys if key[1]]
    people = pairs_of(calls[number].command for number, _ in considered)
    prices, policies, due, seen, known, records = await ask(
        work.connection,
        pricing.prices_for(named.by_id.keys(), work.now, spots),
        inventory.policies_for(named.variants.values(), candidates),
        due_holds(named.by_id.keys(), work.now),
        balances_seen(spots if work.first_try else ()),
        orders.store.known_orders([key[0] for key in external], [key[1] for key in external]),
        customers.known(work.vault, customers.unremembered(work, people)),
    )
    introduced: dict[customers.Pair, int] = {}
    offers = await _open_offers(work, batch, records, introduced) if batch.extras else None
    commands = [calls[number].command for number, _ in considered]
    await work.reserve_ids(sum(1 + len(command.lines) + len(command.tenders) for command in commands))
    taken: set[tuple[int, str]] = set()
    requests: list[Request] = []
    for (number, channel), key in zip(considered, keys, strict=True):
        call, command = calls[number], calls[number].command
        if command.external_id and (key in known or key in taken):
            answers[number] = refuse(
                orders.DUPLICATE_ORDER, "/external_id", external_id=command.external_id, channel=command.channel
            )
            continue
        nodes = named.candidates(command, channel)
        lines = _lines(number, command, channel, nodes, named, prices, offers)
        if isinstance(lines, Refusal):
            answers[number] = lines
            continue
        taken.add(key)
        order = orders.requests.accepted(
            work.ids.take(), call.fingerprint, command, channel, lines, work.now, HOLD_MINUTES
        )
        requests.append(Request(number, call, channel, nodes, order))
    if not requests:
        return []
    choice = Choice(named.by_id, policies, await _free(work, requests, named.by_id), due, seen)
    granted = await _promise(work, requests, choice, await named.nodes_of(work, candidates), answers, offers)
    buyers = await _buyers(work, granted, records, introduced)
    for request in granted:
        order = request.order
        order.customer = buyers.record(request.call.command)
        orders.events.emit(work, request.call, "order_placed", order.id, answers[request.number], order.customer)
    _store(work, granted)
    if offers is not None:
        offers.save()
    return granted


async def _open_offers(
    work: Work, batch: _Batch, records: dict[customers.Pair, int], introduced: dict[customers.Pair, int]
) -> Offers:
    """Quote the orders that want it. Whoever is named by one and unknown is introduced: limits count for him."""
    wanted = [(number, channel) for number, channel in batch.considered if number in batch.extras]
    wishes = [
        batch.named.wish(batch.calls[number].command, channel, batch.extras[number]) for number, channel in wanted
    ]
    people = {wish.customer for wish in wishes if wish.customer is not None}
    found = customers.remember(work, records, people)
    introduced |= await customers.introduce(work, people - found.keys())
    gathered = await gather(work, wishes, found | introduced, batch.version, introduced=set(introduced.values()))
    for (number, _), prepared in zip(wanted, gathered.prepared, strict=True):
        held = batch.extras[number].held
        if held is not None and isinstance(prepared, Prepared):
            prepared.honour(held.basket, held.counted, held.forms)
    return await open_offers(work, gathered, [number for number, _ in wanted], batch.extras)


def _lines(
    number: int,
    command: orders.PlaceOrder,
    channel: catalog.Channel,
    nodes: Sequence[int],
    named: Named,
    prices: pricing.Prices,
    offers: Offers | None,
) -> list[orders.Line] | Refusal:
    """The lines of an order: quoted, or as it says and the prices in force say."""
    if offers is not None and number in offers.refused:
        return offers.refused[number]
    if offers is not None and number in offers:
        return quoted_lines(offers.quoted(number), named.variants)
    return orders.requests.priced(command, channel, nodes[0] if len(nodes) == 1 else None, named.variants, prices)


async def _buyers(
    work: Work, granted: Sequence[Request], found: dict[customers.Pair, int], introduced: dict[customers.Pair, int]
) -> Customers:
    """The records of whom the orders granted name; who is unknown is introduced now."""
    named = pairs_of(request.call.command for request in granted)
    known = customers.remember(work, found, named) | introduced
    return Customers(known | await customers.introduce(work, named - known.keys()))


async def _promise(
    work: Work,
    requests: list[Request],
    choice: Choice,
    nodes: dict[int, catalog.Node],
    answers: dict[int, Answer],
    offers: Offers | None,
) -> list[Request]:
    """Hold the lines of each request at the first of its nodes that can promise them all; those that were granted."""
    for request in requests:
        choice.choose(request)
    spots = {(line.variant, request.node) for request in requests for line in request.order.lines.values()}
    seen = choice.seen
    if offers is not None:
        spots, seen = spots | offers.spots(), seen | offers.seen()
    book = await promise_book(work, spots, seen)
    before = inventory.free_before(choice.policies, book)
    granted: list[Request] = []
    for request in requests:
        if offers is not None and request.number in offers:
            refusal = _complete(work, request, offers, book, choice)
            if refusal is not None:
                answers[request.number] = refusal
                continue
        shortage = book.decide(_group(work, request, choice))
        if isinstance(shortage, Shortage):
            if shortage.step >= len(request.order.lines):
                raise RetryAfter(_read_again)
            if (shortage.asset, shortage.place) in choice.due:
                raise RetryAfter(make_room)
            if request.believed:
                raise RetryAfter(_read_again)
            answers[request.number] = _out_of_stock(shortage, request, nodes, choice)
            continue
        order = request.order
        order.node = request.node
        granted.append(request)
        if offers is not None and request.decided is not None:
            offers.granted(request.number, request.call, order.id, request.decided)
        answers[request.number] = orders.requests.answer(order, request.call.command, nodes[request.node].code)
    inventory.emit_low(
        work, inventory.low_crossings(choice.policies, before, book, choice.variants.values(), nodes.values())
    )
    await save_promises(work, book)
    return granted


def _complete(work: Work, request: Request, offers: Offers, book: Book, choice: Choice) -> Refusal | None:
    """Decide what belongs to a request beside its goods, and make the order anew as it comes to now."""
    command = request.call.command
    tendered = sum(tender.amount_minor for tender in command.tenders)
    decided = offers.decide(request.number, book, request.order.id, tendered)
    if isinstance(decided, Refusal):
        return decided
    request.decided = decided
    said = msgspec.structs.replace(command, taxes=decided.taxes, tenders=(*command.tenders, *decided.tenders))
    request.order = orders.requests.accepted(
        request.order.id,
        request.call.fingerprint,
        said,
        request.channel,
        choice.lines(decided.quoted),
        work.now,
        HOLD_MINUTES,
        decided.delivery_minor,
    )
    if decided.attached is not None:
        request.order.checkout = _encode(decided.attached).decode()
    return None


async def _read_again(_: Executor) -> None:
    """Somebody else took what the choice of node was based on: choosing again reads what is committed now."""


async def _free(work: Work, requests: list[Request], variants: dict[int, catalog.Variant]) -> dict[Spot, int]:
    """What is free where there is a choice of nodes."""
    nodes = {node for request in requests if len(request.candidates) > 1 for node in request.candidates}
    if not nodes:
        return {}
    (free,) = await ask(work.connection, free_at(variants.keys(), nodes))
    return free


def _group(work: Work, request: Request, choice: Choice) -> Group:
    order = request.order
    steps = []
    for line in order.lines.values():
        line.hold = work.ids.take()
        keep = choice.keep(line.variant, request.node, request.channel.id)
        steps.append(Reserve(line.hold, line.variant, request.node, line.quantity, keep, order.expires_at))
    more = () if request.decided is None else request.decided.steps
    return Group((*steps, *more), "order", order.id, work.now)


def _out_of_stock(shortage: Shortage, request: Request, nodes: dict[int, catalog.Node], choice: Choice) -> Refusal:
    keep = choice.keep(shortage.asset, shortage.place, request.channel.id)
    return refuse(
        inventory.OUT_OF_STOCK,
        f"/lines/{shortage.step}",
        sku=choice.variants[shortage.asset].sku,
        node=nodes[shortage.place].code,
        wanted=shortage.wanted,
        available=max(0, shortage.free - keep),
    )


def _store(work: Work, granted: list[Request]) -> None:
    if not granted:
        return
    orders.store.insert(work, [request.order for request in granted])
    discounts: list[tuple[int, int, str, int]] = []
    tenders: list[tuple[int, orders.Tender, datetime]] = []
    taxes: list[tuple[int, int, orders.TaxLine]] = []
    promotions: list[tuple[int, int, str, int]] = []
    for request in granted:
        command, decided = request.call.command, request.decided
        discounts += orders.store.discount_rows(request.order.id, command.lines)
        paid, taxed = command.tenders, command.taxes
        if decided is not None:
            promotions += [(request.order.id, *row) for row in decided.promotions]
            paid, taxed = (*paid, *decided.tenders), decided.taxes
        tenders += [(request.order.id, tender, work.now) for tender in paid]
        taxes += [(request.order.id, position, tax) for position, tax in enumerate(taxed, 1)]
    orders.store.insert_promotions(work, promotions)
    orders.store.insert_discounts(work, discounts)
    orders.store.insert_tenders(work, tenders)
    orders.store.insert_taxes(work, taxes)


PLACE_ORDERS: Operation[orders.PlaceOrder, orders.OrderPlaced] = Operation(
    name="orders.place_order",
    command=orders.PlaceOrder,
    result=orders.OrderPlaced,
    handle=place_orders,
    foresee=_foresee,
)
