"""The stock of one node as a list: what can be promised of each SKU, by SKU or with the least first.

Policies are this room's and balances the ledger's: what is kept back of each SKU is worked out here and travels with
the question, so that the database can put the rows in order.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from mainstem.domains import catalog
from mainstem.domains.catalog import NamedVariant, Variant
from mainstem.domains.inventory.rules.policies import PolicySet, ScopedPolicy
from mainstem.ledger import due_holds
from mainstem.ledger.listing import Levels, Shelved, Which, assets_at, listed
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

FEW = 2_000
"""Up to so many rows are put in the order of their SKUs at once; more are met while walking through the SKUs."""

STEP, STEP_MAX = 500, 20_000

AMONG_MAX = 10_000
"""Up to so many SKUs of a node are looked up by their ids; of more, all of their categories are quicker to read."""

_OF_NODE = """
select variant, category, node, channel, safety, buffer, low from inventory.policy
where channel is null and (node is null or node = %b::bigint)
"""


class NodeStockFilter(msgspec.Struct, frozen=True):
    """Which SKUs of a node are asked for; `category` is a path, those below it included."""

    which: Which = "all"
    category: str = ""
    order: Literal["sku", "available"] = "sku"


class NodeStockRow(msgspec.Struct, frozen=True, gc=False):
    """What there is of a SKU at a node; `low` is the level at which it is low, `is_low` whether it is."""

    sku: str
    name: str
    unit: str
    on_hand: int
    held: int
    safety: int
    buffer: int
    available: int
    low: int | None
    is_low: bool


class NodeStock(msgspec.Struct, frozen=True):
    """A page; `resume` names where the next one begins, None after the last."""

    rows: list[NodeStockRow]
    resume: tuple[str, int] | None


async def node_stock(
    connection: Connection,
    node: int,
    wanted: NodeStockFilter,
    now: datetime,
    limit: int,
    after: tuple[str, int] | None = None,
) -> NodeStock:
    """What a node has ever had, in the wanted order, after a place of an earlier page.

    Only policies that name no channel count. Order and filters take the holds that are stored; what is shown does not
    count holds whose time is up. The connection is that of a snapshot.
    """
    (found,) = await ask(connection, Query(_OF_NODE, (node,), lambda rows: [ScopedPolicy(r[:4], *r[4:]) for r in rows]))
    policies = PolicySet(found)
    levels = Levels()
    if wanted.order == "available" or wanted.which in ("low", "out"):
        levels = await _levels(connection, policies, found, node)
    within: Collection[int] | None = None
    if wanted.category:
        (inside,) = await ask(connection, catalog.variants_within([wanted.category]))
        within = [number for ids in inside.values() for number in ids]
    if wanted.order == "available":
        place = None if after is None else (after[1], int(after[0]))
        shelves = await listed(connection, node, levels, limit + 1, which=wanted.which, within=within, after=place)
        (names,) = await ask(connection, catalog.named_variants([shelf.asset for shelf in shelves[:limit]]))
        shown = [(names[shelf.asset], shelf) for shelf in shelves[:limit]]
        resume = (str(shown[-1][1].asset), shown[-1][1].left) if len(shelves) > limit else None
    else:
        shown = await _by_sku(connection, node, levels, wanted, within, limit + 1, after[0] if after else "")
        resume = (shown[limit - 1][0].sku, 0) if len(shown) > limit else None
        shown = shown[:limit]
    return NodeStock(await _rows(connection, node, policies, shown, now), resume)


async def _levels(connection: Connection, policies: PolicySet, found: Collection[ScopedPolicy], node: int) -> Levels:
    """What is kept back of every SKU at the node, and when it is low: usually, and where policies say otherwise."""
    own = {policy.scope[0] for policy in found if policy.scope[0] is not None}
    categories = {policy.scope[1] for policy in found if policy.scope[1] is not None}
    keep, low = _level(policies, _ANY, node)
    exceptions: dict[int, tuple[int, int | None]] = {}
    if own or categories:
        (here,) = await ask(connection, assets_at(node))
        among = here if len(here) <= AMONG_MAX else None
        named, inside = await ask(
            connection,
            catalog.variants_by_id(own.intersection(here)),
            catalog.variants_within(sorted(categories), among),
        )
        # A policy set remembers variants by their ids, so each category is asked for under an id of its own.
        for number, (category, ids) in enumerate(inside.items(), 1):
            level = _level(policies, msgspec.structs.replace(_ANY, id=-number, category=category), node)
            if level != (keep, low):
                exceptions |= dict.fromkeys(ids, level)
        exceptions |= {variant.id: _level(policies, variant, node) for variant in named.values()}
    return Levels(keep, low, exceptions)


def _level(policies: PolicySet, variant: Variant, node: int) -> tuple[int, int | None]:
    policy = policies.effective(variant, node, None)
    return policy.safety + policy.buffer, policy.low


_ANY = Variant(id=0, sku="", unit="pc", category="", placeholder=False)


async def _by_sku(
    connection: Connection,
    node: int,
    levels: Levels,
    wanted: NodeStockFilter,
    within: Collection[int] | None,
    limit: int,
    after: str,
) -> list[tuple[NamedVariant, Shelved]]:
    shelves = await listed(connection, node, levels, FEW + 1, which=wanted.which, within=within, least_first=False)
    if len(shelves) <= FEW:
        by_id = {shelf.asset: shelf for shelf in shelves}
        (names,) = await ask(connection, catalog.variants_after(after, limit, among=by_id.keys()))
        return [(name, by_id[name.id]) for name in names]
    found: list[tuple[NamedVariant, Shelved]] = []
    step = STEP
    while len(found) < limit:
        (names,) = await ask(connection, catalog.variants_after(after, step, category=wanted.category))
        if not names:
            break
        ids = [name.id for name in names]
        shelves = await listed(connection, node, levels, step, which=wanted.which, within=ids, least_first=False)
        by_id = {shelf.asset: shelf for shelf in shelves}
        found += [(name, by_id[name.id]) for name in names if name.id in by_id]
        after, step = names[-1].sku, min(2 * step, STEP_MAX)
    return found[:limit]


async def _rows(
    connection: Connection,
    node: int,
    policies: PolicySet,
    shown: Collection[tuple[NamedVariant, Shelved]],
    now: datetime,
) -> list[NodeStockRow]:
    (due,) = await ask(connection, due_holds([shelf.asset for _, shelf in shown], now))
    return [_row(name, shelf, policies, node, due) for name, shelf in shown]


def _row(
    name: NamedVariant, shelf: Shelved, policies: PolicySet, node: int, due: Mapping[tuple[int, int], int]
) -> NodeStockRow:
    variant = Variant(name.id, name.sku, name.unit, name.category, name.placeholder)
    policy = policies.effective(variant, node, None)
    held = shelf.held - due.get((name.id, node), 0)
    free = shelf.posted - held
    return NodeStockRow(
        sku=name.sku,
        name=name.name,
        unit=name.unit,
        on_hand=shelf.posted,
        held=held,
        safety=policy.safety,
        buffer=policy.buffer,
        available=max(0, free - policy.safety - policy.buffer),
        low=policy.low,
        is_low=policy.low is not None and free <= policy.low,
    )
