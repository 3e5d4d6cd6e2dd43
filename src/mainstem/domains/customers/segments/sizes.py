"""How many entered and left each segment, and its size, hour by hour.

What changes memberships counts itself: the rows that a statement has entered or removed are tallied in that statement,
so that a size is what entered less what left, and the number of members. To be used with the lock of memberships held.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

DAY_HOURS = 24
WEEK_HOURS = 7 * DAY_HOURS

# Hours only go on: where the clock of another server was ahead, its hour is counted in.
_COUNTED = """
with moved as ({change}), tallied as (
    insert into customers.segment_hour as h (segment, hour, entered, departed, size)
    select n.segment, greatest(last.hour, date_trunc('hour', %b::timestamptz, 'UTC')), n.entered, n.departed,
        coalesce(last.size, 0) + n.entered - n.departed
    from (select segment, {entered} as entered, {departed} as departed from moved group by segment) as n
    left join lateral (
        select hour, size from customers.segment_hour as l where l.segment = n.segment order by hour desc limit 1
    ) as last on true
    on conflict (segment, hour) do update set entered = h.entered + excluded.entered,
        departed = h.departed + excluded.departed, size = excluded.size
)
select count(*) from moved
"""
_FIGURES = """
select k.segment, coalesce(last.size, 0), coalesce(sum(h.entered) filter (where h.hour > %b::timestamptz), 0)::bigint,
    coalesce(sum(h.departed) filter (where h.hour > %b::timestamptz), 0)::bigint,
    coalesce(sum(h.entered), 0)::bigint, coalesce(sum(h.departed), 0)::bigint
from unnest(%b::bigint[]) as k (segment)
left join lateral (
    select size from customers.segment_hour as l where l.segment = k.segment order by hour desc limit 1
) as last on true
left join customers.segment_hour as h on h.segment = k.segment and h.hour > %b::timestamptz
group by k.segment, last.size
"""
_DAYS = """
(
    select null::date, 0, 0, size from customers.segment_hour
    where segment = %b::bigint and hour < %b::timestamptz order by hour desc limit 1
)
union all
select (hour at time zone %b::text)::date as day, sum(entered)::bigint, sum(departed)::bigint,
    (array_agg(size order by hour desc))[1]
from customers.segment_hour where segment = %b::bigint and hour >= %b::timestamptz
group by day order by 1 nulls first
"""


class SegmentFigures(msgspec.Struct, frozen=True):
    """The members of a segment, and how many have entered and left it in 24 hours and in seven days."""

    members: int = 0
    entered_day: int = 0
    left_day: int = 0
    entered_week: int = 0
    left_week: int = 0


class SegmentDay(msgspec.Struct, frozen=True):
    """How many entered and left a segment on a day, and how many members it had at the end of it."""

    day: date
    entered: int
    left: int
    members: int


def counted(change: str, verb: Literal["entered", "left"]) -> str:
    """A statement that changes memberships as `change` does, and counts whom it has moved; it answers how many.

    `change` ends with `returning segment`. Behind its parameters there is one more: the moment.
    """
    figures = ("count(*)", "0") if verb == "entered" else ("0", "count(*)")
    return _COUNTED.format(change=change, entered=figures[0], departed=figures[1])


def segment_figures(segments: Iterable[int], now: datetime) -> Query[dict[int, SegmentFigures]]:
    """The figures of segments by id. Moves are counted by the hour: a day is the hour that runs and 23 before it."""
    day, week = now - timedelta(hours=DAY_HOURS), now - timedelta(hours=WEEK_HOURS)
    return Query(
        _FIGURES,
        (day, day, Bigints(segments), week),
        lambda rows: {row[0]: SegmentFigures(*row[1:]) for row in rows},
    )


def segment_days(segment: int, since: date, until: date, zone: str) -> Query[list[SegmentDay]]:
    """Every day of a time zone from one to another, both included; to the hour where the zone is not on the hour."""
    begins = datetime.combine(since, time(), ZoneInfo(zone))
    return Query(_DAYS, (segment, begins, zone, segment, begins), lambda rows: _days(rows, since, until))


def _days(rows: Sequence[Row], since: date, until: date) -> list[SegmentDay]:
    known = {row[0]: row for row in rows}
    members = known[None][3] if None in known else 0
    found = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        _, entered, left, members = known.get(day, (day, 0, 0, members))
        found.append(SegmentDay(day, entered, left, members))
    return found
