"""One step for many orders: a page that says what will happen to each, and a report of what did."""

import asyncio
from typing import NamedTuple
from urllib.parse import parse_qsl

from mainstem.console.frame import N_, Form, MissingError, Problem, Reply, Visit, html
from mainstem.console.orders import words
from mainstem.console.orders.commands import OPERATIONS
from mainstem.domains import orders
from mainstem.kernel.refusals import refuse
from mainstem.platform.access.permissions import ORDERS_WRITE

ORDERS_MAX = 200
"""Orders of one bulk action."""

_NUMBER_MAX = 2**63 - 1
_DIGITS_MAX = len(str(_NUMBER_MAX))

_WILL = {
    "allocate": N_("It will be allocated to {node}."),
    "ship": N_("All that is open will be recorded as shipped from {node}."),
    "cancel": N_("All that is open will be cancelled."),
}
_REFUND = N_("{amount} was paid.")


class Planned(NamedTuple):
    """An order, whether the step will be tried, and what it means for this one."""

    order: orders.queries.OrderRow
    possible: bool
    text: str


class Result(NamedTuple):
    """What became of an order: its state now, or why nothing was done."""

    number: int
    state: str
    problem: Problem | None


async def plan(visit: Visit) -> Reply:
    """What the step will do to each of the orders that the address names."""
    step = visit.query.get("step", "")
    numbers = _numbers(visit)
    if step not in orders.BULK_STEPS:
        raise MissingError
    return await _plan(visit, step, numbers)


async def take(visit: Visit) -> Reply:
    """Do it: each order for itself, under a key of its own, if it is still what the plan showed."""
    form = await visit.form()
    step = form.text("step")
    if step not in orders.BULK_STEPS:
        raise MissingError
    revisions = _revisions(form)
    reason = form.text("reason")
    rows = await _read(visit, list(revisions))
    if step == "cancel" and not reason:
        problem = visit.problem(refuse(orders.MISSING_REASON, "/reason"))
        return await _plan(visit, step, list(revisions), problem)
    results = await asyncio.gather(
        *(_one(visit, step, row, revisions[row.id], reason, form.text("key")) for row in rows)
    )
    return html(
        visit,
        "orders/templates/bulk_report.html",
        step=step,
        text=words.STEPS[step],
        results=results,
        done=sum(result.problem is None for result in results),
        words=words,
    )


async def _one(visit: Visit, step: str, row: orders.queries.OrderRow, revision: int, reason: str, key: str) -> Result:
    command: object
    if step == "allocate":
        command = orders.AllocateOrder(row.id, revision=revision)
    elif step == "ship":
        command = orders.ShipOrder(row.id, revision=revision)
    else:
        command = orders.CancelOrder(row.id, reason, revision=revision)
    done = await visit.run(OPERATIONS[step], command, f"{key}-{row.id}")
    if isinstance(done, Problem):
        return Result(row.id, row.state, done)
    return Result(row.id, done.state, None)


async def _plan(visit: Visit, step: str, numbers: list[int], problem: Problem | None = None) -> Reply:
    planned = [_planned(visit, step, row) for row in await _read(visit, numbers)]
    return html(
        visit,
        "orders/templates/bulk.html",
        status=200 if problem is None else problem.status,
        step=step,
        text=words.STEPS[step],
        planned=planned,
        possible=sum(one.possible for one in planned),
        reasons=[visit.t(reason) for reason in words.REASONS.get(step, ())],
        problem=problem,
        words=words,
    )


def _planned(visit: Visit, step: str, row: orders.queries.OrderRow) -> Planned:
    if step not in orders.admitted(row.state):
        return Planned(row, possible=False, text=visit.t("Nothing will be done: its state does not allow it."))
    node = visit.network.node(row.node)
    text = visit.t(_WILL[step], node=row.node if node is None else node.name)
    if step == "cancel" and row.paid_minor > 0:
        text = f"{text} {visit.t(_REFUND, amount=visit.fmt.money(row.paid_minor, row.currency))}"
    return Planned(row, possible=True, text=text)


async def _read(visit: Visit, numbers: list[int]) -> list[orders.queries.OrderRow]:
    """The orders; raises ForbiddenError when one of them is another node's."""
    async with visit.desk.database.snapshot() as connection:
        rows = await orders.queries.orders_by_id(connection, visit.desk.vault, numbers)
    for row in rows:
        node = visit.network.node(row.node)
        visit.require(ORDERS_WRITE, None if node is None else node.id)
    return rows


def _numbers(visit: Visit) -> list[int]:
    query: bytes = visit.scope["query_string"]
    given = [value for name, value in parse_qsl(query.decode("latin-1")) if name == "order"]
    return _ids(given)


def _revisions(form: Form) -> dict[int, int]:
    """The orders of the plan with the revisions that it showed."""
    pairs = [value.partition(":") for value in form.all("order")]
    revisions = {number: revision for number, _, revision in pairs if revision.isascii() and revision.isdecimal()}
    return {number: int(revisions[str(number)]) for number in _ids(list(revisions))}


def _ids(given: list[str]) -> list[int]:
    numbers = [int(text) for text in given if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX]
    return [number for number in dict.fromkeys(numbers) if 0 < number <= _NUMBER_MAX][:ORDERS_MAX]
