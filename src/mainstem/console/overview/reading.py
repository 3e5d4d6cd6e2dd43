"""Reads the figures: what is new since the last look every second, stock and what needs attention now and then.

Each look remembers the database's snapshot. The next one counts the events that this snapshot did not see: every order
is counted once, however its transaction overlapped, and a look costs what is new instead of what is there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from mainstem.console.overview.feed import Happening, happenings, latest
from mainstem.console.overview.figures import (
    NOTHING,
    Called,
    Day,
    Names,
    NodeState,
    Planned,
    Spot,
    Stock,
    Week,
    cut_of,
    empty_day,
    week_before,
    zone_of,
)
from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.moments import local_day
from mainstem.ledger.exhausted import Exhausted
from mainstem.ledger.totals import PlaceTotal
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query, ask

NEW_MAX = 20_000
"""New orders beyond which the day is counted anew instead."""

NAMES_MAX = 100_000

STOCKOUTS_MAX = 20_000
"""Stock-outs that are kept, the most sold first."""

SALES = ("orders.order_placed", "orders.sale_recorded")

# Below the snapshot's xmax: a database restored from a dump has events of transactions yet to come.
_NEWS = """
select pg_current_snapshot()::text, count(e.id), coalesce(bool_or(e.type like 'catalog.%%'), false),
    array_agg(e.subject) filter (where e.type = any(%b::text[])),
    coalesce(bool_or(e.type = 'orders.sales_plan_set'), false)
from (select 1) as once
left join platform.event as e
    on e.xid >= pg_snapshot_xmin(%b::text::pg_snapshot) and e.xid < pg_snapshot_xmax(pg_current_snapshot())
    and not pg_visible_in_snapshot(e.xid, %b::text::pg_snapshot)
"""

_SNAPSHOT: Query[str] = Query("select pg_current_snapshot()::text", (), lambda rows: str(rows[0][0]))


class Look(msgspec.Struct, frozen=True):
    """The day, a week before it, and the feed, as of a snapshot of the database."""

    as_of: datetime
    snapshot: str
    names: Names
    today: Day
    last_day: Day | None
    week: Week
    feed: tuple[Happening, ...]
    plan: Mapping[Planned, int] = {}

    @property
    def day(self) -> Day:
        """The day that is shown."""
        return self.last_day or self.today


class Count(msgspec.Struct, frozen=True):
    """Stock and what needs attention, and the stock-outs one by one, the most sold first."""

    stock: Stock
    stockouts: tuple[Exhausted, ...]


class _News(msgspec.Struct, frozen=True):
    snapshot: str
    events: int
    renamed: bool
    sold: Sequence[int]
    planned: bool


def now() -> datetime:
    """The moment, for what shows when it was read."""
    return datetime.now(UTC)


class Reader:
    """Reads the figures from one database. `clock` says which day is today."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._clock = clock

    async def look(self, before: Look | None) -> Look:
        """The figures of the day, with what is new since an earlier look."""
        moment = self._clock()
        async with self._database.snapshot() as connection:
            if before is None:
                (snapshot,) = await ask(connection, _SNAPSHOT)
                return await _whole(connection, moment, snapshot, await _names(connection))
            (news,) = await ask(connection, _news(before.snapshot))
            names = await _names(connection) if news.renamed else before.names
            over = empty_day(local_day(moment, names.zone), names.zone).start != before.today.start
            if over or len(news.sold) > NEW_MAX:
                return await _whole(connection, moment, news.snapshot, names)
            if news.events:
                shown = before.day.date
                before = await _added(connection, before, names, moment, news.sold)
                if news.planned or before.day.date != shown:
                    before = msgspec.structs.replace(before, plan=await _plan(connection, before.day))
            week = before.week if before.today.empty else await _week_on(connection, before, moment)
            return msgspec.structs.replace(before, as_of=moment, snapshot=news.snapshot, names=names, week=week)

    async def count(self, until: datetime) -> Count:
        """Stock and what needs attention in the whole network; demand is that of the weeks before `until`."""
        moment = self._clock()
        async with self._database.snapshot() as connection:
            names = await _names(connection)
            units = sorted(set(names.measured.values()))
            groups = {unit: number for number, unit in enumerate(units, 1)}
            measured = {variant: groups[unit] for variant, unit in names.measured.items()}
            totals, skus, discrepancies, derived, stockouts = await ask(
                connection,
                inventory.stock_totals(names.nodes, measured),
                inventory.count_skus_in_stock(names.nodes),
                inventory.open_discrepancies(),
                inventory.derived_documents(),
                inventory.stockouts(names.nodes, until, STOCKOUTS_MAX),
            )
            backlog, findings = await ask(connection, orders.backlog(moment), orders.queries.count_findings())
        pieces = [total for total in totals if total.group == 0]
        stock = Stock(
            as_of=moment,
            skus=skus,
            pieces=sum(total.posted for total in pieces),
            held=sum(total.held for total in pieces),
            measured={unit: sum(t.posted for t in totals if t.group == number) for unit, number in groups.items()},
            nodes=_by_node(names, totals, discrepancies, backlog, stockouts),
            derived=derived,
            findings=sum(findings.values()),
        )
        return Count(stock, tuple(stockouts))


