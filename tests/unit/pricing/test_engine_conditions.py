"""When a promotion applies: conditions, selectors, time, limits; and what is said when it does not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mainstem.domains.pricing.engine import compile_book
from mainstem.domains.pricing.quotes.contracts import Basket, Customer, Delivery, Left
from tests.unit.pricing_baskets import NOON, basket, line, promotion, quoted

pytestmark = pytest.mark.unit

TENTH = {"type": "percent", "percent": 10}
GOLD = Customer(
    id=1, member=True, tier="gold", groups=("staff",), segments=frozenset({"parents"}), birthday=date(1990, 3, 20)
)
NEW = Customer(id=2, bought_before=False)


def applies(asked: Basket, **more: Any) -> bool:  # noqa: ANN401
    return bool(quoted(asked, promotion("P", more.pop("reward", TENTH), **more)).applied)


@pytest.mark.parametrize(
    ("condition", "told", "holds"),
    [
        ({"type": "channels", "codes": ["web"]}, {}, True),
        ({"type": "channels", "kinds": ["till"]}, {}, False),
        ({"type": "nodes", "codes": ["n1"]}, {"node": "n1"}, True),
        ({"type": "nodes", "codes": ["n1"]}, {"node": "n2"}, False),
        ({"type": "nodes", "regions": ["north"]}, {"node": "n2", "region": "north"}, True),
        ({"type": "member"}, {"customer": GOLD}, True),
        ({"type": "member"}, {"customer": NEW}, False),
        ({"type": "member", "tiers": ["silver"]}, {"customer": GOLD}, False),
        ({"type": "member", "tiers": ["silver"], "groups": ["staff"]}, {"customer": GOLD}, True),
        ({"type": "segment", "names": ["parents"]}, {"customer": GOLD}, True),
        ({"type": "segment", "names": ["parents"]}, {}, False),
        ({"type": "first_order"}, {"customer": NEW}, True),
        ({"type": "first_order"}, {"customer": GOLD}, False),
        ({"type": "first_order"}, {}, False),
        ({"type": "birthday", "days_before": 6}, {"customer": GOLD}, True),
        ({"type": "birthday", "days_before": 5}, {"customer": GOLD}, False),
        ({"type": "birthday", "month": True}, {"customer": GOLD}, True),
        ({"type": "tender", "kinds": ["alipay", "card"]}, {"tenders": ("alipay",)}, True),
        ({"type": "tender", "kinds": ["alipay"]}, {"tenders": ("alipay", "cash")}, False),
        ({"type": "tender", "kinds": ["alipay"]}, {}, False),
        ({"type": "delivery", "methods": ["home"]}, {"delivery": Delivery("home")}, True),
        ({"type": "schedule", "weekdays": [6]}, {}, True),
        ({"type": "schedule", "weekdays": [7]}, {}, False),
        ({"type": "schedule", "from": "12:00", "until": "12:01"}, {}, True),
        ({"type": "schedule", "from": "11:00", "until": "12:00"}, {}, False),
        ({"type": "schedule", "weekdays": [5], "from": "22:00", "until": "13:00"}, {}, True),
        ({"type": "schedule", "weekdays": [6], "from": "22:00", "until": "13:00"}, {}, False),
        ({"type": "basket", "amount_minor_min": 3000}, {}, True),
        ({"type": "basket", "amount_minor_min": 3001}, {}, False),
        ({"type": "basket", "amount_minor_max": 2999}, {}, False),
        ({"type": "basket", "of": {"skus": ["tea"]}, "items_min": 2}, {}, True),
        ({"type": "basket", "of": {"skus": ["tea"]}, "items_max": 1}, {}, False),
        ({"type": "basket", "skus_min": 3}, {}, False),
        ({"type": "any", "conditions": [{"type": "member"}, {"type": "channels", "codes": ["web"]}]}, {}, True),
        ({"type": "not", "condition": {"type": "member"}}, {}, True),
    ],
)
def test_conditions(condition: dict[str, Any], told: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    asked = basket(line("tea", 1000, 2), line("mug", 1000), **told)

    assert applies(asked, when=[condition]) is holds


@pytest.mark.parametrize(("today", "holds"), [("2027-02-28", True), ("2028-02-28", False), ("2028-02-29", True)])
def test_who_was_born_on_29_february_has_a_birthday_every_year(today: str, holds: bool) -> None:  # noqa: FBT001
    moment = datetime.fromisoformat(today + "T12:00:00+00:00")
    asked = basket(line("tea", 1000), local=moment, customer=Customer(id=1, birthday=date(1992, 2, 29)))

    assert applies(asked, when=[{"type": "birthday"}]) is holds


def test_birthdays_are_near_across_the_turn_of_the_year() -> None:
    moment = datetime(2026, 12, 30, 12, tzinfo=UTC)
    asked = basket(line("tea", 1000), local=moment, customer=Customer(id=1, birthday=date(1990, 1, 2)))

    assert applies(asked, when=[{"type": "birthday", "days_before": 3}])
    assert not applies(asked, when=[{"type": "birthday", "days_before": 2}])


@pytest.mark.parametrize(
    ("selector", "left"),
    [
        ({}, [900, 900]),
        ({"skus": ["tea"]}, [900, 1000]),
        ({"products": ["product mug"]}, [1000, 900]),
        ({"categories": ["food"]}, [900, 1000]),
        ({"categories": ["foo"]}, [1000, 1000]),
        ({"brands": ["brand mug"]}, [1000, 900]),
        ({"attributes": {"colour": ["red", "blue"]}}, [900, 900]),
        ({"attributes": {"size": ["L"]}}, [1000, 1000]),
        ({"lists": ["list"], "exclude": {"skus": ["mug"]}}, [900, 1000]),
        ({"price_minor_min": 1001}, [1000, 1000]),
        ({"price_minor_max": 1000, "exclude": {"categories": ["food"], "price_minor_min": 1000}}, [1000, 900]),
    ],
)
def test_selectors(selector: dict[str, Any], left: list[int]) -> None:
    answer = quoted(basket(line("tea", 1000), line("mug", 1000)), promotion("P", {**TENTH, "of": selector}))

    assert [one.amount_minor for one in answer.lines] == left


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "reason"), [(-SECOND, "not_yet"), (SECOND * 0, ""), (SECOND * 59, ""), (SECOND * 60, "over")]
)
def test_a_promotion_begins_with_its_first_second_and_ends_before_its_last(moment: timedelta, reason: str) -> None:
    times = {"valid_from": NOON, "valid_until": NOON + SECOND * 60}
    answer = quoted(basket(line("tea", 1000), moment=NOON + moment), promotion("P", TENTH, **times))

    assert [one.reason for one in answer.not_applied] == ([reason] if reason else [])


def test_a_coupon_has_to_be_given() -> None:
    coupon = promotion("P", TENTH, coupon=True)

    assert quoted(basket(line("tea", 1000)), coupon).not_applied[0].reason == "no_coupon"
    answer = quoted(basket(line("tea", 1000), coupons={"P": "AB-12"}), coupon)
    assert (answer.total_minor, answer.applied[0].coupon) == (900, "AB-12")


def test_another_currency_is_not_converted() -> None:
    answer = quoted(basket(line("tea", 1000)), promotion("P", {"type": "amount", "amount_minor": 100}, currency="EUR"))

    assert (answer.total_minor, answer.not_applied[0].by) == (1000, ("currency",))


@pytest.mark.parametrize(
    ("left", "total"),
    [
        (Left(uses=0), 3000),
        (Left(uses=1), 2700),
        (Left(items=0), 3000),
        (Left(items=2), 2800),
        (Left(budget_minor=299), 3000),
        (Left(budget_minor=300), 2700),
    ],
)
def test_limits(left: Left, total: int) -> None:
    asked = basket(line("tea", 1000, 3), left={"P": left})
    answer = quoted(asked, promotion("P", TENTH, limits={"uses_total": 9, "items_total": 9, "budget_minor": 999}))

    assert answer.total_minor == total
    assert [one.reason for one in answer.not_applied] == ([] if total < 3000 else ["used_up"])


def test_a_bundle_applies_as_often_as_its_budget_allows() -> None:
    bundle = {"type": "bundle", "parts": [{"of": {}, "items": 2}], "cut": {"amount_minor": 100}}

    assert (
        quoted(basket(line("tea", 1000, 9)), promotion("P", bundle, limits={"budget_minor": 250})).discount_minor == 200
    )


def test_what_is_nearly_reached_is_named() -> None:
    asked = basket(line("tea", 1000, 2))
    answer = quoted(
        asked,
        promotion("A", TENTH, when=[{"type": "basket", "amount_minor_min": 3000}]),
        promotion("B", TENTH, when=[{"type": "basket", "amount_minor_min": 5000}]),
        promotion("C", {"type": "nth_item", "every": 3, "cut": {"percent": 50}, "of": {"skus": ["tea"]}}),
        promotion("D", {"type": "nth_item", "every": 9, "cut": {"percent": 50}}),
        promotion("E", {"type": "tiers", "by": "items", "steps": [{"at_least": 4, "cut": {"percent": 50}}]}),
    )

    assert [(one.code, one.missing_minor, one.missing_items, one.skus) for one in answer.nearly] == [
        ("A", 1000, 0, ()),
        ("C", 0, 1, ("tea",)),
        ("E", 0, 2, ()),
    ]


def test_a_book_names_the_candidates_whose_limits_matter() -> None:
    book = compile_book(
        [
            promotion("A", {**TENTH, "of": {"skus": ["tea"]}}),
            promotion("B", {**TENTH, "of": {"skus": ["mug"]}}),
            promotion("C", TENTH, coupon=True),
            promotion("D", TENTH, valid_until=NOON),
            promotion("E", TENTH, when=[{"type": "nodes", "codes": ["n1"]}]),
            promotion("F", TENTH),
        ]
    )

    assert [one.code for one in book.candidates(basket(line("tea", 1000)))] == ["A", "F"]
    asked = basket(line("mug", 1000), node="n1", coupons={"C": "x"})
    assert [one.code for one in book.candidates(asked)] == ["B", "C", "E", "F"]


@pytest.mark.parametrize(
    "reward",
    [
        {"type": "nth_item", "every": 0, "cut": {"percent": 50}},
        {"type": "nth_item", "every": 2, "cut": {}},
        {"type": "buy_get", "buy": {}, "buy_items": 0, "get": {}, "get_items": 1, "cut": {"percent": 50}},
        {"type": "bundle", "parts": [], "cut": {"percent": 50}},
        {"type": "gift", "skus": []},
    ],
)
def test_what_cannot_be_computed_makes_no_book(reward: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_book([promotion("P", reward)])


def test_a_code_is_there_once() -> None:
    with pytest.raises(ValueError, match="'P'"):
        compile_book([promotion("P", TENTH), promotion("P", TENTH)])
