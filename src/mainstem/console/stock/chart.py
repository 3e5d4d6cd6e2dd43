"""The chart of what was on hand, day by day."""

import json
from collections.abc import Sequence

from mainstem.console.frame import Visit
from mainstem.domains.inventory import DayOnHand
from mainstem.kernel.quantity import UNITS

DAYS = 56

QUIET = "#83908e"
"""The colour of axes, to be read on light and dark."""


def option(visit: Visit, days: Sequence[DayOnHand], unit: str) -> str:
    """The chart as ECharts draws it, in whole units."""
    whole = UNITS[unit].steps_per_unit
    values = [day.on_hand / whole if whole > 1 else day.on_hand for day in days]
    return json.dumps(
        {
            "grid": {"left": 8, "right": 12, "top": 12, "bottom": 4, "containLabel": True},
            "tooltip": {"trigger": "axis"},
            "xAxis": {
                "type": "category",
                "data": [f"{day.day:%m-%d}" for day in days],
                "axisTick": {"show": False},
                "axisLabel": {"color": QUIET},
            },
            "yAxis": {
                "type": "value",
                "minInterval": 1 if whole == 1 else 0,
                "axisLabel": {"color": QUIET},
                "splitLine": {"lineStyle": {"color": QUIET, "opacity": 0.2}},
            },
            "series": [
                {
                    "name": visit.t("On hand"),
                    "type": "line",
                    "step": "end",
                    "symbol": "none",
                    "areaStyle": {"opacity": 0.12},
                    "data": values,
                }
            ],
        },
        ensure_ascii=False,
    )
