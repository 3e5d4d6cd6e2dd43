"""Place orders: requests. One node promises all lines of an order, or the order is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import (
    Balance,
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
from mainstem.platform.execution import Call, Executor, Operation, RetryAfter
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work
from mainstem.processes.lapse_orders import make_room
from mainstem.processes.naming_customers import name_customers, pairs_of

HOLD_MINUTES = 30
"""How long an unpaid order is promised when the request does not say."""

OrderCall = Call[orders.PlaceOrder]
Answer = orders.OrderPlaced | Refusal


@dataclass(slots=True)
class _Request:
    """A request on its way: which nodes may promise it, the order it becomes, the node chosen.

    `believed` is true when an unlocked read said that the node chosen has enough.
    """

    number: int
    call: OrderCall
    channel: catalog.Channel
    candidates: tuple[int, ...]
    order: orders.Order
    node: int = 0
    believed: bool = False


def _names(commands: Sequence[orders.PlaceOrder]) -> Sequence[Query[Any]]:
    return (
        catalog.variants_by_sku({line.sku for command in commands for line in command.lines}),
        catalog.channels_by_code({command.channel for command in commands}),
        catalog.nodes_by_code({command.node for command in commands if command.node is not None}),
    )


async def place_orders(work: Work, calls: Sequence[OrderCall]) -> list[Answer]:
    """Decide a batch of orders in order of arrival."""
    answers: dict[int, Answer] = {}
    readable: list[int] = []
    for number, call in enumerate(calls):
        refusal = orders.texts.bad_texts(call.command)
        if refusal is None:
            readable.append(number)
        else:
            answers[number] = refusal
    variants, channels, nodes = work.foreseen
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
    if considered:
        await _place(work, calls, considered, _Named(variants, nodes), answers)
    return [answers[number] for number in range(len(calls))]


async def _place(
    work: Work,
    calls: Sequence[OrderCall],
    considered: Sequence[tuple[int, catalog.Channel]],
    named: "_Named",
    answers: dict[int, Answer],
) -> None:
    """Price what can be considered, and promise it."""
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
    commands = [calls[number].command for number, _ in considered]
    await work.reserve_ids(sum(1 + len(command.lines) + len(command.tenders) for command in commands))
    taken: set[tuple[int, str]] = set()
    requests: list[_Request] = []
    for (number, channel), key in zip(considered, keys, strict=True):
        call, command = calls[number], calls[number].command
        if command.external_id and (key in known or key in taken):
            answers[number] = refuse(
                orders.DUPLICATE_ORDER, "/external_id", external_id=command.external_id, channel=command.channel
            )
            continue
        nodes = named.candidates(command, channel)
        lines = orders.requests.priced(command, channel, nodes[0] if len(nodes) == 1 else None, named.variants, prices)
        if isinstance(lines, Refusal):
            answers[number] = lines
            continue
        taken.add(key)
        order = orders.requests.accepted(
            work.ids.take(), call.fingerprint, command, channel, lines, work.now, HOLD_MINUTES
        )
        requests.append(_Request(number, call, channel, nodes, order))
    if requests:
        choice = _Choice(named.by_id, policies, await _free(work, requests, named.by_id), due, seen)
        granted = await _promise(work, requests, choice, await named.nodes_of(work, candidates), answers)
        named_customers = await name_customers(work, [request.call.command for request in granted], records)
        for request in granted:
            order = request.order
            order.customer = named_customers.record(request.call.command)
            orders.events.emit(work, request.call, "order_placed", order.id, answers[request.number], order.customer)
        _store(work, granted)


class _Named:
    """What the commands of a batch name: variants by SKU, nodes by code."""

    def __init__(self, variants: dict[str, catalog.Variant], nodes: dict[str, catalog.Node]) -> None:
        self.variants = variants
        self.by_id = {variant.id: variant for variant in variants.values()}
        self._nodes = nodes

    def candidates(self, command: orders.PlaceOrder, channel: catalog.Channel) -> tuple[int, ...]:
        """The nodes that may promise the order, in the order in which they are tried."""
        return channel.nodes if command.node is None else (self._nodes[command.node].id,)

    def only_spots(self, calls: Sequence[OrderCall], considered: Sequence[tuple[int, catalog.Channel]]) -> set[Spot]:
        """(variant, node) where there is no choice of nodes: only then the node's own prices count."""
        spots: set[Spot] = set()
        for number, channel in considered:
            command = calls[number].command
            nodes = self.candidates(command, channel)
            if len(nodes) == 1:
                spots.update([(self.variants[line.sku].id, nodes[0]) for line in command.lines])
        return spots

    async def nodes_of(self, work: Work, ids: set[int]) -> dict[int, catalog.Node]:
        """The nodes with these ids; asks only for those that no command named."""
        nodes = {node.id: node for node in self._nodes.values()}
        if not ids <= nodes.keys():
            (found,) = await ask(work.connection, catalog.nodes_by_id(ids - nodes.keys()))
            nodes |= found
        return nodes


