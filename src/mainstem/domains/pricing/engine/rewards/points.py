"""Points: nothing off, but more of what loyalty counts."""

from mainstem.domains.pricing.engine.cutting import MILLION, Pairs, Parts
from mainstem.domains.pricing.engine.offers import BETTER_WITHOUT, NOTHING_SELECTED, Offer, Preparing, Short
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import Points


def _nothing(rows: Rows, base: list[int], parts: Parts, times: int) -> Pairs:  # noqa: ARG001 - a cutting that cuts not
    return []


def prepare_points(reward: Points, selectors: Selectors) -> Preparing:
    """The goods selected earn so many times the points, and so many are added.

    For the choice between combinations a promotion of points ranks by points added and by the amount multiplied, both
    in millionths, and always above none.
    """
    number, times = selectors.number(reward.of), round(reward.times * MILLION)

    def offer(rows: Rows, limit: int | None) -> Offer | Short:  # noqa: ARG001 - it counts no items
        mask = rows.hits.get(number, 0)
        if not mask:
            return NOTHING_SELECTED
        if times == MILLION and not reward.plus:
            return BETTER_WITHOUT
        found = Offer(_nothing)
        found.parts = [(0, rows.sums(mask)[1])]
        found.times, found.plus = times, reward.plus
        found.points = max(1, reward.plus * MILLION + (times - MILLION) * rows.sums(mask)[0])
        return found

    return offer
