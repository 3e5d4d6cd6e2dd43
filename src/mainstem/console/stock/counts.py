"""Counts: those that were made, a new one entered blind, and what one found."""

from datetime import UTC, datetime

from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.console.stock import documents
from mainstem.console.stock.answering import answer
from mainstem.console.stock.entering import first_problem, form_page, moment_entered, node_entered
from mainstem.console.stock.finding import (
    PAGE_SIZE,
    all_nodes,
    chosen_node,
    node_choices,
    number_of,
)
from mainstem.console.stock.lines import Entered, blank_rows, more_rows, read_lines
from mainstem.domains import inventory
from mainstem.domains.inventory import DocumentFilter, NodeStockFilter
from mainstem.platform.access.permissions import STOCK_WRITE

SHEET = 50
"""SKUs that one sheet lays out."""


async def listed(visit: Visit) -> Reply:
    """The counts, newest first."""
    node = chosen_node(visit, visit.query.get("node", ""))
    before = number_of(visit.query.get("before", ""))
    wanted = DocumentFilter("count", node=None if node is None else node.id)
    async with visit.desk.database.snapshot() as connection:
        rows = await inventory.documents_page(connection, wanted, before, PAGE_SIZE + 1)
    return answer(
        visit,
        "counts",
        rows=rows[:PAGE_SIZE],
        node=node,
        nodes=all_nodes(visit) if visit.node is None else [],
        next_url=visit.url(before=rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else "",
        first_url=visit.url(before=None) if before else "",
        may_write=visit.allowed(STOCK_WRITE),
    )


async def entering(visit: Visit) -> Reply:
    """The form for a new count; with a category, a sheet with its SKUs. It never shows what should be there."""
    node = chosen_node(visit, visit.query.get("node", ""))
    category, after = visit.query.get("category", "").replace("\x00", ""), visit.query.get("after", "")
    typed = {"node": node.code if node else "", "category": category}
    if node is None or not category:
        sku = visit.query.get("sku", "")
        return _page(visit, Entered(blank_rows([sku] if sku else [])), typed)
    visit.require(STOCK_WRITE, node.id)
    async with visit.desk.database.snapshot() as connection:
        wanted = NodeStockFilter(category=category[:200])
        place = (after, 0) if after and "\x00" not in after else None
        found = await inventory.node_stock(connection, node.id, wanted, datetime.now(UTC), SHEET, place)
    rows = blank_rows([row.sku for row in found.rows])[: max(1, len(found.rows))]
    for row, known in zip(rows, found.rows, strict=False):
        row.name, row.unit = known.name, known.unit
    return _page(visit, Entered(rows), typed, next_sheet=visit.url(after=found.resume[0]) if found.resume else "")


async def count(visit: Visit) -> Reply:
    """Post what was counted, or say why not."""
    form = await visit.form()
    node = node_entered(visit, form, permission=STOCK_WRITE)
    if form.text("more"):
        return _page(visit, Entered(more_rows(form)), form.typed())
    entered = await read_lines(visit, form, least=0, skip_blank=True)
    moment = moment_entered(visit, form, "occurred_at", node)
    problem = first_problem(node, moment, entered.problem)
    if problem is None and not isinstance(node, Problem) and not isinstance(moment, Problem):
        command = inventory.CountStock(node.code, entered.lines, form.text("document"), moment)
        done = await visit.run(inventory.COUNT_STOCK, command, form.text("key"))
        if not isinstance(done, Problem):
            notice = visit.t(
                "The count has been posted: {lines} SKUs, {different} of them different.",
                lines=done.lines,
                different=done.discrepancies,
            )
            return see_other(f"/counts/{done.id}", notice=notice)
        problem = entered.blame(visit, done)
    return _page(visit, entered, form.typed(), problem)


async def show(visit: Visit) -> Reply:
    """What a count found: the SKUs with a variance."""
    found = await documents.read(visit, visit.path["count"], "count")
    node = visit.network.node(found.node)
    return answer(
        visit,
        "count",
        count=found,
        node=node,
        clock=visit.format_in(node.time_zone if node else visit.zone),
    )


def _page(
    visit: Visit, entered: Entered, typed: dict[str, str], problem: Problem | None = None, next_sheet: str = ""
) -> Reply:
    nodes = node_choices(visit, STOCK_WRITE)
    return form_page(visit, "count_new", entered, typed, problem, nodes=nodes, next_sheet=next_sheet)
