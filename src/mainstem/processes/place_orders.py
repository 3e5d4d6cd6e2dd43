"""Place orders: requests. One node promises all lines of an order, or the order is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Group, Reserve, Shortage, Spot, due_holds, free_at, lock, save
from mainstem.platform.execution import Call, Executor, Operation, RetryAfter
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.lapse_orders import end_promises

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
    commands = [calls[number].command for number in readable]
    variants, channels, nodes = await ask(
        work.connection,
        catalog.variants_by_sku({line.sku for command in commands for line in command.lines}),
        catalog.channels_by_code({command.channel for command in commands}),
        catalog.nodes_by_code({command.node for command in commands if command.node is not None}),
    )
    considered: list[tuple[int, catalog.Channel]] = []
    for number, command in zip(readable, commands, strict=True):
        channel = channels.get(command.channel)
        refusal = orders.requests.unacceptable(command, channel, nodes, variants)
        if refusal is not None or channel is None:
            assert refusal is not None
            answers[number] = refusal
        else:
            considered.append((number, channel))
    requests = await _price(work, calls, considered, variants, nodes, answers)
    if requests:
        await _promise(work, requests, variants, answers)
    return [answers[number] for number in range(len(calls))]


async def _price(
    work: Work,
    calls: Sequence[OrderCall],
    considered: Sequence[tuple[int, catalog.Channel]],
    variants: dict[str, catalog.Variant],
    nodes: dict[str, catalog.Node],
    answers: dict[int, Answer],
) -> list[_Request]:
    """Give each request its order with prices; refuse those without a price and those that exist already."""
    keys = [(channel.id, calls[number].command.external_id) for number, channel in considered]
    named = [key for key in keys if key[1]]
    spots = {
        (variants[line.sku].id, node)
        for number, channel in considered
        if (node := _only_node(calls[number].command, channel, nodes)) is not None
        for line in calls[number].command.lines
    }
    prices, known = await ask(
        work.connection,
        pricing.prices_for({variant.id for variant in variants.values()}, work.now, spots),
        orders.store.known_orders([key[0] for key in named], [key[1] for key in named]),
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
        candidates = channel.nodes if command.node is None else (nodes[command.node].id,)
        node = _only_node(command, channel, nodes)
        lines = orders.requests.priced(command, channel, node, variants, prices)
        if isinstance(lines, Refusal):
            answers[number] = lines
            continue
        taken.add(key)
        order = orders.requests.accepted(
            work.ids.take(), call.fingerprint, command, channel, lines, work.now, HOLD_MINUTES
        )
        requests.append(_Request(number, call, channel, candidates, order))
    return requests


def _only_node(command: orders.PlaceOrder, channel: catalog.Channel, nodes: dict[str, catalog.Node]) -> int | None:
    """The node when there is no choice: only then its own prices count."""
    if command.node is not None:
        return nodes[command.node].id
    return channel.nodes[0] if len(channel.nodes) == 1 else None


async def _promise(
    work: Work, requests: list[_Request], variants: dict[str, catalog.Variant], answers: dict[int, Answer]
) -> None:
    """Hold the lines of each request at the first of its nodes that can promise them all."""
    by_id = {variant.id: variant for variant in variants.values()}
    candidates = {node for request in requests for node in request.candidates}
    policies, nodes, due = await ask(
        work.connection,
        inventory.policies_for(variants.values(), candidates),
        catalog.nodes_by_id(candidates),
        due_holds(by_id.keys(), work.now),
    )
    choice = _Choice(by_id, policies, await _free(work, requests, by_id), due)
    for request in requests:
        choice.choose(request)
    book = await lock(work, {(line.variant, r.node) for r in requests for line in r.order.lines.values()})
    before = inventory.free_before(policies, book)
    granted: list[_Request] = []
    for request in requests:
        shortage = book.decide(_group(work, request, choice))
        if isinstance(shortage, Shortage):
            if (shortage.asset, shortage.place) in due:
                raise RetryAfter(end_promises)
            if request.believed:
                raise RetryAfter(_read_again)
            answers[request.number] = _out_of_stock(shortage, request, nodes, choice)
            continue
        order = request.order
        order.node = request.node
        granted.append(request)
        answer = orders.requests.answer(order, request.call.command, nodes[request.node].code)
        answers[request.number] = answer
        orders.events.emit(work, request.call, "order_placed", order.id, answer)
    inventory.emit_low(work, inventory.low_crossings(policies, before, book, variants.values(), nodes.values()))
    await save(work, book)
    _store(work, granted)


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
    ) -> None:
        self.variants = variants
        self._policies = policies
        # What a promise whose time is up still keeps can be had: `_promise` ends it first.
        self._free = {spot: quantity + due.get(spot, 0) for spot, quantity in free.items()}

    def keep(self, variant: int, node: int, channel: int) -> int:
        """What must stay free of a variant at a node for a channel."""
        return self._policies.keep(self.variants[variant], node, channel)

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
    name="orders.place_order", command=orders.PlaceOrder, result=orders.OrderPlaced, handle=place_orders
)
