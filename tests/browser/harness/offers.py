"""What the test world offers: a club and a member, a promotion in draft, coupons, a price list, a list of goods."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from mainstem.domains import customers, loyalty, pricing
from mainstem.platform.execution import Operation
from mainstem.processes.save_promotions import SAVE_PROMOTION
from tests.browser.harness import names
from tests.unit.loyalty_club import FORM

Run = Callable[[Operation[Any, Any], Sequence[Any]], Awaitable[list[Any]]]

PROMOTION = {
    "code": "TEA-10",
    "name": {"en": "Ten percent off tea", "zh": "茶叶九折"},
    "reward": {"type": "percent", "percent": "10"},
    "coupon": True,
    "limits": {"uses_total": 100},
}
BATCH = {"code": "AUTUMN", "name": {"en": "Autumn", "zh": "秋季"}, "kind": "unique", "count": 10, "promotion": "TEA-10"}
LIST = {"code": "STAFF", "name": {"en": "Staff", "zh": "员工价"}, "kind": "general", "scope": "", "currency": "CNY"}


async def furnish(run: Run, sku: str) -> None:
    """All of it, through the ordinary commands; nothing of it changes what orders cost."""
    await run(loyalty.SAVE_PROGRAMME, [loyalty.SaveProgramme(msgspec.convert(FORM, loyalty.Programme))])
    (known,) = await run(customers.IDENTIFY, [customers.Identify(names.WEB, "member-1")])
    await run(loyalty.ENROL, [loyalty.Enrol("club", known.record)])
    promotion = msgspec.convert(PROMOTION, pricing.Promotion, strict=False)
    await run(SAVE_PROMOTION, [pricing.SavePromotion(promotion)])
    coupons = pricing.coupons
    await run(coupons.SAVE_COUPON_BATCH, [msgspec.convert(BATCH, coupons.SaveCouponBatch)])
    await run(pricing.lists.SAVE_PRICE_LIST, [msgspec.convert(LIST, pricing.lists.SavePriceList)])
    await run(pricing.SAVE_PRODUCT_LIST, [pricing.SaveProductList("tea", (sku,))])
