"""Tiers: the more is bought, the higher the step. Thresholds look at list prices; nothing is claimed."""

from mainstem.domains.pricing.engine.cutting import millionths, of_all
from mainstem.domains.pricing.engine.offers import NOTHING_SELECTED, Offer, Preparing, Short, offer_of
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import Tiers


def prepare_tiers(reward: Tiers, selectors: Selectors) -> Preparing:
    """The cut of the highest step reached."""
    number, by_amount = selectors.number(reward.of), reward.by == "amount"
    steps = [
        (
            step.at_least,
            of_all(step.cut),
            0 if step.cut.percent is None else millionths(step.cut.percent),
            None if step.cut.percent is not None or step.cut.price_minor is not None else step.cut.amount_minor,
        )
        for step in sorted(reward.steps, key=lambda step: step.at_least, reverse=True)
    ]

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        mask = rows.hits.get(number, 0)
        if not mask:
            return NOTHING_SELECTED
        reached = rows.sums(mask)[0 if by_amount else 1]
        further: Short | None = None
        for least, cut, rate, amount_off in steps:
            if reached >= least:
                found = offer_of(rows, mask, limit, cut, rate=rate, amount=amount_off)
                if isinstance(found, Offer):
                    found.further = further
                return found
            missing = least - reached
            amount, items = (missing, 0) if by_amount else (0, missing)
            further = Short("condition", ("tiers",), items, amount, (number,))
        return further or Short("condition", ("tiers",))

    return offer
