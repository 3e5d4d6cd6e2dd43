"""Return orders: goods come back at any node, whichever node or channel they left from."""

from collections.abc import Sequence

from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Spot, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders


async def return_orders(work: Work, calls: Sequence[Call[orders.ReturnOrder]]) -> list[Answer]:
    """Decide a batch of returns in order of arrival."""
    (nodes,) = await ask(
        work.connection, catalog.nodes_by_code({call.command.node for call in calls if is_code(call.command.node)})
    )
    returns: list[orders.Return] = []

    def take_back(change: Change, order: orders.Order, call: Call[orders.ReturnOrder]) -> Answer:
        command = call.command
        node = nodes.get(command.node)
        if node is None:
            return refuse(catalog.UNKNOWN_NODE, "/node", node=command.node)
        if not command.reason.strip():
            return refuse(orders.MISSING_REASON, "/reason")
        refusal = orders.texts.bad_text("/reason", command.reason)
        if refusal is not None:
            return refusal
        picked = orders.rules.chosen(order, command.lines, {line.position: line.out for line in order.lines.values()})
        if isinstance(picked, Refusal):
            return picked
        target = node.id if command.restock else inventory.SCRAP
        shortage = change.post(
            order,
            "return",
            [Transfer(line.variant, inventory.CUSTOMER, target, quantity) for line, quantity in picked],
            fact=True,
        )
        assert shortage is None, shortage
        due_before = order.due_minor
        less, parts = orders.rules.take_back(order, picked)
        back = change.gave_up(call, order, {line.position: quantity for line, quantity in picked}, due_before)
        made = orders.Return(
            id=work.ids.take(),
            order=order.id,
            node=node.id,
            reason=command.reason,
            restock=command.restock,
            refund_minor=less,
            lines=[(line.position, quantity, part) for (line, quantity), part in zip(picked, parts, strict=True)],
        )
        returns.append(made)
        # What went back to points and cards is not to be paid out again.
        return orders.OrderChanged(order.id, order.state, order.payment, created=made.id, refund_minor=less - back)

    def more_spots(order: orders.Order, command: orders.ReturnOrder) -> list[Spot]:
        node = nodes.get(command.node)
        return [(line.variant, node.id) for line in order.lines.values()] if node is not None else []

    return await change_orders(
        work,
        calls,
        "return",
        "order_returned",
        take_back,
        more_spots=more_spots,
        store=lambda work: orders.store.insert_returns(work, returns),
    )


RETURN_ORDERS: Operation[orders.ReturnOrder, orders.OrderChanged] = Operation(
    name="orders.return_order", command=orders.ReturnOrder, result=orders.OrderChanged, handle=return_orders
)
