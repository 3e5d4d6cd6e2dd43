"""The charts of loyalty: bars over months, and lines over days. Pure: options for ECharts as JSON."""

import json
from collections.abc import Sequence

_QUIET = "#83908e"


def _axes(names: Sequence[str], top: int) -> dict[str, object]:
    return {
        "grid": {"left": 8, "right": 12, "top": top, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": list(names),
            "axisTick": {"show": False},
            "axisLabel": {"color": _QUIET, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "minInterval": 1,
            "axisLabel": {"color": _QUIET},
            "splitLine": {"lineStyle": {"color": _QUIET, "opacity": 0.2}},
            "splitNumber": 3,
        },
        "tooltip": {"trigger": "axis", "confine": True},
    }


def bars(name: str, names: Sequence[str], values: Sequence[int]) -> str:
    """A bar for each name."""
    series = [{"name": name, "type": "bar", "barMaxWidth": 36, "data": list(values)}]
    return json.dumps({**_axes(names, 12), "series": series}, ensure_ascii=False)


def lines(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """A line for each series of (name, values), with a legend."""
    drawn = [
        {"name": name, "type": "line", "symbol": "circle", "symbolSize": 5, "data": list(values)}
        for name, values in series
    ]
    legend = {"top": 0, "left": 0, "textStyle": {"color": _QUIET}}
    return json.dumps({**_axes(names, 34), "legend": legend, "series": drawn}, ensure_ascii=False)
