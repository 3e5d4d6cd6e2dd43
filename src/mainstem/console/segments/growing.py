"""How a segment grows: its figures, and its days as charts with the same as tables."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import Visit
from mainstem.domains import customers
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

DAYS = 90
"""Days of the chart; a segment that is younger begins with its first."""

_MUTED = "#7c8b99"
_GRID = "#7c8b9940"


class Growth(msgspec.Struct, frozen=True):
    """The figures, the days up to today of the visitor's zone, and the option of the chart of their sizes."""

    figures: customers.SegmentFigures
    days: list[customers.SegmentDay]
    sizes: str


async def growth_of(visit: Visit, connection: Connection, row: customers.SegmentRow) -> Growth:
    """What is known of the size of a segment."""
    now, zone = datetime.now(UTC), ZoneInfo(visit.zone)
    today = now.astimezone(zone).date()
    since = min(today, max(today - timedelta(days=DAYS - 1), row.created_at.astimezone(zone).date()))
    figures, days = await ask(
        connection,
        customers.segment_figures([row.id], now),
        customers.segment_days(row.id, since, today, visit.zone),
    )
    line = {"name": visit.t("Members"), "type": "line", "data": [one.members for one in days], "symbol": "none"}
    return Growth(figures[row.id], days, _chart(visit, days, [line | {"areaStyle": {"opacity": 0.12}}]))


def moves(visit: Visit, days: list[customers.SegmentDay]) -> str:
    """What ECharts draws of who entered (above the line) and left (below it)."""
    bar = {"type": "bar", "stack": "moved", "barMaxWidth": 14}
    return _chart(
        visit,
        days,
        [
            {**bar, "name": visit.t("Entered"), "data": [one.entered for one in days]},
            {**bar, "name": visit.t("Left"), "data": [-one.left for one in days]},
        ],
    )


def _chart(visit: Visit, days: list[customers.SegmentDay], series: list[dict[str, object]]) -> str:
    """Series over days, as JSON."""
    option = {
        "grid": {"left": 8, "right": 8, "top": 28 if len(series) > 1 else 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "category",
            "data": [visit.fmt.day(one.day) for one in days],
            "axisLabel": {"color": _MUTED, "hideOverlap": True},
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "minInterval": 1,
            "splitNumber": 3,
            "axisLabel": {"color": _MUTED},
            "splitLine": {"lineStyle": {"color": _GRID}},
        },
        "series": series,
    }
    if len(series) > 1:
        option["legend"] = {"top": 0, "right": 0, "itemHeight": 10, "textStyle": {"color": _MUTED}}
    return msgspec.json.encode(option).decode()
