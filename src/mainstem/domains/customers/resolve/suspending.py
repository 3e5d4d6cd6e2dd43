"""Suspending an identifier by hand, and lifting a suspension. Each is alone in the room."""

from collections.abc import Sequence

from mainstem.domains.customers.contracts import (
    ALREADY_SUSPENDED,
    GROUP_TOO_LARGE,
    NOT_SUSPENDED,
    IdentityChanged,
    LiftSuspension,
    SuspendIdentifier,
)
from mainstem.domains.customers.resolve import reading, settling, store, telling
from mainstem.domains.customers.resolve.people import BY_HAND, Meetings
from mainstem.domains.customers.resolve.rows import IdentifierRow
from mainstem.domains.customers.resolve.surroundings import bring, compared, read_meetings
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

Answer = IdentityChanged | Refusal


async def _suspend(work: Work, calls: Sequence[Call[SuspendIdentifier]]) -> list[Answer]:
    found = await _locked(work, {call.command.identifier for call in calls})
    results: list[Answer] = []
    for call in calls:
        row = found.get(call.command.identifier)
        if row is None:
            results.append(refuse(NOT_FOUND, "/identifier", what="identifier", id=call.command.identifier))
        elif row.suspended:
            results.append(refuse(ALREADY_SUSPENDED, "/identifier", identifier=row.id))
        else:
            row.suspended_at, row.reason, row.lifted_by = work.now, BY_HAND, None
            telling.tell_suspended(work, call, [row])
            results.append(await _settled(work, call, row))
    return results


async def _lift(work: Work, calls: Sequence[Call[LiftSuspension]]) -> list[Answer]:
    found = await _locked(work, {call.command.identifier for call in calls})
    results: list[Answer] = []
    for call in calls:
        row = found.get(call.command.identifier)
        if row is None:
            results.append(refuse(NOT_FOUND, "/identifier", what="identifier", id=call.command.identifier))
        elif not row.suspended:
            results.append(refuse(NOT_SUSPENDED, "/identifier", identifier=row.id))
        elif not row.whole:
            results.append(refuse(GROUP_TOO_LARGE, "/identifier", limit=store.USES_READ_MAX))
        else:
            row.suspended_at, row.reason, row.lifted_by = None, "", call.actor
            telling.tell_lifted(work, call, [row], by_itself=False)
            results.append(await _settled(work, call, row))
    return results


async def _locked(work: Work, ids: set[int]) -> dict[int, IdentifierRow]:
    _, found = await ask(work.connection, store.lock_room(alone=True), reading.identifiers_by_id(ids))
    return found


async def _settled(work: Work, call: Call[SuspendIdentifier] | Call[LiftSuspension], row: IdentifierRow) -> Answer:
    """Judge who uses an identifier anew, and settle who belongs together; what was queued is written first."""
    await work.flush()
    people = await bring(work, row.used_by.keys(), looking=True)
    meetings = Meetings()
    known = await read_meetings(work, meetings, people, alone=True)
    meetings.identifiers[row.digest] = row
    said = await compared(work, meetings, people, known)
    graph = await settling.load(work, row.used_by.keys(), alone=True)
    (graph.suspended.add if row.suspended else graph.suspended.discard)(row.id)
    settling.assert_news(graph, said)
    settled = await settling.settle(work, graph)
    store.update_identifiers(work, [row])
    await store.insert_assertions(work, said)
    store.set_customers(work, settling.moved(settled, ()))
    telling.tell_moves(work, call, settled)
    telling.tell_reviews(work, call, settled.opened)
    return IdentityChanged(tuple(sorted({settled.customer[number] for number in row.used_by})))


SUSPEND_IDENTIFIER = Operation("customers.suspend_identifier", SuspendIdentifier, IdentityChanged, _suspend)
"""Say that an identifier is not one person's."""

LIFT_SUSPENSION = Operation("customers.lift_suspension", LiftSuspension, IdentityChanged, _lift)
"""Say that a suspended identifier is one person's after all."""
