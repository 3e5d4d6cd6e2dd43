"""Reads of stock policies."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.contracts import PAGE_MAX
from mainstem.domains.inventory.rules.policies import PolicySet, ScopedPolicy, prefixes
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

_FOR_VARIANTS = """
select variant, category, node, channel, safety, buffer, low from inventory.policy
where (variant = any(%b::bigint[]) or (variant is null and (category is null or category = any(%b::text[]))))
  and (node is null or node = any(%b::bigint[]))
"""

_PAGE = """
select id, variant, category, node, channel, safety, buffer, low, updated_at
from inventory.policy where id > %b::bigint order by id limit %b::bigint
"""


class StockPolicy(msgspec.Struct, frozen=True):
    """A policy as it is set; the scope by codes."""

    id: int
    sku: str | None
    category: str | None
    node: str | None
    channel: str | None
    safety: int | None
    buffer: int | None
    low: int | None
    updated_at: datetime


def policies_for(variants: Collection[Variant], nodes: Collection[int]) -> Query[PolicySet]:
    """The policies that can matter for these variants at these nodes, in any channel."""
    wide = sorted({prefix for category in {v.category for v in variants} for prefix in prefixes(category)})
    return Query(
        _FOR_VARIANTS,
        (Bigints(variant.id for variant in variants), Texts(wide), Bigints(nodes)),
        lambda rows: PolicySet(ScopedPolicy(row[:4], *row[4:]) for row in rows),
    )


async def policies_page(connection: Connection, after: int = 0, limit: int = PAGE_MAX) -> list[StockPolicy]:
    """All policies in the order of their ids, after one."""
    rows = (await ask(connection, Query(_PAGE, (after, min(limit, PAGE_MAX)), lambda found: found)))[0]
    variants, nodes, channels = await ask(
        connection,
        catalog.variants_by_id({row[1] for row in rows if row[1] is not None}),
        catalog.nodes_by_id({row[3] for row in rows if row[3] is not None}),
        catalog.channels_by_id({row[4] for row in rows if row[4] is not None}),
    )
    return [
        StockPolicy(
            id=row[0],
            sku=variants[row[1]].sku if row[1] is not None else None,
            category=row[2],
            node=nodes[row[3]].code if row[3] is not None else None,
            channel=channels[row[4]].code if row[4] is not None else None,
            safety=row[5],
            buffer=row[6],
            low=row[7],
            updated_at=row[8],
        )
        for row in rows
    ]
