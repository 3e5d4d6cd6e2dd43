"""Settling an entry of the quarantine by a command, so that the audit trail tells who did it, and why."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform import quarantine
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Event, Work

NOTE_LENGTH_MAX = 500

NOTE_MISSING = declare(
    "note_missing",
    Kind.INVALID,
    "Why this is set aside must be said, in up to {limit} characters.",
    "Write what makes it unnecessary.",
)

_encode = msgspec.json.Encoder().encode


class SettleEntry(msgspec.Struct, frozen=True):
    """Settle an entry: `resubmitted` when its command was accepted, else `set_aside`, with a note that says why."""

    entry: int
    state: Literal["resubmitted", "set_aside"]
    note: str = ""


class EntrySettled(msgspec.Struct, frozen=True):
    """An entry that is settled, what it was for and why it is settled so."""

    entry: int
    operation: str
    state: str
    note: str


async def _handle(work: Work, calls: Sequence[Call[SettleEntry]]) -> list[EntrySettled | Refusal]:
    results: list[EntrySettled | Refusal] = []
    for call in calls:
        command = call.command
        note = command.note.strip()
        if len(note) > NOTE_LENGTH_MAX or (command.state == "set_aside" and not note):
            results.append(refuse(NOTE_MISSING, "/note", limit=NOTE_LENGTH_MAX))
            continue
        refusal = await quarantine.settle(work.connection, command.entry, command.state, call.actor, note)
        if refusal is not None:
            results.append(refusal)
            continue
        operation = await quarantine.operation_of(work.connection, command.entry)
        settled = EntrySettled(command.entry, operation, command.state, note)
        work.emit(
            Event(
                type=f"quarantine.{command.state}",
                subject=command.entry,
                actor=call.actor,
                trace=call.trace,
                occurred_at=work.now,
                payload=_encode(settled),
            )
        )
        results.append(settled)
    return results


SETTLE_ENTRY: Operation[SettleEntry, EntrySettled] = Operation("quarantine.settle", SettleEntry, EntrySettled, _handle)
