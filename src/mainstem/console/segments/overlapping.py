"""How far segments overlap: each with each, in customers and in parts of the one in the row."""

from urllib.parse import parse_qs, urlencode

import msgspec

from mainstem.console.frame import Reply, Visit, html
from mainstem.domains import customers
from mainstem.platform.query import ask

STEPS = 10
"""Shades of a cell."""

COUNTED_AT_ONCE = 100_000
"""Memberships up to which the matrix comes with the page; where there are more the page does not wait for it."""


class Cell(msgspec.Struct, frozen=True):
    """Two segments: the customers in both, which part that is of the first, and how dark it is drawn."""

    customers: int
    share: float
    heat: int
    itself: bool


class Row(msgspec.Struct, frozen=True):
    """A segment beside each of those compared."""

    id: int
    name: str
    members: int
    cells: list[Cell]


async def overlaps(visit: Visit) -> Reply:
    """The matrix of the segments that the address names, and the list to choose them from."""
    texts = parse_qs(visit.scope["query_string"].decode("latin-1")).get("segment", [])
    asked = list(dict.fromkeys(int(text) for text in texts if text.isdecimal() and len(text) < 19))  # noqa: PLR2004
    async with visit.desk.database.snapshot() as connection:
        (known,) = await ask(connection, customers.all_segment_names())
        called = dict(known)
        chosen = [number for number in asked if number in called]
        shown = chosen[: customers.OVERLAP_MAX]
        (kept,) = await ask(connection, customers.memberships_kept())
        counted = visit.htmx or bool(visit.query.get("figures")) or kept <= COUNTED_AT_ONCE
        wanted = shown if counted and len(shown) > 1 else []
        (found,) = await ask(connection, customers.segment_overlaps(wanted))
    shared = {(one.segment, one.other): one.customers for one in found}
    return html(
        visit,
        f"segments/templates/{'_overlap' if visit.htmx else 'overlap'}.html",
        known=known,
        chosen=set(shown),
        too_many=len(chosen) > customers.OVERLAP_MAX,
        most=customers.OVERLAP_MAX,
        rows=[_row(number, shown, called, shared) for number in wanted],
        waits=len(shown) > 1 and not counted,
        here=f"/segments/overlap?{urlencode([('segment', number) for number in shown])}",
    )


def _row(number: int, shown: list[int], called: dict[int, str], shared: dict[tuple[int, int], int]) -> Row:
    members = shared.get((number, number), 0)
    cells = []
    for other in shown:
        both = shared.get((min(number, other), max(number, other)), 0)
        share = both / members if members else 0.0
        cells.append(Cell(both, share, -(-int(share * 1000) // (1000 // STEPS)), itself=other == number))
    return Row(number, called[number], members, cells)
