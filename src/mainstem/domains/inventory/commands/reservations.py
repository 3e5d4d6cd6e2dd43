"""Reserving stock for a while, and giving it back: requests."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from mainstem import ledger
from mainstem.domains import catalog
from mainstem.domains.catalog import UNKNOWN_CHANNEL, Channel, Node, Variant
from mainstem.domains.inventory import store
from mainstem.domains.inventory.commands.expiry import lock_after_expiry
from mainstem.domains.inventory.commands.telling import emit_low, tell
from mainstem.domains.inventory.contracts import (
    ALREADY_CLOSED,
    BAD_QUANTITY,
    OUT_OF_STOCK,
    RESERVATION_MINUTES_MAX,
    DocumentEvent,
    ReleaseReservation,
    ReserveStock,
    StockChanged,
)
from mainstem.domains.inventory.queries.policies import policies_for
from mainstem.domains.inventory.rules import checks
from mainstem.domains.inventory.rules.low_stock import free_before, low_crossings
from mainstem.domains.inventory.rules.policies import PolicySet
from mainstem.domains.inventory.store import Document, Reservation
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.ledger import Book, Group, Release, Reserve, Shortage
from mainstem.ledger.balances import HeldAt, live_holds
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


class _Wish(msgspec.Struct, frozen=True):
    node: Node
    channel: int | None
    lines: checks.Lines


async def _reserve(work: Work, calls: Sequence[Call[ReserveStock]]) -> list[StockChanged | Refusal]:
    commands = [call.command for call in calls]
    variants, nodes, channels = await ask(
        work.connection,
        catalog.variants_by_sku(checks.skus_of(command.lines for command in commands)),
        catalog.nodes_by_code(checks.askable(command.node for command in commands)),
        catalog.channels_by_code(checks.askable(command.channel for command in commands)),
    )
    plans = [_plan(command, variants, nodes, channels) for command in commands]
    places = [node.id for node in nodes.values()]
    (policies,) = await ask(work.connection, policies_for(variants.values(), places))
    wishes = [plan for plan in plans if isinstance(plan, _Wish)]
    book = await lock_after_expiry(work, {(v.id, plan.node.id) for plan in wishes for v, _ in plan.lines})
    before = free_before(policies, book)
    await work.reserve_ids(len(calls) + sum(len(plan.lines) for plan in wishes))
    documents: list[Document] = []
    results: list[StockChanged | Refusal] = []
    for call, plan in zip(calls, plans, strict=True):
        results.append(plan if isinstance(plan, Refusal) else _decide(work, call, plan, book, policies, documents))
    await ledger.save(work, book)
    store.insert_documents(work, documents)
    emit_low(work, low_crossings(policies, before, book, variants.values(), nodes.values()))
    return results


def _plan(
    command: ReserveStock,
    variants: Mapping[str, Variant],
    nodes: Mapping[str, Node],
    channels: Mapping[str, Channel],
) -> _Wish | Refusal:
    wrong = checks.check_document(command.document)
    if wrong:
        return wrong
    if not 1 <= command.minutes <= RESERVATION_MINUTES_MAX:
        return refuse(BAD_QUANTITY, "/minutes", quantity=command.minutes, least=1, most=RESERVATION_MINUTES_MAX)
    node = checks.find_node(nodes, command.node)
    if isinstance(node, Refusal):
        return node
    channel = None
    if command.channel is not None:
        channel = channels.get(command.channel)
        if channel is None:
            return refuse(UNKNOWN_CHANNEL, "/channel", channel=command.channel[: checks.SHOWN_LENGTH_MAX])
    lines = checks.resolve(command.lines, variants, least=1)
    return lines if isinstance(lines, Refusal) else _Wish(node, channel.id if channel else None, lines)


def _decide(
    work: Work,
    call: Call[ReserveStock],
    plan: _Wish,
    book: Book,
    policies: PolicySet,
    documents: list[Document],
) -> StockChanged | Refusal:
    node = plan.node
    number = work.ids.take()
    expires_at = work.now + timedelta(minutes=call.command.minutes)
    steps = tuple(
        Reserve(
            hold=work.ids.take(),
            asset=variant.id,
            place=node.id,
            quantity=quantity,
            keep=policies.keep(variant, node.id, plan.channel),
            expires_at=expires_at,
        )
        for variant, quantity in plan.lines
    )
    answer = book.decide(Group(steps=steps, kind="reservation", reference=number, occurred_at=work.now))
    if isinstance(answer, Shortage):
        return refuse(
            OUT_OF_STOCK,
            f"/lines/{answer.step}",
            sku=plan.lines[answer.step][0].sku,
            node=node.code,
            available=max(answer.free - steps[answer.step].keep, 0),
            wanted=answer.wanted,
        )
    document = call.command.document
    documents.append(
        Document(
            id=number,
            kind="reservation",
            node=node.id,
            external_id=document,
            state="open",
            expected_at=expires_at,
            occurred_at=work.now,
        )
    )
    payload = DocumentEvent(
        document=document, node=node.code, lines=len(plan.lines), expected_at=expires_at, closed=False
    )
    tell(work, call, "stock_reserved", number, work.now, payload)
    return StockChanged(id=number, lines=len(plan.lines))


async def _release(work: Work, calls: Sequence[Call[ReleaseReservation]]) -> list[StockChanged | Refusal]:
    wanted = {call.command.reservation for call in calls}
    # One round trip, two statements: the second sees what the first waited for.
    found, holds = await ask(work.connection, store.lock_reservations(wanted), live_holds(wanted))
    mine = [hold for hold in holds if hold.reference in found]
    book = await ledger.lock(work, {(hold.asset, hold.place) for hold in mine}, found)
    closed: set[int] = set()
    results = [_decide_release(work, call, found, mine, book, closed) for call in calls]
    await ledger.save(work, book)
    store.close_documents(work, closed)
    return results


def _decide_release(
    work: Work,
    call: Call[ReleaseReservation],
    found: Mapping[int, Reservation],
    holds: Sequence[HeldAt],
    book: Book,
    closed: set[int],
) -> StockChanged | Refusal:
    number = call.command.reservation
    reservation = found.get(number)
    if reservation is None:
        return refuse(NOT_FOUND, "/reservation", what="reservation", id=number)
    if not reservation.open or number in closed:
        return refuse(ALREADY_CLOSED, "/reservation", what="Reservation", id=number)
    steps = tuple(Release(hold=hold.id, quantity=hold.open) for hold in holds if hold.reference == number)
    granted = book.decide(Group(steps=steps, kind="reservation", reference=number, occurred_at=work.now))
    assert isinstance(granted, list), "a locked reservation holds what it was read to hold"
    closed.add(number)
    payload = DocumentEvent(document=reservation.external_id, lines=len(steps))
    tell(work, call, "reservation_released", number, work.now, payload)
    return StockChanged(id=number, lines=len(steps))


RESERVE_STOCK = Operation("inventory.reserve", ReserveStock, StockChanged, _reserve)
"""Hold goods until a moment, all lines or none; refused when it cannot be promised (see `PolicySet.keep`)."""

RELEASE_RESERVATION = Operation("inventory.release", ReleaseReservation, StockChanged, _release)
"""Give back what a reservation still holds, and close it."""
