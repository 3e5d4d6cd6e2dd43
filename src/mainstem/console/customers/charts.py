"""What somebody spends on what: bars across, the largest first. Pure: an option for ECharts, and a table."""

from collections.abc import Mapping

import msgspec

from mainstem.console.formats import Format
from mainstem.kernel.money import from_minor

BARS_MAX = 8
"""Bars that are told apart; the rest is one more."""

_MUTED = "#7c8b99"
_GRID = "#7c8b9940"


class Bars(msgspec.Struct, frozen=True):
    """The option as JSON, and the same as (name, amount, share of the whole) rows."""

    option: str
    rows: tuple[tuple[str, str, str], ...]


def bars(amounts: Mapping[str, int], currency: str, form: Format, rest: str) -> Bars | None:
    """The bars of amounts in minor units by name; None without any above zero. `rest`: what all others are called."""
    ordered = sorted(((name, amount) for name, amount in amounts.items() if amount > 0), key=lambda one: (-one[1], one))
    if not ordered:
        return None
    shown = ordered[:BARS_MAX]
    if len(ordered) > BARS_MAX:
        shown.append((rest, sum(amount for _, amount in ordered[BARS_MAX:])))
    whole = sum(amount for _, amount in shown)
    option = {
        "grid": {"left": 4, "right": 12, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {
            "type": "value",
            "axisLabel": {"color": _MUTED, "hideOverlap": True},
            "splitLine": {"lineStyle": {"color": _GRID}},
            "splitNumber": 3,
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [name for name, _ in shown],
            "axisLabel": {"color": _MUTED, "width": 110, "overflow": "truncate"},
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 18,
                "data": [float(from_minor(amount, currency)) for _, amount in shown],
                "itemStyle": {"borderRadius": 3},
            }
        ],
    }
    rows = tuple((name, form.money(amount, currency), form.share(amount / whole)) for name, amount in shown)
    return Bars(msgspec.json.encode(option).decode(), rows)
