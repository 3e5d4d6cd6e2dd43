"""The audit trail as a CSV file, as it is narrowed, in pieces; customers' data is hidden but for its end."""

import csv
from collections.abc import AsyncIterator
from io import StringIO

import msgspec

from mainstem.connectors.files.cells import guard
from mainstem.console.admin.audit import asked
from mainstem.console.frame import Reply, Visit, download
from mainstem.platform import audit, personal
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import AUDIT_READ
from mainstem.platform.query import ask

PIECE = 1_000
"""Events read at a time, each piece in a transaction of its own: an export holds no connection while it is sent."""

EVENTS_MAX = 1_000_000

COLUMNS = ("transaction", "event", "recorded_at", "occurred_at", "type", "subject", "actor", "name", "trace", "payload")

_encode = msgspec.json.Encoder().encode


async def export(visit: Visit) -> Reply:
    """The latest events first, up to `EVENTS_MAX`."""
    visit.require(AUDIT_READ)
    return download("audit.csv", "text/csv; charset=utf-8", _pieces(visit, asked(visit)))


async def _pieces(visit: Visit, wanted: audit.TrailFilter) -> AsyncIterator[bytes]:
    yield ("\ufeff" + _written([COLUMNS])).encode()  # the mark by which spreadsheets know UTF-8
    before: audit.Position | None = None
    for _ in range(EVENTS_MAX // PIECE):
        async with visit.desk.database.snapshot() as connection:
            (within,) = await ask(connection, audit.bounds(wanted))
            (entries,) = await ask(connection, audit.trail(wanted, PIECE, before, within))
            (called,) = await ask(connection, names({entry.event.actor for entry in entries}))
        yield _written([_row(entry, called) for entry in entries]).encode()
        if len(entries) < PIECE:
            return
        before = entries[-1].position


def _row(entry: audit.Entry, called: dict[int, str]) -> tuple[str, ...]:
    event = entry.event
    payload = bytes(event.payload)
    if personal.names_customers(event.type):
        payload = _encode(personal.masked_event(msgspec.json.decode(payload)))
    return (
        entry.position[0],
        str(event.id),
        event.recorded_at.isoformat(),
        event.occurred_at.isoformat(),
        event.type,
        str(event.subject),
        str(event.actor),
        guard(called.get(event.actor, "")),
        guard(event.trace),
        payload.decode(),
    )


def _written(rows: list[tuple[str, ...]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
