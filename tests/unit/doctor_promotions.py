"""A life with promotions and coupons, for the doctor to look at."""

from mainstem.domains import pricing
from mainstem.domains.pricing import coupons
from mainstem.platform.execution import Executor
from tests.unit.promotion_shop import Shop, form

LIMITS = {
    "uses_total": 50,
    "uses_per_day": 20,
    "uses_per_customer": 9,
    "uses_per_customer_and_day": 9,
    "items_total": 40,
    "budget_minor": 5000,
}


async def promotions_life(executor: Executor) -> None:
    """Everything that can become of a use: held, settled, released, given back."""
    shop = Shop(executor)
    await shop.live(form("limited", currency="EUR", limits=LIMITS, coupon=True))
    await shop.save(form("draft"))
    await shop.live(form("gone"))
    await shop.do(pricing.END_PROMOTION, pricing.EndPromotion("gone"))
    await shop.batch("mailed", promotion="limited", count=10, claims_per_customer=3)
    await shop.batch("sorry", promotion="limited", kind="personal", count=10)
    await shop.batch("said", promotion="limited", kind="public", public_code="HELLO25", uses_total=9, count=3)
    ann = await shop.person()
    first, second, *_ = await shop.codes("mailed", 5)
    await shop.do(coupons.CLAIM_COUPON, coupons.ClaimCoupon(first, ann))
    await shop.do(coupons.CLAIM_COUPON, coupons.ClaimCoupon("HELLO25", ann))
    await shop.do(coupons.ISSUE_COUPON, coupons.IssueCoupon("sorry", ann))
    for code, became in ((first, "settled"), (second, "released"), ("HELLO25", "given_back"), ("HELLO25", "")):
        order = await shop.order(["limited"], ann, coupon=code)
        assert isinstance(order, int), order
        if became == "given_back":
            await shop.after(order, "settled")
        if became:
            await shop.after(order, became)
