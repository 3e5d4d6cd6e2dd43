"""Resolving discrepancies with what was found: one, or several after asking once."""

from urllib.parse import parse_qs

from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.console.stock import quantities, texts
from mainstem.console.stock.answering import answer
from mainstem.console.stock.discrepancies import find, page, units_of
from mainstem.console.stock.finding import PAGE_SIZE, number_of
from mainstem.domains import inventory
from mainstem.domains.inventory import ALREADY_CLOSED, DiscrepancyView
from mainstem.platform.access.permissions import STOCK_ADJUST


async def resolve(visit: Visit) -> Reply:
    """Close one discrepancy, or say why not."""
    form = await visit.form()
    note = form.text("note")
    async with visit.desk.database.snapshot() as connection:
        found = await find(visit, connection, visit.path["discrepancy"])
        units = await units_of(connection, [found])
    _may(visit, found)
    problem = _no_note(visit, note)
    if problem is None:
        command = inventory.ResolveDiscrepancy(found.id, note)
        done = await visit.run(inventory.RESOLVE_DISCREPANCY, command, form.text("key"))
        if not isinstance(done, Problem):
            return see_other(f"/discrepancies/{found.id}", notice=visit.t("The discrepancy has been resolved."))
        problem = done
    return page(visit, found, units[found.sku], problem=problem, note=note)


async def choosing(visit: Visit) -> Reply:
    """What would be resolved: asks once, for the reason."""
    names = parse_qs(visit.scope["query_string"].decode("latin-1"))
    return await _confirm(visit, names.get("id", []))


async def resolve_all(visit: Visit) -> Reply:
    """Close those that were chosen; one that somebody else closed meanwhile is told and left as it is."""
    form = await visit.form()
    note, chosen = form.text("note"), form.all("id")
    problem = _no_note(visit, note)
    if problem is not None:
        return await _confirm(visit, chosen, problem)
    done = 0
    for found in await _chosen(visit, chosen):
        command = inventory.ResolveDiscrepancy(found.id, note)
        answer = await visit.run(inventory.RESOLVE_DISCREPANCY, command, f"{form.text('key')}-{found.id}")
        if not isinstance(answer, Problem):
            done += 1
        elif answer.code != ALREADY_CLOSED.code:
            return await _confirm(visit, chosen, answer, note)
    notice = visit.t("{number} discrepancies have been resolved.", number=done)
    others = len(set(chosen)) - done
    if others:
        notice += " " + visit.t("{number} were resolved by somebody else before.", number=others)
    return see_other("/discrepancies", notice=notice)


async def _chosen(visit: Visit, ids: list[str]) -> list[DiscrepancyView]:
    numbers = [number for number in map(number_of, dict.fromkeys(ids[:PAGE_SIZE])) if number is not None]
    async with visit.desk.database.snapshot() as connection:
        rows = [await find(visit, connection, number) for number in numbers]
    for row in rows:
        _may(visit, row)
    return rows


async def _confirm(visit: Visit, ids: list[str], problem: Problem | None = None, note: str = "") -> Reply:
    rows = [row for row in await _chosen(visit, ids) if row.resolved_at is None or problem]
    if not rows:
        return see_other("/discrepancies", notice=visit.t("Nothing that is open was chosen."))
    async with visit.desk.database.snapshot() as connection:
        units = await units_of(connection, rows)
    return answer(
        visit,
        "resolve",
        status=problem.status if problem else 200,
        rows=rows,
        units=units,
        names=texts.DISCREPANCIES,
        problem=problem,
        note=note,
    )


def _may(visit: Visit, found: DiscrepancyView) -> None:
    node = visit.network.node(found.node)
    visit.require(STOCK_ADJUST, node.id if node else None)


def _no_note(visit: Visit, note: str) -> Problem | None:
    if note:
        return None
    remedy = visit.t("The reason stays with the discrepancy for whoever asks later.")
    return quantities.wrong("/note", visit.t("Say what was found."), remedy)
