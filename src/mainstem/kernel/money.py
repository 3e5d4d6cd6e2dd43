"""Money: integer minor units of an ISO 4217 currency."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision

AMOUNT_MINOR_MAX = 10**15
"""Largest absolute amount accepted anywhere: far above any order, far below 2**63 when summed."""

CURRENCIES: frozenset[str] = frozenset(Locale("en").currencies) & frozenset(get_global("all_currencies"))
"""The codes that Unicode CLDR knows, current and historic."""


def to_minor(text: str, currency: str) -> int:
    """Read a decimal amount as minor units; raises ValueError when it is no number or finer than the currency."""
    try:
        scaled = Decimal(text).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        msg = f"{text!r} is not an amount"
        raise ValueError(msg) from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        msg = f"{text!r} is finer than the smallest unit of {currency}"
        raise ValueError(msg)
    if abs(scaled) > AMOUNT_MINOR_MAX:
        msg = f"{text!r} is beyond the largest amount"
        raise ValueError(msg)
    return int(scaled)


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """The decimal amount of minor units."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def price_times(unit_price_minor: int, quantity: int, steps_per_unit: int) -> int:
    """Amount of `quantity` steps at a price per whole unit, rounded half up away from zero, in minor units."""
    if steps_per_unit == 1:
        return unit_price_minor * quantity
    exact = Decimal(unit_price_minor * quantity) / steps_per_unit
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))
