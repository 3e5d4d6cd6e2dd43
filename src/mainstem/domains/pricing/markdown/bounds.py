"""From a wanted price to one within its bounds: floor, margin, change a day, endings. Integer arithmetic throughout."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import msgspec

from mainstem.domains.pricing.markdown.form import Bound, Bounds


class Guarded(msgspec.Struct, frozen=True, gc=False):
    """What bounds look at: the price 24 hours before (None: none), floor, cost without tax, and the tax that is in."""

    day_before_minor: int | None
    floor_minor: int
    cost_minor: int | None
    tax_millionths: int


class Bounded(msgspec.Struct, frozen=True, gc=False):
    """A price within its bounds, and which of them moved it."""

    amount_minor: int
    by: tuple[Bound, ...]


def changed_by(amount_minor: int, percent: Decimal) -> int:
    """An amount that many percent dearer, half up; never below 0."""
    exact = amount_minor * (100 + percent) / 100
    return max(0, int(exact.to_integral_value(ROUND_HALF_UP)))


def bound(wanted_minor: int, bounds: Bounds, guarded: Guarded) -> Bounded | None:
    """The price nearest to the wanted one that all bounds allow; None when they exclude each other.

    A margin without a known cost allows nothing.
    """
    low, high = guarded.floor_minor, None
    low_by: Bound = "floor"
    if bounds.margin_percent_min is not None:
        if guarded.cost_minor is None:
            return None
        least = least_for_margin(guarded.cost_minor, bounds.margin_percent_min, guarded.tax_millionths)
        if least > low:
            low, low_by = least, "margin"
    if bounds.percent_max_per_day is not None and guarded.day_before_minor is not None:
        share = bounds.percent_max_per_day / 100
        least = int((guarded.day_before_minor * (1 - share)).to_integral_value(ROUND_CEILING))
        high = int((guarded.day_before_minor * (1 + share)).to_integral_value(ROUND_FLOOR))
        if least > low:
            low, low_by = least, "day"
    if high is not None and low > high:
        return None
    by: list[Bound] = []
    amount = wanted_minor
    if amount < low:
        amount = low
        by.append(low_by)
    elif high is not None and amount > high:
        amount = high
        by.append("day")
    ended = with_ending(amount, bounds.endings, low, high)
    if ended is not None and ended != amount:
        amount = ended
        by.append("ending")
    return Bounded(amount, tuple(by))


def least_for_margin(cost_minor: int, margin_percent: Decimal, tax_millionths: int) -> int:
    """The least price of which, without the tax in it, so many percent stay above the cost; rounded up."""
    net = cost_minor * 100 / (100 - margin_percent)
    return int((net * (1_000_000 + tax_millionths) / 1_000_000).to_integral_value(ROUND_CEILING))


def with_ending(amount: int, endings: Sequence[str], low: int, high: int | None) -> int | None:
    """The highest price up to an amount with one of these last digits, else the lowest above it; within the bounds."""
    below, above = [], []
    for ending in endings:
        size, digits = 10 ** len(ending), int(ending)
        down = amount - (amount - digits) % size
        if down >= max(low, 0):
            below.append(down)
        up = down if down == amount else down + size
        if up >= low and (high is None or up <= high):
            above.append(up)
    return max(below) if below else min(above, default=None)
