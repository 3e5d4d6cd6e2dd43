"""The steps of one order: a page with a form each, and what happens when it is sent."""

from collections.abc import Mapping
from functools import partial

from mainstem.console import quantities
from mainstem.console.frame import Page, Problem, Reply, Visit, html, see_other
from mainstem.console.orders import words
from mainstem.console.orders.commands import OPERATIONS, command, left_for
from mainstem.console.orders.happening import timeline
from mainstem.console.orders.order import gist
from mainstem.console.orders.reading import Shown, read
from mainstem.domains import orders
from mainstem.platform.access.permissions import ORDERS_WRITE

_EXACT = ("ship", "cancel")
"""The steps whose form begins with all that is possible."""


async def ask_for(step: str, visit: Visit) -> Reply:
    """The form of a step."""
    return _page(visit, step, await read(visit, ORDERS_WRITE))


async def take(step: str, visit: Visit) -> Reply:
    """Do what the form says, if the order is still what the form showed."""
    shown = await read(visit, ORDERS_WRITE)
    form = await visit.form()
    wanted = command(visit, step, shown, form)
    done = wanted if isinstance(wanted, Problem) else await visit.run(OPERATIONS[step], wanted, form.text("key"))
    if not isinstance(done, Problem):
        return see_other(f"/orders/{shown.order.id}", notice=visit.t(words.STEPS[step].done))
    # Read again: what stands in the page is what was found to contradict.
    return _page(visit, step, await read(visit, ORDERS_WRITE), done, form.typed())


def pages() -> tuple[Page, ...]:
    """The pages of all steps."""
    path = "/orders/{order:int}/"
    asking = [Page("GET", path + step, ORDERS_WRITE, partial(ask_for, step), nav="orders") for step in orders.STEPS]
    taking = [Page("POST", path + step, ORDERS_WRITE, partial(take, step), nav="orders") for step in orders.STEPS]
    return (*asking, *taking)


def _page(
    visit: Visit, step: str, shown: Shown, problem: Problem | None = None, given: Mapping[str, str] | None = None
) -> Reply:
    order = shown.order
    possible = step in shown.steps
    overtaken = problem is not None and problem.code == orders.CHANGED_MEANWHILE.code
    status = problem.status if problem is not None else 200 if possible else 409
    return html(
        visit,
        "orders/templates/step.html",
        status=status,
        step=step,
        text=words.STEPS[step],
        shown=shown,
        order=order,
        possible=possible,
        problem=problem,
        happened=timeline(visit, shown, _since(problem)) if overtaken else [],
        gist=gist(shown, visit),
        typed={**_first(step, shown), **(given or {})},
        lines=[line for line in order.lines if left_for(step, line) > 0],
        left=lambda line: quantities.typed(left_for(step, line), line.unit),
        step_size=quantities.step_size,
        quantity=visit.fmt.quantity,
        nodes=[(visit.node.code, visit.node.name)]
        if visit.node is not None
        else [(node.code, node.name) for node in visit.network.nodes.values()],
        tenders=[(code, visit.t(name)) for code, name in words.TENDERS.items()],
        reasons=[visit.t(reason) for reason in words.REASONS.get(step, ())],
        shipments=[one for one in order.shipments if one.delivered_at is None],
        balance=order.due_minor - order.paid_minor,
    )


def _since(problem: Problem | None) -> int:
    """How many changes the order has had since the form was made."""
    params = {} if problem is None else problem.refusal.params
    return max(1, int(params.get("current", 1)) - int(params.get("given", 0)))


def _first(step: str, shown: Shown) -> dict[str, str]:
    """What a form holds before anything is typed."""
    order = shown.order
    found = {"node": order.node, "kind": "cash", "restock": "yes"}
    if step in _EXACT:
        found |= {f"line-{line.line}": quantities.typed(left_for(step, line), line.unit) for line in order.lines}
    if step == "pay":
        balance = order.due_minor - order.paid_minor
        found["direction"] = "refund" if balance < 0 else "payment"
        found["amount"] = quantities.amount_typed(abs(balance), order.currency) if balance else ""
    return found
