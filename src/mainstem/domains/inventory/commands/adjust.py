"""Adjusting stock with a reason: a request."""

from collections.abc import Mapping, Sequence

import msgspec

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.expiry import lock_after_expiry
from mainstem.domains.inventory.commands.telling import emit_low, tell
from mainstem.domains.inventory.contracts import (
    COUNT_VARIANCE,
    OUT_OF_STOCK,
    SCRAP,
    AdjustReason,
    AdjustStock,
    DocumentEvent,
    StockChanged,
)
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.low_stock import free_before, low_crossings
from mainstem.domains.inventory.store import Document
from mainstem.kernel.quantity import QUANTITY_MAX
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Shortage, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

BOUNDS: dict[AdjustReason, tuple[int, int]] = {
    "damaged": (-QUANTITY_MAX, -1),
    "expired": (-QUANTITY_MAX, -1),
    "theft": (-QUANTITY_MAX, -1),
    "internal_use": (-QUANTITY_MAX, -1),
    "found": (1, QUANTITY_MAX),
    "correction": (-QUANTITY_MAX, QUANTITY_MAX),
}
"""Which quantities a reason can have."""

SCRAPPED: frozenset[AdjustReason] = frozenset(("damaged", "expired", "internal_use"))
"""Reasons whose goods are used up. With others, records and shelf disagreed: the count variance is the other side."""


class _Adjustment(msgspec.Struct, frozen=True):
    node: Node
    lines: checks.Lines


async def _handle(work: Work, calls: Sequence[Call[AdjustStock]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
    )
    plans = [_plan(command, variants, nodes) for command in commands]
    places = [node.id for node in nodes.values()]
    (policies,) = await ask(work.connection, policies_for(variants.values(), places))
    granted = [plan for plan in plans if isinstance(plan, _Adjustment)]
    book = await lock_after_expiry(work, {(v.id, plan.node.id) for plan in granted for v, _ in plan.lines})
    before = free_before(policies, book)
    await work.reserve_ids(len(calls))
    results: list[StockChanged | Refusal] = []
    documents: list[Document] = []
    for call, plan in zip(calls, plans, strict=True):
        results.append(plan if isinstance(plan, Refusal) else _decide(work, call, plan, book, documents))
    await ledger.save(work, book)
    store.insert_documents(work, documents)
    emit_low(work, low_crossings(policies, before, book, variants.values(), nodes.values()))
    return results


def _plan(command: AdjustStock, variants: Mapping[str, Variant], nodes: Mapping[str, Node]) -> _Adjustment | Refusal:
    wrong = checks.check_text(command.note, "note")
    if wrong:
        return wrong
    node = checks.find_node(nodes, command.node)
    if isinstance(node, Refusal):
        return node
    lines = checks.resolve(command.lines, variants, *BOUNDS[command.reason])
    return lines if isinstance(lines, Refusal) else _Adjustment(node, lines)


def _decide(
    work: Work, call: Call[AdjustStock], plan: _Adjustment, book: Book, documents: list[Document]
) -> StockChanged | Refusal:
    command, node = call.command, plan.node
    outside = SCRAP if command.reason in SCRAPPED else COUNT_VARIANCE
    steps = tuple(
        Transfer(variant.id, outside, node.id, quantity)
        if quantity > 0
        else Transfer(variant.id, node.id, outside, -quantity)
        for variant, quantity in plan.lines
    )
    number = work.ids.take()
    answer = book.decide(Group(steps=steps, kind="adjustment", reference=number, occurred_at=work.now))
    if isinstance(answer, Shortage):
        return refuse(
            OUT_OF_STOCK,
            f"/lines/{answer.step}",
            sku=plan.lines[answer.step][0].sku,
            node=node.code,
            available=max(answer.free, 0),
            wanted=answer.wanted,
        )
    documents.append(
        Document(
            id=number, kind="adjustment", node=node.id, occurred_at=work.now, reason=command.reason, note=command.note
        )
    )
    payload = DocumentEvent(node=node.code, lines=len(plan.lines), reason=command.reason, note=command.note)
    tell(work, call, "stock_adjusted", number, work.now, payload)
    return StockChanged(id=number, lines=len(plan.lines))


ADJUST_STOCK = Operation("inventory.adjust", AdjustStock, StockChanged, _handle)
"""Change what is there, all lines or none; refused when more is to go than is there and not promised."""
