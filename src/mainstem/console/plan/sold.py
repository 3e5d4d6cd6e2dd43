"""What was sold in a month, by scope and day. Days that are over are counted now and then, today more often."""

import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from weakref import WeakKeyDictionary

import msgspec

from mainstem.console.plan.scopes import Key, Month
from mainstem.domains import orders
from mainstem.kernel.moments import day_bounds
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask

COUNTED_SECONDS = 600.0
"""How long the count of days that are over is believed."""

TODAY_SECONDS = 15.0
"""How long that of today is; the overview shows it live."""

KEPT_MAX = 8
"""Counts that are kept by a process, of a month or of today."""

Sold = dict[Key, dict[date, int]]


class Count(msgspec.Struct, frozen=True):
    """What some days have sold, and when that was counted."""

    sold: Sold
    counted_at: datetime
    clock: float


_kept: WeakKeyDictionary[Database, OrderedDict[tuple[str, date, date], Count]] = WeakKeyDictionary()


async def sold_in(
    database: Database, connection: Connection, month: Month, today: date, zone: str
) -> tuple[Sold, datetime | None]:
    """What was sold by scope and day, and when the days that are over were counted; None when none of them is."""
    until = min(max(today, month.first), month.after.first)
    counted_at = None
    sold: Sold = {}
    if until > month.first:
        count = await _count(database, connection, (month.first, until), zone, COUNTED_SECONDS)
        counted_at, sold = count.counted_at, count.sold
    if month.first <= today <= month.last:
        of_today = await _count(database, connection, (today, today + timedelta(days=1)), zone, TODAY_SECONDS)
        sold = sold | {key: sold.get(key, {}) | days for key, days in of_today.sold.items()}
    return sold, counted_at


async def _count(
    database: Database, connection: Connection, span: tuple[date, date], zone: str, seconds_max: float
) -> Count:
    kept = _kept.setdefault(database, OrderedDict())
    first, until = span
    key = (zone, first, until)
    known = kept.get(key)
    if known is None or time.monotonic() - known.clock > seconds_max:
        start, end = day_bounds(first, zone)[0], day_bounds(until, zone)[0]
        (rows,) = await ask(connection, orders.sold_rows(start, end, zone))
        sold: Sold = {}
        _add(sold, rows)
        known = kept[key] = Count(sold, datetime.now(UTC), time.monotonic())
    kept.move_to_end(key)
    while len(kept) > KEPT_MAX:
        kept.popitem(last=False)
    return known


def _add(sold: Sold, rows: Iterable[orders.SoldRow]) -> None:
    for row in rows:
        for node in (row.node, None):
            for channel in (row.channel, None):
                days = sold.setdefault((node, channel, row.currency), {})
                days[row.day] = days.get(row.day, 0) + row.amount_minor
