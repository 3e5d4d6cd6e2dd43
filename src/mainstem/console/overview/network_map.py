"""The network as a picture: nodes where they lie, those without a position by region. Pure geometry.

The projection is equirectangular with the middle latitude true to scale: shapes and distances of a country look right,
and no map service is asked.
"""

from collections.abc import Iterable, Sequence
from math import cos, hypot, radians, sqrt
from typing import Literal

import msgspec

from mainstem.console.overview.figures import Spot

WIDTH = 400.0
HEIGHT_MIN, HEIGHT_MAX = 220.0, 330.0
MARGIN = 30.0
RADIUS_MIN, RADIUS_MAX = 4.0, 20.0
SPAN_MIN = 0.05
"""Degrees: nodes of one street are not blown up to a continent."""

SIZES = 7
"""Sizes of a node in the picture without positions."""

ROOMY_MAX = 40
"""Nodes up to which circles have their full size."""

APART_MAX = 60
"""Nodes up to which those that lie on each other are moved apart; of more, only the whole is looked at."""

APART_ROUNDS = 24
APART_SHARE = 0.92
"""How much of their radii circles keep between their centres."""

LABELS_MAX = 24
"""Labels that are tried, of the largest."""

LABEL_GAP = 3.0
LABEL_HEIGHT = 13.0
LETTER_WIDTH = 6.4
WIDE_LETTER_WIDTH = 12.0

GRID_LINES = 5

