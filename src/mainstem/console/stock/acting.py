"""Adjusting stock and receiving a delivery: one node, several SKUs."""

from mainstem.console.frame import Form, Problem, Reply, Visit, see_other
from mainstem.console.stock import quantities, texts
from mainstem.console.stock.entering import first_problem, form_page, moment_entered, node_entered
from mainstem.console.stock.finding import node_choices, node_url, sku_url
from mainstem.console.stock.lines import Entered, blank_rows, more_rows, negated, read_lines
from mainstem.domains import inventory
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_WRITE

LOSSES = frozenset(("damaged", "expired", "theft", "internal_use"))
"""Reasons for which what is typed goes away."""


async def adjusting(visit: Visit) -> Reply:
    """The form to adjust stock."""
    return _adjust_page(visit, _start(visit), _asked(visit))


async def adjust(visit: Visit) -> Reply:
    """Adjust stock, or say why not."""
    form = await visit.form()
    node = node_entered(visit, form, permission=STOCK_ADJUST)
    if form.text("more"):
        return _adjust_page(visit, Entered(more_rows(form)), form.typed())
    reason = form.text("reason")
    entered = await read_lines(visit, form, least=-QUANTITY_MAX if reason == "correction" else 1)
    known = None if reason in texts.REASONS else _no_reason(visit)
    problem = first_problem(node, known, entered.problem)
    if problem is None and not isinstance(node, Problem):
        lines = negated(entered.lines) if reason in LOSSES else entered.lines
        command = inventory.AdjustStock(node.code, lines, reason, form.text("note"))  # type: ignore[arg-type]  # checked
        done = await visit.run(inventory.ADJUST_STOCK, command, form.text("key"))
        if not isinstance(done, Problem):
            return see_other(_back(form, node.code, lines[0].sku), notice=visit.t("The stock has been adjusted."))
        problem = entered.blame(visit, done)
    return _adjust_page(visit, entered, form.typed(), problem)


async def receiving(visit: Visit) -> Reply:
    """The form to receive a delivery."""
    return _receive_page(visit, _start(visit), _asked(visit))


async def receive(visit: Visit) -> Reply:
    """Record a delivery, or say why not."""
    form = await visit.form()
    node = node_entered(visit, form, permission=STOCK_WRITE)
    if form.text("more"):
        return _receive_page(visit, Entered(more_rows(form)), form.typed())
    entered = await read_lines(visit, form)
    moment = moment_entered(visit, form, "occurred_at", node)
    problem = first_problem(node, moment, entered.problem)
    if problem is None and not isinstance(node, Problem) and not isinstance(moment, Problem):
        command = inventory.ReceiveStock(node.code, entered.lines, document=form.text("document"), occurred_at=moment)
        done = await visit.run(inventory.RECEIVE_STOCK, command, form.text("key"))
        if not isinstance(done, Problem):
            url = f"/stock/documents/{done.id}"
            return see_other(url, notice=visit.t("The delivery has been recorded."))
        problem = entered.blame(visit, done)
    return _receive_page(visit, entered, form.typed(), problem)


def _adjust_page(visit: Visit, entered: Entered, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    reasons = [(code, visit.t(text)) for code, text in texts.REASONS.items()]
    nodes = node_choices(visit, STOCK_ADJUST)
    return form_page(visit, "adjust", entered, typed, problem, nodes=nodes, reasons=reasons)


def _receive_page(visit: Visit, entered: Entered, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    return form_page(visit, "receive", entered, typed, problem, nodes=node_choices(visit, STOCK_WRITE))


def _start(visit: Visit) -> Entered:
    sku = visit.query.get("sku", "")
    return Entered(blank_rows([sku] if sku else []))


def _asked(visit: Visit) -> dict[str, str]:
    own = {} if visit.node is None else {"node": visit.node.code}
    return {name: value for name, value in visit.query.items() if name in ("node", "sku", "reason")} | own


def _back(form: Form, node: str, sku: str) -> str:
    """Where one is afterwards: at the SKU when it was about one, else at the node."""
    return sku_url(sku, node) if len([one for one in form.all("sku") if one]) == 1 else node_url(node)


def _no_reason(visit: Visit) -> Problem:
    return quantities.wrong("/reason", visit.t("Say why the stock changes."), visit.t("Choose a reason."))
