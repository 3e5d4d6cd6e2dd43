"""What the forms for stock have in common: a node, a moment on its clock, and going back with what was typed."""

from datetime import datetime
from typing import Any

from mainstem.console.frame import Form, Problem, Reply, Visit
from mainstem.console.stock import quantities
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import in_zone, local_time
from mainstem.console.stock.lines import Entered
from mainstem.domains.catalog import UNKNOWN_NODE, NodeView
from mainstem.kernel.refusals import refuse
from mainstem.platform.access import Permission


def node_entered(
    visit: Visit, form: Form, name: str = "node", permission: Permission | None = None
) -> NodeView | Problem:
    """The node that was chosen; raises ForbiddenError where the person does not have the permission there."""
    code = form.text(name)
    node = visit.network.node(code)
    if node is None:
        if not code:
            return quantities.wrong(f"/{name}", visit.t("No node is chosen."), visit.t("Choose a node."))
        return visit.problem(refuse(UNKNOWN_NODE, f"/{name}", node=code[:64]))
    if permission is not None:
        visit.require(permission, node.id)
    return node


def moment_entered(visit: Visit, form: Form, name: str, node: NodeView | Problem) -> datetime | Problem | None:
    """The moment that was typed, by the clock of the node; None when none was."""
    text = form.text(name)
    if not text or isinstance(node, Problem):
        return None
    moment = in_zone(local_time(text), node.time_zone)
    if moment is None:
        remedy = visit.t("Write it like 2026-03-31T14:30.")
        return quantities.wrong(f"/{name}", visit.t("“{typed}” is not a date and time.", typed=text[:40]), remedy)
    return moment


def first_problem(*candidates: object) -> Problem | None:
    """The first of them that is a problem."""
    return next((one for one in candidates if isinstance(one, Problem)), None)


def form_page(
    visit: Visit,
    template: str,
    entered: Entered,
    typed: dict[str, str],
    problem: Problem | None = None,
    **values: Any,  # noqa: ANN401 - of any template
) -> Reply:
    """A form with its rows and what was typed, and what is wrong with it."""
    return answer(
        visit,
        template,
        status=problem.status if problem else 200,
        rows=entered.rows,
        typed=typed,
        problem=problem,
        **values,
    )
