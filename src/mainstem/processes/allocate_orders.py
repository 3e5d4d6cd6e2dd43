"""Allocate orders: requests. What is open goes to a node for fulfilment; another node must be able to take it over."""

from collections.abc import Sequence

from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Extend, Release, Reserve, Spot, Step, due_holds
from mainstem.platform.execution import Call, Operation, RetryAfter
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders
from mainstem.processes.lapse_orders import make_room


async def allocate_orders(work: Work, calls: Sequence[Call[orders.AllocateOrder]]) -> list[Answer]:
    """Decide a batch of allocations in order of arrival."""
    codes = {call.command.node for call in calls if call.command.node is not None and is_code(call.command.node)}
    (nodes,) = await ask(work.connection, catalog.nodes_by_code(codes))
    allocation = _Allocation(work, nodes)
    return await change_orders(
        work,
        calls,
        "allocate",
        "order_allocated",
        allocation.decide,
        more_spots=allocation.spots,
        load=allocation.load,
    )


class _Allocation:
    """The decision about one batch, and what it needs to know of the nodes that are named."""

    def __init__(self, work: Work, nodes: dict[str, catalog.Node]) -> None:
        self._work = work
        self._nodes = nodes
        self._variants: dict[int, catalog.Variant] = {}
        self._due: dict[Spot, int] = {}

    async def load(self, found: dict[int, orders.Order]) -> None:
        """Read what a change of node needs."""
        if self._nodes:
            named = {line.variant for order in found.values() for line in order.lines.values()}
            self._variants, self._due = await ask(
                self._work.connection, catalog.variants_by_id(named), due_holds(named, self._work.now)
            )

    def spots(self, order: orders.Order, command: orders.AllocateOrder) -> list[Spot]:
        """Where the order may be promised afterwards."""
        node = self._target(order, command)
        return [(line.variant, node) for line in order.lines.values()] if node is not None else []

    def decide(self, change: Change, order: orders.Order, call: Call[orders.AllocateOrder]) -> Answer:
        """Keep what is open for the order, without end, at the node meant."""
        node = self._target(order, call.command)
        if node is None:
            return refuse(catalog.UNKNOWN_NODE, "/node", node=call.command.node or "")
        if node == order.node:
            shortage = change.post(order, "allocate", [Extend(hold, None) for hold, _ in order.open_holds()])
            assert shortage is None, shortage
        else:
            refusal = self._take_over(change, order, call.command.node or "", node)
            if refusal is not None:
                return refusal
        order.expires_at = None
        orders.rules.move(order, "allocate", "part_shipped" if order.state == "part_shipped" else "allocated")
        return order.changed()

    def _target(self, order: orders.Order, command: orders.AllocateOrder) -> int | None:
        if command.node is None:
            return order.node
        node = self._nodes.get(command.node)
        return None if node is None else node.id

    def _take_over(self, change: Change, order: orders.Order, code: str, node: int) -> Refusal | None:
        lines = [line for line in order.lines.values() if line.open]
        fresh = [self._work.ids.take() for _ in lines]
        steps: list[Step] = []
        for line, hold in zip(lines, fresh, strict=True):
            steps += (Release(line.hold or 0, line.open), Reserve(hold, line.variant, node, line.open))
        shortage = change.post(order, "allocate", steps)
        if shortage is not None:
            if (shortage.asset, shortage.place) in self._due:
                raise RetryAfter(make_room)
            return refuse(
                inventory.OUT_OF_STOCK,
                "/node",
                sku=self._variants[shortage.asset].sku,
                node=code,
                wanted=shortage.wanted,
                available=max(0, shortage.free),
            )
        for line, hold in zip(lines, fresh, strict=True):
            line.hold = hold
        order.node = node
        return None


ALLOCATE_ORDERS: Operation[orders.AllocateOrder, orders.OrderChanged] = Operation(
    name="orders.allocate_order", command=orders.AllocateOrder, result=orders.OrderChanged, handle=allocate_orders
)
