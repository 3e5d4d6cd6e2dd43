"""Claims: whole items that a promotion uses, and which no other may use again in the same combination."""

from mainstem.domains.pricing.engine.cutting import Cutting, Pairs
from mainstem.domains.pricing.engine.offers import BETTER_WITHOUT, Claimer, Offer, Short


def times_within(times_max: int | None, limit: int | None, each: int) -> int | None:
    """How often a promotion may apply that cuts so many items each time, when it may cut at most `limit` items."""
    if limit is None:
        return times_max
    return limit // each if times_max is None else min(times_max, limit // each)


def claimed(claimer: Claimer, cut: Cutting, most: Pairs | int) -> Offer | Short:
    """The offer of a reward that claims items; `most`: no less than what it can take off, in whatever company."""
    amount = most if isinstance(most, int) else sum([amount for _, amount in most])
    if amount <= 0:
        return BETTER_WITHOUT
    return Offer(cut, most=amount, mask=claimer.mask, claimer=claimer)
