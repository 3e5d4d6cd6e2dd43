"""Pay orders: facts. Once an order is paid in full its promise no longer lapses; negative tenders are refunds."""

from collections.abc import Sequence
from datetime import datetime

from mainstem.domains import orders, pricing
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.refusals import refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Work
from mainstem.processes.change_orders import Answer, Change, change_orders


async def pay_orders(work: Work, calls: Sequence[Call[orders.PayOrder]]) -> list[Answer]:
    """Decide a batch of payments in order of arrival."""
    tenders: list[tuple[int, orders.Tender, datetime]] = []
    await work.reserve_ids(sum(len(call.command.tenders) for call in calls))

    def pay(change: Change, order: orders.Order, call: Call[orders.PayOrder]) -> Answer:
        refusal = orders.texts.bad_tenders(call.command.tenders)
        if refusal is not None:
            return refusal
        for number, tender in enumerate(call.command.tenders):
            if not 0 < abs(tender.amount_minor) <= AMOUNT_MINOR_MAX:
                where = f"/tenders/{number}/amount_minor"
                return refuse(pricing.BAD_AMOUNT, where, amount=tender.amount_minor, least=1, most=AMOUNT_MINOR_MAX)
        tenders.extend((order.id, tender, work.now) for tender in call.command.tenders)
        order.paid_minor += sum(tender.amount_minor for tender in call.command.tenders)
        change.keep_if_paid(order, "pay")
        return order.changed()

    return await change_orders(
        work, calls, "pay", "order_paid", pay, store=lambda work: orders.store.insert_tenders(work, tenders)
    )


PAY_ORDERS: Operation[orders.PayOrder, orders.OrderChanged] = Operation(
    name="orders.pay_order", command=orders.PayOrder, result=orders.OrderChanged, handle=pay_orders
)
