"""Discrepancies: what facts contradicted, open ones first, and one with the fact behind it."""

from typing import get_args

from mainstem.console.frame import MissingError, Reply, Visit
from mainstem.console.stock import texts
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import PAGE_SIZE, all_nodes, chosen_node, find_sku, number_of
from mainstem.domains import catalog, inventory
from mainstem.domains.inventory import DiscrepancyFilter, DiscrepancyKind, DiscrepancyView
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

NOWHERE = -1
"""The variant of a SKU that there is not: nothing is found."""


def fact_url(found: DiscrepancyView) -> str:
    """The page of the sale, count or transfer that did not fit."""
    if found.kind == "oversold":
        return f"/orders/{found.reference}"
    return f"/counts/{found.reference}" if found.kind == "counted" else f"/transfers/{found.reference}"


async def listed(visit: Visit) -> Reply:
    """A page of discrepancies."""
    node = chosen_node(visit, visit.query.get("node", ""))
    state = visit.query.get("state", "open")
    before = number_of(visit.query.get("before", ""))
    kind: DiscrepancyKind | None = next((k for k in get_args(DiscrepancyKind) if k == visit.query.get("kind")), None)
    sku = visit.query.get("sku", "")
    async with visit.desk.database.snapshot() as connection:
        known = await find_sku(connection, sku) if sku and "\x00" not in sku else None
        wanted = DiscrepancyFilter(
            open=state not in ("all", "resolved"),
            kind=kind,
            node=None if node is None else node.id,
            variant=known.id if known else NOWHERE if sku else None,
            resolved=state == "resolved",
        )
        rows = await inventory.discrepancies(connection, wanted, before, PAGE_SIZE + 1)
        units = await units_of(connection, rows)
    shown = rows[:PAGE_SIZE]
    return answer(
        visit,
        "discrepancies",
        rows=shown,
        units=units,
        kinds=[(code, visit.t(text)) for code, text in texts.DISCREPANCIES.items()],
        names=texts.DISCREPANCIES,
        kind=kind or "",
        state=state if state in ("all", "resolved") else "open",
        sku=sku,
        node=node,
        nodes=all_nodes(visit) if visit.node is None else [],
        fact_url=fact_url,
        next_url=visit.url(before=shown[-1].id) if len(rows) > PAGE_SIZE else "",
        first_url=visit.url(before=None) if before else "",
        may_resolve=visit.allowed(STOCK_ADJUST) and any(row.resolved_at is None for row in shown),
    )


async def show(visit: Visit) -> Reply:
    """One discrepancy, and the form to resolve it."""
    async with visit.desk.database.snapshot() as connection:
        found = await find(visit, connection, visit.path["discrepancy"])
        units = await units_of(connection, [found])
    return page(visit, found, units[found.sku])


def page(visit: Visit, found: DiscrepancyView, unit: str, **values: object) -> Reply:
    """The page of one discrepancy; `problem` and `note` when resolving it was refused."""
    node = visit.network.node(found.node)
    problem = values.get("problem")
    return answer(
        visit,
        "discrepancy",
        status=getattr(problem, "status", 200),
        found=found,
        unit=unit,
        node=node,
        clock=visit.format_in(node.time_zone if node else visit.zone),
        kind=visit.t(texts.DISCREPANCIES[found.kind]),
        fact_url=fact_url(found),
        may_resolve=visit.allowed(STOCK_ADJUST, node.id if node else None),
        problem=problem,
        note=values.get("note", ""),
    )


async def find(visit: Visit, connection: Connection, number: int) -> DiscrepancyView:
    """The discrepancy; raises MissingError when there is none, and ForbiddenError when it belongs to another node."""
    rows = await inventory.discrepancies(connection, DiscrepancyFilter(open=False), number + 1, 1)
    if not rows or rows[0].id != number:
        raise MissingError
    node = visit.network.node(rows[0].node)
    visit.require(STOCK_READ, node.id if node else None)
    return rows[0]


async def units_of(connection: Connection, rows: list[DiscrepancyView]) -> dict[str, str]:
    """The unit of each SKU that these discrepancies name."""
    (found,) = await ask(connection, catalog.variants_by_sku({row.sku for row in rows}))
    return {sku: variant.unit for sku, variant in found.items()}
