"""Whole points from fractions, and whole parts of a whole: nothing is lost and nothing appears. Pure."""

from collections.abc import Mapping
from fractions import Fraction

from mainstem.domains.loyalty.programmes.form import Rounding

_HALF = Fraction(1, 2)


def rounded(value: Fraction, rounding: Rounding) -> int:
    """A value that is not negative, as whole points."""
    whole = value.numerator // value.denominator
    if rounding == "down" or value == whole:
        return whole
    return whole + 1 if rounding == "up" or value - whole >= _HALF else whole


def spread(total: int, weights: Mapping[int, Fraction | int]) -> dict[int, int]:
    """A total over positions by their weights, with largest remainders, ties to the smallest position.

    Parts add up to the total; without any weight the first position takes all.
    """
    if not weights:
        return {}
    whole = sum(weights.values())
    if not whole:
        return {position: total if position == min(weights) else 0 for position in weights}
    exact = {position: Fraction(total * weight) / whole for position, weight in weights.items()}
    parts = {position: share.numerator // share.denominator for position, share in exact.items()}
    left = total - sum(parts.values())
    for position in sorted(exact, key=lambda one: (parts[one] - exact[one], one))[:left]:
        parts[position] += 1
    return parts


def due(whole: int, part: int, of: int) -> int:
    """What of a whole belongs to so much of something: rounded down until the last of it, and then all.

    Computed of what was returned in all, so the parts of any sequence add up to the whole.
    """
    return whole * part // of