def _by_node(
    names: Names,
    totals: Sequence[PlaceTotal],
    discrepancies: Mapping[int, int],
    backlog: Mapping[int, orders.Backlog],
    stockouts: Sequence[Exhausted],
) -> dict[int, NodeState]:
    skus, pieces, empty = dict.fromkeys(names.nodes, 0), dict.fromkeys(names.nodes, 0), dict.fromkeys(names.nodes, 0)
    for total in totals:
        skus[total.place] += total.assets
        if not total.group:
            pieces[total.place] += total.posted
    for gone in stockouts:
        empty[gone.place] += 1
    none = orders.Backlog(0, 0)
    return {
        node: NodeState(
            skus=skus[node],
            pieces=pieces[node],
            stockouts=empty[node],
            discrepancies=discrepancies.get(node, 0),
            waiting=backlog.get(node, none).waiting,
            late=backlog.get(node, none).late,
        )
        for node in names.nodes
    }


async def _whole(connection: Connection, moment: datetime, snapshot: str, names: Names) -> Look:
    """The figures of the day, counted anew."""
    day = empty_day(local_day(moment, names.zone), names.zone)
    trade, events = await ask(connection, orders.trade(day.start, day.end, names.measured), latest())
    today = day.plus(trade)
    last_day = await _last_day(connection, today, names) if today.empty else None
    week = await _week(connection, last_day or today, names, moment)
    feed = await happenings(connection, events)
    plan = await _plan(connection, last_day or today)
    return Look(moment, snapshot, names, today=today, last_day=last_day, week=week, feed=feed, plan=plan)


async def _added(connection: Connection, before: Look, names: Names, moment: datetime, sold: Sequence[int]) -> Look:
    """The figures with the orders that are new, whichever day they are of."""
    today, week = before.today, before.week
    new, events, new_week, new_until = await ask(
        connection,
        orders.trade(today.start, today.end, names.measured, only=sold),
        latest(),
        orders.trade(week.day.start, week.day.end, names.measured, only=sold),
        orders.trade(week.day.start, week.cut, names.measured, only=sold),
    )
    today = today.plus(new)
    feed = await happenings(connection, events)
    last_day = await _last_day(connection, today, names) if today.empty else None
    if last_day is None and before.last_day is None and not before.today.empty:
        week = Week(week.day.plus(new_week), week.cut, week.until.plus(new_until))
    else:  # another day is shown than before, or facts of the past arrived
        week = await _week(connection, last_day or today, names, moment)
    return msgspec.structs.replace(before, today=today, last_day=last_day, week=week, feed=feed)


async def _plan(connection: Connection, day: Day) -> dict[Planned, int]:
    """What is planned for the whole of a day."""
    (rows,) = await ask(connection, orders.plan_rows(day.date, day.date))
    return {(row.node, row.channel, row.currency): row.amount_minor for row in rows}


async def _week(connection: Connection, day: Day, names: Names, moment: datetime) -> Week:
    """A week before a day: until the same time when the day is not over."""
    week = week_before(day, names.zone)
    cut = cut_of(moment, week, names.zone) if moment < day.end else week.end
    whole, until = await ask(
        connection,
        orders.trade(week.start, week.end, names.measured),
        orders.trade(week.start, cut, names.measured),
    )
    return Week(week.plus(whole), cut, NOTHING.plus(until))


async def _week_on(connection: Connection, before: Look, moment: datetime) -> Week:
    """A week before today, until the time that it is now."""
    week = before.week
    cut = cut_of(moment, week.day, before.names.zone)
    if cut <= week.cut:
        return week
    (since,) = await ask(connection, orders.trade(week.cut, cut, before.names.measured))
    return Week(week.day, cut, week.until.plus(since))


def _news(snapshot: str) -> Query[_News]:
    """What was committed since a snapshot."""
    return Query(
        _NEWS,
        (list(SALES), snapshot, snapshot),
        lambda rows: _News(rows[0][0], rows[0][1], rows[0][2], rows[0][3] or (), rows[0][4]),
    )


async def _names(connection: Connection) -> Names:
    channels, nodes, measured = await ask(
        connection, catalog.list_channels(NAMES_MAX), catalog.list_nodes(NAMES_MAX), catalog.measured_units()
    )
    zone, shared = zone_of(node.time_zone for node in nodes)
    return Names(
        channels={channel.id: Called(channel.code, channel.name) for channel in channels},
        nodes={n.id: Spot(n.code, n.name, n.kind, n.region or n.city, n.latitude, n.longitude) for n in nodes},
        zone=zone,
        shared_zone=shared,
        measured=measured,
    )


async def _last_day(connection: Connection, today: Day, names: Names) -> Day | None:
    (moment,) = await ask(connection, orders.last_moment(today.start))
    if moment is None:
        return None
    day = empty_day(local_day(moment, names.zone), names.zone)
    (trade,) = await ask(connection, orders.trade(day.start, day.end, names.measured))
    return day.plus(trade)
