"""Safety stock, channel buffers and low-stock levels: the list, and what holds for a SKU at a node and why."""

import msgspec

from mainstem.console.frame import Reply, Visit
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import (
    PAGE_SIZE,
    all_nodes,
    channel_choices,
    chosen_node,
    find_sku,
    number_of,
)
from mainstem.domains import catalog, inventory
from mainstem.domains.catalog import Variant
from mainstem.domains.inventory import PolicyFilter, StockPolicy
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

NOWHERE = -1
"""The variant of a SKU that there is not: nothing is found."""


class PolicyLine(msgspec.Struct, frozen=True):
    """A policy with the unit of its SKU; that of a category or of all SKUs is in smallest steps, which pieces show."""

    policy: StockPolicy
    unit: str
    editable: bool


async def listed(visit: Visit) -> Reply:
    """A page of policies."""
    node = chosen_node(visit, visit.query.get("node", ""))
    channel = visit.network.channel(visit.query.get("channel", ""))
    after = number_of(visit.query.get("after", "")) or 0
    sku, category = visit.query.get("sku", ""), visit.query.get("category", "").replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        known = await find_sku(connection, sku) if sku and "\x00" not in sku else None
        wanted = PolicyFilter(
            variant=known.id if known else NOWHERE if sku else None,
            category=category or None,
            node=None if node is None else node.id,
            channel=None if channel is None else channel.id,
        )
        found = await inventory.policies_page(connection, after, PAGE_SIZE + 1, wanted)
        rows = await lines(visit, connection, found[:PAGE_SIZE])
    return answer(
        visit,
        "policies",
        rows=rows,
        node=node,
        nodes=all_nodes(visit) if visit.node is None else [],
        channel=channel,
        channels=channel_choices(visit),
        sku=sku,
        category=category,
        next_url=visit.url(after=found[PAGE_SIZE - 1].id) if len(found) > PAGE_SIZE else "",
        first_url=visit.url(after=None) if after else "",
        may_adjust=visit.allowed(STOCK_ADJUST),
    )


async def explained(visit: Visit) -> Reply:
    """What holds for a SKU at a node, in a channel or in none, and which policy says so."""
    node = chosen_node(visit, visit.query.get("node", ""))
    channel = visit.network.channel(visit.query.get("channel", ""))
    sku = visit.query.get("sku", "")
    found, rows, variant = None, [], None
    if node is not None and sku and "\x00" not in sku:
        visit.require(STOCK_READ, node.id)
        async with visit.desk.database.snapshot() as connection:
            variant = await find_sku(connection, sku)
            if variant is not None:
                plain = Variant(variant.id, variant.sku, variant.unit, variant.category, variant.placeholder)
                channel_id = None if channel is None else channel.id
                found = await inventory.explain_policies(connection, plain, node.id, channel_id)
                rows = await lines(visit, connection, found.policies)
    return answer(
        visit,
        "explain",
        sku=sku,
        variant=variant,
        node=node,
        nodes=all_nodes(visit) if visit.node is None else [(visit.node.code, visit.node.name)],
        channel=channel,
        channels=channel_choices(visit),
        found=found,
        rows=rows,
        may_adjust=visit.allowed(STOCK_ADJUST, None if node is None else node.id),
    )


async def lines(visit: Visit, connection: Connection, found: list[StockPolicy]) -> list[PolicyLine]:
    """The policies with their units, and whether the person may change them."""
    skus = {policy.sku for policy in found if policy.sku is not None}
    (variants,) = await ask(connection, catalog.variants_by_sku(skus))
    return [
        PolicyLine(policy, variants[policy.sku].unit if policy.sku else "pc", editable(visit, policy.node))
        for policy in found
    ]


def editable(visit: Visit, node: str | None) -> bool:
    """Whether the person may change policies of a node, or of all (None)."""
    if node is None:
        return visit.node is None and visit.allowed(STOCK_ADJUST)
    known = visit.network.node(node)
    return known is not None and visit.allowed(STOCK_ADJUST, known.id)
