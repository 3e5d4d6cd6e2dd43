"""The picture of the network: nodes where they lie, and those whose position nobody knows."""

from itertools import pairwise
from math import hypot

import msgspec
import pytest

from mainstem.console.overview import network_map as maps
from mainstem.console.overview import parts
from mainstem.console.overview.figures import Spot
from mainstem.console.overview.network_map import Dot, network_map
from mainstem.console.overview.render import Press
from mainstem.console.overview.speaking import speaker
from mainstem.console.overview.wanted import Wanted
from mainstem.domains.orders import Trade
from tests.unit.console_figures import NAMES, SOLD, day, figures

pytestmark = pytest.mark.unit


def dot(code: str, latitude: float | None, longitude: float | None, share: float = 0.0, region: str = "") -> Dot:
    return Dot(Spot(code, f"Store {code}", "store", region, latitude, longitude), f"/{code}", code, "sold", share)


def test_nodes_lie_as_on_a_map() -> None:
    shown = network_map([dot("N", 40, 10), dot("S", 36, 10), dot("W", 38, 6), dot("E", 38, 14)])
    at = {mark.dot.spot.code: (mark.x, mark.y) for mark in shown.marks}
    assert at["N"][0] == at["S"][0]
    assert at["N"][1] < at["W"][1] == at["E"][1] < at["S"][1]
    assert at["W"][0] < at["N"][0] < at["E"][0]
    # A degree of longitude is cos(latitude) of a degree of latitude.
    across, down = (at["E"][0] - at["W"][0]) / 8, (at["S"][1] - at["N"][1]) / 4
    assert across / down == pytest.approx(0.788, abs=0.01)
    assert shown.groups == ()


@pytest.mark.parametrize("count", [1, 2, 5, 40, 200])
def test_everything_is_inside_and_readable(count: int) -> None:
    shown = network_map([dot(f"{n:03}", 31 + n % 7 / 10, 121 + n % 11 / 10, n / count) for n in range(count)])
    assert len(shown.marks) == count
    assert all(0 <= mark.x <= maps.WIDTH and 0 <= mark.y <= shown.height for mark in shown.marks)
    assert maps.HEIGHT_MIN <= shown.height <= maps.HEIGHT_MAX
    sizes = [mark.radius for mark in shown.marks]
    assert sizes == sorted(sizes, reverse=True)  # what is small lies on top
    assert count > maps.APART_MAX or any(mark.label for mark in shown.marks)


def test_nodes_in_one_spot_do_not_hide_each_other() -> None:
    shown = network_map([dot(f"{n}", 31.2, 121.5, 0.5) for n in range(6)])
    apart = min(
        hypot(one.x - other.x, one.y - other.y)
        for number, one in enumerate(shown.marks)
        for other in shown.marks[number + 1 :]
    )
    assert apart > shown.marks[0].radius


def test_labels_hide_nothing() -> None:
    shown = network_map([dot(f"{n:02}", 31 + n * 0.01, 121, 1 - n / 30) for n in range(30)])
    labels = [mark.label for mark in shown.marks if mark.label]
    assert len(labels) > 1
    for anchor in ("start", "end", "middle"):
        rows = sorted(label.y for label in labels if label.anchor == anchor)
        assert all(later - earlier >= maps.LABEL_HEIGHT - 0.2 for earlier, later in pairwise(rows))


def test_without_positions_nodes_are_grouped_by_region() -> None:
    shown = network_map([dot("A", None, None, 0.2, "North"), dot("B", None, None, 1.0, "North"), dot("C", None, None)])
    assert (shown.marks, shown.height) == ((), 0.0)
    assert [(group.region, [one.spot.code for one in group.dots]) for group in shown.groups] == [
        ("", ["C"]),
        ("North", ["B", "A"]),
    ]
    assert [one.size for one in shown.groups[1].dots] == [7, 4]


def test_some_with_and_some_without() -> None:
    shown = network_map([dot("A", 1.0, 2.0), dot("B", None, None)])
    assert [mark.dot.spot.code for mark in shown.marks] == ["A"]
    assert [group.dots[0].spot.code for group in shown.groups] == ["B"]


def test_a_dot_says_what_its_node_sold_and_what_is_odd() -> None:
    say = speaker(NAMES, "en")
    shown = parts.PARTS["map"].show(figures(SOLD), Wanted(), say)["map"]
    dots = {one.spot.code: one for group in shown.groups for one in group.dots}
    assert {code: (one.state, one.url) for code, one in dots.items()} == {
        "S1": ("late", "/stock/nodes/S1"),
        "S2": ("odd", "/stock/nodes/S2"),
        "S3": ("quiet", "/stock/nodes/S3"),
    }
    assert dots["S1"].text == "North · $30.00 · late orders: 1"
    assert dots["S2"].text == "South · $50.01 · open discrepancies: 4"
    assert (dots["S2"].share, dots["S3"].share) == (1.0, 0.0)


def test_the_picture_is_drawn_with_and_without_positions() -> None:
    shown = figures(day(Trade(1, 10, "USD", 9, 1, 1, 1)))
    schematic = Press().edition(shown, 1, "en", Wanted()).parts["map"]
    assert "<svg" not in schematic
    assert schematic.count('class="dot size-') == 3
    placed = {10: Spot("S1", "North", "store", "", 41.0, -74.0), 11: NAMES.nodes[11]}
    named = msgspec.structs.replace(shown, names=msgspec.structs.replace(NAMES, nodes=placed))
    both = Press().edition(named, 1, "en", Wanted()).parts["map"]
    assert both.count("<circle") == 1
    assert 'href="/stock/nodes/S1"' in both
    assert "Without a position" in both
