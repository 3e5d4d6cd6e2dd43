"""The quarantine: what arrived and could not be read or applied, with its reason, until somebody settles it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from mainstem.kernel.refusals import NOT_FOUND, Kind, Refusal, declare, refuse
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row

PAGE_MAX = 1_000

GROUPED_MAX = 20_000
"""Entries that are looked at to tell what waits."""

GROUPS_MAX = 200

State = Literal["waiting", "resubmitted", "set_aside"]

QUARANTINE_SETTLED = declare(
    "quarantine_settled",
    Kind.CONFLICT,
    "The entry {id} is settled already: {state}.",
    "Load the list again; nothing else is to be done for it.",
)

_encode = msgspec.json.encode
_decode_refusal = msgspec.json.Decoder(Refusal).decode

_COLUMNS = "id, operation, source, payload, refusal::text, state, arrived_at, settled_at, settled_by, note"


class Arrival(msgspec.Struct, frozen=True):
    """What is to be held back: for which operation, from where, the bytes as they came, and why they were refused."""

    id: int
    operation: str
    source: str
    payload: bytes
    refusal: Refusal

    @property
    def fingerprint(self) -> bytes:
        """Equal for the same bytes from the same source for the same operation."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.operation.encode(), self.source.encode(), self.payload):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()


class Entry(msgspec.Struct, frozen=True):
    """One row of the quarantine."""

    id: int
    operation: str
    source: str
    payload: bytes
    refusal: Refusal
    state: State
    arrived_at: datetime
    settled_at: datetime | None
    settled_by: int | None
    note: str = ""


class QuarantineFilter(msgspec.Struct, frozen=True):
    """Which entries are wanted. `source` is a whole source or, ending in `:` or `/`, what several begin with."""

    state: State = "waiting"
    code: str | None = None
    operation: str | None = None
    source: str | None = None


class Group(msgspec.Struct, frozen=True):
    """How many entries wait that share a reason, an operation and a source."""

    code: str
    operation: str
    source: str
    entries: int


async def hold_back(connection: Connection, arrivals: Sequence[Arrival]) -> list[int]:
    """Keep what arrived, in the caller's transaction; the id of the entry of each arrival, in order.

    The same bytes from the same source arriving again are one entry: the first, in whatever state it is.
    """
    if not arrivals:
        return []
    # One order for all transactions, so that two that hold back the same things cannot deadlock.
    unique = [kept for _, kept in sorted({arrival.fingerprint: arrival for arrival in reversed(arrivals)}.items())]
    fingerprints = [arrival.fingerprint for arrival in unique]
    await connection.execute(
        "insert into platform.quarantine (id, operation, source, payload, fingerprint, refusal)"
        " select * from unnest(%b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::json[])"
        " on conflict (fingerprint) do nothing",
        (
            Bigints(arrival.id for arrival in unique),
            [arrival.operation for arrival in unique],
            [arrival.source for arrival in unique],
            [arrival.payload for arrival in unique],
            fingerprints,
            [_encode(arrival.refusal).decode() for arrival in unique],
        ),
    )
    cursor = await connection.execute(
        "select fingerprint, id from platform.quarantine where fingerprint = any(%b::bytea[])", (fingerprints,)
    )
    entries: dict[bytes, int] = dict(await cursor.fetchall())
    return [entries[arrival.fingerprint] for arrival in arrivals]


def waiting(after: int = 0, limit: int = PAGE_MAX) -> Query[list[Entry]]:
    """The entries that wait to be settled, by id, beginning after one: a page of up to `limit`."""
    return Query(
        f"select {_COLUMNS} from platform.quarantine where state = 'waiting' and id > %b::bigint"  # noqa: S608
        " order by id limit %b::integer",
        (after, min(limit, PAGE_MAX)),
        lambda rows: [_entry(row) for row in rows],
    )


def entry(entry_id: int) -> Query[Entry | None]:
    """One entry, in whatever state it is."""
    return Query(
        f"select {_COLUMNS} from platform.quarantine where id = %b::bigint",  # noqa: S608
        (entry_id,),
        lambda rows: _entry(rows[0]) if rows else None,
    )


def listed(wanted: QuarantineFilter, limit: int, after: int = 0) -> Query[list[Entry]]:
    """Up to `limit` entries in the order of their ids, oldest first, behind one."""
    conditions = ["state = %b::text", "id > %b::bigint"]
    parameters: list[object] = [wanted.state, after]
    if wanted.code is not None:
        conditions.append("refusal ->> 'code' = %b::text")
        parameters.append(wanted.code)
    if wanted.operation is not None:
        conditions.append("operation = %b::text")
        parameters.append(wanted.operation)
    if wanted.source is not None:
        begins = wanted.source.endswith((":", "/"))
        conditions.append("starts_with(source, %b::text)" if begins else "source = %b::text")
        parameters.append(wanted.source)
    return Query(
        f"select {_COLUMNS} from platform.quarantine where {' and '.join(conditions)}"  # noqa: S608
        " order by id limit %b::bigint",
        (*parameters, min(limit, PAGE_MAX)),
        lambda rows: [_entry(row) for row in rows],
    )


def waiting_of(ids: Iterable[int], limit: int) -> Query[list[Entry]]:
    """Those of some entries that wait to be settled, oldest first."""
    return Query(
        f"select {_COLUMNS} from platform.quarantine where state = 'waiting' and id = any(%b::bigint[])"  # noqa: S608
        " order by id limit %b::bigint",
        (Bigints(ids), min(limit, PAGE_MAX)),
        lambda rows: [_entry(row) for row in rows],
    )


def groups() -> Query[list[Group]]:
    """What waits, by reason, operation and source, the most first; of the oldest `GROUPED_MAX` entries."""
    return Query(
        "select refusal ->> 'code', operation, source, count(*) from (select refusal, operation, source"
        " from platform.quarantine where state = 'waiting' order by id limit %b::bigint) as waiting"
        " group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit %b::bigint",
        (GROUPED_MAX, GROUPS_MAX),
        lambda rows: [Group(*row) for row in rows],
    )


async def settle(
    connection: Connection, entry_id: int, state: Literal["resubmitted", "set_aside"], actor: int, note: str = ""
) -> Refusal | None:
    """Settle an entry, once; refused when there is none or somebody was faster."""
    cursor = await connection.execute(
        "update platform.quarantine set state = %s, settled_at = now(), settled_by = %s, note = %s"
        " where id = %s and state = 'waiting'",
        (state, actor, note, entry_id),
    )
    if cursor.rowcount:
        return None
    cursor = await connection.execute("select state from platform.quarantine where id = %s", (entry_id,))
    row = await cursor.fetchone()
    if row is None:
        return refuse(NOT_FOUND, what="quarantine entry", id=entry_id)
    return refuse(QUARANTINE_SETTLED, id=entry_id, state=row[0])


async def operation_of(connection: Connection, entry_id: int) -> str:
    """Which operation an entry is for; "" when there is none."""
    cursor = await connection.execute("select operation from platform.quarantine where id = %s", (entry_id,))
    row = await cursor.fetchone()
    return "" if row is None else str(row[0])


def _entry(row: Row) -> Entry:
    entry_id, operation, source, payload, refusal, *settled = row
    return Entry(entry_id, operation, source, payload, _decode_refusal(refusal), *settled)


def count_waiting() -> Query[int]:
    """How many entries wait to be settled."""
    return Query("select count(*) from platform.quarantine where state = 'waiting'", (), lambda rows: int(rows[0][0]))
