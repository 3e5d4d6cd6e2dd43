"""Saving promotions: conditions may name tiers of loyalty programmes, so both rooms are asked."""

from collections.abc import Sequence

from mainstem.domains import loyalty, pricing
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def save_promotions(
    work: Work, calls: Sequence[Call[pricing.SavePromotion]]
) -> list[pricing.PromotionSaved | Refusal]:
    """Save promotions in order of arrival, with the tiers that there are now."""
    (programmes,) = await ask(work.connection, loyalty.programmes())
    tiers = {
        tier.code for one in programmes.by_id.values() if one.form.tiers is not None for tier in one.form.tiers.steps
    }
    return await pricing.save_promotions(work, calls, tiers)


SAVE_PROMOTION: Operation[pricing.SavePromotion, pricing.PromotionSaved] = Operation(
    "pricing.save_promotion", pricing.SavePromotion, pricing.PromotionSaved, save_promotions
)
