"""Documents with their lines, and discrepancies."""

from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.inventory.contracts import PAGE_MAX, DiscrepancyKind
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.ledger.balances import hold_lines, movements_of_reference
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

_DOCUMENT = """
select id, kind, node, target, external_id, reason, note, derived, state, expected_at, occurred_at, recorded_at
from inventory.document where id = %b::bigint
"""

_TRANSFER_LINES = """
select variant, sent, received from inventory.transfer_line where document = %b::bigint order by variant
"""

_DISCREPANCIES = """
select id, kind, node, variant, quantity, reference, occurred_at, recorded_at, resolved_at, resolved_by, note
from inventory.discrepancy
"""
_NEWEST = " order by id desc limit %b::bigint"


class DocumentLine(msgspec.Struct, frozen=True, gc=False):
    """One SKU of a document.

    `quantity`: of a delivery what came, of an adjustment or count the signed change, of a transfer what was sent, of a
    reservation what was promised. `done`: of a transfer what has arrived, of a reservation what is not held any more.
    """

    sku: str
    unit: str
    quantity: int
    done: int


class DocumentView(msgspec.Struct, frozen=True):
    """A document as it stands. A count lists the SKUs that had a variance."""

    id: int
    kind: str
    node: str
    target: str | None
    document: str
    reason: str
    note: str
    derived: str
    state: str
    expected_at: datetime | None
    occurred_at: datetime
    recorded_at: datetime
    lines: list[DocumentLine]


class DiscrepancyView(msgspec.Struct, frozen=True):
    """What a fact contradicted: `quantity` is what was found beyond what the ledger had, below 0 what was missing."""

    id: int
    kind: DiscrepancyKind
    node: str
    sku: str
    quantity: int
    reference: int
    occurred_at: datetime
    recorded_at: datetime
    resolved_at: datetime | None
    resolved_by: int | None
    note: str


async def document(connection: Connection, number: int) -> DocumentView:
    """The document with this id, and its lines; raises RefusedError when there is none."""
    rows, sent, moved, held = await ask(
        connection,
        Query(_DOCUMENT, (number,), lambda found: found),
        Query(_TRANSFER_LINES, (number,), lambda found: found),
        movements_of_reference(number),
        hold_lines(number),
    )
    if not rows:
        raise RefusedError(refuse(NOT_FOUND, "/id", what="document", id=number))
    row = rows[0]
    node, kind = row[2], row[1]
    if kind == "transfer":
        lines = [(line[0], line[1], line[2]) for line in sent]
    elif kind == "reservation":
        lines = [(line.asset, line.quantity, line.quantity - line.open) for line in held]
    else:
        lines = [
            (item.asset, item.quantity if item.target == node else -item.quantity, item.quantity) for item in moved
        ]
    places = {node} if row[3] is None else {node, row[3]}
    nodes, variants = await ask(
        connection, catalog.nodes_by_id(places), catalog.variants_by_id({line[0] for line in lines})
    )
    return DocumentView(
        id=row[0],
        kind=kind,
        node=nodes[node].code,
        target=None if row[3] is None else nodes[row[3]].code,
        document=row[4],
        reason=row[5],
        note=row[6],
        derived=row[7],
        state=row[8],
        expected_at=row[9],
        occurred_at=row[10],
        recorded_at=row[11],
        lines=[
            DocumentLine(variants[variant].sku, variants[variant].unit, quantity, done)
            for variant, quantity, done in lines
        ],
    )


class DiscrepancyFilter(msgspec.Struct, frozen=True):
    """Which discrepancies are asked for; None asks for all. `node` and `variant` are ids, `resolved`: only those."""

    open: bool = True
    kind: DiscrepancyKind | None = None
    node: int | None = None
    variant: int | None = None
    resolved: bool = False


async def discrepancies(
    connection: Connection, wanted: DiscrepancyFilter, before: int | None = None, limit: int = PAGE_MAX
) -> list[DiscrepancyView]:
    """Discrepancies, newest first, before the one with an id."""
    conditions, parameters = ["true"], list[object]()
    for condition, value in (
        ("id < %b::bigint", before),
        ("kind = %b::text", wanted.kind),
        ("node = %b::bigint", wanted.node),
        ("variant = %b::bigint", wanted.variant),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    if wanted.resolved:
        conditions.append("resolved_at is not null")
    elif wanted.open:
        conditions.append("resolved_at is null")
    sql = f"{_DISCREPANCIES} where {' and '.join(conditions)}{_NEWEST}"
    (rows,) = await ask(connection, Query(sql, (*parameters, min(limit, PAGE_MAX)), lambda found: found))
    nodes, variants = await ask(
        connection,
        catalog.nodes_by_id({row[2] for row in rows}),
        catalog.variants_by_id({row[3] for row in rows}),
    )
    return [_discrepancy(row, nodes[row[2]].code, variants[row[3]].sku) for row in rows]


def _discrepancy(row: Row, node: str, sku: str) -> DiscrepancyView:
    return DiscrepancyView(row[0], row[1], node, sku, *row[4:])
