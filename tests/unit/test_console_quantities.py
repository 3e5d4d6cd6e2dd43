"""Quantities in whole units, with the decimals of their unit."""

import pytest

from mainstem.console.formats import formats
from mainstem.console.stock.quantities import decimals_of, typed
from mainstem.platform.texts import LANGUAGES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("steps", "unit", "shown", "signed"),
    [
        (1250, "kg", "1.250 kg", "+1.250 kg"),
        (-4, "pc", "-4", "-4"),
        (1_234_567, "pc", "1,234,567", "+1,234,567"),
        (0, "l", "0.000 l", "0.000 l"),
        (-5, "m", "-0.005 m", "-0.005 m"),
    ],
)
def test_all_decimals_are_shown(steps: int, unit: str, shown: str, signed: str) -> None:
    for language in LANGUAGES:
        form = formats(language, "UTC")
        assert form.quantity(steps, unit) == shown
        assert form.quantity(steps, unit, signed=True) == signed


@pytest.mark.parametrize(
    ("steps", "unit", "text"), [(1250, "kg", "1.250"), (-5, "kg", "-0.005"), (7, "pc", "7"), (None, "pc", "")]
)
def test_what_is_stored_can_be_typed(steps: int | None, unit: str, text: str) -> None:
    assert typed(steps, unit) == text
    assert decimals_of(unit) == (3 if unit == "kg" else 0)
