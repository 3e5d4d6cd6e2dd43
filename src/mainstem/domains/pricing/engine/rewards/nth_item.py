"""Nth item: the selected items, dearest first, in groups of so many; of each whole group one is cut."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.claiming import claimed, times_within
from mainstem.domains.pricing.engine.cutting import Parts, of_items
from mainstem.domains.pricing.engine.offers import NOTHING_SELECTED, Offer, Preparing, Short
from mainstem.domains.pricing.engine.rows import Rows, rows_in
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import NthItem


class _Groups:
    """Groups of `every` items; the one at place `cut_at` of each is cut."""

    __slots__ = ("cut_at", "every", "mask", "most_times", "order", "steady")

    def __init__(self, rows: Rows, mask: int, every: int, cut_at: int, most_times: int | None) -> None:
        self.mask = mask
        self.every = every
        self.cut_at = cut_at
        self.most_times = most_times
        self.order = [row for row in rows.dearest() if mask >> row & 1]
        self.steady = True

    def times(self, left: Sequence[int]) -> int:
        there = sum([left[row] for row in self.order]) // self.every
        return there if self.most_times is None else min(there, self.most_times)

    def claim(self, left: Sequence[int], times: int) -> tuple[Parts, list[int]]:
        after, parts = list(left), []
        every, before, end = self.every, 0, times * self.every
        shift = every - 1 - self.cut_at
        for row in self.order:
            beyond = min(end, before + after[row])
            cut = (beyond + shift) // every - (before + shift) // every
            if cut:
                parts.append((row, cut))
            after[row] -= beyond - before
            before = beyond
            if before == end:
                break
        return sorted(parts), after


def prepare_nth_item(reward: NthItem, selectors: Selectors) -> Preparing:
    """One item of every so many is cut."""
    number, cut, every = selectors.number(reward.of), of_items(reward.cut), reward.every
    if every < 1:
        raise ValueError("nth_item: every must be at least 1")
    cut_at = every - 1 if reward.take == "cheapest" else 0

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        mask = rows.hits.get(number, 0)
        if not mask:
            return NOTHING_SELECTED
        groups = _Groups(rows, mask, every, cut_at, times_within(reward.times_max, limit, 1))
        times = groups.times(rows.items)
        if not times:
            missing = every - sum([rows.items[row] for row in rows_in(mask)])
            return Short("condition", ("nth_item",), missing, 0, (number,))
        parts, _ = groups.claim(rows.items, times)
        return claimed(groups, cut, cut(rows, rows.amounts, parts, times))

    return offer
