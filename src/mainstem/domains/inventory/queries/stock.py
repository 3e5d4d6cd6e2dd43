"""What is or was on hand, and what moved."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains import catalog
from mainstem.domains.inventory.contracts import (
    AVAILABILITY_PAIRS_MAX,
    COUNT_VARIANCE,
    CUSTOMER,
    OPENING,
    PAGE_MAX,
    SCRAP,
    SUPPLIER,
    StockAt,
)
from mainstem.domains.inventory.queries.availability import resolve_pairs
from mainstem.kernel.moments import day_bounds
from mainstem.kernel.refusals import TOO_LARGE, RefusedError, refuse
from mainstem.ledger.balances import balances_of_place, movements_of_spot, posted_at
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

OUTSIDE = {
    SUPPLIER: "supplier",
    CUSTOMER: "customer",
    SCRAP: "scrap",
    COUNT_VARIANCE: "count_variance",
    OPENING: "opening",
}
"""How the places of the outside world are called; any other place that is not a node is on the way to one."""

_LAST_INSTANT = timedelta(microseconds=1)


class StockRow(msgspec.Struct, frozen=True, gc=False):
    """What is on hand of a SKU at a node, and how much of it is promised."""

    id: int
    sku: str
    unit: str
    on_hand: int
    held: int


class MovementRow(msgspec.Struct, frozen=True, gc=False):
    """A movement as a node sees it: `quantity` is signed; `counterpart` is where it came from or went to."""

    id: int
    quantity: int
    counterpart: str
    kind: str
    reference: int
    occurred_at: datetime
    recorded_at: datetime


async def stock_at(
    connection: Connection, skus: Sequence[str], nodes: Sequence[str], when: datetime | date
) -> list[StockAt]:
    """What was on hand of each SKU at each node at a moment, or at the end of a calendar day in the node's own zone.

    A moment without a zone is what the clock of each node showed. Movements of the very moment count as done. Facts
    told later about earlier moments are in it. Raises RefusedError for an unknown SKU or node and for more than
    AVAILABILITY_PAIRS_MAX pairs.
    """
    if len(skus) * len(nodes) > AVAILABILITY_PAIRS_MAX:
        size = f"{len(skus)} SKUs at {len(nodes)} nodes"
        raise RefusedError(refuse(TOO_LARGE, "/skus", size=size, limit=AVAILABILITY_PAIRS_MAX))
    variants, places, _ = await resolve_pairs(connection, skus, nodes)
    if not variants or not places:
        return []
    day = None if isinstance(when, datetime) else when
    moments = {node.id: _moment_at(when, node.time_zone) for node in places}
    (found,) = await ask(connection, posted_at([variant.id for variant in variants], moments))
    return [
        StockAt(variant.sku, node.code, found.get((variant.id, node.id), 0), moments[node.id], day)
        for variant in variants
        for node in places
    ]


def _moment_at(when: datetime | date, zone: str) -> datetime:
    if not isinstance(when, datetime):
        return day_bounds(when, zone)[1] - _LAST_INSTANT
    return when if when.tzinfo is not None else when.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def stock_of_node(connection: Connection, node: int, after: int = 0, limit: int = PAGE_MAX) -> list[StockRow]:
    """What a node has ever had, in the order of the variants' ids, after one; on hand is below 0 when oversold."""
    (rows,) = await ask(connection, balances_of_place(node, after, min(limit, PAGE_MAX)))
    (variants,) = await ask(connection, catalog.variants_by_id({row[0] for row in rows}))
    return [StockRow(asset, variants[asset].sku, variants[asset].unit, posted, held) for asset, _, posted, held in rows]


async def movements(
    connection: Connection,
    variant: int,
    node: int,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE_MAX,
) -> list[MovementRow]:
    """The movements of a variant at a node, newest first, before one named by (occurred_at, id)."""
    (found,) = await ask(connection, movements_of_spot((variant, node), before, min(limit, PAGE_MAX)))
    others = {item.source if item.target == node else item.target for item in found}
    (nodes,) = await ask(connection, catalog.nodes_by_id({place for place in others if place > 0}))
    names = OUTSIDE | {place: known.code for place, known in nodes.items()}
    rows = []
    for item in found:
        arrived = item.target == node
        rows.append(
            MovementRow(
                id=item.id,
                quantity=item.quantity if arrived else -item.quantity,
                counterpart=names.get(item.source if arrived else item.target, "transit"),
                kind=item.kind,
                reference=item.reference,
                occurred_at=item.occurred_at,
                recorded_at=item.recorded_at,
            )
        )
    return rows
