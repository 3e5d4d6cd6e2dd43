"""What holds of every quote, and the best combination against brute force."""

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.pricing.exactness import agree
from bench.pricing.random_cases import basket, promotions
from mainstem.domains.pricing.engine import compile_book, quote
from mainstem.domains.pricing.quotes.contracts import Basket, Quoted
from tests.unit.pricing_baskets import adds_up, line, promotion, quoted
from tests.unit.pricing_baskets import basket as plain_basket

pytestmark = pytest.mark.unit

seeds = st.integers(0, 2**32)


def taxed(asked: Basket, random: Random) -> Basket:
    """The same basket with taxes on top or within, by SKU."""
    rates = {one.goods.sku: random.choice((0, 60_000, 130_000)) for one in asked.lines}
    lines = tuple(msgspec.structs.replace(one, tax_millionths=rates[one.goods.sku]) for one in asked.lines)
    return msgspec.structs.replace(asked, lines=lines, tax_included=random.random() < 0.5)


def totals(answer: Quoted) -> tuple[object, ...]:
    return answer.total_minor, answer.tax_minor, answer.delivery_minor, answer.applied


@pytest.mark.parametrize("block", range(0, 600, 100))
def test_the_best_combination_is_that_of_brute_force(block: int) -> None:
    assert [seed for seed in range(block, block + 100) if not agree(10**6 + seed)] == []


@pytest.mark.parametrize("seed", [25, 106, 447, 1407, 2269, 102_846, 104_233])
def test_cases_that_an_engine_got_wrong_once(seed: int) -> None:
    assert agree(seed)


@given(seeds)
def test_everything_adds_up_and_nothing_is_negative(seed: int) -> None:
    random = Random(seed)
    asked = taxed(basket(random, 8), random)

    adds_up(asked, quote(asked, compile_book(promotions(random, 5))))


@given(seeds)
def test_the_order_of_lines_and_of_promotions_changes_no_total(seed: int) -> None:
    random = Random(seed)
    asked, some = taxed(basket(random, 6), random), promotions(random, 5)
    before = quote(asked, compile_book(some))
    lines = random.sample(asked.lines, len(asked.lines))
    again = quote(msgspec.structs.replace(asked, lines=tuple(lines)), compile_book(random.sample(some, len(some))))
    renumbered = [msgspec.structs.replace(one, position=i) for i, one in enumerate(lines)]
    moved = quote(msgspec.structs.replace(asked, lines=tuple(renumbered)), compile_book(some))

    assert totals(before) == totals(again) == totals(moved)
    assert sorted(before.lines, key=lambda one: one.position) == sorted(again.lines, key=lambda one: one.position)


@given(seeds)
def test_a_line_split_in_two_costs_the_same(seed: int) -> None:
    random = Random(seed)
    asked, some = taxed(basket(random), random), promotions(random)
    pieces = []
    for one in asked.lines:
        first = random.randint(0, one.quantity) if one.steps_per_unit == 1 else one.quantity
        pieces.append(msgspec.structs.replace(one, quantity=first))
        if first < one.quantity:
            pieces.append(msgspec.structs.replace(one, quantity=one.quantity - first))
    placed = tuple(msgspec.structs.replace(one, position=i) for i, one in enumerate(pieces))
    split = msgspec.structs.replace(asked, lines=placed)
    answer = quote(split, compile_book(some))

    assert totals(answer) == totals(quote(asked, compile_book(some)))
    adds_up(split, answer)


@given(seeds)
def test_one_more_promotion_never_makes_a_basket_dearer(seed: int) -> None:
    random = Random(seed)
    asked, some = basket(random), promotions(random, 5)

    assert quote(asked, compile_book(some)).total_minor <= quote(asked, compile_book(some[1:])).total_minor


@given(seeds)
def test_floors_hold_where_nothing_may_go_below(seed: int) -> None:
    random = Random(seed)
    asked = basket(random, 6)
    some = [msgspec.structs.replace(one, below_floor=False) for one in promotions(random, 5)]

    for one, told in zip(asked.lines, quote(asked, compile_book(some)).lines, strict=True):
        if one.steps_per_unit == 1:
            assert told.amount_minor >= min(one.floor_minor, one.unit_price_minor) * one.quantity


@given(st.integers(1, 40), st.integers(1, 2000), st.integers(1, 99))
def test_a_higher_percentage_never_costs_more(count: int, price: int, percent: int) -> None:
    asked = plain_basket(line("tea", price, count), line("mug", price + 7))
    less, more = (
        quoted(asked, promotion("P", {"type": "percent", "percent": rate})).total_minor
        for rate in (percent, percent + 1)
    )

    assert more <= less


@given(st.integers(1, 30), st.integers(2, 5), st.integers(1, 999))
def test_one_more_item_never_makes_the_whole_cheaper_with_every_nth_free(count: int, every: int, price: int) -> None:
    nth = promotion("P", {"type": "nth_item", "every": every, "cut": {"percent": 100}})
    fewer, more = (quoted(plain_basket(line("tea", price, n)), nth).total_minor for n in (count, count + 1))

    assert fewer <= more
