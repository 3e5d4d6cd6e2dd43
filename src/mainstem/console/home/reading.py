"""Reads the figures: what is new since the last look every second, all balances now and then.

Each look remembers the database's snapshot. The next one counts the events that this snapshot did not see: every order
is counted once, however its transaction overlapped, and a look costs what is new instead of what is there.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from mainstem.console.home.figures import Called, Day, Happening, Names, NodeStock, Stock, empty_day, zone_of
from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.moments import local_day
from mainstem.ledger.totals import PlaceTotal
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query, Row, ask

FEED_LENGTH = 15
FEED_SCANNED_MAX = 500
"""How many of the latest events are looked through for the feed: an import may have written others."""

NEW_MAX = 20_000
"""New orders beyond which the day is counted anew instead."""

NAMES_MAX = 100_000

SALES = ("orders.order_placed", "orders.sale_recorded")
FEED = (
    *SALES,
    "orders.order_paid",
    "orders.order_allocated",
    "orders.order_shipped",
    "orders.order_delivered",
    "orders.order_cancelled",
    "orders.order_returned",
    "orders.order_lapsed",
    "inventory.discrepancy_found",
    "inventory.stock_received",
    "inventory.stock_adjusted",
    "inventory.stock_counted",
    "inventory.transfer_sent",
    "inventory.transfer_received",
    "inventory.stock_low",
)

# Below the snapshot's xmax: a database restored from a dump has events of transactions yet to come.
_NEWS = """
select pg_current_snapshot()::text, count(e.id), coalesce(bool_or(e.type like 'catalog.%%'), false),
    array_agg(e.subject) filter (where e.type = any(%b::text[]))
from (select 1) as once
left join platform.event as e
    on e.xid >= pg_snapshot_xmin(%b::text::pg_snapshot) and e.xid < pg_snapshot_xmax(pg_current_snapshot())
    and not pg_visible_in_snapshot(e.xid, %b::text::pg_snapshot)
"""

_FEED = """
select type, case when type like 'orders.%%' then subject else (payload ->> 'reference')::bigint end, recorded_at,
    coalesce(payload ->> 'node', ''), coalesce(payload ->> 'sku', ''), (payload ->> 'quantity')::bigint,
    coalesce(payload ->> 'kind', ''), coalesce(payload ->> 'derived', '')
