"""Buy so many, get so many others cut. An item is bought or got, once."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.claiming import claimed, times_within
from mainstem.domains.pricing.engine.cutting import Parts, of_items
from mainstem.domains.pricing.engine.offers import NOTHING_SELECTED, Offer, Preparing, Short, dearest_of
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import BuyGet


class _Pairing:
    """Items that are bought and items that are got for them.

    Got are the first in the order of `take`; an item that both select is got only as long as enough is left to be
    bought. Bought are then the first in the opposite order.
    """

    __slots__ = ("bought", "buy", "get", "got", "mask", "most_times", "opposite", "order", "steady")

    def __init__(self, rows: Rows, masks: tuple[int, int], counts: tuple[int, int], *, cheapest: bool) -> None:
        self.buy, self.get = masks
        self.bought, self.got = counts
        self.mask = self.buy | self.get
        self.most_times: int | None = None
        dearest = [row for row in rows.dearest() if self.mask >> row & 1]
        cheap = sorted(dearest, key=lambda row: (rows.price[row], row))
        self.order, self.opposite = (cheap, dearest) if cheapest else (dearest, cheap)
        self.steady = not self.buy & self.get

    def counts(self, left: Sequence[int]) -> tuple[int, int, int]:
        """Items that only `buy`, only `get`, and both select."""
        only_buy = only_get = both = 0
        for row in self.order:
            if not self.get >> row & 1:
                only_buy += left[row]
            elif not self.buy >> row & 1:
                only_get += left[row]
            else:
                both += left[row]
        return only_buy, only_get, both

    def times(self, left: Sequence[int]) -> int:
        only_buy, only_get, both = self.counts(left)
        there = min(
            (only_buy + both) // self.bought,
            (only_get + both) // self.got,
            (only_buy + only_get + both) // (self.bought + self.got),
        )
        return there if self.most_times is None else min(there, self.most_times)

    def claim(self, left: Sequence[int], times: int) -> tuple[Parts, list[int]]:
        after, parts = list(left), []
        only_buy, _, both = self.counts(left)
        to_get, to_buy = times * self.got, times * self.bought
        spare = only_buy + both - to_buy
        for row in self.order:
            if self.get >> row & 1 and to_get:
                taken = min(after[row], to_get)
                if self.buy >> row & 1:
                    taken = min(taken, spare)
                    spare -= taken
                if taken:
                    parts.append((row, taken))
                    after[row] -= taken
                    to_get -= taken
        for row in self.opposite:
            if self.buy >> row & 1 and to_buy:
                taken = min(after[row], to_buy)
                after[row] -= taken
                to_buy -= taken
        return sorted(parts), after


def prepare_buy_get(reward: BuyGet, selectors: Selectors) -> Preparing:
    """Items got are cut."""
    numbers = selectors.number(reward.buy), selectors.number(reward.get)
    counts = reward.buy_items, reward.get_items
    if min(counts) < 1:
        raise ValueError("buy_get: buy_items and get_items must be at least 1")
    cut = of_items(reward.cut)

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        masks = rows.hits.get(numbers[0], 0), rows.hits.get(numbers[1], 0)
        if not masks[0] and not masks[1]:
            return NOTHING_SELECTED
        pairing = _Pairing(rows, masks, counts, cheapest=reward.take == "cheapest")
        pairing.most_times = times_within(reward.times_max, limit, counts[1])
        times = pairing.times(rows.items)
        if not times:
            return _missing(pairing, rows, numbers)
        return claimed(pairing, cut, cut(rows, rows.amounts, dearest_of(rows, masks[1], times * counts[1]), times))

    return offer


def _missing(pairing: _Pairing, rows: Rows, numbers: tuple[int, int]) -> Short:
    only_buy, only_get, both = pairing.counts(rows.items)
    to_buy = max(0, pairing.bought - only_buy)
    to_get = max(0, pairing.got - only_get)
    missing = max(0, to_buy + to_get - both)
    if both:
        return Short("condition", ("buy_get",), missing, 0, numbers)
    short = tuple(number for number, lacks in zip(numbers, (to_buy, to_get), strict=True) if lacks)
    return Short("condition", ("buy_get",), missing, 0, short)
