"""Bundles and mix and match: parts that together are cut."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.claiming import claimed, times_within
from mainstem.domains.pricing.engine.cutting import Parts, of_bundles
from mainstem.domains.pricing.engine.offers import NOTHING_SELECTED, Offer, Preparing, Short, dearest_of
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import Bundle

PARTS_MAX = 8
"""Parts of one bundle: whether overlapping parts can be filled is looked at for every set of them."""


class _Bundles:
    """Bundles of parts. Each part, in the order written, takes its dearest items as far as enough is left for the
    parts that follow (Hall's condition on sets of parts).
    """

    __slots__ = ("counts", "later", "mask", "masks", "most_times", "order", "sets", "steady")

    def __init__(self, rows: Rows, masks: tuple[int, ...], counts: tuple[int, ...], *, steady: bool) -> None:
        self.masks = masks
        self.counts = counts
        self.mask = 0
        overlap = False
        for mask in masks:
            overlap = overlap or bool(self.mask & mask)
            self.mask |= mask
        self.order = [row for row in rows.dearest() if self.mask >> row & 1]
        self.steady = steady and not overlap
        self.most_times: int | None = None
        self.sets = _sets(masks, counts) if overlap else [*zip(masks, counts, strict=True)]
        self.later = [_sets(masks[i + 1 :], counts[i + 1 :]) if overlap else [] for i in range(len(masks))]

    def times(self, left: Sequence[int]) -> int:
        there = min([self._there(left, mask) // count for mask, count in self.sets])
        return there if self.most_times is None else min(there, self.most_times)

    def _there(self, left: Sequence[int], mask: int) -> int:
        return sum([left[row] for row in self.order if mask >> row & 1])

    def claim(self, left: Sequence[int], times: int) -> tuple[Parts, list[int]]:
        after = list(left)
        for mask, count, later in zip(self.masks, self.counts, self.later, strict=True):
            wanted = count * times
            for row in self.order:
                if mask >> row & 1 and wanted:
                    taken = min(wanted, after[row])
                    for others, needed in later:
                        if others >> row & 1:
                            taken = min(taken, self._there(after, others) - needed * times)
                    after[row] -= taken
                    wanted -= taken
        return [(row, left[row] - after[row]) for row in sorted(self.order) if after[row] < left[row]], after


def _sets(masks: Sequence[int], counts: Sequence[int]) -> list[tuple[int, int]]:
    """Of every set of parts: the rows that any of them selects, and the items that all of them need."""
    found = [(0, 0)]
    for mask, count in zip(masks, counts, strict=True):
        found += [(rows | mask, needed + count) for rows, needed in found]
    return found[1:]


def prepare_bundle(reward: Bundle, selectors: Selectors) -> Preparing:
    """All items of whole bundles are cut together."""
    if not 1 <= len(reward.parts) <= PARTS_MAX or min(part.items for part in reward.parts) < 1:
        raise ValueError(f"bundle: 1 to {PARTS_MAX} parts of at least one item")
    numbers = [selectors.number(part.of) for part in reward.parts]
    counts = tuple(part.items for part in reward.parts)
    cut, price = of_bundles(reward.cut), reward.cut.price_minor

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        masks = tuple([rows.hits.get(number, 0) for number in numbers])
        if not any(masks):
            return NOTHING_SELECTED
        bundles = _Bundles(rows, masks, counts, steady=price is None)
        bundles.most_times = times_within(reward.times_max, limit, sum(counts))
        times = bundles.times(rows.items)
        if not times:
            return _missing(rows, masks, counts, numbers)
        return claimed(bundles, cut, _most(reward, rows, bundles, times))

    return offer


def _most(reward: Bundle, rows: Rows, bundles: _Bundles, times: int) -> int:
    """No less than what so many bundles can take off, in whatever company: each part by its dearest items."""

    def worth(bundles_taken: int) -> int:
        return sum(
            rows.price[row] * taken
            for mask, count in zip(bundles.masks, bundles.counts, strict=True)
            for row, taken in dearest_of(rows, mask, count * bundles_taken)
        )

    cut = reward.cut
    if cut.percent is not None:
        return (worth(times) * round(cut.percent * 10_000) + 500_000) // 1_000_000
    if cut.price_minor is None:
        return min(worth(times), (cut.amount_minor or 0) * times)
    # Each bundle more is worth no more than the one before: the last one that is worth its price is found by halving.
    price, low, high = cut.price_minor, 0, times
    while low < high:
        middle = (low + high + 1) // 2
        if worth(middle) - worth(middle - 1) > price:
            low = middle
        else:
            high = middle - 1
    return worth(low) - low * price


def _missing(rows: Rows, masks: tuple[int, ...], counts: tuple[int, ...], numbers: list[int]) -> Short:
    """How many items are missing for one bundle, counting overlapping parts one after the other."""
    left, missing, short = list(rows.items), 0, []
    for mask, count, number in sorted(
        zip(masks, counts, numbers, strict=True), key=lambda part: (rows.sums(part[0])[1], part[2])
    ):
        wanted = count
        for row in range(rows.size):
            if mask >> row & 1 and wanted:
                taken = min(wanted, left[row])
                left[row] -= taken
                wanted -= taken
        if wanted:
            missing += wanted
            short.append(number)
    return Short("condition", ("bundle",), missing, 0, tuple(short))
