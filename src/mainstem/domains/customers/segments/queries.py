"""All SQL that only reads segments: lists, members, counts while editing, overlaps."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations_with_replacement
from typing import Any

import msgspec

from mainstem.domains.customers.segments.compile import Scope, compiled
from mainstem.domains.customers.segments.conditions import Condition
from mainstem.domains.customers.segments.contracts import Count, Member, Overlap, Segment
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, read

SAMPLE_CUSTOMERS = 50_000
"""Customers that are looked at to estimate a count; a population up to twice as large is counted."""

CONFIDENCE = 1.96
"""Standard errors on either side: 19 times of 20."""

_SEGMENTS = """
select id, name, description, condition::text, revision,
    coalesce((select h.size from customers.segment_hour as h where h.segment = s.id order by h.hour desc limit 1), 0),
    filled_after is not null, updated_at
from customers.segment as s where removed_at is null
"""
_MEMBERS = """
select customer, entered_at from customers.segment_member
where segment = %b::bigint and customer > %b::bigint order by customer limit %b::bigint
"""
_MEMBERSHIPS = """
select m.segment, m.entered_at from customers.segment_member as m
join customers.source_record as r on r.customer = m.customer where r.id = %b::bigint order by m.segment
"""
_TOGETHER = """
select mask, count(*) from (
    select customer, bit_or(case segment {places} end) as mask from customers.segment_member
    where segment = any(%b::bigint[]) group by customer
) as each group by mask
"""
POPULATION = """
select greatest(reltuples, 0)::bigint, relpages from pg_class where oid = 'customers.trait_value'::regclass
"""


def list_segments() -> Query[list[Segment]]:
    """Every segment, in the order of their ids."""
    return Query(_SEGMENTS + "order by id", (), _segments)


def find_segment(segment: int) -> Query[Segment | None]:
    """The segment with this id; None when there is none."""
    return Query(_SEGMENTS + "and id = %b::bigint", (segment,), lambda rows: _segments(rows)[0] if rows else None)


def segment_members(segment: int, limit: int, after: int = -1) -> Query[list[Member]]:
    """Up to `limit` members in the order of their ids, behind the customer `after`."""
    return Query(_MEMBERS, (segment, after, limit), lambda rows: [Member(*row) for row in rows])


def segments_of(customer: int) -> Query[list[int]]:
    """The segments that a customer is in; any of his ids names him."""
    return Query(_MEMBERSHIPS, (customer,), lambda rows: [row[0] for row in rows])


def segment_overlaps(segments: Iterable[int]) -> Query[list[Overlap]]:
    """How many customers each two of these segments share; pairs that share nobody are left out."""
    ids = sorted(set(segments))
    places = " ".join(f"when %b::bigint then {1 << place}" for place in range(len(ids))) or "when null then 0"
    return Query(_TOGETHER.format(places=places), (*ids, Bigints(ids)), lambda rows: _overlaps(ids, rows))


async def count_customers(connection: Connection, condition: Condition, today: date, *, exact: bool = False) -> Count:
    """How many customers fit a condition: counted, or where there are many, estimated from a sample of pages.

    The error is that of a ratio estimated from clusters (Cochran, Sampling Techniques, 1977, section 9A.1): pages hold
    customers of about one age, who are more alike than any.
    """
    (((rows, pages),),) = await read(connection, (POPULATION, ()))
    if exact or rows <= 2 * SAMPLE_CUSTOMERS or pages == 0:
        return await _counted(connection, condition, today)
    return await _estimated(connection, condition, today, rows)


async def _counted(connection: Connection, condition: Condition, today: date) -> Count:
    one = compiled(condition, Scope.everybody(), today)
    sql = (
        f"select count(*) filter (where not t.restricted and {one.sql}), count(*)"  # noqa: S608 - our own text
        " from customers.trait_value as t left join customers.batch_value as b on b.customer = t.customer"
    )
    ((found,),) = await read(connection, (sql, tuple(one.parameters)))
    return Count(found[0], found[1], exact=True)


async def _estimated(connection: Connection, condition: Condition, today: date, population: int) -> Count:
    scope = Scope.sample(100 * SAMPLE_CUSTOMERS / population)
    one = compiled(condition, scope, today)
    sql = (
        "select count(*), sum(fits)::float8, sum(size)::float8, sum(fits * fits)::float8,"  # noqa: S608 - our own text
        " sum(fits * size)::float8, sum(size * size)::float8 from ("
        f"select t.page, count(*) as size, count(*) filter (where not t.restricted and {one.sql}) as fits"
        f" from {scope.rows} left join customers.batch_value as b on b.customer = t.customer group by t.page"
        ") as pages"
    )
    ((row,),) = await read(connection, (sql, (*one.parameters, *scope.rows_parameters)))
    if row[0] < 2:  # noqa: PLR2004 - a variance needs two pages
        return await _counted(connection, condition, today)
    share, error = ratio(*row)
    return Count(round(share * population), population, exact=False, error=math.ceil(CONFIDENCE * error * population))


def ratio(pages: int, fits: float, size: float, fits_2: float, fits_size: float, size_2: float) -> tuple[float, float]:
    """The share of a sample of pages that fits, and its standard error.

    Given the number of pages, the sums of who fits and of who is there, and those of their squares and products.
    """
    share = fits / size
    spread = max(fits_2 - 2 * share * fits_size + share * share * size_2, 0.0)
    if not spread:  # nobody or everybody fits: at most 3 of so many do or do not ("rule of three")
        return share, 3 / size / CONFIDENCE
    return share, math.sqrt(pages / (pages - 1) * spread) / size


def _overlaps(ids: Sequence[int], rows: Sequence[Row]) -> list[Overlap]:
    """From how many customers are in which segments: bit n of a mask stands for the nth."""
    shared: Counter[tuple[int, int]] = Counter()
    for mask, customers in rows:
        held = [one for place, one in enumerate(ids) if mask >> place & 1]
        for pair in combinations_with_replacement(held, 2):
            shared[pair] += customers
    return [Overlap(*pair, customers) for pair, customers in sorted(shared.items())]


def _segments(rows: Sequence[Row]) -> list[Segment]:
    return [
        Segment(
            id=row[0],
            name=row[1],
            description=row[2],
            condition=_object(row[3]),
            revision=row[4],
            members=row[5],
            filling=row[6],
            updated_at=row[7],
        )
        for row in rows
    ]


def _object(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])