async def _promise(
    work: Work,
    requests: list[_Request],
    choice: "_Choice",
    nodes: dict[int, catalog.Node],
    answers: dict[int, Answer],
) -> list[_Request]:
    """Hold the lines of each request at the first of its nodes that can promise them all; those that were granted."""
    for request in requests:
        choice.choose(request)
    spots = {(line.variant, request.node) for request in requests for line in request.order.lines.values()}
    book = await promise_book(work, spots, choice.seen)
    before = inventory.free_before(choice.policies, book)
    granted: list[_Request] = []
    for request in requests:
        shortage = book.decide(_group(work, request, choice))
        if isinstance(shortage, Shortage):
            if (shortage.asset, shortage.place) in choice.due:
                raise RetryAfter(make_room)
            if request.believed:
                raise RetryAfter(_read_again)
            answers[request.number] = _out_of_stock(shortage, request, nodes, choice)
            continue
        order = request.order
        order.node = request.node
        granted.append(request)
        answers[request.number] = orders.requests.answer(order, request.call.command, nodes[request.node].code)
    inventory.emit_low(
        work, inventory.low_crossings(choice.policies, before, book, choice.variants.values(), nodes.values())
    )
    await save_promises(work, book)
    return granted


async def _read_again(_: Executor) -> None:
    """Somebody else took what the choice of node was based on: choosing again reads what is committed now."""


async def _free(work: Work, requests: list[_Request], variants: dict[int, catalog.Variant]) -> dict[Spot, int]:
    """What is free where there is a choice of nodes."""
    nodes = {node for request in requests if len(request.candidates) > 1 for node in request.candidates}
    if not nodes:
        return {}
    (free,) = await ask(work.connection, free_at(variants.keys(), nodes))
    return free


class _Choice:
    """Which node should promise a request, as far as an unlocked read can tell."""

    def __init__(
        self,
        variants: dict[int, catalog.Variant],
        policies: inventory.PolicySet,
        free: dict[Spot, int],
        due: dict[Spot, int],
        seen: dict[Spot, Balance],
    ) -> None:
        self.variants = variants
        self.policies = policies
        self.due = due
        self.seen = seen
        # What a promise whose time is up still keeps can be had: `_promise` ends it first.
        self._free = {spot: quantity + due.get(spot, 0) for spot, quantity in free.items()}

    def keep(self, variant: int, node: int, channel: int) -> int:
        """What must stay free of a variant at a node for a channel."""
        return self.policies.keep(self.variants[variant], node, channel)

    def choose(self, request: _Request) -> None:
        """Set the request's node: the first candidate with enough of everything, else the first."""
        request.node = request.candidates[0]
        if not self._free:
            return
        wanted: dict[int, int] = {}
        for line in request.order.lines.values():
            wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
        for node in request.candidates:
            if all(
                self._free.get((variant, node), 0) - self.keep(variant, node, request.channel.id) >= quantity
                for variant, quantity in wanted.items()
            ):
                request.node, request.believed = node, len(request.candidates) > 1
                for variant, quantity in wanted.items():
                    self._free[variant, node] -= quantity
                return


def _group(work: Work, request: _Request, choice: _Choice) -> Group:
    order = request.order
    steps = []
    for line in order.lines.values():
        line.hold = work.ids.take()
        keep = choice.keep(line.variant, request.node, request.channel.id)
        steps.append(Reserve(line.hold, line.variant, request.node, line.quantity, keep, order.expires_at))
    return Group(tuple(steps), "order", order.id, work.now)


def _out_of_stock(shortage: Shortage, request: _Request, nodes: dict[int, catalog.Node], choice: _Choice) -> Refusal:
    keep = choice.keep(shortage.asset, shortage.place, request.channel.id)
    return refuse(
        inventory.OUT_OF_STOCK,
        f"/lines/{shortage.step}",
        sku=choice.variants[shortage.asset].sku,
        node=nodes[shortage.place].code,
        wanted=shortage.wanted,
        available=max(0, shortage.free - keep),
    )


def _store(work: Work, granted: list[_Request]) -> None:
    if not granted:
        return
    orders.store.insert(work, [request.order for request in granted])
    discounts: list[tuple[int, int, str, int]] = []
    tenders: list[tuple[int, orders.Tender, datetime]] = []
    taxes: list[tuple[int, int, orders.TaxLine]] = []
    for request in granted:
        command = request.call.command
        discounts += orders.store.discount_rows(request.order.id, command.lines)
        tenders += [(request.order.id, tender, work.now) for tender in command.tenders]
        taxes += [(request.order.id, position, tax) for position, tax in enumerate(command.taxes, 1)]
    orders.store.insert_discounts(work, discounts)
    orders.store.insert_tenders(work, tenders)
    orders.store.insert_taxes(work, taxes)


PLACE_ORDERS: Operation[orders.PlaceOrder, orders.OrderPlaced] = Operation(
    name="orders.place_order",
    command=orders.PlaceOrder,
    result=orders.OrderPlaced,
    handle=place_orders,
    foresee=_names,
)
