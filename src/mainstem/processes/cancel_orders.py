"""Cancel orders: requests to give up what has not been shipped, in part or whole."""

from collections.abc import Sequence

from mainstem.domains import orders
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Release
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders


async def cancel_orders(work: Work, calls: Sequence[Call[orders.CancelOrder]]) -> list[Answer]:
    """Decide a batch of cancellations in order of arrival."""

    def cancel(change: Change, order: orders.Order, call: Call[orders.CancelOrder]) -> Answer:
        if not call.command.reason.strip():
            return refuse(orders.MISSING_REASON, "/reason")
        refusal = orders.texts.bad_text("/reason", call.command.reason)
        if refusal is not None:
            return refusal
        picked = orders.rules.chosen(
            order, call.command.lines, {line.position: line.open for line in order.lines.values()}
        )
        if isinstance(picked, Refusal):
            return picked
        shortage = change.post(order, "cancel", [Release(line.hold or 0, quantity) for line, quantity in picked])
        assert shortage is None, shortage
        due_before = order.due_minor
        orders.rules.cancel(order, picked)
        change.gave_up(call, order, {line.position: quantity for line, quantity in picked}, due_before)
        change.keep_if_paid(order, "cancel")
        refund = max(0, order.paid_minor - order.due_minor)
        return orders.OrderChanged(order.id, order.state, order.payment, refund_minor=refund)

    return await change_orders(work, calls, "cancel", "order_cancelled", cancel)


CANCEL_ORDERS: Operation[orders.CancelOrder, orders.OrderChanged] = Operation(
    name="orders.cancel_order", command=orders.CancelOrder, result=orders.OrderChanged, handle=cancel_orders
)
