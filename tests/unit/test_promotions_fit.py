"""Forms of price are read from what was charged, and what they do not reproduce is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.connectors.complete_journey.promotions_fit import (
    Form,
    Pumped,
    Sold,
    Weighed,
    cost,
    fit,
    fit_pump,
    fit_share,
    rates_of,
    taken_at,
)

pytestmark = pytest.mark.unit


def sold(*lines: tuple[int, int, int]) -> list[Sold]:
    return [Sold(*line) for line in lines]


@pytest.mark.parametrize(
    ("lines", "form"),
    [
        (sold((1, 1, 199), (2, 3, 597)), Form(199)),
        (sold((1, 1, 167), (2, 3, 500), (3, 2, 333)), Form(167, ((2, 333),))),
        (sold((1, 2, 299)), Form(None, ((2, 299),))),
        (sold((1, 1, 249), (2, 2, 250)), Form(249, ((2, 250),))),
    ],
)
def test_one_form_reproduces_every_line(lines: list[Sold], form: Form) -> None:
    (fitted,) = fit(lines)

    assert (fitted.form, fitted.missed) == (form, ())
    assert [cost(fitted.form, line.pieces) for line in lines] == [line.cents for line in lines]


def test_a_price_that_changed_once_is_two_forms() -> None:
    first, second = fit(sold((1, 1, 100), (2, 1, 100), (3, 1, 120), (4, 2, 240)))

    assert (first.form, first.since, second.form, second.since) == (Form(100), None, Form(120), 3)
    assert first.missed == second.missed == ()


def test_a_price_that_comes_and_goes_is_missed_once() -> None:
    fitted = fit(sold((1, 1, 100), (2, 1, 90), (3, 1, 100), (4, 1, 100)))

    assert [i for one in fitted for i in one.missed] == [1]


def test_two_prices_at_one_moment_are_no_change() -> None:
    (fitted,) = fit(sold((1, 1, 100), (1, 1, 90)))

    assert len(fitted.missed) == 1


def test_more_pieces_never_cost_more_than_their_parts() -> None:
    fitted = fit(sold((1, 1, 79), (1, 2, 222), (1, 1, 79)))

    assert [i for one in fitted for i in one.missed] == [1]


def test_goods_by_weight_share_a_percentage() -> None:
    shares = fit_share([Weighed(1, 1000, 900), Weighed(1, 333, 300), Weighed(1, 57, 57)])

    assert [(one.form // 10_000, one.missed) for one in shares] == [(9, (2,))] or shares[0].missed == (2,)


def test_a_pump_has_a_price_by_volume_and_rewards_by_volume() -> None:
    (fitted,) = fit_pump([Pumped(1, 10_000, 2499, 2499, 0), Pumped(2, 20_003, 4999, 4799, 1000)], 100_000)

    assert fitted.missed == ()
    assert fitted.form == pytest.approx(24_990, abs=5)


@given(before=st.integers(1, 100_000), share=st.integers(0, 1_000_000))
def test_every_share_between_the_ends_takes_the_same(before: int, share: int) -> None:
    after = before - taken_at(share, before)
    low, high = rates_of(before, after)

    assert low <= share <= high
    assert {before - taken_at(low, before), before - taken_at(high, before)} == {after}
    assert low == 0 or before - taken_at(low - 1, before) != after
    assert high == 1_000_000 or before - taken_at(high + 1, before) != after
