"""How much cheaper: what a cut takes off so many items of rows, given what the rows cost at that moment.

So many of a row's items are worth their share of what the row costs, rounded down. Every function is computed on the
prices it is given and on nothing else, and takes at most what there is.
"""

from collections.abc import Callable, Sequence

from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.spreading import spread
from mainstem.domains.pricing.promotions.form import Cut

MILLION = 1_000_000

Parts = Sequence[tuple[int, int]]
"""(row, items): what is cut."""

Pairs = list[tuple[int, int]]
"""(row, amount in minor units): what is taken off."""

Cutting = Callable[[Rows, list[int], Parts, int], Pairs]
"""What is taken off the parts at these prices by so many applications of a promotion."""


def millionths(percent: object) -> int:
    """A decimal percentage as millionths of the whole, no more than all of it."""
    return min(MILLION, round(percent * 10_000))  # type: ignore[operator]


def worths(rows: Rows, base: list[int], parts: Parts) -> list[int]:
    """What each part costs."""
    items = rows.items
    return [base[row] if count == items[row] else base[row] * count // items[row] for row, count in parts]


def _spread(amount: int, parts: Parts, worth: list[int]) -> Pairs:
    if not amount:
        return []
    return [(part[0], share) for part, share in zip(parts, spread(amount, worth), strict=True) if share]


def percent_off(rate: int, at_most: int | None = None) -> Cutting:
    """So many millionths off all parts together, rounded half up once, at most so much."""

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:  # noqa: ARG001
        worth = worths(rows, base, parts)
        amount = (sum(worth) * rate + 500_000) // MILLION
        return _spread(amount if at_most is None or amount < at_most else at_most, parts, worth)

    return cut


def amount_off(amount_minor: int) -> Cutting:
    """So much off all parts together for each application."""

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:
        worth = worths(rows, base, parts)
        return _spread(min(amount_minor * times, sum(worth)), parts, worth)

    return cut


def amount_off_each(amount_minor: int) -> Cutting:
    """So much off each item."""

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:  # noqa: ARG001
        worth = worths(rows, base, parts)
        taken = [(row, min(amount_minor * count, there)) for (row, count), there in zip(parts, worth, strict=True)]
        return [pair for pair in taken if pair[1]]

    return cut


def price_each(price_minor: int) -> Cutting:
    """Down to a price for each item, or each whole unit of measured goods; what costs less stays as it is."""

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:  # noqa: ARG001
        worth = worths(rows, base, parts)
        taken = [
            (row, there - rows.target(row, count, price_minor))
            for (row, count), there in zip(parts, worth, strict=True)
        ]
        return [pair for pair in taken if pair[1] > 0]

    return cut


def price_together(price_minor: int) -> Cutting:
    """Down to a price for all parts of one application together; what costs less stays as it is."""

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:
        worth = worths(rows, base, parts)
        return _spread(max(0, sum(worth) - price_minor * times), parts, worth)

    return cut


def of_items(cut: Cut) -> Cutting:
    """A cut of single items (nth item, buy and get)."""
    if cut.percent is not None:
        return percent_off(millionths(cut.percent))
    return price_each(cut.price_minor) if cut.price_minor is not None else amount_off_each(_amount(cut))


def of_all(cut: Cut) -> Cutting:
    """A cut of all goods selected at once (tiers): an amount is once for all, a price is that of each item."""
    if cut.percent is not None:
        return percent_off(millionths(cut.percent))
    return price_each(cut.price_minor) if cut.price_minor is not None else amount_off(_amount(cut))


def of_bundles(cut: Cut) -> Cutting:
    """A cut of whole bundles."""
    if cut.percent is not None:
        return percent_off(millionths(cut.percent))
    return price_together(cut.price_minor) if cut.price_minor is not None else amount_off(_amount(cut))


def _amount(cut: Cut) -> int:
    if cut.amount_minor is None:
        raise ValueError("a cut needs a percentage, an amount or a price")
    return cut.amount_minor
