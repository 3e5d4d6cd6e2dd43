"""Sales by hour: bars stacked by channel, and a line for a week before. Pure: an option for ECharts, and a table.

The option is plain JSON. Tooltips are drawn as SVG: as HTML they would carry inline styles, which pages do not allow.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from mainstem.console.formats import Format
from mainstem.console.overview.figures import Day, Key, Sums
from mainstem.kernel.money import from_minor

SERIES_MAX = 6
"""Series that are told apart by colour; the rest is one more."""

MUTED = "#7c8b99"
"""For axes and what is past: 3 to 1 and more on the paper of both themes."""

GRID = "#7c8b9940"

_SECONDS_PER_HOUR = 3600


class Chart(msgspec.Struct, frozen=True):
    """The option as JSON, and the same as a table: a heading a column, a row an hour."""

    option: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def hours_of(day: Day) -> list[datetime]:
    """The moments at which the hours of a day begin; 23 or 25 when clocks change."""
    count = -(-int((day.end - day.start).total_seconds()) // _SECONDS_PER_HOUR)
    return [day.start + timedelta(hours=number) for number in range(count)]


def numbers(order: Sequence[Key]) -> dict[Key, int]:
    """The number of each channel's colour, from 1."""
    return {key: min(number, SERIES_MAX + 1) for number, key in enumerate(order, 1)}


def chart(day: Day, week: Day, names: Mapping[Key, str], currency: str, form: Format, texts: tuple[str, str]) -> Chart:
    """The chart of a day and the one a week before. `names`: the channels of the day in their order.

    `currency`: amounts of it; none of it: orders, which can be stacked whatever was paid. `texts`: what the rest of the
    channels, and the line, are called.
    """
    colours = numbers(list(names))
    begins = hours_of(day)
    labels = [form.hour(moment) for moment in begins]
    rest, before = texts

    def value(sums: Sums) -> int:
        return sums.amount_minor if currency else sums.orders

    def shown(amount: int) -> str:
        return form.money(amount, currency) if currency else form.number(amount)

    def drawn(amount: int) -> float:
        return float(from_minor(amount, currency)) if currency else amount

    series: dict[int, list[int]] = {}
    for key, colour in colours.items():
        values = series.setdefault(colour, [0] * len(begins))
        for hour, by_channel in day.hours.items():
            values[hour] += value(by_channel.get(key, Sums()))
    called = {colour: rest if colour > SERIES_MAX else names[key] for key, colour in colours.items()}
    past = [sum(map(value, week.hours.get(hour, {}).values())) for hour in range(len(begins))]
    bars = [_bars(called[colour], colour, list(map(drawn, hours))) for colour, hours in series.items()]
    option = _option(labels, [*bars, _line(before, list(map(drawn, past)))])
    rows = [
        (label, (*(shown(values[hour]) for values in series.values()), shown(past[hour])))
        for hour, label in enumerate(labels)
        if past[hour] or any(values[hour] for values in series.values())
    ]
    return Chart(msgspec.json.encode(option).decode(), (*(called[colour] for colour in series), before), tuple(rows))


def _bars(name: str, colour: int, values: list[float]) -> dict[str, Any]:
    # Colours of the theme are taken in the order of the series; the line behind them has one of its own.
    return {"type": "bar", "name": name, "stack": "day", "data": values, "barMaxWidth": 26, "id": f"c{colour}"}


def _line(name: str, values: list[float]) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "data": values,
        "step": "middle",
        "symbol": "none",
        "z": 5,
        "lineStyle": {"type": [4, 3], "width": 1.5, "color": MUTED},
        "itemStyle": {"color": MUTED},
    }


def _option(labels: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "grid": {"left": 4, "right": 8, "top": 34, "bottom": 4, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "type": "scroll",
            "itemWidth": 14,
            "itemHeight": 9,
            "textStyle": {"color": MUTED},
        },
        "tooltip": {"trigger": "axis", "renderMode": "richText", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {
            "type": "category",
            "data": labels,
            "axisLabel": {"color": MUTED, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": GRID}},
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "axisLabel": {"color": MUTED, "hideOverlap": True},
            "splitLine": {"lineStyle": {"color": GRID}},
        },
        "series": series,
    }
