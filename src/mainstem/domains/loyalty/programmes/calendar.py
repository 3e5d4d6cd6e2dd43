"""Days of a programme: its own calendar, how long points live, which window counts for a tier. Pure."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from mainstem.domains.loyalty.programmes.form import NEVER, Life, Programme, Tiers
from mainstem.kernel.moments import day_bounds, local_day

DECEMBER = 12
DAYS_MAX, MONTHS_MAX = 3_650, 120
"""The longest that anything of a programme takes."""


def today(programme: Programme, moment: datetime) -> date:
    """The day of a moment in the zone of the programme."""
    return local_day(moment, programme.zone)


def months_after(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or its last one."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(life: Life, day: date) -> date:
    """The last day on which points of a day can be used."""
    if life.months is None:
        return NEVER
    end = months_after(day, life.months)
    if life.ends == "day":
        return end
    month = {"month": end.month, "quarter": (end.month + 2) // 3 * 3, "year": DECEMBER}[life.ends]
    return date(end.year, month, monthrange(end.year, month)[1])


def window_start(tiers: Tiers, programme: Programme, day: date) -> datetime:
    """From when on what was earned counts for a tier that is looked at on a day."""
    first = date(day.year, 1, 1) if tiers.window == "year" else months_after(day, -tiers.window_months)
    return day_bounds(first, programme.zone)[0]


def month_start(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def days_after(day: date, days: int) -> date:
    """So many days later, at most never."""
    return day + timedelta(days=days)
