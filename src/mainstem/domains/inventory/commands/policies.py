"""Setting safety stock, channel buffers and low-stock levels."""

from collections.abc import Mapping, Sequence

import msgspec

from mainstem.domains import catalog
from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_NODE, UNKNOWN_SKU, Channel, Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.telling import tell
from mainstem.domains.inventory.contracts import (
    BAD_POLICY,
    POLICY_CHANGED,
    PolicyEvent,
    PolicyValues,
    SetStockPolicy,
    StockChanged,
)
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.policies import Scope, ScopedPolicy
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _handle(work: Work, calls: Sequence[Call[SetStockPolicy]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes, channels = await ask(
        work.connection,
        catalog.variants_by_sku(checks.askable(command.sku for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
        catalog.channels_by_code(checks.askable(command.channel for command in commands)),
    )
    scopes = [_scope(command, variants, nodes, channels) for command in commands]
    wanted = {scope for scope in scopes if not isinstance(scope, Refusal)}
    (known,) = await ask(work.connection, store.lock_policies(wanted))
    there: dict[Scope, tuple[int, ScopedPolicy] | None] = dict(known)
    await work.reserve_ids(len(calls))
    changed: dict[int, ScopedPolicy | None] = {}
    results: list[StockChanged | Refusal] = []
    for call, scope in zip(calls, scopes, strict=True):
        results.append(scope if isinstance(scope, Refusal) else _decide(work, call, scope, there, changed))
    store.delete_policies(work, [number for number, policy in changed.items() if policy is None])
    store.upsert_policies(work, [(number, policy) for number, policy in changed.items() if policy is not None])
    return results


def _scope(
    command: SetStockPolicy,
    variants: Mapping[str, Variant],
    nodes: Mapping[str, Node],
    channels: Mapping[str, Channel],
) -> Scope | Refusal:
    wrong = _wrong(command)
    if wrong:
        return wrong
    variant = variants.get(command.sku) if command.sku is not None else None
    node = nodes.get(command.node) if command.node is not None else None
    channel = channels.get(command.channel) if command.channel is not None else None
    if command.sku is not None and variant is None:
        return refuse(UNKNOWN_SKU, "/sku", sku=command.sku[: checks.SHOWN_LENGTH_MAX])
    if command.node is not None and node is None:
        return refuse(UNKNOWN_NODE, "/node", node=command.node[: checks.SHOWN_LENGTH_MAX])
    if command.channel is not None and channel is None:
        return refuse(UNKNOWN_CHANNEL, "/channel", channel=command.channel[: checks.SHOWN_LENGTH_MAX])
    return (
        variant.id if variant else None,
        command.category,
        node.id if node else None,
        channel.id if channel else None,
    )


def _wrong(command: SetStockPolicy) -> Refusal | None:
    category = command.category
    if category is not None and command.sku is not None:
        return refuse(BAD_POLICY, "/category", detail="it names a SKU and a category")
    if category is not None and (checks.check_text(category, "category") or not all(category.split("/"))):
        return refuse(BAD_POLICY, "/category", detail="its category is not a path such as Dairy/Milk")
    for field, value in (("safety", command.safety), ("buffer", command.buffer), ("low", command.low)):
        if value is not None and not 0 <= value <= QUANTITY_MAX:
            return refuse(BAD_POLICY, f"/{field}", detail=f"{value} is not between 0 and {QUANTITY_MAX}")
    return None


def _decide(
    work: Work,
    call: Call[SetStockPolicy],
    scope: Scope,
    there: dict[Scope, tuple[int, ScopedPolicy] | None],
    changed: dict[int, ScopedPolicy | None],
) -> StockChanged | Refusal:
    command = call.command
    known = there.get(scope)
    refused = _unseen(command, None if known is None else known[1])
    if refused:
        return refused
    removed = command.safety is None and command.buffer is None and command.low is None
    if known is None and removed:
        return refuse(BAD_POLICY, detail="it sets nothing, and there is none with this scope to remove")
    number = work.ids.take() if known is None else known[0]
    changed[number] = None if removed else ScopedPolicy(scope, command.safety, command.buffer, command.low)
    there[scope] = None if removed else (number, ScopedPolicy(scope, command.safety, command.buffer, command.low))
    set_ = msgspec.structs.replace(command, seen=msgspec.UNSET)
    tell(work, call, "policy_set", number, work.now, PolicyEvent(policy=set_, removed=removed))
    return StockChanged(id=number, lines=1)


def _unseen(command: SetStockPolicy, known: ScopedPolicy | None) -> Refusal | None:
    """Refuses a change of something else than what its sender saw."""
    if command.seen is msgspec.UNSET:
        return None
    now = PolicyValues() if known is None else PolicyValues(known.safety, known.buffer, known.low)
    if now == command.seen:
        return None
    shown = {name: "–" if value is None else value for name, value in msgspec.structs.asdict(now).items()}
    return refuse(POLICY_CHANGED, "/seen", **shown)


SET_STOCK_POLICY = Operation("inventory.set_policy", SetStockPolicy, StockChanged, _handle)
"""Replace the policy of a scope; one that sets nothing removes it."""
