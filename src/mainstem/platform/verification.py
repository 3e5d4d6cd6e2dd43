"""Verifications of the audit trail that somebody asked for: a job that computes a span of seals anew, and its result.

Both that it was asked for and what came of it are events: who can read the trail sees when it was last verified.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from procrastinate import App, PsycopgConnector

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform import seal
from mainstem.platform.execution import Call, Executor, Operation
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Event, Work

JOB = "platform.verify_seals"
QUEUE = "mainstem"

SAVE_SECONDS = 1.0
"""Pause between two notes of how far a verification has come."""

NO_SUCH_SEALS = declare(
    "no_such_seals",
    Kind.INVALID,
    "There are no seals {first} to {last}; the latest is {latest}.",
    "Choose a span of seals that are there.",
)

_SELECT = """
select id, first, last, asked_by, asked_at, began_at, seals, events, ended_at, fault::text
from platform.seal_verification
"""
_decode_fault = msgspec.json.Decoder(seal.Fault).decode
_encode = msgspec.json.Encoder().encode


class VerifySeals(msgspec.Struct, frozen=True):
    """Ask that the seals from `first` to `last` be computed anew."""

    first: int
    last: int


class VerificationAsked(msgspec.Struct, frozen=True):
    """The verification that will be done."""

    verification: int
    first: int
    last: int


class Verification(msgspec.Struct, frozen=True):
    """How far a verification has come: `seals` and `events` that fit. `fault` is what does not, None so far."""

    id: int
    first: int
    last: int
    asked_by: int
    asked_at: datetime
    began_at: datetime | None
    seals: int
    events: int
    ended_at: datetime | None
    fault: seal.Fault | None

    @property
    def total(self) -> int:
        """Seals in the span."""
        return self.last - self.first + 1


class Seals(msgspec.Struct, frozen=True):
    """How far the log is sealed: the latest seal and when it was made; `waiting` since when an event waits for one."""

    number: int
    hash: str
    sealed_at: datetime | None
    waiting: datetime | None


def sealed() -> Query[Seals]:
    """The latest seal, and the oldest event behind it."""
    return Query(
        "select s.number, encode(s.hash, 'hex'), s.sealed_at, (select e.recorded_at from platform.event as e"
        " where (e.xid, e.id) > (coalesce(s.xid, '0'), coalesce(s.id, 0)) order by e.xid, e.id limit 1)"
        " from (select 1) as one left join lateral (select * from platform.event_seal order by number desc limit 1)"
        " as s on true",
        (),
        lambda rows: Seals(rows[0][0] or 0, rows[0][1] or "", *rows[0][2:]),
    )


def seal_of(xid: str, event: int) -> Query[int | None]:
    """The number of the seal over an event; None when it waits for one."""
    return Query(
        "select number from platform.event_seal where (xid, id) >= (%b::text::xid8, %b::bigint)"
        " order by xid, id limit 1",
        (xid, event),
        lambda rows: rows[0][0] if rows else None,
    )


def span(begin: datetime, end: datetime) -> Query[tuple[int, int] | None]:
    """The first and last seal over what was recorded from `begin` up to `end`; None when nothing of it is sealed."""
    return Query(
        "select (select number from platform.event_seal where sealed_at >= %b::timestamptz order by sealed_at limit 1),"
        " coalesce((select number from platform.event_seal where sealed_at >= %b::timestamptz"
        " order by sealed_at limit 1), (select max(number) from platform.event_seal))",
        (begin, end),
        lambda rows: None if rows[0][0] is None else (rows[0][0], rows[0][1]),
    )


def verifications(limit: int) -> Query[list[Verification]]:
    """The latest verifications first."""
    return Query(f"{_SELECT} order by id desc limit %b::bigint", (limit,), lambda rows: [_read(row) for row in rows])


def verification(number: int) -> Query[Verification | None]:
    """One verification."""
    return Query(f"{_SELECT} where id = %b::bigint", (number,), lambda rows: _read(rows[0]) if rows else None)


async def _handle(work: Work, calls: Sequence[Call[VerifySeals]]) -> list[VerificationAsked | Refusal]:
    latest = (await seal.head(work.connection)).number
    await work.reserve_ids(len(calls))
    results: list[VerificationAsked | Refusal] = []
    for call in calls:
        first, last = call.command.first, call.command.last
        if not 0 < first <= last <= latest:
            results.append(refuse(NO_SUCH_SEALS, "/first", first=first, last=last, latest=latest))
            continue
        asked = VerificationAsked(work.ids.take(), first, last)
        work.write(
            "insert into platform.seal_verification (id, first, last, asked_by) values (%b, %b, %b, %b)",
            *(asked.verification, first, last, call.actor),
        )
        work.emit(_event(work, "verification_asked", asked.verification, call.actor, call.trace, asked))
        await _enqueue(work.connection, asked.verification)
        results.append(asked)
    return results


async def run(database: Database, verification: int) -> None:
    """Do a verification that was asked for; done again from its beginning after an interruption."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "update platform.seal_verification set began_at = now(), seals = 0, events = 0"
            " where id = %s and ended_at is null returning first, last",
            (verification,),
        )
        row = await cursor.fetchone()
    if row is None:
        return
    first, last = row
    come = (first - 1, 0)

    def note(number: int, events: int) -> None:
        nonlocal come
        come = (number, events)

    async def save() -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            async with database.transaction() as connection:
                await connection.execute(
                    "update platform.seal_verification set seals = %s, events = %s where id = %s",
                    (come[0] - first + 1, come[1], verification),
                )

    saving = asyncio.create_task(save())
    try:
        async with database.snapshot() as connection:
            report = await seal.verify(connection, note, first=first, last=last)
    finally:
        saving.cancel()
        with suppress(asyncio.CancelledError):
            await saving
    await _conclude(database, verification, come[0] - first + 1, report)


async def _conclude(database: Database, number: int, seals: int, report: seal.SealReport) -> None:
    fault = None if report.fault is None else _encode(report.fault).decode()

    async def act(work: Work) -> None:
        work.write(
            "update platform.seal_verification set seals = %b, events = %b, ended_at = now(), fault = %b::text::json"
            " where id = %b",
            *(seals, report.events, fault, number),
        )
        work.emit(_event(work, "verified", number, 0, "", report))

    await Executor(database).transact("audit.verified", act)


async def _enqueue(connection: Connection, number: int) -> None:
    """In the caller's transaction; one verification at a time, as each reads much."""
    deferrer = App(connector=PsycopgConnector()).configure_task(JOB, queue=QUEUE, lock=JOB, connection=connection)
    await deferrer.defer_async(verification=number)


def _event(work: Work, verb: str, number: int, actor: int, trace: str, payload: object) -> Event:
    return Event(
        type=f"audit.{verb}", subject=number, actor=actor, trace=trace, occurred_at=work.now, payload=_encode(payload)
    )


def _read(row: Row) -> Verification:
    return Verification(*(*row[:9], None if row[9] is None else _decode_fault(row[9])))


VERIFY_SEALS: Operation[VerifySeals, Any] = Operation("audit.verify_seals", VerifySeals, VerificationAsked, _handle)
