"""Which promotions go together, what they come to, and the bugs that are known from elsewhere."""

import itertools
from typing import Any

import pytest

from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.quotes.contracts import Delivery, Priced
from tests.unit.pricing_baskets import basket, line, promotion, quoted

pytestmark = pytest.mark.unit


def percent(code: str, percent: float, **more: Any) -> Promotion:  # noqa: ANN401
    stacking = more.pop("stacking", {})
    return promotion(code, {"type": "percent", "percent": percent, **more.pop("reward", {})}, stacking=stacking, **more)


TEA = {"of": {"skus": ["tea"]}}


@pytest.mark.parametrize(
    ("promotions", "total", "applied"),
    [
        ([percent("A", 10), percent("B", 20)], 700, "AB"),
        ([percent("A", 10), percent("B", 20, stacking={"layer": 25})], 720, "AB"),
        ([percent("A", 10, reward=TEA), percent("B", 20)], 720, "AB"),
        ([percent("A", 10, stacking={"group": "g"}), percent("B", 20, stacking={"group": "g"})], 800, "B"),
        ([percent("A", 10, stacking={"not_with": ["B"]}), percent("B", 20)], 800, "B"),
        ([percent("A", 10, stacking={"not_with": ["g"]}), percent("B", 20, stacking={"group": "g"})], 800, "B"),
        ([percent("A", 25, stacking={"exclusive": "basket"}), percent("B", 20), percent("C", 10)], 700, "BC"),
        ([percent("A", 35, stacking={"exclusive": "basket"}), percent("B", 20), percent("C", 10)], 650, "A"),
        ([percent("A", 25, stacking={"exclusive": "items"}), percent("B", 20)], 750, "A"),
        (
            [percent("A", 10, stacking={"group": "g"}), percent("B", 10, stacking={"group": "g", "priority": 1})],
            900,
            "B",
        ),
        ([percent("B", 10, stacking={"group": "g"}), percent("A", 10, stacking={"group": "g"})], 900, "A"),
        ([percent("A", 70), percent("B", 70)], 0, "AB"),
    ],
)
def test_stacking(promotions: list[Promotion], total: int, applied: str) -> None:
    for some in itertools.permutations(promotions):
        answer = quoted(basket(line("tea", 1000)), *some)

        assert (answer.total_minor, "".join(one.code for one in answer.applied)) == (total, applied)


def test_an_exclusive_of_items_leaves_other_lines_alone() -> None:
    asked = basket(line("tea", 1000), line("mug", 1000))
    answer = quoted(
        asked,
        percent("A", 50, reward=TEA, stacking={"exclusive": "items"}),
        percent("B", 20, reward={"of": {"skus": ["mug"]}}),
        percent("C", 10, reward=TEA),
    )

    assert [one.amount_minor for one in answer.lines] == [500, 800]
    assert [(one.code, one.reason, one.by) for one in answer.not_applied] == [("C", "excluded", ("A",))]


def test_overlapping_exclusives_the_best_one_wins() -> None:
    asked = basket(line("tea", 1000), line("mug", 3000))
    tea = percent("A", 50, reward=TEA, stacking={"exclusive": "items"})
    both = percent("B", 20, stacking={"exclusive": "items"})

    assert quoted(asked, tea, both).total_minor == 3200


def test_an_item_is_claimed_once() -> None:
    pair = {"type": "bundle", "parts": [{"of": {}, "items": 2}], "cut": {"price_minor": 1000}}
    third = {"type": "nth_item", "every": 3, "cut": {"percent": 100}}
    asked = basket(line("tea", 800, 3))

    assert quoted(asked, promotion("A", pair), promotion("B", third)).total_minor == 1600
    assert quoted(basket(line("tea", 800, 5)), promotion("A", pair), promotion("B", third)).total_minor == 2600


def test_applying_less_often_may_be_better() -> None:
    pair = {"type": "bundle", "parts": [{"of": {}, "items": 2}], "cut": {"price_minor": 1000}}
    answer = quoted(basket(line("tea", 900, 2), line("mug", 200, 2)), promotion("A", pair))

    assert answer.total_minor == 1400
    assert answer.applied[0].items == 2


def test_a_later_layer_sees_what_earlier_ones_have_left() -> None:
    answer = quoted(
        basket(line("tea", 1000), line("mug", 1000)),
        percent("A", 50, reward=TEA),
        promotion("B", {"type": "amount", "amount_minor": 300}),
    )

    assert [[taken.amount_minor for taken in one.taken] for one in answer.lines] == [[500, 100], [200]]
    assert [taken.layer for taken in answer.lines[0].taken] == [10, 20]


def test_floors_hold_except_for_promotions_that_may_go_below() -> None:
    asked = basket(line("tea", 1000, 2, floor_minor=900))

    assert quoted(asked, percent("A", 50)).total_minor == 1800
    assert quoted(asked, percent("A", 50, below_floor=True)).total_minor == 1000
    both = quoted(asked, percent("A", 50, below_floor=True), percent("B", 30))
    assert both.total_minor == 1000
    assert [(one.code, one.reason) for one in both.not_applied] == [("B", "at_floor")]


