"""Twins that were asked for, in the database: so that they can be followed, compared and shared."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.analytics.twin.contracts import Draft, TwinResult
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

State = Literal["waiting", "reading", "replaying", "done", "failed"]

STALLED_SECONDS = 300
"""A twin that has not moved for so long has been given up by its job."""


class TwinAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A twin: its name, the span (from, until; of a channel or node by code, where given) and the draft."""

    name: str
    since: datetime
    until: datetime
    draft: Draft
    currency: str
    channel: str | None = None
    node: str | None = None


class TwinView(msgspec.Struct, frozen=True):
    """A twin, how far it has come (`done` of `total` slices) and what came of it. `stalled`: its job was cut short."""

    id: int
    state: State
    done: int
    total: int
    ask: TwinAsk
    result: TwinResult | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    stalled: bool


class TwinHead(msgspec.Struct, frozen=True):
    """A twin in a list."""

    id: int
    name: str
    state: State
    done: int
    total: int
    created_at: datetime
    finished_at: datetime | None


_encode = msgspec.json.Encoder(enc_hook=str).encode
_ask = msgspec.json.Decoder(TwinAsk).decode
_result = msgspec.json.Decoder(TwinResult).decode


def add(work: Work, number: int, principal: int, asked: TwinAsk) -> None:
    """Keep a twin that waits for its job."""
    work.write(
        "insert into twins.twin (id, name, principal, ask, state, created_at)"
        " values (%b::bigint, %b::text, %b::bigint, %b::text::jsonb, 'waiting', %b::timestamptz)",
        number,
        asked.name,
        principal,
        _encode(asked).decode(),
        work.now,
    )


async def move(connection: Connection, number: int, state: State, done: int, total: int) -> None:
    """Note how far a twin has come."""
    await connection.execute(
        "update twins.twin set state = %s, done = %s, total = %s, touched_at = now() where id = %s and result is null",
        (state, done, total, number),
    )


async def close(connection: Connection, number: int, result: TwinResult | None, error: str | None) -> None:
    """Note what came of a twin, or why nothing did."""
    await connection.execute(
        "update twins.twin set state = %s, result = %s::jsonb, error = %s, touched_at = now(), finished_at = now()"
        " where id = %s",
        ("failed" if result is None else "done", None if result is None else _encode(result).decode(), error, number),
    )


def find(number: int) -> Query[TwinView | None]:
    """The twin of this id, or None."""
    return Query(
        "select id, state, done, total, ask::text, result::text, error, created_at, finished_at,"
        " state in ('waiting', 'reading', 'replaying') and touched_at < now() - %b::bigint * interval '1 second'"
        " from twins.twin where id = %b::bigint",
        (STALLED_SECONDS, number),
        lambda rows: _view(rows[0]) if rows else None,
    )


def heads(limit: int, before: int | None = None) -> Query[list[TwinHead]]:
    """Up to `limit` twins, the latest first, before one by its id."""
    return Query(
        "select id, name, state, done, total, created_at, finished_at from twins.twin"
        " where id < %b::bigint order by id desc limit %b::bigint",
        (2**63 - 1 if before is None else before, limit),
        lambda rows: [TwinHead(*row) for row in rows],
    )


def _view(row: Row) -> TwinView:
    return TwinView(*(*row[:4], _ask(row[4]), None if row[5] is None else _result(row[5]), *row[6:]))