Circle = tuple[float, float, float]
"""Its centre, x and y, and its radius."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

State = Literal["late", "odd", "sold", "quiet"]
"""Late orders; open discrepancies; sales and nothing to look at; no sales."""


class Dot(msgspec.Struct, frozen=True):
    """A node of the picture: the link behind it, what it says, its state, and its share of the largest, 0 to 1."""

    spot: Spot
    url: str
    text: str
    state: State
    share: float

    @property
    def size(self) -> int:
        """1 to `SIZES`, by area."""
        return 1 + round(sqrt(self.share) * (SIZES - 1))


class Label(msgspec.Struct, frozen=True):
    """A text at a point: its middle from top to bottom, and what `anchor` says from left to right."""

    text: str
    x: float
    y: float
    anchor: str


class Mark(msgspec.Struct, frozen=True):
    """A dot on the map; without a label where there is no room for one."""

    dot: Dot
    x: float
    y: float
    radius: float
    label: Label | None


class Group(msgspec.Struct, frozen=True):
    """Nodes without a position, of one region; the largest first."""

    region: str
    kind: str
    dots: tuple[Dot, ...]


class NetworkMap(msgspec.Struct, frozen=True):
    """The map, the largest dots first so that small ones lie on top; `marks` is empty when no position is known."""

    height: float
    marks: tuple[Mark, ...]
    meridians: tuple[float, ...]
    parallels: tuple[float, ...]
    groups: tuple[Group, ...]


def network_map(dots: Iterable[Dot]) -> NetworkMap:
    """The picture of these nodes."""
    ordered = sorted(dots, key=lambda dot: (-dot.share, dot.spot.code))
    placed = [dot for dot in ordered if dot.spot.latitude is not None and dot.spot.longitude is not None]
    groups: dict[tuple[str, str], list[Dot]] = {}
    for dot in ordered:
        if dot.spot.latitude is None or dot.spot.longitude is None:
            groups.setdefault((dot.spot.region, dot.spot.kind), []).append(dot)
    height, marks, meridians, parallels = _placed(placed)
    return NetworkMap(
        height=height,
        marks=tuple(marks),
        meridians=tuple(meridians),
        parallels=tuple(parallels),
        groups=tuple([Group(region, kind, tuple(of_group)) for (region, kind), of_group in sorted(groups.items())]),
    )


def _placed(dots: Sequence[Dot]) -> tuple[float, list[Mark], list[float], list[float]]:
    if not dots:
        return 0.0, [], [], []
    latitudes = [dot.spot.latitude or 0.0 for dot in dots]
    longitudes = [dot.spot.longitude or 0.0 for dot in dots]
    middle = (max(latitudes) + min(latitudes)) / 2
    across = cos(radians(middle))
    wide = max((max(longitudes) - min(longitudes)) * across, SPAN_MIN)
    high = max(max(latitudes) - min(latitudes), SPAN_MIN)
    inside = WIDTH - 2 * MARGIN
    height = min(max(inside * high / wide + 2 * MARGIN, HEIGHT_MIN), HEIGHT_MAX)
    scale = min(inside / wide, (height - 2 * MARGIN) / high)
    crowded = min(1.0, sqrt(ROOMY_MAX / len(dots)))
    centre = (max(longitudes) + min(longitudes)) / 2
    circles = [
        (
            WIDTH / 2 + (longitude - centre) * across * scale,
            height / 2 - (latitude - middle) * scale,
            crowded * (RADIUS_MIN + (RADIUS_MAX - RADIUS_MIN) * sqrt(dot.share)),
        )
        for dot, latitude, longitude in zip(dots, latitudes, longitudes, strict=True)
    ]
    if len(circles) <= APART_MAX:
        circles = _apart(circles, height)
    taken = [(x - radius, y - radius, x + radius, y + radius) for x, y, radius in circles]
    marks = [_labelled(dot, circle, taken, rank) for rank, (dot, circle) in enumerate(zip(dots, circles, strict=True))]
    lines = [number / GRID_LINES for number in range(1, GRID_LINES)]
    return round(height, 1), marks, [round(WIDTH * at, 1) for at in lines], [round(height * at, 1) for at in lines]


def _apart(circles: list[Circle], height: float) -> list[Circle]:
    """The circles moved away from each other until they hide each other little, as in Dorling's cartograms.

    Dorling, D. (1996), "Area cartograms: their use and creation", Concepts and Techniques in Modern Geography 59.
    """
    moved = [[x, y, radius] for x, y, radius in circles]
    for _ in range(APART_ROUNDS):
        for number, one in enumerate(moved):
            for other in moved[number + 1 :]:
                across, down = other[0] - one[0], other[1] - one[1]
                distance = hypot(across, down)
                overlap = (one[2] + other[2]) * APART_SHARE - distance
                if overlap <= 0:
                    continue
                # Nodes in one spot go apart sideways.
                across, down = (across / distance, down / distance) if distance else (1.0, 0.0)
                one[0], one[1] = one[0] - across * overlap / 2, one[1] - down * overlap / 2
                other[0], other[1] = other[0] + across * overlap / 2, other[1] + down * overlap / 2
        for one in moved:
            one[0] = min(max(one[0], one[2]), WIDTH - one[2])
            one[1] = min(max(one[1], one[2]), height - one[2])
    return [(x, y, radius) for x, y, radius in moved]


def _labelled(dot: Dot, circle: Circle, taken: list[Box], rank: int) -> Mark:
    """The dot, with a label beside it where that hides nothing. `taken`: the boxes of dots and of labels."""
    x, y, radius = circle
    width = sum(LETTER_WIDTH if letter.isascii() else WIDE_LETTER_WIDTH for letter in dot.spot.name)
    side, over = radius + LABEL_GAP, radius + LABEL_HEIGHT / 2 + 1
    for anchor, at, left, middle in (
        ("start", x + side, x + side, y),
        ("end", x - side, x - side - width, y),
        ("middle", x, x - width / 2, y - over),
        ("middle", x, x - width / 2, y + over),
    ):
        box = (left, middle - LABEL_HEIGHT / 2, left + width, middle + LABEL_HEIGHT / 2)
        inside = left > 0 and left + width < WIDTH and box[1] > 0
        if rank < LABELS_MAX and inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            label = Label(dot.spot.name, round(at, 1), round(middle, 1), anchor)
            return Mark(dot, round(x, 1), round(y, 1), round(radius, 1), label)
    return Mark(dot, round(x, 1), round(y, 1), round(radius, 1), None)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
