"""Sales per hour as stacked bars: pure geometry, drawn by the template as SVG.

Labels are HTML beside it, so that they keep their size on a phone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem.console.formats import Format
from mainstem.console.home.figures import Day, Key

HEIGHT = 100.0
BAR_WIDTH = 0.72
LABEL_HOURS = 6
SERIES_MAX = 6
"""Series that are told apart by colour; the rest is one more."""

TOP_MIN = 2

_SECONDS_PER_HOUR = 3600


class Series(msgspec.Struct, frozen=True):
    """The bars of a channel as one SVG path, for the colour of this number."""

    number: int
    path: str


class Chart(msgspec.Struct, frozen=True):
    """Bars in a box as wide as the day has hours and `HEIGHT` high; `scale` from top to bottom; a label an hour."""

    hours: int
    series: tuple[Series, ...]
    scale: tuple[str, ...]
    labels: tuple[str, ...]


def hours_of(day: Day) -> list[datetime]:
    """The moments at which the hours of a day begin; 23 or 25 when clocks change."""
    count = -(-int((day.end - day.start).total_seconds()) // _SECONDS_PER_HOUR)
    return [day.start + timedelta(hours=number) for number in range(count)]


def numbers(order: Sequence[Key]) -> dict[Key, int]:
    """The number of each channel's colour, from 1."""
    return {key: min(number, SERIES_MAX + 1) for number, key in enumerate(order, 1)}


def chart(
    day: Day, value_of: Mapping[int, Mapping[Key, int]], colours: Mapping[Key, int], form: Format, axis: Sequence[str]
) -> Chart:
    """The chart of a day; `value_of` an hour and channel, `axis` the labels of the scale from top to bottom."""
    top = scale_top(value_of)
    paths: dict[int, list[str]] = {}
    for hour, by_channel in sorted(value_of.items()):
        base = HEIGHT
        for key, colour in colours.items():
            value = by_channel.get(key, 0)
            if value <= 0:
                continue
            height = HEIGHT * value / top
            base -= height
            left = hour + (1 - BAR_WIDTH) / 2
            paths.setdefault(colour, []).append(f"M{left:.2f} {base:.2f}h{BAR_WIDTH}v{height:.2f}h-{BAR_WIDTH}z")
    begins = hours_of(day)
    local = [form.hour(moment) for moment in begins]
    return Chart(
        hours=len(begins),
        series=tuple([Series(colour, "".join(parts)) for colour, parts in sorted(paths.items())]),
        scale=tuple(axis),
        labels=tuple([label if int(label[:2]) % LABEL_HOURS == 0 else "" for label in local]),
    )


def scale_top(value_of: Mapping[int, Mapping[Key, int]]) -> int:
    """A round number that no stack exceeds: 1, 2, 4 or 5 times a power of ten, so that its half is round too."""
    highest = max((sum(v for v in by_channel.values() if v > 0) for by_channel in value_of.values()), default=0)
    power = 1
    while True:
        for factor in (1, 2, 4, 5):
            if factor * power >= max(highest, TOP_MIN):
                return factor * power
        power *= 10
