"""Limits of promotions on the ledger: per order, day, customer; items and budget; held, settled, given back."""

from datetime import date

import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from tests.unit.promotion_shop import DAY, Shop, form

pytestmark = [pytest.mark.unit, pytest.mark.anyio]
TOMORROW = date(2026, 11, 12)


@pytest.fixture
async def shop(executor: Executor) -> Shop:
    made = Shop(executor)
    await made.furnish()
    return made


async def test_uses_are_held_settled_released_and_given_back(shop: Shop) -> None:
    await shop.live(form(limits={"uses_total": 2}))
    assert (await shop.left("ten")).uses == 2
    first = await shop.order(["ten"])
    second = await shop.order(["ten"])
    assert await shop.order(["ten"]) == "used_up"
    assert (await shop.left("ten")).uses == 0
    assert isinstance(first, int)
    assert isinstance(second, int)
    await shop.after(first, "settled")
    await shop.after(first, "released")
    assert (await shop.left("ten")).uses == 0, "what is settled is not released"
    await shop.after(second, "released")
    assert (await shop.left("ten")).uses == 1
    await shop.after(first, "given_back")
    await shop.after(first, "given_back")
    await shop.after(second, "given_back")
    assert (await shop.left("ten")).uses == 2
    assert await shop.faults() == []


async def test_a_day_and_a_customer_have_limits_of_their_own(shop: Shop) -> None:
    limits = {"uses_per_day": 3, "uses_per_customer": 2, "uses_per_customer_and_day": 1}
    await shop.live(form(limits=limits))
    ann, bob, eve = [await shop.person() for _ in range(3)]
    assert isinstance(await shop.order(["ten"], ann), int)
    assert await shop.order(["ten"], ann) == "used_up"
    assert isinstance(await shop.order(["ten"], ann, day=TOMORROW), int)
    assert await shop.order(["ten"], ann, day=date(2026, 11, 13)) == "used_up"
    assert isinstance(await shop.order(["ten"], bob), int)
    assert isinstance(await shop.order(["ten"], eve), int)
    assert await shop.order(["ten"], await shop.person()) == "used_up"
    assert await shop.order(["ten"]) == "used_up", "nobody who is known"
    assert (await shop.left("ten", ann, TOMORROW)).uses == 0
    assert (await shop.left("ten", bob, TOMORROW)).uses == 1
    assert (await shop.left("ten", None, DAY)).uses == 0
    assert await shop.faults() == []


async def test_records_of_one_customer_count_together_and_apart_again(shop: Shop) -> None:
    await shop.live(form(limits={"uses_per_customer": 2}))
    card, phone = await shop.person(), await shop.person()
    assert isinstance(await shop.order(["ten"], card), int)
    assert isinstance(await shop.order(["ten"], phone), int)
    await shop.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(card, phone, "the same"))
    for record in (card, phone):
        assert await shop.order(["ten"], record) == "used_up"
        assert (await shop.left("ten", record)).uses == 0
    await shop.do(customers.SPLIT_CUSTOMER, customers.SplitCustomer(card, (phone,), "not the same"))
    for record in (card, phone):
        assert (await shop.left("ten", record)).uses == 1
        assert isinstance(await shop.order(["ten"], record), int)
    assert await shop.faults() == []


async def test_items_and_budget_are_never_overspent(shop: Shop) -> None:
    await shop.live(form(currency="CNY", limits={"items_total": 5, "budget_minor": 1000}))
    first = await shop.order(["ten"], amount=600, items=3)
    assert isinstance(first, int)
    assert await shop.order(["ten"], amount=401, items=1) == "shortage"
    assert await shop.order(["ten"], amount=1, items=3) == "shortage"
    left = await shop.left("ten")
    assert (left.uses, left.items, left.budget_minor) == (None, 2, 400)
    assert isinstance(await shop.order(["ten"], amount=400, items=2), int)
    await shop.after(first, "settled")
    await shop.after(first, "given_back")
    left = await shop.left("ten")
    assert (left.items, left.budget_minor) == (3, 600)
    assert await shop.faults() == []


async def test_a_limit_may_be_changed_while_it_is_used(shop: Shop) -> None:
    saved = await shop.live(form(limits={"uses_total": 2}))
    assert isinstance(await shop.order(["ten"]), int)
    assert isinstance(await shop.order(["ten"]), int)
    from mainstem.domains import pricing

    await shop.do(pricing.PAUSE_PROMOTION, pricing.PausePromotion("ten"))
    await shop.save(form(limits={"uses_total": 3}), saved.revision)
    await shop.do(pricing.START_PROMOTION, pricing.StartPromotion("ten"))
    assert (await shop.left("ten")).uses == 1
    assert isinstance(await shop.order(["ten"]), int)
    assert await shop.order(["ten"]) == "used_up"
    assert await shop.faults() == []


async def test_what_is_not_limited_is_not_counted(shop: Shop) -> None:
    await shop.live(form(limits={"items_per_order": 1}))
    assert isinstance(await shop.order(["ten"]), int)
    assert await shop.ask(_count("pricing.usage")) == 0
    assert await shop.faults() == []


def _count(table: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from mainstem.platform.query import Query

    return Query(f"select count(*) from {table}", (), lambda rows: rows[0][0])
