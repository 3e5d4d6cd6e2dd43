"""Files that people have sent: kept in the database until they are forgotten, with what became of their rows.

In the database and not in a folder, because the process that takes a file and the worker that imports it may be on
different machines, and because the file, its state and the job that works on it then change in one transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from mainstem.connectors.files.contracts import RowOutcome
from mainstem.connectors.files.rehearsing import Rehearsal
from mainstem.kernel.refusals import Refusal
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.ids import Ids
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row

State = Literal["checking", "checked", "importing", "imported", "failed"]

KEPT_DAYS = 30
"""How long a file and the account of its rows are kept; that it was imported, and how it went, stays known."""

STALLED_SECONDS = 300
"""Work on a file that has not moved for so long has been given up by its job and may be begun again."""

_COLUMNS = """
select u.id, u.principal, p.name, u.kind, u.name, u.options::text, u.size, u.state, u.done, u.total,
    u.preview::text, u.counts::text, u.refusal::text, u.created_at, u.finished_at, u.body is not null,
    u.state in ('checking', 'importing') and u.touched_at < now() - %b::bigint * interval '1 second'
from files.upload as u join platform.principal as p on p.id = u.principal
"""
_ADD = """
insert into files.upload (id, principal, key, kind, name, options, body, size, state)
values (%b::bigint, %b::bigint, %b, %b, %b, %b::text::jsonb, %b::bytea, %b::bigint, 'checking')
on conflict (principal, key) do nothing returning id
"""
_BEGIN = """
update files.upload set state = %b, done = 0, total = null, refusal = null, touched_at = now(), finished_at = null
where id = %b::bigint and body is not null
    and (state = %b or state = %b and touched_at < now() - %b::bigint * interval '1 second')
returning id
"""
_PROGRESS = "update files.upload set done = %b::bigint, total = %b::bigint, touched_at = now() where id = %b::bigint"
_TELL = """
insert into files.outcome (upload, dry, row, what, refusal)
select %b::bigint, %b::boolean, row, what, nullif(refusal, '')::jsonb
from unnest(%b::bigint[], %b::text[], %b::text[]) as n (row, what, refusal)
on conflict (upload, dry, row) do update set what = excluded.what, refusal = excluded.refusal
where excluded.what <> 'unchanged'
"""
_CLOSE = """
update files.upload
set state = %b, preview = coalesce(%b::text::jsonb, preview), counts = coalesce(%b::text::jsonb, counts),
    refusal = %b::text::jsonb, touched_at = now(),
    finished_at = now()
