"""Seals: the event log is the audit trail, and a chain of hashes makes an edit show.

Seal number n covers the events after seal n - 1 up to its own (xid, id), in that order, and holds

    SHA-256(hash of seal n - 1, or 32 zero bytes for n = 1, followed by the SHA-256 of each event in canonical form)

The canonical form is PostgreSQL's binary form of the record (id, type, subject, actor, trace, occurred_at, recorded_at,
payload), `record_send`: the number of fields as 32 bits, then of each field the object id of its type and its length,
32 bits each, and its value; integers are 64 bits big-endian, moments are microseconds since 2000-01-01 UTC as such an
integer, texts are UTF-8, the payload is its text as written. The server computes it: no event travels to be sealed.

Who can write to the database can also compute new seals. Against that helps a head that was written down elsewhere, in
a log line or another system, and is given to `verify` as an anchor.
"""

from collections.abc import AsyncIterator, Callable
from typing import Literal

import msgspec

from mainstem.platform.postgres import Connection, Database

SEAL_EVENTS_MAX = 1_000
"""Events under one seal: what an edit can be narrowed down to, and so few that nobody notices the sealing."""

GENESIS = bytes(32)
_SEALS_PAGE = 1_000
_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('mainstem.seal', 0))"

_PENDING_END = """
select count(*) over (), xid::text, id
from (
    select xid, id from platform.event
    where (xid, id) > (%s::text::xid8, %s) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, id
    limit %s
) pending
order by pending.xid desc, pending.id desc
limit 1
"""

_DIGEST = """
select sha256(%s::bytea || coalesce(string_agg(
        sha256(record_send(row(id, type, subject, actor, trace, occurred_at, recorded_at, payload))), ''::bytea
        order by xid, id
    ), ''::bytea)), count(*)
from platform.event
where (xid, id) > (%s::text::xid8, %s) and (xid, id) <= (%s::text::xid8, %s)
"""

FaultKind = Literal["edited", "removed", "inserted", "seal_missing", "anchor"]

_FAULTS: dict[FaultKind, tuple[str, str]] = {
    "edited": (
        "an event under seal {number} was edited or moved, or the seal was ({events} events)",
        "封印 {number} 之下的某个事件被修改或移动，或封印本身被修改（共 {events} 个事件）",
    ),
    "removed": (
        "events under seal {number} were removed: it covers {events}, {found} are there",
        "封印 {number} 之下的事件被删除：应有 {events} 个，现有 {found} 个",
    ),
    "inserted": (
        "events were slipped in under seal {number}: it covers {events}, {found} are there",
        "封印 {number} 之下被插入了事件：应有 {events} 个，现有 {found} 个",
    ),
    "seal_missing": ("seal {number} is missing", "封印 {number} 缺失"),
    "anchor": (
        "seal {number} is not the one that was written down elsewhere",
        "封印 {number} 与另行记录的不一致",
    ),
}


class Head(msgspec.Struct, frozen=True):
    """A seal by its number and hash; number 0 when nothing has been sealed."""

    number: int
    hash: bytes


class Fault(msgspec.Struct, frozen=True):
    """The first seal that does not fit, and why: `events` it covers, `found` are there."""

    number: int
    kind: FaultKind
    events: int = 0
    found: int = 0

    @property
    def en(self) -> str:
        """The fault in English."""
        return _FAULTS[self.kind][0].format(number=self.number, events=self.events, found=self.found)

    @property
    def zh(self) -> str:
        """The fault in Chinese."""
        return _FAULTS[self.kind][1].format(number=self.number, events=self.events, found=self.found)


class SealReport(msgspec.Struct, frozen=True):
    """How many seals and events fit, up to which head, and what does not."""

    seals: int
    events: int
    head: Head
    fault: Fault | None


class _Seal(msgspec.Struct, frozen=True):
    number: int
    xid: str
    id: int
    events: int
    hash: bytes


_BEGIN = _Seal(number=0, xid="0", id=0, events=0, hash=GENESIS)


