"""The event log read as an audit trail: who did what, when, to what; in commit order, the latest first or last.

Days are found by the seals: what a seal covers was recorded before it was made. So a day of a long log costs no index
on time, which every write would pay for.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from mainstem.platform.query import Query, Row

HISTORY_MAX = 10_000
"""Events of one thing."""

PAGE_MAX = 1_000

TRANSACTION_MAX = timedelta(minutes=15)
"""No transaction that writes events runs longer, so that what is sealed later than this after a day is not of it."""

Position = tuple[str, int]
"""Where an event stands in commit order: its transaction, and its id."""

BEGIN: Position = ("0", 0)

# Qualified: `order by xid` alone would order by the text that is read.
_SELECT = """
select e.xid::text, e.id, e.type, e.subject, e.actor, e.trace, e.occurred_at, e.recorded_at, e.payload::text
from platform.event as e
"""
_COMMITTED = "e.xid < pg_snapshot_xmin(pg_current_snapshot())"
"""Only what every later read will find before it: see platform.outbox on commit order."""

_AFTER = "(e.xid, e.id) > (%b::text::xid8, %b::bigint)"
_BEFORE = "(e.xid, e.id) < (%b::text::xid8, %b::bigint)"
_UP_TO = "(e.xid, e.id) <= (%b::text::xid8, %b::bigint)"
_PLANNED_ANEW = "(%b::bigint is not null or (select count(*) from generate_series(1, 2000000000)) = 0)"
"""True, and never computed. What is frequent is read backwards until a page is full, what is rare is found by the few
blocks that can hold it: each value needs its own plan. The planner folds this away where it knows the value; a plan for
any value has to count what the rest would cost, and so is never chosen."""


class EventView(msgspec.Struct, frozen=True):
    """An event as it was committed; `actor` is the principal, 0 the system itself."""

    id: int
    type: str
    subject: int
    actor: int
    trace: str
    occurred_at: datetime
    recorded_at: datetime
    payload: msgspec.Raw


class Entry(msgspec.Struct, frozen=True):
    """An event and where it stands."""

    position: Position
    event: EventView


class TrailFilter(msgspec.Struct, frozen=True):
    """Which events of the trail are wanted; `begin` (included) and `end` (not) are about when they were recorded."""

    actor: int | None = None
    type: str | None = None
    subject: int | None = None
    trace: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


class Bounds(msgspec.Struct, frozen=True):
    """Where the events of some days stand: behind `after`, up to `up_to`; None where none is known."""

    after: Position | None = None
    up_to: Position | None = None


def following(position: Position, limit: int, subject: int | None = None) -> Query[list[Entry]]:
    """The events behind a position, oldest first: who reads on from the last of them misses none."""
    of_subject, narrowed = ("", ()) if subject is None else (" and e.subject = %b::bigint", (subject,))
    return Query(
        f"{_SELECT} where {_AFTER} and {_COMMITTED}{of_subject} order by e.xid, e.id limit %b::bigint",
        (*position, *narrowed, limit),
        _entries,
    )


def history(subject: int) -> Query[list[Entry]]:
    """Everything that happened to a subject, oldest first, up to `HISTORY_MAX`."""
    return Query(
        f"{_SELECT} where e.subject = %b::bigint order by e.xid, e.id limit %b::bigint",
        (subject, HISTORY_MAX),
        _entries,
    )


def event(position: Position) -> Query[Entry | None]:
    """The event at a position."""
    return Query(
        f"{_SELECT} where (e.xid, e.id) = (%b::text::xid8, %b::bigint)",
        position,
        lambda rows: _entry(rows[0]) if rows else None,
    )


def bounds(wanted: TrailFilter) -> Query[Bounds]:
    """Where the events of the days of a filter stand, as far as the seals tell; to be given to `trail`."""
    return Query(
        "select (select array[xid::text, id::text] from platform.event_seal where sealed_at <= %b::timestamptz"
        " order by sealed_at desc limit 1),"
        " (select array[xid::text, id::text] from platform.event_seal where sealed_at >= %b::timestamptz"
        " order by sealed_at limit 1)",
        (wanted.begin, None if wanted.end is None else wanted.end + TRANSACTION_MAX),
        lambda rows: Bounds(_position(rows[0][0]), _position(rows[0][1])),
    )


def trail(
    wanted: TrailFilter, limit: int, before: Position | None = None, within: Bounds | None = None
) -> Query[list[Entry]]:
    """Up to `limit` events, the latest first, that stand before a position."""
    conditions: list[str] = []
    parameters: list[object] = []
    within = within or Bounds()
    for condition, given in ((_BEFORE, before), (_AFTER, within.after), (_UP_TO, within.up_to)):
        if given is not None:
            conditions.append(condition)
            parameters += given
    for condition, value in (
        ("e.actor = %b::bigint", wanted.actor),
        ("e.type = %b::text", wanted.type),
        ("e.subject = %b::bigint", wanted.subject),
        ("e.trace = %b::text", wanted.trace),
        ("e.recorded_at >= %b::timestamptz", wanted.begin),
        ("e.recorded_at < %b::timestamptz", wanted.end),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    if wanted.actor is not None or wanted.type is not None:
        conditions.append(_PLANNED_ANEW)
        parameters.append(0)
    where = f"where {' and '.join(conditions)}" if conditions else ""
    return Query(
        f"{_SELECT} {where} order by e.xid desc, e.id desc limit %b::bigint",
        (*parameters, min(limit, PAGE_MAX)),
        _entries,
    )


def _entries(rows: Iterable[Row]) -> list[Entry]:
    return [_entry(row) for row in rows]


def _entry(row: Row) -> Entry:
    return Entry((row[0], row[1]), EventView(*(*row[1:8], msgspec.Raw(row[8]))))


def _position(found: list[str] | None) -> Position | None:
    return None if found is None else (found[0], int(found[1]))
