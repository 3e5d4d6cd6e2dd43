"""Who is in which segment: kept as customers change, as segments change, and as days pass.

One transaction at a time changes memberships: an advisory lock. So what was decided on a condition or on traits is
never written over by somebody who decided earlier on older ones.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from mainstem.domains.customers.segments.compile import Scope, compiled
from mainstem.domains.customers.segments.conditions import Condition, read_condition
from mainstem.domains.customers.segments.contracts import MembershipEvent, SegmentFilledEvent
from mainstem.domains.customers.segments.sizes import counted
from mainstem.domains.customers.tags.library import tag_conditions
from mainstem.kernel.refusals import RefusedError
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import read
from mainstem.platform.work import Event, Work

FILL_CUSTOMERS_MAX = 20_000
"""Customers that one transaction looks at to fill a segment."""

SEGMENTS_AT_ONCE = 50
"""Segments that one statement decides: a statement has 65,535 parameters at most."""

_LOCK = "select pg_advisory_xact_lock(hashtextextended('mainstem.customers.membership', 0))"
_LIVE = "select id, condition::text from customers.segment where removed_at is null order by id"
_MEMBERSHIPS = "select segment, customer from customers.segment_member where customer = any(%b::bigint[])"
_ENTER = counted(
    """
insert into customers.segment_member (segment, customer, entered_at)
select *, %b::timestamptz from unnest(%b::bigint[], %b::bigint[]) returning segment
""",
    "entered",
)
_LEAVE = counted(
    """
delete from customers.segment_member as m using unnest(%b::bigint[], %b::bigint[]) as k (segment, customer)
where m.segment = k.segment and m.customer = k.customer returning m.segment
""",
    "left",
)
_EXPEL = counted("delete from customers.segment_member where customer = any(%b::bigint[]) returning segment", "left")
_NEXT_TO_FILL = """
select id, condition::text, revision, filled_after, removed_at is not null from customers.segment
where filled_after is not null order by removed_at nulls last, id limit 1
"""
_LAST_OF_NEXT = """
select max(customer), count(*) from (
    select customer from customers.trait_value where customer > %b::bigint order by customer limit %b::bigint
) as next
"""
_FITS = """
select t.customer from {rows} left join customers.batch_value as b on b.customer = t.customer
where not t.restricted and {condition}
"""
_ENTER_ALL = """
insert into customers.segment_member (segment, customer, entered_at)
select %b::bigint, fits.customer, %b::timestamptz from ({fits}) as fits on conflict do nothing returning segment
"""
_LEAVE_ALL = """
delete from customers.segment_member as m
where m.segment = %b::bigint and m.customer > %b::bigint and m.customer <= %b::bigint
and not exists (select from ({fits}) as fits where fits.customer = m.customer) returning m.segment
"""
_FILLED = "update customers.segment set filled_after = %b::bigint where id = %b::bigint"
_COUNT = "select count(*) from customers.segment_member where segment = %b::bigint"
_EMPTY = counted(
    """
