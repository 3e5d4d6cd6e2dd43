"""What the people at a node have to do with its stock: transfers on their way to it, and what runs low."""

from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.ledger.scarce import scarce
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

LOOKED_THROUGH_MAX = 500
"""Of the scarcest SKUs of a node, so many are compared with their low-stock level."""


class Arriving(msgspec.Struct, frozen=True, gc=False):
    """An open transfer to a node: so many of its lines have not fully arrived. `source` is an id."""

    id: int
    source: int
    document: str
    expected_at: datetime | None
    occurred_at: datetime
    lines: int


class Low(msgspec.Struct, frozen=True, gc=False):
    """What is free of a SKU is at or below its low-stock level; both in smallest steps of its unit."""

    variant: int
    free: int
    low: int


_ARRIVING = """
select d.id, d.node, d.external_id, d.expected_at, d.occurred_at, l.lines
from (
    select id, node, external_id, expected_at, occurred_at from inventory.document
    where kind = 'transfer' and state = 'open' and target = %b::bigint
    order by expected_at nulls last, id limit %b::bigint
) as d
cross join lateral (
    select count(*) filter (where sent > received) as lines from inventory.transfer_line where document = d.id
) as l
order by d.expected_at nulls last, d.id
"""

_LEVELS = """
select max(low), bool_or(variant is null), array_remove(array_agg(distinct variant), null)
from inventory.policy where low is not null and channel is null and (node is null or node = %b::bigint)
"""


def transfers_to(node: int, limit: int) -> Query[list[Arriving]]:
    """Up to `limit` open transfers on their way to a node, those expected first first."""
    return Query(_ARRIVING, (node, limit), lambda rows: [Arriving(*row) for row in rows])


async def low_stock(connection: Connection, node: int, limit: int) -> list[Low]:
    """Up to `limit` SKUs of a node at or below their low-stock level, emptiest first.

    SKUs without a level are not low. Of very many candidates only the `LOOKED_THROUGH_MAX` scarcest are compared.
    """
    (levels,) = await ask(connection, Query(_LEVELS, (node,), lambda rows: rows[0]))
    highest, wide, named = levels
    if highest is None:
        return []
    (candidates,) = await ask(connection, scarce(node, highest, None if wide else named, LOOKED_THROUGH_MAX))
    (variants,) = await ask(connection, catalog.variants_by_id(asset for asset, _ in candidates))
    (policies,) = await ask(connection, policies_for(variants.values(), [node]))
    found = []
    for asset, free in candidates:
        low = policies.effective(variants[asset], node, None).low
        if low is not None and free <= low:
            found.append(Low(asset, free, low))
    return found[:limit]
