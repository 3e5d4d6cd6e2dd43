"""What a batch of orders names, which node should promise each, and the orders on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.ledger import Balance, Spot
from mainstem.platform.execution import Call
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.checkout.offers import Decided, Extras
from mainstem.processes.checkout.quoting import own_node
from mainstem.processes.checkout.wishes import Wish, place_of, tender_kinds

OrderCall = Call[orders.PlaceOrder]


@dataclass(slots=True)
class Request:
    """A request on its way: which nodes may promise it, the order it becomes, the node chosen.

    `believed` is true when an unlocked read said that the node chosen has enough. `decided` is what belongs to it
    beside its goods, when it is quoted.
    """

    number: int
    call: OrderCall
    channel: catalog.Channel
    candidates: tuple[int, ...]
    order: orders.Order
    node: int = 0
    believed: bool = False
    decided: Decided | None = None


def quoted_lines(quoted: pricing.offering.Quoted, variants: Mapping[str, catalog.Variant]) -> list[orders.Line]:
    """The lines of an order as they are quoted."""
    return [
        orders.Line(
            line.position,
            variants[line.sku].id,
            line.quantity,
            line.unit_price_minor,
            line.list_minor - line.amount_minor,
            line.amount_minor,
            None,
        )
        for line in quoted.lines
    ]


class Named:
    """What the commands of a batch name: variants by SKU, nodes by code."""

    def __init__(self, variants: dict[str, catalog.Variant], nodes: dict[str, catalog.Node]) -> None:
        self.variants = variants
        self.by_id = {variant.id: variant for variant in variants.values()}
        self._nodes = nodes

    def candidates(self, command: orders.PlaceOrder, channel: catalog.Channel) -> tuple[int, ...]:
        """The nodes that may promise the order, in the order in which they are tried."""
        return channel.nodes if command.node is None else (self._nodes[command.node].id,)

    def wish(self, command: orders.PlaceOrder, channel: catalog.Channel, extras: Extras) -> Wish:
        """The order as a basket to be quoted."""
        node = own_node(channel, None if command.node is None else self._nodes[command.node].id)
        kinds = tuple(tender.kind for tender in command.tenders)
        return Wish(
            channel=channel,
            lines=tuple((self.variants[line.sku], line.quantity) for line in command.lines),
            node=node,
            place=place_of(channel, node),
            customer=customers.pair(command.channel, command.customer) if command.customer else None,
            tenders=tender_kinds(kinds, points=bool(extras.points), cards=bool(extras.cards)),
            delivery=extras.delivery,
            tax_included=extras.tax_included,
        )

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


class Choice:
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

    def lines(self, quoted: pricing.offering.Quoted) -> list[orders.Line]:
        """The lines of an order as they are quoted."""
        return quoted_lines(quoted, {variant.sku: variant for variant in self.variants.values()})

    def keep(self, variant: int, node: int, channel: int) -> int:
        """What must stay free of a variant at a node for a channel."""
        return self.policies.keep(self.variants[variant], node, channel)

    def choose(self, request: Request) -> None:
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
