"""Documents of a kind as a list, newest first."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains import catalog
from mainstem.domains.inventory.contracts import PAGE_MAX
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

DocumentKind = Literal["delivery", "adjustment", "count", "transfer", "reservation"]

_PAGE = """
select id, kind, node, target, external_id, reason, note, derived, state, expected_at, occurred_at, recorded_at
from inventory.document where kind = %b::text"""
_NEWEST = " order by id desc limit %b::bigint"


class DocumentFilter(msgspec.Struct, frozen=True):
    """Which documents are asked for; `node` is an id: where it happened, for transfers also where they go."""

    kind: DocumentKind
    node: int | None = None
    state: Literal["open", "closed"] | None = None


class DocumentRow(msgspec.Struct, frozen=True, gc=False):
    """A document without its lines; nodes by code."""

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


async def documents_page(
    connection: Connection, wanted: DocumentFilter, before: int | None = None, limit: int = PAGE_MAX
) -> list[DocumentRow]:
    """Documents of a kind, newest first, before the one with an id."""
    sides = [None] if wanted.node is None else ["node", "target"] if wanted.kind == "transfer" else ["node"]
    queries = [_page(wanted, side, before, limit) for side in sides]
    rows = {row[0]: row for found in await ask(connection, *queries) for row in found}
    newest = sorted(rows.values(), key=lambda row: -row[0])[:limit]
    places = {place for row in newest for place in (row[2], row[3]) if place is not None}
    (nodes,) = await ask(connection, catalog.nodes_by_id(places))
    return [
        DocumentRow(*(*row[:2], nodes[row[2]].code, None if row[3] is None else nodes[row[3]].code, *row[4:]))
        for row in newest
    ]


def _page(wanted: DocumentFilter, side: str | None, before: int | None, limit: int) -> Query[list[Row]]:
    conditions, values = "", list[object]((wanted.kind,))
    if side is not None:
        conditions += f" and {side} = %b::bigint"
        values.append(wanted.node)
    if wanted.state is not None:
        conditions += f" and state = '{wanted.state}'"  # a literal: the index of open documents is partial
    if before is not None:
        conditions += " and id < %b::bigint"
        values.append(before)
    return Query(_PAGE + conditions + _NEWEST, (*values, min(limit, PAGE_MAX)), lambda rows: rows)
