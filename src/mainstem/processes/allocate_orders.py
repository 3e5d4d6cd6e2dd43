"""Allocate orders: requests. What is open goes to a node for fulfilment; another node must be able to take it over."""

from collections.abc import Sequence

from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import refuse
from mainstem.ledger import Extend, Release, Reserve, Spot, Step
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders


async def allocate_orders(work: Work, calls: Sequence[Call[orders.AllocateOrder]]) -> list[Answer]:
    """Decide a batch of allocations in order of arrival."""
    (nodes,) = await ask(
        work.connection,
        catalog.nodes_by_code(
            {call.command.node for call in calls if call.command.node is not None and is_code(call.command.node)}
        ),
    )

    def target(order: orders.Order, command: orders.AllocateOrder) -> int | None:
        if command.node is None:
            return order.node
        node = nodes.get(command.node)
        return None if node is None else node.id

    def allocate(change: Change, order: orders.Order, call: Call[orders.AllocateOrder]) -> Answer:
        node = target(order, call.command)
        if node is None:
            return refuse(catalog.UNKNOWN_NODE, "/node", node=call.command.node or "")
        if node == order.node:
            shortage = change.post(order, "allocate", [Extend(hold, None) for hold, _ in order.open_holds()])
            assert shortage is None, shortage
        else:
            lines = [line for line in order.lines.values() if line.open]
            steps: list[Step] = []
            fresh = {line.position: work.ids.take() for line in lines}
            for line in lines:
                steps.append(Release(line.hold or 0, line.open))
                steps.append(Reserve(fresh[line.position], line.variant, node, line.open))
            shortage = change.post(order, "allocate", steps)
            if shortage is not None:
                line = lines[shortage.step // 2]
                return refuse(
                    inventory.OUT_OF_STOCK,
                    "/node",
                    sku=line.variant,
                    node=call.command.node or "",
                    wanted=shortage.wanted,
                    available=max(0, shortage.free),
                )
            for line in lines:
                line.hold = fresh[line.position]
            order.node = node
        order.expires_at = None
        orders.rules.move(order, "allocate", "part_shipped" if order.state == "part_shipped" else "allocated")
        return order.changed()

    def more_spots(order: orders.Order, command: orders.AllocateOrder) -> list[Spot]:
        node = target(order, command)
        return [(line.variant, node) for line in order.lines.values()] if node is not None else []

    return await change_orders(work, calls, "allocate", "order_allocated", allocate, more_spots=more_spots)


ALLOCATE_ORDERS: Operation[orders.AllocateOrder, orders.OrderChanged] = Operation(
    name="orders.allocate_order", command=orders.AllocateOrder, result=orders.OrderChanged, handle=allocate_orders
)
