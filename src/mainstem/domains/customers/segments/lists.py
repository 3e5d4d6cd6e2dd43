"""Reads for people who look after segments: pages of them, who has come lately, who would fit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from mainstem.domains.customers.segments.compile import Scope, compiled
from mainstem.domains.customers.segments.conditions import Condition
from mainstem.domains.customers.segments.contracts import Member
from mainstem.domains.customers.segments.queries import POPULATION, SAMPLE_CUSTOMERS
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, read

CONDITIONS_AT_ONCE = 40
"""Conditions that one statement counts: a statement has 65,535 parameters at most."""

_LISTED = """
select id, name, description, condition::text, revision, filled_after is not null, created_at, updated_at, actor
from customers.segment where removed_at is null
"""
_ROWS = (
    _LISTED
    + """
and (%b::text = '' or strpos(lower(name), lower(%b::text)) > 0 or strpos(lower(description), lower(%b::text)) > 0)
and (lower(name), id) > (%b::text, %b::bigint) order by lower(name), id limit %b::bigint
"""
)
_KEPT = """
select coalesce((select greatest(reltuples, 0)::bigint from pg_class
    where oid = 'customers.segment_member'::regclass), 0)
"""
_ENTERED = """
select customer, entered_at from customers.segment_member
where segment = %b::bigint order by entered_at desc, customer desc limit %b::bigint
"""


class SegmentRow(msgspec.Struct, frozen=True):
    """A segment in a list; `actor` is the principal who saved it last, `filling` that members are being found."""

    id: int
    name: str
    description: str
    condition: dict[str, Any]
    revision: int
    filling: bool
    created_at: datetime
    updated_at: datetime
    actor: int


class Fitting(msgspec.Struct, frozen=True):
    """How many customers fit each of several conditions; not `exact` is estimated from a sample of `looked_at`."""

    customers: dict[str, int]
    looked_at: int
    exact: bool


def segment_rows(search: str, limit: int, after: tuple[str, int] = ("", -1)) -> Query[list[SegmentRow]]:
    """Up to `limit` segments whose name or description has this text, by name, behind one's small-lettered name and id.

    Their members are not counted: see `segment_figures`.
    """
    return Query(_ROWS, (search, search, search, *after, limit), _segments)


def segment_row(segment: int) -> Query[SegmentRow | None]:
    """The segment with this id; None when there is none."""
    return Query(_LISTED + "and id = %b::bigint", (segment,), lambda rows: _segments(rows)[0] if rows else None)


def memberships_kept() -> Query[int]:
    """About how many memberships there are in all segments, without counting them."""
    return Query(_KEPT, (), lambda rows: int(rows[0][0]))


def customers_kept() -> Query[int]:
    """About how many customers there are, without counting them."""
    return Query(POPULATION, (), lambda rows: int(rows[0][0]))


def latest_members(segment: int, limit: int) -> Query[list[Member]]:
    """The members who entered last, the latest first."""
    return Query(_ENTERED, (segment, limit), lambda rows: [Member(*row) for row in rows])


async def fitting_customers(connection: Connection, condition: Condition, today: date, limit: int) -> list[int]:
    """Some customers who fit a condition, in the order of their ids; of a large population those on random pages."""
    scope = await _scope(connection)
    one = compiled(condition, scope or Scope.everybody(), today)
    rows = (scope or Scope.everybody()).rows
    sql = (
        f"select t.customer from {rows} left join customers.batch_value as b on b.customer = t.customer"  # noqa: S608 - ours
        f" where not t.restricted and {one.sql} order by t.customer limit %b::bigint"
    )
    parameters = (*(scope.rows_parameters if scope else ()), *one.parameters, limit)
    (found,) = await read(connection, (sql, parameters))
    return [row[0] for row in found]


async def count_each(connection: Connection, conditions: Mapping[str, Condition], today: date) -> Fitting:
    """How many customers fit each condition: counted, or where there are many, estimated from random pages."""
    scope = await _scope(connection)
    within = scope or Scope.everybody()
    counts: dict[str, int] = {}
    looked_at = 0
    listed = list(conditions.items())
    for start in range(0, len(listed), CONDITIONS_AT_ONCE):
        columns: list[str] = []
        parameters: list[object] = []
        part = listed[start : start + CONDITIONS_AT_ONCE]
        for _, condition in part:
            one = compiled(condition, within, today)
            columns.append(f"count(*) filter (where not t.restricted and {one.sql})")
            parameters += one.parameters
        sql = (
            f"select count(*), {', '.join(columns)} from {within.rows}"  # noqa: S608 - our own text
            " left join customers.batch_value as b on b.customer = t.customer"
        )
        ((row,),) = await read(connection, (sql, (*parameters, *within.rows_parameters)))
        looked_at = row[0]
        whole = await _population(connection) if scope else looked_at
        counts |= {name: _scaled(found, looked_at, whole) for (name, _), found in zip(part, row[1:], strict=True)}
    return Fitting(counts, looked_at, exact=scope is None)


def _scaled(found: int, looked_at: int, population: int) -> int:
    return round(found * population / looked_at) if looked_at else 0


async def _population(connection: Connection) -> int:
    (((rows, _),),) = await read(connection, (POPULATION, ()))
    return int(rows)


async def _scope(connection: Connection) -> Scope | None:
    """The random pages that are looked at; None for everybody, where there are few enough."""
    population = await _population(connection)
    return Scope.sample(100 * SAMPLE_CUSTOMERS / population) if population > 2 * SAMPLE_CUSTOMERS else None


def _segments(rows: Sequence[Row]) -> list[SegmentRow]:
    return [
        SegmentRow(
            id=row[0],
            name=row[1],
            description=row[2],
            condition=msgspec.json.decode(row[3], type=dict[str, Any]),
            revision=row[4],
            filling=row[5],
            created_at=row[6],
            updated_at=row[7],
            actor=row[8],
        )
        for row in rows
    ]
