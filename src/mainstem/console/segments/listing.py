"""The list of segments."""

from datetime import UTC, datetime

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.segments.building import readable
from mainstem.console.segments.wording import sentence
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import SEGMENTS_WRITE
from mainstem.platform.query import ask

ROWS = 50


class Line(msgspec.Struct, frozen=True):
    """A segment in the list; `words` is "" for what cannot be read."""

    segment: customers.SegmentRow
    words: str
    who: str
    figures: customers.SegmentFigures


async def listed(visit: Visit) -> Reply:
    """A page of segments by name, with how many are in them, and how many came and went."""
    now = datetime.now(UTC)
    search = visit.query.get("q", "")
    name, _, number = visit.query.get("after", "").rpartition("-")
    after = (name, int(number)) if number.isdecimal() and len(number) < 19 else ("", -1)  # noqa: PLR2004 - digits
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, customers.segment_rows(search, ROWS + 1, after))
        shown = rows[:ROWS]
        called, figures = await ask(
            connection,
            names({row.actor for row in shown}),
            customers.segment_figures([row.id for row in shown], now),
        )
    lines = [
        Line(
            row,
            sentence(visit, row.condition) if readable(row.condition) else "",
            called.get(row.actor, f"#{row.actor}") if row.actor else visit.t("The system"),
            figures[row.id],
        )
        for row in shown
    ]
    return html(
        visit,
        "segments/templates/list.html",
        lines=lines,
        search=search,
        may_write=visit.allowed(SEGMENTS_WRITE),
        next_url=visit.url(after=f"{shown[-1].name.lower()}-{shown[-1].id}") if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )
