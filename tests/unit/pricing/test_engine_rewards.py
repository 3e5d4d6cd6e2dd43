"""What each reward takes off, as a table: basket, reward, what each line comes to."""

from typing import Any

import pytest

from mainstem.domains.pricing.quotes.contracts import Delivery
from tests.unit.pricing_baskets import basket, line, promotion, quoted

pytestmark = pytest.mark.unit

TEA, COFFEE, BREAD, MUG = {"skus": ["tea"]}, {"skus": ["coffee"]}, {"skus": ["bread"]}, {"skus": ["mug"]}
HALF, FREE = {"percent": 50}, {"percent": 100}
RICE = {"quantity": 1250, "steps_per_unit": 1000}


@pytest.mark.parametrize(
    ("lines", "reward", "left"),
    [
        # percent: of the sum, rounded half up once, spread by amounts
        ([("tea", 1000, 2)], {"type": "percent", "percent": "12.5"}, [1750]),
        ([("tea", 333, 1), ("coffee", 333, 1), ("mug", 334, 1)], {"type": "percent", "percent": 10}, [300, 300, 300]),
        ([("tea", 1000, 1), ("mug", 500, 1)], {"type": "percent", "percent": 10, "of": TEA}, [900, 500]),
        ([("tea", 9000, 1)], {"type": "percent", "percent": 50, "at_most_minor": 1000}, [8000]),
        ([("tea", 1, 1)], {"type": "percent", "percent": 50}, [0]),
        ([("tea", 900, 1)], {"type": "percent", "percent": 250}, [0]),
        # amount: once and spread, or off each item; never more than there is
        ([("tea", 1000, 1), ("mug", 500, 1)], {"type": "amount", "amount_minor": 100}, [933, 467]),
        ([("tea", 1000, 3)], {"type": "amount", "amount_minor": 100, "per": "item"}, [2700]),
        ([("tea", 60, 1), ("mug", 30, 1)], {"type": "amount", "amount_minor": 5000}, [0, 0]),
        # fixed price: what costs less stays
        ([("tea", 1000, 2), ("mug", 500, 1)], {"type": "fixed_price", "price_minor": 600}, [1200, 500]),
        # nth item: dearest first, whole groups only
        ([("tea", 1000, 3)], {"type": "nth_item", "every": 2, "cut": HALF}, [2500]),
        ([("tea", 1000, 1), ("mug", 400, 1)], {"type": "nth_item", "every": 2, "cut": HALF}, [1000, 200]),
        (
            [("tea", 1000, 1), ("mug", 400, 1)],
            {"type": "nth_item", "every": 2, "cut": HALF, "take": "dearest"},
            [500, 400],
        ),
        ([("tea", 1000, 6)], {"type": "nth_item", "every": 2, "cut": FREE, "times_max": 1}, [5000]),
        ([("tea", 900, 2)], {"type": "nth_item", "every": 2, "cut": {"price_minor": 100}}, [1000]),
        # buy and get: an item is bought or got, once
        (
            [("tea", 1000, 1), ("mug", 400, 1)],
            {"type": "buy_get", "buy": TEA, "buy_items": 1, "get": MUG, "get_items": 1, "cut": FREE},
            [1000, 0],
        ),
        (
            [("tea", 9, 5)],
            {"type": "buy_get", "buy": TEA, "buy_items": 2, "get": TEA, "get_items": 1, "cut": FREE},
            [36],
        ),
        (
            [("tea", 500, 1), ("mug", 1000, 1)],
            {"type": "buy_get", "buy": TEA, "buy_items": 1, "get": {}, "get_items": 1, "cut": FREE},
            [500, 0],
        ),
        (
            [("tea", 500, 1), ("mug", 1000, 1)],
            {"type": "buy_get", "buy": {}, "buy_items": 1, "get": MUG, "get_items": 1, "cut": FREE, "take": "dearest"},
            [500, 0],
        ),
        # bundle: parts together; mix and match is one part of several items
        (
            [("tea", 1000, 1), ("mug", 500, 1), ("bread", 70, 1)],
            {
                "type": "bundle",
                "parts": [{"of": TEA, "items": 1}, {"of": MUG, "items": 1}],
                "cut": {"price_minor": 1200},
            },
            [800, 400, 70],
        ),
        (
            [("tea", 1000, 2), ("coffee", 800, 2)],
            {"type": "bundle", "parts": [{"of": {"categories": ["food"]}, "items": 3}], "cut": {"price_minor": 2000}},
            [1429, 1371],
        ),
        (
            [("tea", 1000, 2), ("mug", 500, 3)],
            {
                "type": "bundle",
                "parts": [{"of": TEA, "items": 1}, {"of": MUG, "items": 1}],
                "cut": {"amount_minor": 300},
            },
            [1600, 1300],
        ),
        # a part leaves to later parts what only they can use
        (
            [("tea", 1000, 1), ("coffee", 800, 1)],
            {"type": "bundle", "parts": [{"of": {}, "items": 1}, {"of": TEA, "items": 1}], "cut": HALF},
            [500, 400],
        ),
        # gift: taken from the basket where it is there
        ([("tea", 1000, 1), ("mug", 500, 2)], {"type": "gift", "skus": ["mug"]}, [1000, 500]),
        # tiers: the highest step reached by list prices
        (
            [("tea", 1000, 3)],
            {
                "type": "tiers",
                "by": "items",
                "steps": [{"at_least": 3, "cut": {"percent": 20}}, {"at_least": 2, "cut": {"percent": 10}}],
            },
            [2400],
        ),
        (
            [("tea", 1000, 3)],
            {"type": "tiers", "by": "amount", "steps": [{"at_least": 3000, "cut": {"price_minor": 700}}]},
            [2100],
        ),
    ],
)
def test_rewards(lines: list[tuple[str, int, int]], reward: dict[str, Any], left: list[int]) -> None:
    answer = quoted(basket(*[line(*one) for one in lines]), promotion("P", reward))

    assert [one.amount_minor for one in answer.lines] == left
    assert answer.bound_minor == 0


@pytest.mark.parametrize(
    ("reward", "left"),
    [
        ({"type": "percent", "percent": 10}, 1125),
        ({"type": "fixed_price", "price_minor": 800}, 1000),
        ({"type": "amount", "amount_minor": 100, "per": "item"}, 1150),
        ({"type": "nth_item", "every": 1, "cut": {"price_minor": 800}}, 1000),
    ],
)
def test_a_line_of_measured_goods_is_one_item_priced_by_whole_units(reward: dict[str, Any], left: int) -> None:
    answer = quoted(basket(line("rice", 1000, **RICE)), promotion("P", reward))

    assert answer.lines[0].list_minor == 1250
    assert answer.lines[0].amount_minor == left


def test_a_gift_that_is_not_in_the_basket_is_offered_and_costs_nothing() -> None:
    answer = quoted(basket(line("tea", 1000)), promotion("P", {"type": "gift", "skus": ["mug", "bread"], "items": 2}))

    assert answer.total_minor == 1000
    assert (answer.applied[0].offered, answer.applied[0].offered_items) == (("mug", "bread"), 2)


def test_gifts_of_each_other_do_not_go_in_circles() -> None:
    answer = quoted(
        basket(line("tea", 1000), line("mug", 500)),
        promotion("P", {"type": "gift", "skus": ["mug"]}, when=[{"type": "basket", "of": TEA, "items_min": 1}]),
        promotion("Q", {"type": "gift", "skus": ["tea"]}, when=[{"type": "basket", "of": MUG, "items_min": 1}]),
    )

    assert answer.total_minor == 0


def test_delivery_is_free_up_to_what_it_costs() -> None:
    asked = basket(line("tea", 1000), delivery=Delivery("home", 800, 60_000))
    free = promotion("F", {"type": "free_delivery", "methods": ["home"]})
    less = promotion("L", {"type": "free_delivery", "at_most_minor": 300})

    assert quoted(asked, less).delivery_minor == 500
    assert quoted(asked, free).delivery_minor == 0
    assert [one.code for one in quoted(asked, less, free).applied] == ["F"]
    pick_up = promotion("F", {"type": "free_delivery", "methods": ["pick_up"]})
    assert quoted(asked, pick_up).not_applied[0].reason == "condition"


def test_points_take_nothing_off_and_apply_beside_everything() -> None:
    answer = quoted(
        basket(line("tea", 1000)),
        promotion("A", {"type": "percent", "percent": 10}),
        promotion("P", {"type": "points", "times": 2, "plus": 50}),
    )

    assert answer.total_minor == 900
    assert [(one.code, one.points_times_millionths, one.points_plus) for one in answer.applied] == [
        ("A", 0, 0),
        ("P", 2_000_000, 50),
    ]
