"""Ship and deliver orders: facts about what left a node and what arrived."""

from collections.abc import Sequence

from mainstem.domains import inventory, orders
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.ledger import Settle
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders


async def ship_orders(work: Work, calls: Sequence[Call[orders.ShipOrder]]) -> list[Answer]:
    """Decide a batch of shipments in order of arrival."""
    shipments: list[orders.Shipment] = []

    def ship(change: Change, order: orders.Order, call: Call[orders.ShipOrder]) -> Answer:
        refusal = orders.texts.bad_text("/carrier", call.command.carrier) or orders.texts.bad_text(
            "/tracking", call.command.tracking
        )
        if refusal is not None:
            return refusal
        picked = orders.rules.chosen(
            order, call.command.lines, {line.position: line.open for line in order.lines.values()}
        )
        if isinstance(picked, Refusal):
            return picked
        steps = [Settle(line.hold or 0, inventory.CUSTOMER, quantity) for line, quantity in picked]
        shortage = change.post(order, "shipment", steps)
        assert shortage is None, shortage
        shipment = orders.Shipment(
            id=work.ids.take(),
            order=order.id,
            node=order.node,
            carrier=call.command.carrier,
            tracking=call.command.tracking,
            lines=[(line.position, quantity) for line, quantity in picked],
        )
        shipments.append(shipment)
        first = not any(line.shipped for line in order.lines.values())
        orders.rules.ship(order, picked)
        change.shipped(call, order, first=first)
        return orders.OrderChanged(order.id, order.state, order.payment, created=shipment.id)

    return await change_orders(
        work,
        calls,
        "ship",
        "order_shipped",
        ship,
        store=lambda work: orders.store.insert_shipments(work, shipments),
    )


async def deliver_orders(work: Work, calls: Sequence[Call[orders.DeliverOrder]]) -> list[Answer]:
    """Decide a batch of deliveries in order of arrival."""
    waiting: dict[int, list[int]] = {}
    arrived: list[int] = []

    def deliver(_change: Change, order: orders.Order, call: Call[orders.DeliverOrder]) -> Answer:
        left = waiting.get(order.id, [])
        shipment = call.command.shipment
        if shipment is not None and shipment not in left:
            return refuse(NOT_FOUND, "/shipment", what="undelivered shipment", id=shipment)
        now = [shipment] if shipment is not None else list(left)
        for number in now:
            left.remove(number)
        arrived.extend(now)
        orders.rules.deliver(order, len(now))
        return order.changed()

    async def load(_found: dict[int, orders.Order]) -> None:
        waiting.update(await orders.store.undelivered(work, {call.command.order for call in calls}))

    return await change_orders(
        work,
        calls,
        "deliver",
        "order_delivered",
        deliver,
        load=load,
        store=lambda work: orders.store.mark_delivered(work, arrived),
    )


SHIP_ORDERS: Operation[orders.ShipOrder, orders.OrderChanged] = Operation(
    name="orders.ship_order", command=orders.ShipOrder, result=orders.OrderChanged, handle=ship_orders
)
DELIVER_ORDERS: Operation[orders.DeliverOrder, orders.OrderChanged] = Operation(
    name="orders.deliver_order", command=orders.DeliverOrder, result=orders.OrderChanged, handle=deliver_orders
)
