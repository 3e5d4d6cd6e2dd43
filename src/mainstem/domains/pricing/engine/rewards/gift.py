"""Gifts: items of some SKUs that cost nothing where they are in the basket, and are offered where they are not."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.cutting import MILLION, Parts, percent_off
from mainstem.domains.pricing.engine.offers import Offer, Preparing, Short, dearest_of
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import Gift, Selector

_free = percent_off(MILLION)


class _Given:
    """The dearest items of the gift's SKUs that are left, at most so many; it applies once, also to none."""

    __slots__ = ("count", "mask", "order", "steady")

    def __init__(self, rows: Rows, mask: int, count: int) -> None:
        self.mask = mask
        self.count = count
        self.order = [row for row in rows.dearest() if mask >> row & 1]
        self.steady = True

    def times(self, left: Sequence[int]) -> int:  # noqa: ARG002 - it is always possible
        return 1

    def claim(self, left: Sequence[int], times: int) -> tuple[Parts, list[int]]:  # noqa: ARG002 - once
        after, parts, wanted = list(left), [], self.count
        for row in self.order:
            taken = min(wanted, after[row])
            if taken:
                parts.append((row, taken))
                after[row] -= taken
                wanted -= taken
        return sorted(parts), after


def prepare_gift(reward: Gift, selectors: Selectors) -> Preparing:
    """So many items for nothing."""
    number = selectors.number(Selector(skus=reward.skus))
    if not reward.skus or reward.items < 1:
        raise ValueError("gift: at least one SKU and one item")

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        mask = rows.hits.get(number, 0)
        count = reward.items if limit is None else min(limit, reward.items)
        raw = _free(rows, rows.amounts, dearest_of(rows, mask, count), 1)
        most = sum([amount for _, amount in raw])
        found = Offer(_free, most=most, mask=mask, claimer=_Given(rows, mask, count))
        found.gift = count
        found.gift_skus = reward.skus
        return found

    return offer
