"""What can be done to the catalog: load, decide, store, tell."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from mainstem import ledger
from mainstem.domains.catalog.contracts import (
    ChannelChanged,
    NodeChanged,
    PlaceholderMade,
    UpsertChannel,
    Upserted,
    UpsertNode,
    UpsertProduct,
    Variant,
)
from mainstem.domains.catalog.queries import nodes_by_code, variants_by_sku
from mainstem.domains.catalog.rules import nodes as node_rules
from mainstem.domains.catalog.rules import products as product_rules
from mainstem.domains.catalog.store import nodes as node_store
from mainstem.domains.catalog.store import products as product_store
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal
from mainstem.ledger.queries import assets_in_use
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Event, Work

Answer = Upserted | Refusal

ASSET_KIND = "sku"
NODE_PLACE, TRANSIT_PLACE = "node", "transit"
PLACEHOLDER_UNIT = "pc"
"""The unit a placeholder is assumed to be counted in until its product is described."""

_encode = msgspec.json.Encoder().encode


async def upsert_products(work: Work, calls: Sequence[Call[UpsertProduct]]) -> list[Answer]:
    """Create or replace products in order of arrival; later commands of a batch see what earlier ones did."""
    read = [product_rules.read_product(call.command) for call in calls]
    commands = [command for command in read if not isinstance(command, Refusal)]
    loaded = await product_store.load(work, commands)
    assortment = loaded.assortment
    changing = assortment.unit_changes(commands)
    if changing:
        (assortment.in_use,) = await ask(work.connection, assets_in_use(changing))
    answers: list[Answer] = []
    for call, command in zip(calls, read, strict=True):
        decision = command if isinstance(command, Refusal) else assortment.decide(command, work.ids.take)
        if isinstance(decision, Refusal):
            answers.append(decision)
            continue
        changed = decision.change is not None and not decision.created
        answers.append(Upserted(decision.product, decision.created, changed, decision.revision))
        if decision.change is not None:
            _emit(work, call, "catalog.product_changed", decision.product, decision.change)
    made = product_store.save(work, loaded)
    if made:
        ledger.register_assets(work, ASSET_KIND, made)
    return answers


async def upsert_nodes(work: Work, calls: Sequence[Call[UpsertNode]]) -> list[Answer]:
    """Create or replace nodes in order of arrival; a new node becomes two places of the ledger."""
    read = [node_rules.read_node(call.command) for call in calls]
    nodes = await node_store.load_nodes(work, (item.code for item in read if not isinstance(item, Refusal)))
    await work.reserve_ids(2 * len(calls))
    answers: list[Answer] = []
    changed: dict[int, node_rules.NodeState] = {}
    made: list[node_rules.NodeState] = []
    for call, command in zip(calls, read, strict=True):
        if isinstance(command, Refusal):
            answers.append(command)
            continue
        decided = node_rules.decide_node(nodes, command, work.ids.take)
        if isinstance(decided, Refusal):
            answers.append(decided)
            continue
        after, before = decided
        answers.append(_upserted(after, before))
        if after == before:
            continue
        changed[after.id] = after
        if before is None:
            made.append(after)
        _emit(work, call, "catalog.node_changed", after.id, NodeChanged(after.said, before is None))
    if changed:
        node_store.save_nodes(work, list(changed.values()))
    if made:
        ledger.register_places(work, NODE_PLACE, [node.id for node in made])
        ledger.register_places(work, TRANSIT_PLACE, [node.transit for node in made])
    return answers


async def upsert_channels(work: Work, calls: Sequence[Call[UpsertChannel]]) -> list[Answer]:
    """Create or replace channels in order of arrival."""
    codes = {call.command.code for call in calls}
    channels = await node_store.load_channels(work, (code for code in codes if is_code(code)))
    (nodes,) = await ask(work.connection, nodes_by_code({code for call in calls for code in call.command.nodes}))
    await work.reserve_ids(len(calls))
    answers: list[Answer] = []
    changed: dict[int, node_rules.ChannelState] = {}
    for call in calls:
        refusal = node_rules.read_channel(call.command, nodes.keys())
        if refusal is not None:
            answers.append(refusal)
            continue
        decided = node_rules.decide_channel(channels, call.command, work.ids.take)
        if isinstance(decided, Refusal):
            answers.append(decided)
            continue
        after, before = decided
        answers.append(_upserted(after, before))
        if after != before:
            changed[after.id] = after
            _emit(work, call, "catalog.channel_changed", after.id, ChannelChanged(after.said, before is None))
    if changed:
        node_store.save_channels(work, list(changed.values()), {code: node.id for code, node in nodes.items()})
    return answers


async def ensure_placeholders(work: Work, skus: Iterable[str]) -> dict[str, Variant]:
    """The variants with these SKUs; those that are unknown are made as placeholders, counted in pieces.

    For facts inside a running transaction. The SKUs must be codes. The placeholders are written at once, so that later
    reads of the transaction find them; when another transaction makes the same one, the batch is retried.
    """
    wanted = sorted(set(skus))
    (known,) = await ask(work.connection, variants_by_sku(wanted))
    missing = [sku for sku in wanted if sku not in known]
    if not missing:
        return known
    assert all(is_code(sku) for sku in missing), "a fact's SKUs are checked before placeholders are made of them"
    await work.reserve_ids(2 * len(missing))
    made = [(work.ids.take(), work.ids.take(), sku, PLACEHOLDER_UNIT) for sku in missing]
    product_store.add_placeholders(work, made)
    ledger.register_assets(work, ASSET_KIND, [variant for variant, *_ in made])
    for variant, _, sku, unit in made:
        _emit(work, None, "catalog.placeholder_made", variant, PlaceholderMade(sku, unit))
    await work.flush()
    return known | {sku: Variant(variant, sku, unit, "", placeholder=True) for variant, _, sku, unit in made}


def _upserted(
    after: node_rules.NodeState | node_rules.ChannelState, before: node_rules.NodeState | node_rules.ChannelState | None
) -> Upserted:
    return Upserted(after.id, before is None, before is not None and after != before, after.revision)


def _emit(work: Work, call: Call[Any] | None, name: str, subject: int, payload: msgspec.Struct) -> None:
    """Tell what happened; without a call the system itself did it."""
    work.emit(
        Event(
            type=name,
            subject=subject,
            actor=call.actor if call else 0,
            trace=call.trace if call else "",
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


UPSERT_PRODUCTS = Operation("catalog.upsert_product", UpsertProduct, Upserted, upsert_products)
UPSERT_NODES = Operation("catalog.upsert_node", UpsertNode, Upserted, upsert_nodes)
UPSERT_CHANNELS = Operation("catalog.upsert_channel", UpsertChannel, Upserted, upsert_channels)