from (select * from platform.event order by xid desc, id desc limit %b::bigint) as latest
where type = any(%b::text[])
order by xid desc, id desc limit %b::bigint
"""

_SNAPSHOT: Query[str] = Query("select pg_current_snapshot()::text", (), lambda rows: str(rows[0][0]))
_LATEST: Query[list[Row]] = Query(_FEED, (FEED_SCANNED_MAX, list(FEED), FEED_LENGTH), lambda rows: rows)


class Look(msgspec.Struct, frozen=True):
    """The day and the feed as of a snapshot of the database."""

    as_of: datetime
    snapshot: str
    names: Names
    today: Day
    last_day: Day | None
    feed: tuple[Happening, ...]


class _News(msgspec.Struct, frozen=True):
    snapshot: str
    events: int
    renamed: bool
    sold: Sequence[int]


def now() -> datetime:
    """The moment, for what shows when it was read."""
    return datetime.now(UTC)


class Reader:
    """Reads the figures from one database. `clock` says which day is today."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._clock = clock

    async def look(self, before: Look | None) -> Look:
        """The figures of today, with what is new since an earlier look."""
        moment = self._clock()
        async with self._database.snapshot() as connection:
            if before is None:
                (snapshot,) = await ask(connection, _SNAPSHOT)
                return await _whole(connection, moment, snapshot, await _names(connection))
            (news,) = await ask(connection, _news(before.snapshot))
            names = await _names(connection) if news.renamed else before.names
            if empty_day(local_day(moment, names.zone), names.zone).start != before.today.start:
                return await _whole(connection, moment, news.snapshot, names)
            if len(news.sold) > NEW_MAX:
                return await _whole(connection, moment, news.snapshot, names)
            if not news.events:
                return msgspec.structs.replace(before, as_of=moment, snapshot=news.snapshot)
            day = before.today
            new = orders.trade(day.start, day.end, names.measured, only=news.sold)
            return await _completed(connection, moment, news.snapshot, names, day, new)

    async def count_stock(self) -> Stock:
        """The stock of the whole network; reads every balance."""
        moment = self._clock()
        async with self._database.snapshot() as connection:
            names = await _names(connection)
            units = sorted(set(names.measured.values()))
            groups = {unit: number for number, unit in enumerate(units, 1)}
            measured = {variant: groups[unit] for variant, unit in names.measured.items()}
            totals, skus, discrepancies, derived = await ask(
                connection,
                inventory.stock_totals(names.nodes, measured),
                inventory.count_skus_in_stock(names.nodes),
                inventory.count_discrepancies(),
                inventory.derived_documents(),
            )
            (placed, allocated), findings = await ask(
                connection, orders.count_waiting(), orders.queries.count_findings()
            )
        pieces = [total for total in totals if total.group == 0]
        return Stock(
            as_of=moment,
            skus=skus,
            pieces=sum(total.posted for total in pieces),
            held=sum(total.held for total in pieces),
            measured={unit: sum(t.posted for t in totals if t.group == number) for unit, number in groups.items()},
            nodes=_by_node(totals),
            discrepancies=discrepancies,
            placed=placed,
            allocated=allocated,
            derived=derived,
            findings=findings,
        )


def _by_node(totals: Sequence[PlaceTotal]) -> dict[int, NodeStock]:
    nodes: dict[int, NodeStock] = {}
    for total in totals:
        known = nodes.get(total.place, NodeStock())
        nodes[total.place] = NodeStock(
            known.skus + total.assets, known.pieces + (total.posted if not total.group else 0)
        )
    return nodes


async def _whole(connection: Connection, moment: datetime, snapshot: str, names: Names) -> Look:
    """The figures of today, counted anew."""
    day = empty_day(local_day(moment, names.zone), names.zone)
    trade = orders.trade(day.start, day.end, names.measured)
    return await _completed(connection, moment, snapshot, names, day, trade)


async def _completed(
    connection: Connection, moment: datetime, snapshot: str, names: Names, day: Day, trade: Query[list[orders.Trade]]
) -> Look:
    """The day with this trade added, and what is shown beside it."""
    added, latest = await ask(connection, trade, _LATEST)
    today = day.plus(added)
    last_day = await _last_day(connection, today, names) if today.empty else None
    feed = await _happenings(connection, latest)
    return Look(as_of=moment, snapshot=snapshot, names=names, today=today, last_day=last_day, feed=feed)


def _news(snapshot: str) -> Query[_News]:
    """What was committed since a snapshot."""
    return Query(
        _NEWS,
        (list(SALES), snapshot, snapshot),
        lambda rows: _News(rows[0][0], rows[0][1], rows[0][2], rows[0][3] or ()),
    )


async def _happenings(connection: Connection, rows: list[Row]) -> tuple[Happening, ...]:
    (heads,) = await ask(connection, orders.heads({row[1] for row in rows if row[1] is not None}))
    return tuple([Happening(kind, moment, heads.get(order), *rest) for kind, order, moment, *rest in rows])


async def _names(connection: Connection) -> Names:
    channels, nodes, measured = await ask(
        connection, catalog.list_channels(NAMES_MAX), catalog.list_nodes(NAMES_MAX), catalog.measured_units()
    )
    zone, shared = zone_of(node.time_zone for node in nodes)
    return Names(
        channels={channel.id: Called(channel.code, channel.name) for channel in channels},
        nodes={node.id: Called(node.code, node.name) for node in nodes},
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