where id = %b::bigint and state = %b
"""
_OLD = (
    "body is not null and created_at < now() - %b::bigint * interval '1 day' and state not in ('checking', 'importing')"
)
_FORGET = (
    f"delete from files.outcome where upload in (select id from files.upload where {_OLD})",  # noqa: S608 - a literal
    f"update files.upload set body = null, preview = null where {_OLD}",  # noqa: S608 - a literal
)

_encode = msgspec.json.Encoder().encode


class UploadOptions(msgspec.Struct, frozen=True):
    """How the file is read, as `ImportOptions` says."""

    encoding: str = "utf-8"
    time_zone: str | None = None
    currency: str | None = None
    valid_from: str | None = None


class Sender(NamedTuple):
    """Who sends a file, and the key of the form it was sent with."""

    principal: int
    key: str


class Upload(msgspec.Struct, frozen=True):
    """A file that was sent, and how far its import has come: `done` of `total` in bytes, or row groups of Parquet.

    `kept`: the file and the account of its rows are still there. `stalled`: nothing has moved for STALLED_SECONDS.
    `counts` says how many rows became what, once it is imported. `refusal` is why the file as a whole could not be
    read or imported.
    """

    id: int
    principal: int
    sender: str
    kind: str
    name: str
    options: UploadOptions
    size: int
    state: State
    done: int
    total: int | None
    preview: Rehearsal | None
    counts: dict[str, int] | None
    refusal: Refusal | None
    created_at: datetime
    finished_at: datetime | None
    kept: bool
    stalled: bool


_options = msgspec.json.Decoder(UploadOptions).decode
_preview = msgspec.json.Decoder(Rehearsal).decode
_counts = msgspec.json.Decoder(dict[str, int]).decode
_refusal = msgspec.json.Decoder(Refusal).decode


def _uploads(rows: list[Row]) -> list[Upload]:
    return [
        Upload(
            *(
                *row[:5],
                _options(row[5]),
                *row[6:10],
                None if row[10] is None else _preview(row[10]),
                None if row[11] is None else _counts(row[11]),
                None if row[12] is None else _refusal(row[12]),
                *row[13:],
            )
        )
        for row in rows
    ]


def find_upload(upload: int) -> Query[Upload | None]:
    """The file with this id, or None."""
    sql = _COLUMNS + "where u.id = %b::bigint"
    return Query(sql, (STALLED_SECONDS, upload), lambda rows: next(iter(_uploads(rows)), None))


def list_uploads(kinds: Iterable[str], limit: int, before: int | None = None) -> Query[list[Upload]]:
    """Up to `limit` files of these kinds, newest first, before the one with an id."""
    sql = _COLUMNS + (
        "where u.kind = any(%b::text[]) and (%b::bigint is null or u.id < %b::bigint) order by u.id desc"
        " limit %b::bigint"
    )
    return Query(sql, (STALLED_SECONDS, Texts(kinds), before, before, limit), _uploads)


def count_outcomes(upload: int, *, dry: bool) -> Query[dict[str, int]]:
    """How many rows by what became of them."""
    return Query(
        "select what, count(*) from files.outcome where upload = %b::bigint and dry = %b group by what",
        (upload, dry),
        dict,
    )


def list_outcomes(
    upload: int, limit: int, after: int = -1, *, dry: bool, refused: bool = False
) -> Query[list[RowOutcome]]:
    """Up to `limit` rows and what became of them, in the order of the file, behind the row `after`."""
    only = "and refusal is not null" if refused else ""
    return Query(
        "select row, what, refusal::text from files.outcome"  # noqa: S608 - one of two literals
        f" where upload = %b::bigint and dry = %b and row > %b::bigint {only} order by row limit %b::bigint",
        (upload, dry, after, limit),
        lambda rows: [RowOutcome(row, what, None if text is None else _refusal(text)) for row, what, text in rows],
    )


async def add_upload(
    connection: Connection, sender: Sender, kind: str, name: str, options: UploadOptions, body: bytes
) -> tuple[int, bool]:
    """Keep a file that is to be checked: its id, and whether it is new and not one that was sent twice."""
    ids = Ids()
    await ids.reserve(connection, 1)
    row = (ids.take(), sender.principal, sender.key, kind, name, _encode(options).decode(), body, len(body))
    cursor = await connection.execute(_ADD, row, prepare=True)
    added = await cursor.fetchone()
    if added is not None:
        return int(added[0]), True
    sql = "select id from files.upload where principal = %b::bigint and key = %b"
    known = await (await connection.execute(sql, (sender.principal, sender.key), prepare=True)).fetchone()
    assert known is not None
    return int(known[0]), False


async def begin(connection: Connection, upload: int, *, dry: bool) -> bool:
    """Claim a checked file for importing, once, or one whose check or import has stalled; False for any other."""
    state, before = ("checking", "") if dry else ("importing", "checked")
    cursor = await connection.execute(_BEGIN, (state, upload, before, state, STALLED_SECONDS), prepare=True)
    return await cursor.fetchone() is not None


async def body_of(connection: Connection, upload: int) -> bytes:
    """The bytes of a file that is kept."""
    cursor = await connection.execute("select body from files.upload where id = %b::bigint", (upload,), binary=True)
    row = await cursor.fetchone()
    assert row is not None
    return bytes(row[0])


async def note_progress(connection: Connection, upload: int, done: int, total: int | None) -> None:
    """Note how much has been read."""
    await connection.execute(_PROGRESS, (done, total, upload), prepare=True)


async def tell_rows(connection: Connection, upload: int, rows: Sequence[RowOutcome], *, dry: bool) -> None:
    """Note what became of rows. What an import did before it was cut short is not forgotten when it goes on."""
    # A row can be told of twice, when it broke off a document: the last word counts.
    last = {row.row: row for row in rows}
    refusals = Texts("" if row.refusal is None else _encode(row.refusal).decode() for row in last.values())
    columns = Bigints(last), Texts(row.what for row in last.values()), refusals
    await connection.execute(_TELL, (upload, dry, *columns), prepare=True)


async def close_upload(
    connection: Connection,
    upload: int,
    *,
    dry: bool,
    preview: Rehearsal | None = None,
    counts: dict[str, int] | None = None,
    refusal: Refusal | None = None,
) -> None:
    """Note that a file has been checked or imported, or why that could not be done."""
    state: State = "failed" if refusal is not None else "checked" if dry else "imported"
    texts = [None if said is None else _encode(said).decode() for said in (preview, counts, refusal)]
    await connection.execute(_CLOSE, (state, *texts, upload, "checking" if dry else "importing"), prepare=True)


async def forget_uploads(connection: Connection) -> None:
    """Forget files, and the accounts of their rows, whose time is up."""
    for statement in _FORGET:
        await connection.execute(statement, (KEPT_DAYS,))
