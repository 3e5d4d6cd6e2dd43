"""Reads of stock policies."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from mainstem.domains import catalog
from mainstem.domains.catalog import Variant
from mainstem.domains.inventory.contracts import PAGE_MAX
from mainstem.domains.inventory.rules.explanation import Explanation, explain
from mainstem.domains.inventory.rules.policies import PolicySet, ScopedPolicy, prefixes
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

_FOR_VARIANTS = """
select variant, category, node, channel, safety, buffer, low from inventory.policy
where (variant = any(%b::bigint[]) or (variant is null and (category is null or category = any(%b::text[]))))
  and (node is null or node = any(%b::bigint[]))
"""

_SET = "select id, variant, category, node, channel, safety, buffer, low, updated_at from inventory.policy "
_PAGE = _SET + "where id > %b::bigint {narrow} order by id limit %b::bigint"
_ONE = _SET + "where id = %b::bigint"
_FOR_ONE = (
    _SET
    + """
where (variant = %b::bigint or (variant is null and (category is null or category = any(%b::text[]))))
  and (node is null or node = %b::bigint) and (channel is null or channel = %b::bigint)
"""
)


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


class PolicyFilter(msgspec.Struct, frozen=True):
    """Which policies are asked for: those of this variant, node, channel (ids) or category; None asks for all."""

    variant: int | None = None
    category: str | None = None
    node: int | None = None
    channel: int | None = None


class Explained(msgspec.Struct, frozen=True):
    """The policies that match a SKU at a node in a channel, narrowest first, and where each value comes from."""

    policies: list[StockPolicy]
    explanation: Explanation


async def policies_page(
    connection: Connection,
    after: int = 0,
    limit: int = PAGE_MAX,
    wanted: PolicyFilter = PolicyFilter(),  # noqa: B008 - frozen
) -> list[StockPolicy]:
    """Policies in the order of their ids, after one."""
    narrow, values = "", list[object]()
    for column, kind in (("variant", "bigint"), ("category", "text"), ("node", "bigint"), ("channel", "bigint")):
        value = getattr(wanted, column)
        if value is not None:
            narrow += f" and {column} = %b::{kind}"
            values.append(value)
    sql = _PAGE.format(narrow=narrow)
    (rows,) = await ask(connection, Query(sql, (after, *values, min(limit, PAGE_MAX)), lambda found: found))
    return await _named(connection, rows)


async def find_policy(connection: Connection, number: int) -> StockPolicy | None:
    """The policy with an id."""
    (rows,) = await ask(connection, Query(_ONE, (number,), lambda found: found))
    return next(iter(await _named(connection, rows)), None)


async def explain_policies(connection: Connection, variant: Variant, node: int, channel: int | None) -> Explained:
    """What holds for a SKU at a node in a channel (or in none), and why."""
    wide = Texts(prefixes(variant.category))
    (rows,) = await ask(connection, Query(_FOR_ONE, (variant.id, wide, node, channel), lambda found: found))
    found = explain([(row[0], ScopedPolicy(row[1:5], *row[5:8])) for row in rows], variant, node, channel)
    named = {policy.id: policy for policy in await _named(connection, rows)}
    return Explained([named[number] for number in found.matching], found)


async def _named(connection: Connection, rows: Sequence[Row]) -> list[StockPolicy]:
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
