"""Counting stock: a fact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.facts import plan_facts
from mainstem.domains.inventory.commands.telling import Discrepancy, emit_low, record_discrepancies, tell
from mainstem.domains.inventory.contracts import COUNT_VARIANCE, SKU_TWICE, CountStock, DocumentEvent, StockChanged
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.counts import Variances
from mainstem.domains.inventory.rules.low_stock import free_before, low_crossings
from mainstem.domains.inventory.store import Document
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Book, Group, Transfer
from mainstem.ledger.balances import moved_since
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class _Count(msgspec.Struct, frozen=True):
    node: Node
    lines: checks.Lines
    occurred_at: datetime


async def _handle(work: Work, calls: Sequence[Call[CountStock]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
    )
    plans = await plan_facts(work, commands, variants, partial(_plan, nodes=nodes, now=work.now))
    counts = [plan for plan in plans if isinstance(plan, _Count)]
    keys = list(dict.fromkeys((v.id, plan.node.id, plan.occurred_at) for plan in counts for v, _ in plan.lines))
    book = await ledger.lock(work, {(asset, place) for asset, place, _ in keys})
    # Asked after the lock: whoever moved these spots before us has committed, balance and movement together.
    policies, since = await ask(
        work.connection, policies_for(variants.values(), [node.id for node in nodes.values()]), moved_since(keys)
    )
    before = free_before(policies, book)
    variances = Variances(book, dict(zip(keys, since, strict=True)))
    await work.reserve_ids(len(calls))
    results: list[StockChanged | Refusal] = []
    documents: list[Document] = []
    discrepancies: list[Discrepancy] = []
    for call, plan in zip(calls, plans, strict=True):
        if isinstance(plan, Refusal):
            results.append(plan)
            continue
        document = _document(work.ids.take(), call.command, plan)
        found = _decide(call, plan, document.id, book, variances)
        documents.append(document)
        discrepancies += found
        payload = DocumentEvent(
            document=document.external_id, node=plan.node.code, lines=len(plan.lines), discrepancies=len(found)
        )
        tell(work, call, "stock_counted", document.id, plan.occurred_at, payload)
        results.append(StockChanged(id=document.id, lines=len(plan.lines), discrepancies=len(found)))
    await ledger.save(work, book)
    store.insert_documents(work, documents)
    await record_discrepancies(work, discrepancies)
    emit_low(work, low_crossings(policies, before, book, variants.values(), nodes.values()))
    return results


def _plan(
    command: CountStock, variants: Mapping[str, Variant], nodes: Mapping[str, Node], now: datetime
) -> _Count | Refusal:
    wrong = checks.check_document(command.document)
    if wrong:
        return wrong
    occurred_at = checks.moment_of_fact(command.occurred_at, now)
    if isinstance(occurred_at, Refusal):
        return occurred_at
    node = checks.find_node(nodes, command.node)
    if isinstance(node, Refusal):
        return node
    lines = checks.resolve(command.lines, variants, least=0)
    if isinstance(lines, Refusal):
        return lines
    seen: set[int] = set()
    for number, (variant, _) in enumerate(lines):
        if variant.id in seen:
            return refuse(SKU_TWICE, f"/lines/{number}/sku", sku=variant.sku)
        seen.add(variant.id)
    return _Count(node, lines, occurred_at)


def _document(number: int, command: CountStock, plan: _Count) -> Document:
    return Document(
        id=number, kind="count", node=plan.node.id, occurred_at=plan.occurred_at, external_id=command.document
    )


def _decide(call: Call[CountStock], plan: _Count, number: int, book: Book, variances: Variances) -> list[Discrepancy]:
    place, moment = plan.node.id, plan.occurred_at
    found = []
    steps = []
    for variant, counted in plan.lines:
        variance = variances.of(variant.id, place, counted, moment)
        if not variance:
            continue
        variances.post(variant.id, place, variance, moment)
        source, target = (COUNT_VARIANCE, place) if variance > 0 else (place, COUNT_VARIANCE)
        steps.append(Transfer(variant.id, source, target, abs(variance)))
        found.append(Discrepancy("counted", plan.node, variant, variance, number, moment, call.actor, call.trace))
    book.decide(Group(steps=tuple(steps), kind="count", reference=number, occurred_at=moment, fact=True))
    return found


COUNT_STOCK = Operation("inventory.count", CountStock, StockChanged, _handle)
"""So much was counted: what the ledger had at the counted moment differs by the variance, which is posted there."""