async def seal_pending(database: Database, limit: int = SEAL_EVENTS_MAX) -> int:
    """Seal the oldest unsealed events, up to `limit`; how many. 0 also when another process is sealing."""
    async with database.transaction() as connection:
        cursor = await connection.execute(_LOCK)
        locked = await cursor.fetchone()
        if locked is None or not locked[0]:
            return 0
        previous = await _last(connection)
        cursor = await connection.execute(_PENDING_END, (previous.xid, previous.id, limit))
        end = await cursor.fetchone()
        if end is None:
            return 0
        events, xid, event_id = end
        digest, found = await _digest(connection, previous, xid, event_id)
        assert found == events
        await connection.execute(
            "insert into platform.event_seal (number, xid, id, events, hash) values (%s, %s::text::xid8, %s, %s, %s)",
            (previous.number + 1, xid, event_id, events, digest),
        )
    return found


async def head(connection: Connection) -> Head:
    """The newest seal, to be written down where nobody who can write to this database can."""
    last = await _last(connection)
    return Head(last.number, last.hash)


async def verify(
    connection: Connection,
    progress: Callable[[int, int], None] | None = None,
    anchor: Head | None = None,
    *,
    first: int = 1,
    last: int | None = None,
) -> SealReport:
    """Compute every seal anew, in order, up to the first that does not fit.

    `progress` is called with the number of the last seal that fits and the events that fit so far. Memory does not grow
    with the log. With an `anchor` the seal of that number must have that hash. With `first` and `last` only a span is
    computed, on the word of the seal before it.
    """
    begin = _BEGIN if first == 1 else await _numbered(connection, first - 1)
    if begin is None:
        return SealReport(0, 0, Head(0, GENESIS), Fault(first - 1, "seal_missing"))
    previous, events = begin, 0
    async for seal in _seals(connection, first - 1):
        if last is not None and seal.number > last:
            break
        digest, found = await _digest(connection, previous, seal.xid, seal.id)
        fault = _fault(previous, seal, digest, found, anchor)
        if fault is not None:
            return SealReport(previous.number, events, Head(previous.number, previous.hash), fault)
        previous, events = seal, events + found
        if progress is not None:
            progress(seal.number, events)
    missing = (anchor is not None and anchor.number > previous.number) or (last is not None and last > previous.number)
    return SealReport(
        previous.number,
        events,
        Head(previous.number, previous.hash),
        Fault(previous.number + 1, "seal_missing") if missing else None,
    )


def _fault(previous: _Seal, seal: _Seal, digest: bytes, found: int, anchor: Head | None) -> Fault | None:
    if seal.number != previous.number + 1:
        return Fault(previous.number + 1, "seal_missing")
    if found != seal.events:
        return Fault(seal.number, "removed" if found < seal.events else "inserted", seal.events, found)
    if digest != seal.hash:
        return Fault(seal.number, "edited", seal.events, found)
    if anchor is not None and anchor.number == seal.number and anchor.hash != seal.hash:
        return Fault(seal.number, "anchor", seal.events, found)
    return None


async def _digest(connection: Connection, previous: _Seal, xid: str, event_id: int) -> tuple[bytes, int]:
    """The hash over the events after a seal up to a position, and how many there are."""
    await connection.execute("set local client_encoding = 'UTF8'")  # the binary form has texts as the client reads them
    cursor = await connection.execute(_DIGEST, (previous.hash, previous.xid, previous.id, xid, event_id))
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def _last(connection: Connection) -> _Seal:
    cursor = await connection.execute(
        "select number, xid::text, id, events, hash from platform.event_seal order by number desc limit 1"
    )
    row = await cursor.fetchone()
    return _BEGIN if row is None else _Seal(*row)


async def _numbered(connection: Connection, number: int) -> _Seal | None:
    cursor = await connection.execute(
        "select number, xid::text, id, events, hash from platform.event_seal where number = %s", (number,)
    )
    row = await cursor.fetchone()
    return None if row is None else _Seal(*row)


async def _seals(connection: Connection, number: int) -> AsyncIterator[_Seal]:
    while True:
        cursor = await connection.execute(
            "select number, xid::text, id, events, hash from platform.event_seal where number > %s"
            " order by number limit %s",
            (number, _SEALS_PAGE),
        )
        page = [_Seal(*row) for row in await cursor.fetchall()]
        for seal in page:
            yield seal
        if len(page) < _SEALS_PAGE:
            return
        number = page[-1].number
