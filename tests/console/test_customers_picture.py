"""The picture of records and the bars of spending: pure."""

import json

import pytest

from mainstem.console.customers.charts import BARS_MAX, bars
from mainstem.console.customers.picture import HEIGHT, RECORDS_MAX, WIDTH, Said, picture
from mainstem.console.formats import formats

pytestmark = pytest.mark.unit


def test_points_lie_apart_and_within_the_picture() -> None:
    for count in (2, 3, 7, RECORDS_MAX):
        drawn = picture([(number, "web") for number in range(count)], [])
        assert drawn is not None
        places = {(point.x, point.y) for point in drawn.points}
        assert len(places) == count
        assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in places)
        assert all(0 < point.label_y < HEIGHT for point in drawn.points)


def test_one_record_and_too_many_are_not_drawn() -> None:
    assert picture([(1, "web")], []) is None
    assert picture([(number, "web") for number in range(RECORDS_MAX + 1)], []) is None


def test_lines_between_the_same_two_do_not_cover_each_other() -> None:
    said = [Said(1, 2, text, "joins") for text in ("a", "b", "c")]
    drawn = picture([(1, "web"), (2, "till")], said)
    assert drawn is not None
    assert len({line.path for line in drawn.lines}) == 3
    assert len({line.y for line in drawn.lines}) == 3


def test_what_is_said_of_others_is_not_drawn() -> None:
    drawn = picture([(1, "web"), (2, "till")], [Said(1, 9, "a", "joins")])
    assert drawn is not None
    assert drawn.lines == ()


def test_bars_are_ordered_and_the_rest_is_one() -> None:
    amounts = {f"c{number}": 100 * number for number in range(1, BARS_MAX + 4)} | {"none": 0}
    drawn = bars(amounts, "CNY", formats("en", "UTC"), "Others")
    assert drawn is not None
    assert [row[0] for row in drawn.rows] == [f"c{n}" for n in range(11, 3, -1)] + ["Others"]
    assert drawn.rows[-1][1] == "CN¥6.00"
    assert json.loads(drawn.option)["series"][0]["data"][0] == 11.0
    assert bars({"a": 0}, "CNY", formats("en", "UTC"), "Others") is None
