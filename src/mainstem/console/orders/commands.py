"""From what was typed into the form of a step to the command that it asks for, or to what is wrong with it."""

from collections.abc import Callable
from typing import Any

from mainstem.console.frame import Form, Problem, Visit
from mainstem.console.orders.reading import Shown
from mainstem.console.quantities import steps_of, typed
from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.money import to_minor
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.access.permissions import ORDERS_WRITE
from mainstem.platform.execution import Operation
from mainstem.processes.allocate_orders import ALLOCATE_ORDERS
from mainstem.processes.cancel_orders import CANCEL_ORDERS
from mainstem.processes.pay_orders import PAY_ORDERS
from mainstem.processes.return_orders import RETURN_ORDERS
from mainstem.processes.ship_orders import DELIVER_ORDERS, SHIP_ORDERS

OPERATIONS: dict[str, Operation[Any, Any]] = {
    "pay": PAY_ORDERS,
    "allocate": ALLOCATE_ORDERS,
    "ship": SHIP_ORDERS,
    "deliver": DELIVER_ORDERS,
    "return": RETURN_ORDERS,
    "cancel": CANCEL_ORDERS,
}


def command(visit: Visit, step: str, shown: Shown, form: Form) -> Any:  # noqa: ANN401 - the command of the step
    """The command that a form asks for, or the Problem in it; raises ForbiddenError for another node's business."""
    revision = form.integer("revision")
    built = _BUILDERS[step](visit, shown, form, shown.order.revision if revision is None else revision)
    return _problem(visit, built) if isinstance(built, Refusal) else built


def _problem(visit: Visit, refusal: Refusal) -> Problem:
    """What the form got wrong, in the words of a form: people type whole units, not smallest steps."""
    found = visit.problem(refusal)
    if refusal.code == inventory.BAD_QUANTITY.code:
        remedy = visit.t("Type a quantity such as 1, or 0.25 for goods that are measured.")
    elif refusal.code == pricing.BAD_AMOUNT.code:
        remedy = visit.t("Type an amount above 0, such as 12.50.")
    elif refusal.code == inventory.NO_LINES.code:
        return Problem(
            found.code,
            visit.t("No quantity is chosen."),
            visit.t("Type how much of at least one line."),
            "",
            422,
            refusal,
        )
    else:
        remedy = found.remedy
    return Problem(found.code, found.text, remedy, found.where, found.status, refusal)


def left_for(step: str, line: orders.queries.LineView) -> int:
    """How much of a line a step could be about."""
    return line.out if step == "return" else line.open


def _lines(step: str, shown: Shown, form: Form, revision: int) -> tuple[orders.LineQuantity, ...] | Refusal:
    """The quantities that were typed. How much is possible is the command's to say when the order has changed since:
    a form that is sent twice finds the order as its first sending left it.
    """
    picked = []
    for line in shown.order.lines:
        text = form.text(f"line-{line.line}")
        steps = steps_of(text, line.unit)
        where = f"/line-{line.line}"
        if steps is None:
            return refuse(inventory.BAD_QUANTITY, where, quantity=text, least=0, most=left_for(step, line))
        if steps > left_for(step, line) and revision == shown.order.revision:
            possible = typed(left_for(step, line), line.unit)
            return refuse(orders.NOT_THAT_MUCH, where, line=line.line, possible=possible, wanted=text)
        if steps:
            picked.append(orders.LineQuantity(line.line, steps))
    return tuple(picked) or refuse(inventory.NO_LINES, "/lines")


def _pay(_visit: Visit, shown: Shown, form: Form, revision: int) -> orders.PayOrder | Refusal:
    text = form.text("amount")
    wrong = refuse(pricing.BAD_AMOUNT, "/amount", amount=text, least=1, most=shown.order.total_minor)
    try:
        amount = to_minor(text, shown.order.currency)
    except ValueError:
        return wrong
    if amount <= 0:
        return wrong
    signed = -amount if form.text("direction") == "refund" else amount
    tender = orders.Tender(form.text("kind"), signed, form.text("reference"))
    return orders.PayOrder(shown.order.id, (tender,), revision=revision)


def _allocate(visit: Visit, shown: Shown, form: Form, revision: int) -> orders.AllocateOrder | Refusal:
    code = form.text("node", shown.order.node)
    node = visit.network.node(code)
    if node is None:
        return refuse(catalog.UNKNOWN_NODE, "/node", node=code)
    visit.require(ORDERS_WRITE, node.id)
    return orders.AllocateOrder(shown.order.id, code, revision=revision)


def _ship(_visit: Visit, shown: Shown, form: Form, revision: int) -> orders.ShipOrder | Refusal:
    lines = _lines("ship", shown, form, revision)
    if isinstance(lines, Refusal):
        return lines
    return orders.ShipOrder(
        shown.order.id, lines, carrier=form.text("carrier"), tracking=form.text("tracking"), revision=revision
    )


def _deliver(_visit: Visit, shown: Shown, form: Form, revision: int) -> orders.DeliverOrder:
    return orders.DeliverOrder(shown.order.id, form.integer("shipment"), revision=revision)


def _cancel(_visit: Visit, shown: Shown, form: Form, revision: int) -> orders.CancelOrder | Refusal:
    lines = _lines("cancel", shown, form, revision)
    if isinstance(lines, Refusal):
        return lines
    return orders.CancelOrder(shown.order.id, form.text("reason"), lines, revision=revision)


def _return(visit: Visit, shown: Shown, form: Form, revision: int) -> orders.ReturnOrder | Refusal:
    code = form.text("node")
    node = visit.network.node(code)
    if node is None:
        return refuse(catalog.UNKNOWN_NODE, "/node", node=code)
    visit.require(ORDERS_WRITE, node.id)
    lines = _lines("return", shown, form, revision)
    if isinstance(lines, Refusal):
        return lines
    restock = form.text("restock") != "no"
    return orders.ReturnOrder(shown.order.id, code, form.text("reason"), lines, restock=restock, revision=revision)


_BUILDERS: dict[str, Callable[[Visit, Shown, Form, int], Any]] = {
    "pay": _pay,
    "allocate": _allocate,
    "ship": _ship,
    "deliver": _deliver,
    "cancel": _cancel,
    "return": _return,
}
