"""Transfers between nodes in two steps: sending is a request, receiving a fact."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.expiry import lock_after_expiry
from mainstem.domains.inventory.commands.telling import Discrepancy, emit_low, record_discrepancies, tell
from mainstem.domains.inventory.contracts import (
    ALREADY_CLOSED,
    NOT_IN_TRANSFER,
    OUT_OF_STOCK,
    SAME_NODE,
    DocumentEvent,
    ReceiveTransfer,
    SendTransfer,
    StockChanged,
)
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.domains.inventory.rules import checks, transfers
from mainstem.domains.inventory.rules.low_stock import free_before, low_crossings
from mainstem.domains.inventory.rules.transfers import TransferState
from mainstem.domains.inventory.store import Document
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.ledger import Book, Group, Shortage, Transfer
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class _Sending(msgspec.Struct, frozen=True):
    source: Node
    target: Node
    lines: checks.Lines


class _Arrival(msgspec.Struct, frozen=True):
    state: TransferState
    lines: checks.Lines
    occurred_at: datetime


async def _send(work: Work, calls: Sequence[Call[SendTransfer]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(
            checks.askable(code for command in commands for code in (command.source, command.target))
        ),
    )
    plans = [_plan_sending(command, variants, nodes, work.now) for command in commands]
    places = [node.id for node in nodes.values()]
    (policies,) = await ask(work.connection, policies_for(variants.values(), places))
    book = await lock_after_expiry(work, _spots_of_sendings(plans))
    before = free_before(policies, book)
    await work.reserve_ids(len(calls))
    documents: list[Document] = []
    sent: list[tuple[int, int, int]] = []
    results: list[StockChanged | Refusal] = []
    for call, plan in zip(calls, plans, strict=True):
        answer = plan if isinstance(plan, Refusal) else _decide_sending(work, call, plan, book)
        if not isinstance(answer, Refusal) and isinstance(plan, _Sending):
            documents.append(_document(answer.id, call.command, plan, work.now))
            sent += [(answer.id, variant.id, quantity) for variant, quantity in checks.totals(plan.lines).items()]
        results.append(answer)
    await ledger.save(work, book)
    store.insert_documents(work, documents)
    store.insert_transfer_lines(work, sent)
    emit_low(work, low_crossings(policies, before, book, variants.values(), nodes.values()))
    return results


def _plan_sending(
    command: SendTransfer, variants: Mapping[str, Variant], nodes: Mapping[str, Node], now: datetime
) -> _Sending | Refusal:
    wrong = checks.check_document(command.document) or checks.check_expected(command.expected_at, now)
    if wrong:
        return wrong
    source, target = (
        checks.find_node(nodes, command.source, "/source"),
        checks.find_node(nodes, command.target, "/target"),
    )
    if isinstance(source, Refusal):
        return source
    if isinstance(target, Refusal):
        return target
    if source.id == target.id:
        return refuse(SAME_NODE, "/target", node=source.code)
    lines = checks.resolve(command.lines, variants, least=1)
    return lines if isinstance(lines, Refusal) else _Sending(source, target, lines)


def _spots_of_sendings(plans: Iterable[_Sending | Refusal]) -> set[ledger.Spot]:
    return {
        (variant.id, place)
        for plan in plans
        if isinstance(plan, _Sending)
        for variant, _ in plan.lines
        for place in (plan.source.id, plan.target.transit)
    }


def _decide_sending(work: Work, call: Call[SendTransfer], plan: _Sending, book: Book) -> StockChanged | Refusal:
    number = work.ids.take()
    steps = tuple(
        Transfer(variant.id, plan.source.id, plan.target.transit, quantity) for variant, quantity in plan.lines
    )
    answer = book.decide(Group(steps=steps, kind="transfer_out", reference=number, occurred_at=work.now))
    if isinstance(answer, Shortage):
        return refuse(
            OUT_OF_STOCK,
            f"/lines/{answer.step}",
            sku=plan.lines[answer.step][0].sku,
            node=plan.source.code,
            available=max(answer.free, 0),
            wanted=answer.wanted,
        )
    payload = DocumentEvent(
        document=call.command.document,
        node=plan.source.code,
        target=plan.target.code,
        lines=len(plan.lines),
        expected_at=call.command.expected_at,
        closed=False,
    )
    tell(work, call, "transfer_sent", number, work.now, payload)
    return StockChanged(id=number, lines=len(plan.lines))


def _document(number: int, command: SendTransfer, plan: _Sending, now: datetime) -> Document:
    return Document(
        id=number,
        kind="transfer",
        node=plan.source.id,
        target=plan.target.id,
        external_id=command.document,
        state="open",
        expected_at=command.expected_at,
        occurred_at=now,
    )


async def _receive(work: Work, calls: Sequence[Call[ReceiveTransfer]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    by_sku, states = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        store.lock_transfers({command.transfer for command in commands}),
    )
    nodes, variants = await ask(
        work.connection,
        catalog.nodes_by_id({state.target for state in states.values()}),
        catalog.variants_by_id({variant for state in states.values() for variant in state.sent}),
    )
    plans = [_plan_arrival(command, by_sku, states, work.now) for command in commands]
    book = await ledger.lock(
        work,
        {
            (variant, place)
            for state in states.values()
            for variant in state.sent
            for place in (nodes[state.target].transit, state.target)
        },
    )
    was_open = {state.id for state in states.values() if state.open}
    discrepancies: list[Discrepancy] = []
    results: list[StockChanged | Refusal] = []
    for call, plan in zip(calls, plans, strict=True):
        if isinstance(plan, Refusal):
            results.append(plan)
        elif not plan.lines and not plan.state.open:
            results.append(refuse(ALREADY_CLOSED, "/transfer", what="Transfer", id=plan.state.id))
        else:
            found = _decide_arrival(work, call, plan, book, nodes[plan.state.target], variants)
            discrepancies += found
            results.append(StockChanged(id=plan.state.id, lines=len(plan.lines), discrepancies=len(found)))
    await ledger.save(work, book)
    touched = {plan.state.id: plan.state for plan in plans if isinstance(plan, _Arrival)}
    store.update_transfer_lines(
        work, [(state.id, variant, state.received[variant]) for state in touched.values() for variant in state.sent]
    )
    store.close_documents(work, {state.id for state in touched.values() if not state.open} & was_open)
    await record_discrepancies(work, discrepancies)
    return results


def _plan_arrival(
    command: ReceiveTransfer, variants: Mapping[str, Variant], states: Mapping[int, TransferState], now: datetime
) -> _Arrival | Refusal:
    occurred_at = checks.moment_of_fact(command.occurred_at, now)
    if isinstance(occurred_at, Refusal):
        return occurred_at
    state = states.get(command.transfer)
    if state is None:
        return refuse(NOT_FOUND, "/transfer", what="transfer", id=command.transfer)
    lines = checks.resolve(command.lines, variants, least=0, none=command.final)
    if isinstance(lines, Refusal):
        return lines
    stranger = transfers.unknown_line(state, lines)
    if stranger:
        number, variant = stranger
        return refuse(NOT_IN_TRANSFER, f"/lines/{number}/sku", sku=variant.sku, transfer=state.id)
    return _Arrival(state, lines, occurred_at)


def _decide_arrival(
    work: Work,
    call: Call[ReceiveTransfer],
    plan: _Arrival,
    book: Book,
    target: Node,
    variants: Mapping[int, Variant],
) -> list[Discrepancy]:
    state, moment = plan.state, plan.occurred_at
    receipt = transfers.receive(state, plan.lines, target, final=call.command.final)
    book.decide(Group(steps=receipt.steps, kind="transfer_in", reference=state.id, occurred_at=moment, fact=True))
    found = [
        Discrepancy("transfer_over", target, variants[variant], quantity, state.id, moment, call.actor, call.trace)
        for variant, quantity in receipt.over.items()
    ]
    found += [
        Discrepancy("transfer_short", target, variants[variant], -quantity, state.id, moment, call.actor, call.trace)
        for variant, quantity in receipt.short.items()
    ]
    payload = DocumentEvent(node=target.code, lines=len(plan.lines), discrepancies=len(found), closed=not state.open)
    tell(work, call, "transfer_received", state.id, moment, payload)
    return found


SEND_TRANSFER = Operation("inventory.send_transfer", SendTransfer, StockChanged, _send)
"""Move goods on their way to another node, all lines or none; refused when more is asked for than is free."""

RECEIVE_TRANSFER = Operation("inventory.receive_transfer", ReceiveTransfer, StockChanged, _receive)
"""Goods of a transfer arrived; what contradicts the sending becomes a discrepancy (see `rules.transfers.receive`)."""
