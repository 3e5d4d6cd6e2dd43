"""Receiving goods from outside: a fact."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.facts import plan_facts
from mainstem.domains.inventory.commands.telling import tell
from mainstem.domains.inventory.contracts import OPENING, SUPPLIER, DocumentEvent, ReceiveStock, StockChanged
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.store import Document, InboundRow
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Group, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class _Receipt(msgspec.Struct, frozen=True):
    node: Node
    lines: checks.Lines
    occurred_at: datetime


async def _handle(work: Work, calls: Sequence[Call[ReceiveStock]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes, announced = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
        store.lock_inbound(checks.askable(command.document or None for command in commands)),
    )
    plans = await plan_facts(work, commands, variants, partial(_plan, nodes=nodes, now=work.now))
    book = await ledger.lock(work, _spots(plans))
    await work.reserve_ids(len(calls))
    documents: list[Document] = []
    results: list[StockChanged | Refusal] = []
    for call, plan in zip(calls, plans, strict=True):
        if isinstance(plan, Refusal):
            results.append(plan)
            continue
        document = _document(work.ids.take(), call.command, plan)
        documents.append(document)
        outside, kind = (OPENING, "opening") if call.command.source == "opening" else (SUPPLIER, "delivery")
        target = plan.node.id
        book.decide(
            Group(
                steps=tuple([Transfer(variant.id, outside, target, quantity) for variant, quantity in plan.lines]),
                kind=kind,
                reference=document.id,
                occurred_at=plan.occurred_at,
                fact=True,
            )
        )
        _tell(work, call, document, plan)
        results.append(StockChanged(id=document.id, lines=len(plan.lines)))
    await ledger.save(work, book)
    store.insert_documents(work, documents)
    _consume(work, announced, zip(commands, plans, strict=True))
    return results


def _plan(
    command: ReceiveStock, variants: Mapping[str, Variant], nodes: Mapping[str, Node], now: datetime
) -> _Receipt | Refusal:
    wrong = checks.check_document(command.document) or checks.check_text(command.derived, "derived")
    if wrong:
        return wrong
    occurred_at = checks.moment_of_fact(command.occurred_at, now)
    if isinstance(occurred_at, Refusal):
        return occurred_at
    node = checks.find_node(nodes, command.node)
    if isinstance(node, Refusal):
        return node
    lines = checks.resolve(command.lines, variants, least=1)
    return lines if isinstance(lines, Refusal) else _Receipt(node, lines, occurred_at)


def _spots(plans: Iterable[_Receipt | Refusal]) -> set[ledger.Spot]:
    return {(variant.id, plan.node.id) for plan in plans if isinstance(plan, _Receipt) for variant, _ in plan.lines}


def _document(number: int, command: ReceiveStock, plan: _Receipt) -> Document:
    return Document(
        id=number,
        kind="delivery",
        node=plan.node.id,
        occurred_at=plan.occurred_at,
        external_id=command.document,
        reason=command.source,
        derived=command.derived,
    )


def _tell(work: Work, call: Call[ReceiveStock], document: Document, plan: _Receipt) -> None:
    payload = DocumentEvent(
        document=document.external_id,
        node=plan.node.code,
        lines=len(plan.lines),
        reason=document.reason,
        derived=document.derived,
    )
    tell(work, call, "stock_received", document.id, document.occurred_at, payload)


def _consume(
    work: Work, announced: Sequence[InboundRow], receipts: Iterable[tuple[ReceiveStock, _Receipt | Refusal]]
) -> None:
    """What arrives under the name of an announcement is not expected any more."""
    if not announced:
        return
    expected = {(row.node, row.document, row.variant): row for row in announced}
    touched: dict[tuple[int, str, int], InboundRow] = {}
    for command, plan in receipts:
        if isinstance(plan, Refusal):
            continue
        for variant, quantity in plan.lines:
            key = (plan.node.id, command.document, variant.id)
            row = expected.get(key)
            if row is not None:
                row.quantity -= quantity
                touched[key] = row
    store.delete_inbound(work, [key for key, row in touched.items() if row.quantity <= 0])
    store.upsert_inbound(work, [row for row in touched.values() if row.quantity > 0])


RECEIVE_STOCK = Operation("inventory.receive", ReceiveStock, StockChanged, _handle)
"""Goods arrived. Never refused for what the ledger has; refused only when it cannot be read as a receipt at all."""
