"""Which step of a rule applies to a SKU at a moment: pure, from what was looked up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from mainstem.domains.pricing.markdown.form import (
    Competitor,
    Expiry,
    Planned,
    StockAge,
    StockCover,
    TimeOfDay,
    Trigger,
)

DAY = timedelta(days=1)


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What is known of a SKU: None where nothing is. `competitor_minor` is the lowest that a rule looks at."""

    attributes: Mapping[str, str]
    age_days: int | None = None
    cover_days: int | None = None
    on_hand: int = 0
    competitor_minor: int | None = None


class Due(msgspec.Struct, frozen=True, gc=False):
    """By how much a price is to change, and from when until when (None: from now, until something else is due).

    `saw` is the number that decided; a competitor's price stands in `base_minor` for the SKU's own.
    """

    percent: Decimal
    saw: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    base_minor: int | None = None


def due(trigger: Trigger, seen: Seen, now: datetime, zone: str) -> tuple[Due, ...]:
    """What is due of a SKU now; for plans and times of day also what lies ahead."""
    if isinstance(trigger, Planned):
        return _planned(trigger, now)
    if isinstance(trigger, TimeOfDay):
        return _of_day(trigger, now, ZoneInfo(zone or trigger.zone))
    found: Due | None
    if isinstance(trigger, Expiry):
        found = _expiring(trigger, seen, now.astimezone(ZoneInfo(zone or "UTC")).date())
    elif isinstance(trigger, Competitor):
        found = _competing(trigger, seen)
    else:
        found = _aged(trigger, seen)
    return () if found is None else (found,)


def _aged(trigger: StockAge | StockCover, seen: Seen) -> Due | None:
    if seen.on_hand <= 0:
        return None
    days = seen.age_days if isinstance(trigger, StockAge) else seen.cover_days
    reached = [one for one in trigger.steps if days is None or days >= one.from_days]
    if days is None and isinstance(trigger, StockAge):
        return None
    return Due(max(reached, key=lambda one: one.from_days).percent, days) if reached else None


def _expiring(trigger: Expiry, seen: Seen, today: date) -> Due | None:
    try:
        left = (date.fromisoformat(seen.attributes.get(trigger.attribute, "")) - today).days
    except ValueError:
        return None
    reached = [one for one in trigger.steps if 0 <= left <= one.days_left]
    return Due(min(reached, key=lambda one: one.days_left).percent, left) if reached else None


def _competing(trigger: Competitor, seen: Seen) -> Due | None:
    lowest = seen.competitor_minor
    return None if lowest is None else Due(trigger.percent, lowest, base_minor=lowest)


def _planned(trigger: Planned, now: datetime) -> tuple[Due, ...]:
    steps = sorted(trigger.steps, key=lambda one: one.at)
    ends = [one.at for one in steps[1:]] + [trigger.end]
    return tuple(
        Due(step.percent, start=step.at.astimezone(UTC), end=None if end is None else end.astimezone(UTC))
        for step, end in zip(steps, ends, strict=True)
        if end is None or end > now
    )


def _of_day(trigger: TimeOfDay, now: datetime, zone: ZoneInfo) -> tuple[Due, ...]:
    """The window that is open, else the next one, if it begins within a day."""
    today = now.astimezone(zone).date()
    for day in (today - DAY, today, today + DAY):
        if trigger.weekdays and day.isoweekday() not in trigger.weekdays:
            continue
        begins, ends = clock(trigger.start), clock(trigger.until)
        start = _at(day, begins, zone)
        end = _at(day if ends > begins else day + DAY, ends, zone)
        if now < end and start < now + DAY and start < end:
            return (Due(trigger.percent, start=start, end=end),)
    return ()


def clock(text: str) -> int:
    """Minutes since midnight of `HH:MM`, up to 24:00; raises ValueError for anything else."""
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal() and text.isascii()):  # noqa: PLR2004 - digits
        raise ValueError(text)
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 24 * 60:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(text)
    return found


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    day, minutes = (day + DAY, 0) if minutes == 24 * 60 else (day, minutes)
    return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone).astimezone(UTC)
