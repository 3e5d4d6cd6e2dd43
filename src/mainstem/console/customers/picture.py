"""A picture of who belongs together: records as points on a circle, what is said of them as lines. Pure."""

import math
from collections.abc import Sequence

import msgspec

RECORDS_MAX = 40
"""Records of a picture; of more than that nobody would see anything."""

WIDTH, HEIGHT = 720, 420
_RADIUS_X, _RADIUS_Y = 250, 150
_SPREAD = 18
"""How far lines between the same two records lie apart."""
_LABELLED_MAX = 12
"""Lines that have their words beside them; more would cover each other, and are told by the table."""


class Point(msgspec.Struct, frozen=True):
    """A record: where it is, and where its words begin (`start`, `middle` or `end` of them)."""

    record: int
    source: str
    x: int
    y: int
    label_x: int
    label_y: int
    anchor: str


class Line(msgspec.Struct, frozen=True):
    """What is said of two records: a curve, its words, and whether it joins, parts or does not count now."""

    path: str
    text: str
    x: int
    y: int
    kind: str
    labelled: bool


class Picture(msgspec.Struct, frozen=True):
    """Points and lines within `WIDTH` by `HEIGHT`."""

    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    width: int = WIDTH
    height: int = HEIGHT


class Said(msgspec.Struct, frozen=True):
    """What is said of two records, in words; `kind` is `joins`, `parts` or `idle`."""

    low: int
    high: int
    text: str
    kind: str


def picture(records: Sequence[tuple[int, str]], said: Sequence[Said]) -> Picture | None:
    """The picture of (record, source) pairs; None for a single record, and for too many."""
    if not 1 < len(records) <= RECORDS_MAX:
        return None
    places = {record: _place(number, len(records)) for number, (record, _) in enumerate(records)}
    points = tuple(_point(record, source, *places[record]) for record, source in records)
    drawn: dict[tuple[int, int], int] = {}
    lines = []
    for one in said:
        if one.low in places and one.high in places:
            pair = (one.low, one.high)
            lines.append(_line(one, places[one.low], places[one.high], drawn.get(pair, 0), len(said)))
            drawn[pair] = drawn.get(pair, 0) + 1
    return Picture(points, tuple(lines))


def _place(number: int, count: int) -> tuple[int, int]:
    """Two lie beside each other; more on an ellipse, from the top on."""
    turn = math.pi if count == 2 else -math.pi / 2  # noqa: PLR2004 - a pair
    angle = turn + 2 * math.pi * number / count
    return WIDTH // 2 + round(_RADIUS_X * math.cos(angle)), HEIGHT // 2 + round(_RADIUS_Y * math.sin(angle))


def _point(record: int, source: str, x: int, y: int) -> Point:
    side = x - WIDTH // 2
    if abs(side) < _RADIUS_X // 3:
        above = y < HEIGHT // 2
        return Point(record, source, x, y, x, y - 24 if above else y + 34, "middle")
    return Point(record, source, x, y, x, y + 30, "middle")


def _line(one: Said, start: tuple[int, int], end: tuple[int, int], nth: int, count: int) -> Line:
    """A curve that leans out the further, the more lines there are already between the two."""
    (ax, ay), (bx, by) = start, end
    lean = _SPREAD * ((nth + 1) // 2) * (1 if nth % 2 else -1)
    length = math.hypot(bx - ax, by - ay) or 1.0
    cx = (ax + bx) / 2 - 2 * lean * (by - ay) / length
    cy = (ay + by) / 2 + 2 * lean * (bx - ax) / length
    x, y = round((ax + 2 * cx + bx) / 4), round((ay + 2 * cy + by) / 4) - 6
    path = f"M{ax} {ay} Q{round(cx)} {round(cy)} {bx} {by}"
    return Line(path, one.text, x, y, one.kind, labelled=count <= _LABELLED_MAX)