delete from customers.segment_member where (segment, customer) in (
    select segment, customer from customers.segment_member where segment = %b::bigint limit %b::bigint
)
returning segment
""",
    "left",
)

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)

Pair = tuple[int, int]
"""(segment, customer)."""


async def lock(work: Work) -> None:
    """Wait until nobody else changes memberships; held until the transaction ends."""
    await work.read((_LOCK, ()))


def expel(work: Work, customers: Iterable[int]) -> None:
    """Queue that these customers leave every segment, untold; to be called with the lock held."""
    work.write(_EXPEL, Bigints(customers), work.now)


@lru_cache(maxsize=1_000)
def stored_condition(text: str) -> Condition | None:
    """The condition of a segment as it is stored; None when this release cannot read it any more."""
    try:
        return read_condition(msgspec.json.decode(text), tag_conditions())
    except RefusedError as refused:
        _log.warning("a segment's condition cannot be read", refusal=refused.refusal.code, where=refused.refusal.where)
        return None


async def fitting(connection: Connection, segments: Mapping[int, Condition], scope: Scope, today: date) -> set[Pair]:
    """Which customers of the scope fit which of these conditions."""
    found: set[Pair] = set()
    listed = list(segments.items())
    for start in range(0, len(listed), SEGMENTS_AT_ONCE):
        cases: list[str] = []
        parameters: list[object] = []
        for segment, condition in listed[start : start + SEGMENTS_AT_ONCE]:
            one = compiled(condition, scope, today)
            cases.append(f"case when not t.restricted and {one.sql} then %b::bigint end")
            parameters += [*one.parameters, segment]
        sql = (
            f"select t.customer, array_remove(array[{', '.join(cases)}], null) from {scope.rows}"  # noqa: S608 - ours
            " left join customers.batch_value as b on b.customer = t.customer"
        )
        (rows,) = await read(connection, (sql, (*parameters, *scope.rows_parameters)))
        found |= {(segment, customer) for customer, fits in rows for segment in fits}
    return found


async def keep(work: Work, customers: Collection[int], today: date) -> None:
    """Let these customers enter and leave segments as their traits, tags and purchases say now, with the events.

    To be called with the lock held, behind the writes of what they did.
    """
    if not customers:
        return
    await work.flush()
    live, members = await work.read((_LIVE, ()), (_MEMBERSHIPS, (Bigints(sorted(customers)),)))
    segments = {row[0]: condition for row in live if (condition := stored_condition(row[1])) is not None}
    before = {(segment, customer) for segment, customer in members if segment in segments}
    after = await fitting(work.connection, segments, Scope.these(customers), today) if segments else set()
    _change(work, entered := sorted(after - before), left := sorted(before - after))
    for verb, pairs in (("entered", entered), ("left", left)):
        for segment, customer in pairs:
            work.emit(_event(work, f"segment_{verb}", customer, MembershipEvent(segment, customer)))


async def fill(work: Work, today: date) -> bool:
    """One step of bringing the members of a new or changed segment to its condition, or of emptying a removed one.

    Whether there is more to do. Those who enter and leave so are told in one event, when all is done.
    """
    await lock(work)
    (rows,) = await work.read((_NEXT_TO_FILL, ()))
    if not rows:
        return False
    segment, text, revision, after, removed = rows[0]
    if removed:
        return await _empty(work, segment)
    (found,) = await work.read((_LAST_OF_NEXT, (after, FILL_CUSTOMERS_MAX)))
    last, size = found[0]
    condition = stored_condition(text)
    if size and condition is not None:
        _fill_between(work, segment, condition, (after, last), today, anew=revision == 1)
    done = size < FILL_CUSTOMERS_MAX
    work.write(_FILLED, None if done else last, segment)
    if done:
        await work.flush()
        ((count,),) = (await work.read((_COUNT, (segment,))))[0]
        work.emit(_event(work, "segment_filled", segment, SegmentFilledEvent(revision, count)))
    return True


def _fill_between(
    work: Work, segment: int, condition: Condition, span: tuple[int, int], today: date, *, anew: bool
) -> None:
    """Queue who of a span of customers enters and leaves; a segment that is new has nobody to leave it."""
    scope = Scope.between(*span)
    one = compiled(condition, scope, today)
    fits = _FITS.format(rows=scope.rows, condition=one.sql)
    parameters = (*scope.rows_parameters, *one.parameters)
    work.write(counted(_ENTER_ALL.format(fits=fits), "entered"), segment, work.now, *parameters, work.now)
    if not anew:
        work.write(counted(_LEAVE_ALL.format(fits=fits), "left"), segment, *span, *parameters, work.now)


async def _empty(work: Work, segment: int) -> bool:
    (((gone,),),) = await work.read((_EMPTY, (segment, FILL_CUSTOMERS_MAX, work.now)))
    if gone < FILL_CUSTOMERS_MAX:
        work.write(_FILLED, None, segment)
    return True


def _change(work: Work, entered: Sequence[Pair], left: Sequence[Pair]) -> None:
    if entered:
        work.write(_ENTER, work.now, *_columns(entered), work.now)
    if left:
        work.write(_LEAVE, *_columns(left), work.now)


def _columns(pairs: Iterable[Pair]) -> tuple[Bigints, Bigints]:
    return Bigints(pair[0] for pair in pairs), Bigints(pair[1] for pair in pairs)


def _event(work: Work, verb: str, subject: int, payload: Any) -> Event:  # noqa: ANN401 - any struct
    return Event(
        type=f"customers.{verb}", subject=subject, actor=0, trace="", occurred_at=work.now, payload=_encode(payload)
    )
