"""Free delivery: off the delivery's place, which no other reward touches."""

from mainstem.domains.pricing.engine.cutting import Pairs, Parts
from mainstem.domains.pricing.engine.offers import NOTHING_SELECTED, Offer, Preparing, Short
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.promotions.form import FreeDelivery


def prepare_delivery(reward: FreeDelivery) -> Preparing:
    """Delivery by one of these methods, or any, costs nothing or so much less."""
    methods, most = frozenset(reward.methods), reward.at_most_minor

    def cut(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:  # noqa: ARG001
        there = base[-1]
        taken = there if most is None else min(there, most)
        return [(rows.size, taken)] if taken > 0 else []

    def offer(rows: Rows, limit: int | None) -> Offer | Short:  # noqa: ARG001 - it counts no items
        if methods and rows.basket.delivery.method not in methods:
            return Short("condition", ("free_delivery",))
        raw = cut(rows, rows.amounts, (), 1)
        return Offer(cut, raw=raw, most=raw[0][1]) if raw else NOTHING_SELECTED

    return offer
