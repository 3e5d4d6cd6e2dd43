"""What moved and what is promised, newest first, at a cost that does not grow with what has ever happened."""

from collections.abc import Collection
from datetime import date, datetime

import msgspec

from mainstem.ledger.balances import Moved
from mainstem.ledger.contracts import Spot
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

SCANNED_MAX = 20_000
"""Movements of an asset that one question looks at."""

REFERENCES_SCANNED_MAX = 5_000
"""Movements of an asset that one question for references looks at, and those of the last one's moment."""

Position = tuple[datetime, int]
"""(occurred_at, id) of a movement: those before it come next."""


class Stretch(msgspec.Struct, frozen=True):
    """Movements, newest first. `resume` is where to look further back, None when there is nothing before them.

    There can be a place to resume without a movement: none was found among the SCANNED_MAX that were looked at.
    """

    moved: list[Moved]
    resume: Position | None


class References(msgspec.Struct, frozen=True):
    """References of movements, newest first, each once. `resume` is where to look further back, None at the end."""

    found: list[int]
    resume: Position | None


class LiveHold(msgspec.Struct, frozen=True, gc=False):
    """A hold whose time is not up: what it still keeps, for which reference, until when."""

    id: int
    open: int
    reference: int
    expires_at: datetime | None
    created_at: datetime


class DailyNet(msgspec.Struct, frozen=True, gc=False):
    """What came in less what went out on a calendar day."""

    day: date
    net: int


class Net(msgspec.Struct, frozen=True):
    """The days on which something moved, oldest first; all of them when `whole`, else the latest that were read."""

    days: list[DailyNet]
    whole: bool


_COLUMNS = "id, asset, source, target, quantity, kind, reference, occurred_at, recorded_at"

# The window counts rows as they come from the index, so reading ends as soon as a page is full.
_STRETCH = f"""
select {_COLUMNS}, number from (
    select {_COLUMNS}, row_number() over (order by occurred_at desc, id desc) as number
    from (
        select {_COLUMNS} from ledger.movement where asset = %b::bigint {{before}}
        order by occurred_at desc, id desc limit {SCANNED_MAX}
    ) as newest
) as m
where {{here}} or number = {SCANNED_MAX}
order by occurred_at desc, id desc limit %b::bigint
"""  # noqa: S608 - constants
_BEFORE = "and occurred_at <= %b::timestamptz and (occurred_at, id) < (%b::timestamptz, %b::bigint)"

# Whole moments: the last one of the window is looked at to its end, so that its moment alone tells where to go on.
# The window is a parameter, so that a plan for any asset expects to read a part of what there is, in the index's order.
_REFERENCES = """
with newest as materialized (
    select occurred_at, kind, reference from ledger.movement
    where asset = %b::bigint and occurred_at >= %b::timestamptz and occurred_at < %b::timestamptz {behind}
    order by occurred_at desc fetch first (%b::bigint) rows with ties
)
(
    select reference, occurred_at from newest where kind = %b::text
    group by occurred_at, reference order by occurred_at desc, reference desc limit %b::bigint
)
union all
select null, min(occurred_at) from newest having count(*) >= %b::bigint
"""
_BEHIND = """and occurred_at <= %b::timestamptz
    and (occurred_at < %b::timestamptz or kind = %b::text and reference < %b::bigint)"""

_NET = f"""
select (occurred_at at time zone %b::text)::date as day,
    coalesce(sum(quantity * ((target in (select unnest(%b::bigint[])))::int
        - (source in (select unnest(%b::bigint[])))::int)), 0)::bigint,
    count(*)
from (
    select occurred_at, quantity, source, target from ledger.movement
    where asset = %b::bigint and occurred_at >= %b::timestamptz
    order by occurred_at desc, id desc limit {SCANNED_MAX}
) as m
group by day order by day
"""  # noqa: S608 - a constant

_HOLDS = """
select id, quantity - settled - released, reference, expires_at, created_at from ledger.hold
where asset = %b::bigint and place = %b::bigint and state = 'held' and id > %b::bigint
  and (expires_at is null or expires_at > %b::timestamptz)
order by id limit %b::bigint
"""


def movements_of_asset(asset: int, before: Position | None, limit: int) -> Query[Stretch]:
    """The movements of an asset anywhere."""
    return _stretch(asset, None, before, limit)


def references(
    asset: int, kind: str, span: tuple[datetime, datetime], behind: Position | None, limit: int | None
) -> Query[References]:
    """For what an asset moved, in movements of a kind, from a moment on and before another.

    Positions are (occurred_at, reference) here; one with reference 0 is behind everything of its moment.
    """
    moment, number = behind or (None, None)
    further = () if moment is None else (moment, moment, kind, number)

    def parse(rows: list[Row]) -> References:
        found = [(row[1], row[0]) for row in rows if row[0] is not None]
        if limit is not None and len(found) > limit:
            return References([reference for _, reference in found[:limit]], found[limit - 1])
        ends = [(row[1], 0) for row in rows if row[0] is None]
        return References([reference for _, reference in found], ends[0] if ends else None)

    sql = _REFERENCES.format(behind=_BEHIND if further else "")
    rows_max = REFERENCES_SCANNED_MAX
    return Query(sql, (asset, *span, *further, rows_max, kind, None if limit is None else limit + 1, rows_max), parse)


def movements_at(spot: Spot, before: Position | None, limit: int) -> Query[Stretch]:
    """The movements of an asset in and out of a place."""
    return _stretch(*spot, before, limit)


def _stretch(asset: int, place: int | None, before: Position | None, limit: int) -> Query[Stretch]:
    sql = _STRETCH.format(
        before="" if before is None else _BEFORE,
        here="true" if place is None else "source = %b::bigint or target = %b::bigint",
    )
    start = () if before is None else (before[0], *before)
    here = () if place is None else (place, place)

    def parse(rows: list[Row]) -> Stretch:
        last = rows[-1] if rows else None
        more = last is not None and (len(rows) > limit or last[-1] == SCANNED_MAX)
        shown = [Moved(*row[:-1]) for row in rows if place is None or place in (row[2], row[3])][:limit]
        if not more or last is None:
            return Stretch(shown, None)
        end = (shown[-1].occurred_at, shown[-1].id) if len(rows) > limit else (last[7], last[0])
        return Stretch(shown, end)

    return Query(sql, (asset, *start, *here, limit + 1), parse)


def daily_net(asset: int, places: Collection[int], start: datetime, zone: str) -> Query[Net]:
    """What crossed the border of these places on each calendar day of a zone since a moment."""

    def parse(rows: list[Row]) -> Net:
        days = [DailyNet(row[0], row[1]) for row in rows]
        whole = sum(row[2] for row in rows) < SCANNED_MAX
        return Net(days if whole else days[1:], whole)  # the first day may have been read in part

    inside = Bigints(places)
    return Query(_NET, (zone, inside, inside, asset, start), parse)


def live_holds_at(spot: Spot, now: datetime, after: int, limit: int) -> Query[list[LiveHold]]:
    """The holds of an asset at a place whose time is not up, oldest first, after the one with an id."""
    return Query(_HOLDS, (*spot, after, now, limit), lambda rows: [LiveHold(*row) for row in rows])