def test_what_a_floor_leaves_is_shared_in_proportion() -> None:
    answer = quoted(basket(line("tea", 1000, floor_minor=700)), percent("A", 20), percent("B", 25))

    assert [taken.amount_minor for taken in answer.lines[0].taken] == [133, 167]


def test_a_floor_above_the_price_changes_nothing() -> None:
    answer = quoted(basket(line("tea", 1000, floor_minor=1500)), percent("A", 20))

    assert (answer.total_minor, answer.not_applied[0].reason) == (1000, "at_floor")


# ---- bugs that users reported elsewhere


def test_stacked_amounts_never_make_a_total_or_a_taxable_base_negative() -> None:
    amounts = [promotion(code, {"type": "amount", "amount_minor": 800}) for code in "ABC"]
    for included in (True, False):
        asked = basket(line("tea", 1000, tax_millionths=130_000), tax_included=included)
        answer = quoted(asked, *amounts)

        assert (answer.total_minor, answer.tax_minor, answer.lines[0].tax_minor) == (0, 0, 0)


def test_a_catalogue_price_and_a_voucher_are_not_taken_off_twice() -> None:
    catalogue = percent("A", 20, reward=TEA)
    voucher = promotion("V", {"type": "amount", "amount_minor": 900}, coupon=True)
    answer = quoted(basket(line("tea", 1000), coupons={"V": "v"}), catalogue, voucher)

    assert answer.total_minor == 0
    assert [(one.code, one.amount_minor) for one in answer.applied] == [("A", 200), ("V", 800)]


def test_bundle_lines_do_not_use_more_items_than_there_are() -> None:
    parts = [{"of": {"categories": ["food"]}, "items": 1}, {"of": {"skus": ["tea"]}, "items": 1}]
    bundle = promotion("A", {"type": "bundle", "parts": parts, "cut": {"percent": 100}})

    assert quoted(basket(line("tea", 1000)), bundle).total_minor == 1000
    assert quoted(basket(line("tea", 1000, 3)), bundle).total_minor == 1000
    assert quoted(basket(line("tea", 1000), line("bread", 500, 3)), bundle).total_minor == 1000


@pytest.mark.parametrize(("included", "tax", "total"), [(True, 104, 900), (False, 117, 1017)])
def test_tax_is_on_what_is_left(included: bool, tax: int, total: int) -> None:  # noqa: FBT001
    asked = basket(line("tea", 1000, tax_millionths=130_000), tax_included=included)
    answer = quoted(asked, percent("A", 10))

    assert (answer.tax_minor, answer.total_minor) == (tax, total)


def test_delivery_is_taxed_as_well() -> None:
    asked = basket(line("tea", 1000), delivery=Delivery("home", 500, 60_000), tax_included=False)

    assert (quoted(asked).tax_minor, quoted(asked).total_minor) == (30, 1530)


# ---- bad input


def test_a_basket_of_a_thousand_lines() -> None:
    skus = ("tea", "coffee", "bread", "mug", "rice")
    lines = [line(skus[i % 5], 100 + i, 1 + i % 3, floor_minor=i % 100) for i in range(1000)]
    nth = promotion("N", {"type": "nth_item", "every": 2, "cut": {"percent": 50}, "of": {"categories": ["food"]}})
    buy = {"type": "buy_get", "buy": TEA["of"], "buy_items": 2, "get": {"skus": ["mug"]}, "get_items": 1}
    free = promotion("B", {**buy, "cut": {"percent": 100}})
    others = [percent("A", 10), percent("C", 5)]
    asked = basket(*lines)
    one, other, both = (quoted(asked, *some, *others) for some in ([nth], [free], [nth, free]))

    assert len(both.lines) == 1000
    assert (one.bound_minor, other.bound_minor) == (0, 0)
    # Hundreds of applications of either: the search is cut off, says so, and is no worse than without one of them.
    assert both.bound_minor > 0
    assert both.total_minor <= min(one.total_minor, other.total_minor)


def test_huge_quantities_do_not_hang() -> None:
    bundle = {"type": "bundle", "parts": [{"of": {}, "items": 3}], "cut": {"price_minor": 2000}}
    answer = quoted(basket(line("tea", 1000, 1_000_000_000)), promotion("A", bundle))

    assert answer.discount_minor == 333_333_333 * 1000


def test_many_promotions_for_everything() -> None:
    many = [percent(f"P{i:03}", 1, stacking={"group": f"g{i % 100}"}) for i in range(300)]
    answer = quoted(basket(line("tea", 1000, 3), line("mug", 777)), *many)

    assert answer.total_minor == 0


@pytest.mark.parametrize("odd", [line("mug", 0, 2), line("mug", 500, 0)])
def test_lines_that_cost_nothing_or_are_of_nothing(odd: Priced) -> None:
    amount = promotion("A", {"type": "amount", "amount_minor": 100})
    answer = quoted(basket(odd, line("tea", 1000)), amount)

    assert [one.amount_minor for one in answer.lines] == [0, 900]
    assert quoted(basket(odd), amount).applied == ()


def test_an_empty_basket_costs_nothing() -> None:
    assert quoted(basket(), percent("A", 10)).total_minor == 0
