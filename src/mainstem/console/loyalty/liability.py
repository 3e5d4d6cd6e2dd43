"""What points and cards stand for, day by day: outstanding, pending, expiring, expected to expire."""

import csv
import time
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from weakref import WeakKeyDictionary

import msgspec

from mainstem.console.frame import Reply, Visit, download, html
from mainstem.console.loyalty import words
from mainstem.console.loyalty.charts import bars, lines
from mainstem.console.loyalty.reading import kept_programmes
from mainstem.domains import loyalty
from mainstem.kernel.moments import local_day
from mainstem.kernel.money import from_minor
from mainstem.platform.access.permissions import DATA_EXPORT, LOYALTY_READ
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask

DAYS, DAYS_MAX = 14, 31
"""Days that are shown at first, and at most."""

COUNTED_SECONDS = 600.0
"""How long the figures of a day that is over are believed: what happened is told late at times."""

KEPT_MAX = 500

MILLION = 1_000_000

COLUMNS = (
    "programme",
    "day",
    "currency",
    "outstanding_points",
    "outstanding_minor",
    "pending_points",
    "pending_minor",
    "owed_points",
    "breakage_percent",
    "breakage_points",
    "breakage_minor",
)


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for; `chosen` is None while there is no programme."""

    kept: dict[str, loyalty.Kept]
    chosen: loyalty.Kept | None
    since: date
    until: date


_Key = tuple[str, int, date]
_kept: WeakKeyDictionary[Database, OrderedDict[_Key, tuple[float, loyalty.LiabilityDay]]] = WeakKeyDictionary()


async def show(visit: Visit) -> Reply:
    """The report of a programme, every programme on its last day, and what is on cards."""
    visit.require(LOYALTY_READ)
    async with visit.desk.database.snapshot() as connection:
        asked = await _asked(visit, connection)
        days = [] if asked.chosen is None else await _days(visit, connection, asked.chosen, asked.since, asked.until)
        last = []
        for one in asked.kept.values():
            last += await _days(visit, connection, one, asked.until, asked.until)
        (cards,) = await ask(connection, loyalty.card_liability())
    t, latest = visit.t, days[-1] if days else None
    money = visit.query.get("measure") == "money"
    months = [] if latest is None else [one for one in latest.expiring if one.points]
    named = [t("never") if one.month is None else visit.fmt.month(one.month) for one in months]
    return html(
        visit,
        "loyalty/templates/liability.html",
        asked=asked,
        days=list(reversed(days)),
        latest=latest,
        last=last,
        cards=[one for one in cards if one.balance_minor or one.cards],
        words=words,
        names={code: words.said(visit, one.form.name) for code, one in asked.kept.items()},
        burns=asked.chosen is not None and asked.chosen.form.burn is not None,
        money=money,
        share=lambda one: visit.fmt.share(one.breakage_millionths / MILLION),
        chart=_chart(visit, days, money=money),
        months=list(zip(named, months, strict=True)),
        expiring=bars(t("Points"), named, [one.points for one in months]),
        may_export=visit.allowed(DATA_EXPORT),
    )


async def export(visit: Visit) -> Reply:
    """The days of a programme as a CSV file; of every programme when none is named."""
    visit.require(LOYALTY_READ)
    buffer = StringIO("\ufeff")  # the mark by which spreadsheets know UTF-8
    buffer.seek(0, 2)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    async with visit.desk.database.snapshot() as connection:
        asked = await _asked(visit, connection)
        wanted = [asked.chosen] if visit.query.get("programme") and asked.chosen else list(asked.kept.values())
        for kept in wanted:
            for one in await _days(visit, connection, kept, asked.since, asked.until):
                writer.writerow(_row(one))
    name = f"loyalty-liability-{asked.since.isoformat()}-{asked.until.isoformat()}.csv"
    return download(name, "text/csv; charset=utf-8", buffer.getvalue().encode())


def _row(one: loyalty.LiabilityDay) -> tuple[object, ...]:
    return (
        one.programme,
        one.day.isoformat(),
        one.currency,
        one.outstanding,
        one.outstanding_minor,
        one.pending,
        one.pending_minor,
        one.debt,
        one.breakage_millionths / (MILLION // 100),
        one.breakage,
        one.breakage_minor,
    )


async def _asked(visit: Visit, connection: Connection) -> Asked:
    kept = await kept_programmes(connection)
    chosen = kept.get(visit.query.get("programme", "")) or next(iter(kept.values()), None)
    today = local_day(datetime.now(UTC), chosen.form.zone if chosen else visit.zone)
    until = min(_day(visit.query.get("until", ""), today), today)
    since = min(_day(visit.query.get("since", ""), until - timedelta(days=DAYS - 1)), until)
    return Asked(kept, chosen, max(since, until - timedelta(days=DAYS_MAX - 1)), until)


def _day(text: str, otherwise: date) -> date:
    try:
        return max(date.fromisoformat(text), date(2000, 1, 1) + timedelta(days=DAYS_MAX))
    except ValueError:
        return otherwise


async def _days(
    visit: Visit, connection: Connection, kept: loyalty.Kept, since: date, until: date
) -> list[loyalty.LiabilityDay]:
    """The days of a programme; those that are over from memory, while they are believed."""
    known = _kept.setdefault(visit.desk.database, OrderedDict())
    now, today = time.monotonic(), local_day(datetime.now(UTC), kept.form.zone)
    wanted = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    keys = {day: (kept.form.code, kept.revision, day) for day in wanted}
    fresh = [
        day for day in wanted if day >= today or keys[day] not in known or now - known[keys[day]][0] > COUNTED_SECONDS
    ]
    counted = dict(zip(fresh, await loyalty.liability(connection, kept.form.code, fresh), strict=True))
    found = [counted[day] if day in counted else known[keys[day]][1] for day in wanted]
    for day, one in counted.items():
        known[keys[day]] = (now, one)
    while len(known) > KEPT_MAX:
        known.popitem(last=False)
    return found


def _chart(visit: Visit, days: list[loyalty.LiabilityDay], *, money: bool) -> str:
    """Outstanding, pending and what is expected to expire, in points or in money."""

    def of(points: int, minor: int, currency: str) -> float:
        return float(from_minor(minor, currency)) if money else points

    return lines(
        [visit.fmt.weekday(one.day) for one in days],
        [
            (visit.t("Outstanding"), [of(one.outstanding, one.outstanding_minor, one.currency) for one in days]),
            (visit.t("Pending"), [of(one.pending, one.pending_minor, one.currency) for one in days]),
            (visit.t("Expected breakage"), [of(one.breakage, one.breakage_minor, one.currency) for one in days]),
        ],
    )
