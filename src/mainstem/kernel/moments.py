"""Moments: instants in UTC, days in the zone of the place they belong to."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

CLOCK_SKEW_MAX = timedelta(minutes=5)
"""How far ahead of our clock a fact's moment may lie before it is taken for a wrong clock."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No fact is older: an earlier moment is a clock that was never set."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of the IANA time zone database."""
    return frozenset(available_timezones())


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of an instant at a place."""
    return moment.astimezone(ZoneInfo(zone)).date()


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open span [start, end) in UTC of a calendar day at a place; 23 or 25 hours long when clocks change."""
    here = ZoneInfo(zone)
    start = datetime.combine(day, time.min, tzinfo=here)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=here)
    return start.astimezone(UTC), end.astimezone(UTC)
