"""Many checkouts at once: a budget is not overshot, the last unit is sold once, points and coupons are used once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from mainstem.domains import orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.postgres import Database
from mainstem.processes import CANCEL_ORDERS
from mainstem.processes.checkout.checking_out import CHECK_OUT
from mainstem.processes.checkout.contracts import CheckedOut
from tests.unit.checkout_shop import CheckoutShop, checkout, form
from tests.vaults import VAULT

pytestmark = [pytest.mark.races, pytest.mark.anyio]


async def bought(shop: CheckoutShop, commands: Sequence[Any], batches: int = 8) -> list[CheckedOut | Refusal]:
    """What becomes of checkouts that arrive at once, in so many batches."""
    calls = [CHECK_OUT.call(command, f"race {number}") for number, command in enumerate(commands)]
    size = -(-len(calls) // batches)
    parts = [calls[start : start + size] for start in range(0, len(calls), size)]
    outcomes = await asyncio.gather(*[shop.executor.execute(CHECK_OUT, part) for part in parts])
    return [_read(one) for part in outcomes for one in part]


def _read(outcome: Outcome) -> CheckedOut | Refusal:
    return msgspec.json.decode(outcome.body, type=CheckedOut) if outcome.accepted else outcome.refusal()


def codes(answers: Sequence[CheckedOut | Refusal]) -> Counter[str]:
    return Counter(one.code if isinstance(one, Refusal) else str(one.order.total_minor) for one in answers)


async def test_a_coupon_with_a_number_of_uses_is_used_exactly_so_often(database_url: str) -> None:
    async with Database(database_url, pool_size=10, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open(10_000)
        coupon = await shop.coupon(20, uses_total=50)
        answers = await bought(shop, [checkout(("K1", 1), coupons=[coupon]) for _ in range(200)])
        assert codes(answers) == {"800": 50, "coupon_used": 150}
        assert await shop.stock("K1") == 9950
        await shop.audit()


async def test_a_budget_is_not_overshot_and_who_is_late_pays_the_full_price(database_url: str) -> None:
    async with Database(database_url, pool_size=10, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open(10_000)
        await shop.live(form("ten", currency="CNY", limits={"budget_minor": 2_050}))
        answers = await bought(shop, [checkout(("K1", 1)) for _ in range(100)])
        assert codes(answers) == {"900": 20, "1000": 80}
        await shop.audit()


async def test_the_last_unit_goes_with_one_coupon_and_no_other_is_used(database_url: str) -> None:
    async with Database(database_url, pool_size=10, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open(1)
        coupon = await shop.coupon(20, uses_total=50)
        answers = await bought(shop, [checkout(("K1", 1), coupons=[coupon]) for _ in range(24)])
        assert codes(answers) == {"800": 1, "out_of_stock": 23}
        assert await shop.uses() == [("coupon", "held")]
        await shop.audit()


async def test_points_are_burned_once_and_come_back_once(database_url: str) -> None:
    async with Database(database_url, pool_size=10, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open()
        await shop.club()
        member = await shop.member(points=100)
        wish = checkout(("K1", 1), customer="anna", points=40)
        answers = await bought(shop, [wish for _ in range(16)])
        assert codes(answers) == {"1000": 2, "points_missing": 14}
        assert await shop.points(member) == (20, 0)
        made = [one.order.id for one in answers if isinstance(one, CheckedOut)]
        cancels = [CANCEL_ORDERS.call(orders.CancelOrder(number, "no"), f"c{n}") for n, number in enumerate(made * 3)]
        await asyncio.gather(*[shop.executor.execute(CANCEL_ORDERS, [call]) for call in cancels])
        assert await shop.points(member) == (100, 0)
        await shop.audit()
