"""The calendar: months as a picture, one bar a promotion, by channel, with the same as a table."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.promotions.plan import REWARD_KINDS
from mainstem.console.promotions.telling import name
from mainstem.console.promotions.words import STATES
from mainstem.console.segments.fields import CHANNEL_KINDS
from mainstem.domains import pricing
from mainstem.platform.query import ask

MONTHS = (3, 6, 12)
ENTRIES_MAX = 500
UNIT = 1_000
"""Of these one month is as wide."""


class Bar(msgspec.Struct, frozen=True):
    """A promotion of a channel: where its bar begins and how wide it is, in thousandths of a month."""

    entry: pricing.CalendarEntry
    name: str
    kind: str
    time: str
    x: int
    width: int


class Row(msgspec.Struct, frozen=True):
    """The promotions of a channel, or of a kind of channels, or of all."""

    name: str
    bars: list[Bar]


async def calendar(visit: Visit) -> Reply:
    """What applies in some months, or would."""
    zone, now = ZoneInfo(visit.zone), datetime.now(UTC)
    count = next((one for one in MONTHS if str(one) == visit.query.get("months")), MONTHS[0])
    first = _first(visit.query.get("from", ""), now.astimezone(zone).date())
    months = [_later(first, i) for i in range(count + 1)]
    since, until = (datetime(one.year, one.month, 1, tzinfo=zone) for one in (months[0], months[-1]))
    states = ("draft", "approved", "live", "paused")
    async with visit.desk.database.snapshot() as connection:
        question = pricing.calendar(since.astimezone(UTC), until.astimezone(UTC), states, ENTRIES_MAX + 1)
        (entries,) = await ask(connection, question)
    wanted = visit.query.get("channel", "")
    rows = grouped(visit, entries[:ENTRIES_MAX], months, zone)
    if wanted:
        called = {one.code: one.name for one in visit.network.channels.values()}.get(wanted, wanted)
        rows = [row for row in rows if row.name in (called, visit.t("All channels"))]
    return html(
        visit,
        "promotions/templates/calendar.html",
        rows=rows,
        months=[visit.fmt.month(one) for one in months[:-1]],
        count=count,
        width=count * UNIT,
        today=position(months, now, zone),
        choices=[(one.code, one.name) for one in visit.network.channels.values()],
        spans=[(str(one), visit.t("{count} months", count=one)) for one in MONTHS],
        first=first,
        more=len(entries) > ENTRIES_MAX,
        state_words=STATES,
        before_url=visit.url(**{"from": _later(first, -count).strftime("%Y-%m")}),
        after_url=visit.url(**{"from": _later(first, count).strftime("%Y-%m")}),
        now_url=visit.url(**{"from": None}),
    )


def _first(text: str, today: date) -> date:
    """The first day of a month that is named `YYYY-MM`, else of this one."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = today
    return found.replace(day=1, year=min(max(found.year, 2001), 2098))


def _later(month: date, count: int) -> date:
    """The first day of the month so many months later."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def position(months: list[date], moment: datetime, zone: ZoneInfo) -> int:
    """Where a moment lies in the picture, in thousandths of a month, within it."""
    local = moment.astimezone(zone)
    if local.date() < months[0]:
        return 0
    for i, (month, after) in enumerate(pairwise(months)):
        if local.date() < after:
            seconds = (local.day - 1) * 86_400 + local.hour * 3_600 + local.minute * 60
            return i * UNIT + UNIT * seconds // ((after - month).days * 86_400)
    return (len(months) - 1) * UNIT


def grouped(visit: Visit, entries: Iterable[pricing.CalendarEntry], months: list[date], zone: ZoneInfo) -> list[Row]:
    """The bars by channel, those of all channels first."""
    names = {one.code: one.name for one in visit.network.channels.values()}
    names |= {kind: visit.t(text) for kind, text in CHANNEL_KINDS.items()} | {"": visit.t("All channels")}
    found: dict[str, list[Bar]] = {}
    for entry in entries:
        bar = _bar(visit, entry, months, zone)
        for channel in entry.channels or ("",):
            found.setdefault(channel, []).append(bar)
    return [Row(names.get(channel, channel), found[channel]) for channel in sorted(found)]


def _bar(visit: Visit, entry: pricing.CalendarEntry, months: list[date], zone: ZoneInfo) -> Bar:
    since, until = entry.valid_from, entry.valid_until
    x = 0 if since is None else position(months, since, zone)
    end = (len(months) - 1) * UNIT if until is None else position(months, until, zone)
    begins = visit.fmt.moment(since) if since is not None else "…"
    ends = visit.fmt.moment(until) if until is not None else "…"
    kind = visit.t(REWARD_KINDS[entry.kind].label)
    return Bar(entry, name(visit.language, entry.name), kind, f"{begins} – {ends}", x, max(end - x, UNIT // 60))
