"""Many at once: a budget, a limit, a code that everybody wants. What was allowed is used, and nothing more."""

import asyncio
from collections import Counter

import msgspec
import pytest

from mainstem.domains import pricing
from mainstem.domains.pricing import coupons
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes.save_promotions import SAVE_PROMOTION
from tests.unit.promotion_shop import Shop, form
from tests.vaults import VAULT

pytestmark = [pytest.mark.races, pytest.mark.anyio]


async def test_a_budget_is_spent_exactly_and_never_beyond(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        shop = Shop(Executor(database, VAULT))
        await shop.furnish()
        await shop.live(form(currency="CNY", limits={"budget_minor": 1000}))
        orders = await asyncio.gather(*[shop.order(["ten"], amount=70) for _ in range(40)])
        placed = [one for one in orders if isinstance(one, int)]
        assert len(placed) == 14
        assert Counter(one for one in orders if isinstance(one, str)) == {"shortage": 26}
        await asyncio.gather(*[shop.after(one, "settled") for one in placed[:7]])
        await asyncio.gather(*[shop.after(one, "given_back") for one in placed])
        assert (await shop.left("ten")).budget_minor == 1000
        assert await shop.faults() == []


async def test_a_public_code_is_redeemed_as_often_as_it_may_be(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        shop = Shop(Executor(database, VAULT))
        await shop.furnish()
        await shop.live(form(coupon=True))
        await shop.batch("all", kind="public", public_code="HELLO25", uses_total=25, count=0)
        orders = await asyncio.gather(*[shop.order(coupon="HELLO25") for _ in range(100)])
        assert Counter(type(one) for one in orders) == {int: 25, str: 75}
        assert await shop.order(coupon="HELLO25") == "coupon_used"
        assert await shop.faults() == []


async def test_one_code_is_used_by_one_order_and_claimed_by_one_customer(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        shop = Shop(Executor(database, VAULT))
        await shop.furnish()
        await shop.live(form(coupon=True))
        await shop.batch(count=5, claims_per_customer=5)
        used, claimed, *_ = await shop.codes("autumn", 2)
        orders = await asyncio.gather(*[shop.order(coupon=used) for _ in range(8)])
        assert sum(isinstance(one, int) for one in orders) == 1
        people = [await shop.person() for _ in range(8)]
        claims = await asyncio.gather(
            *[shop.run(coupons.CLAIM_COUPON, coupons.ClaimCoupon(claimed, one, str(one))) for one in people]
        )
        codes = Counter(one.code if isinstance(one, Refusal) else "claimed" for (one,) in claims)
        assert codes == {"claimed": 1, "coupon_others": 7}
        assert await shop.faults() == []


async def test_a_customer_with_many_records_uses_his_limit_once(database_url: str) -> None:
    from mainstem.domains import customers

    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        shop = Shop(Executor(database, VAULT))
        await shop.furnish()
        await shop.live(form(limits={"uses_per_customer": 2, "uses_per_customer_and_day": 2}))
        for _ in range(4):
            records = [await shop.person() for _ in range(4)]
            for other in records[1:]:
                await shop.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(records[0], other, "the same"))
            orders = await asyncio.gather(*[shop.order(["ten"], record) for record in records * 3])
            assert sum(isinstance(one, int) for one in orders) == 2
            assert (await shop.left("ten", records[2])).uses == 0
        assert await shop.faults() == []


async def test_promotions_are_saved_one_after_the_other(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        shop = Shop(Executor(database, VAULT))
        await shop.furnish()
        made = pricing.SavePromotion(msgspec.convert(form(), pricing.Promotion, strict=False))
        answers = await asyncio.gather(*[shop.run(SAVE_PROMOTION, made) for _ in range(6)])
        codes = Counter(one.code for (one,) in answers)
        assert codes == {"ten": 1, "promotion_changed": 5}
        assert await shop.faults() == []
