"""Whatever comes back, in whatever order and parts: at the end money, points, cards and uses are where they were."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.checkout_shop import CheckoutShop, form
from tests.vaults import VAULT

pytestmark = [pytest.mark.stateful, pytest.mark.anyio]


Given = tuple[bool, int, int]
"""A part that is given up: whether before shipping, the line, so many."""

History = tuple[list[int], int, int, list[Given]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Quantities of the lines, points burned, money from a card, and the parts that are given up."""
    quantities = draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    parts: list[Given] = []
    for position, quantity in enumerate(quantities, 1):
        left = quantity
        while left:
            part = draw(st.integers(1, left))
            parts.append((draw(st.booleans()), position, part))
            left -= part
    return quantities, draw(st.integers(0, 30)), draw(st.integers(0, 900)), draw(st.permutations(parts))


class House:
    """One shop for all histories: each has a customer and a card of its own."""

    def __init__(self, shop: CheckoutShop, coupon: str) -> None:
        self.shop, self.coupon, self.customers = shop, coupon, 0


async def test_a_return_of_any_subset_in_any_order_ends_at_zero(database_url: str) -> None:
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        shop = CheckoutShop(Executor(database, VAULT))
        await shop.open(100_000)
        await shop.club()
        limits = {"uses_total": 1_000_000}
        await shop.live(form("third", reward={"type": "percent", "percent": 7.77}, limits=limits))
        house = House(shop, await shop.coupon(13))
        portal = asyncio.get_running_loop()

        @given(histories())
        @settings(max_examples=25)
        def every(history: History) -> None:
            asyncio.run_coroutine_threadsafe(_play(house, *history), portal).result()

        await asyncio.to_thread(every)
        await shop.audit()


async def _play(house: House, quantities: list[int], points: int, card_minor: int, parts: list[Given]) -> None:
    shop = house.shop
    house.customers += 1
    customer = f"customer {house.customers}"
    member = await shop.member(customer, points=100)
    code, pin = await shop.card(1000)
    lines = [(f"K{number}", quantity) for number, quantity in enumerate(quantities, 1)]
    wanted: dict[str, Any] = {"customer": customer, "coupons": [house.coupon]}
    total = (await shop.quote(*lines, **wanted)).total_minor
    wanted |= {"points": points} if points >= 10 else {}
    paid = min(card_minor, total - (points * 10 if points >= 10 else 0))
    wanted |= {"cards": [{"code": code, "pin": pin, "amount_minor": paid}]} if paid > 0 else {}
    done = await shop.buy(*lines, **wanted)
    order, cash = done.order.id, done.to_pay_minor
    if cash:
        await shop.pay(order, cash)
    for early, position, quantity in parts:
        if early:
            await shop.cancel(order, (position, quantity))
    late = [part for part in parts if not part[0]]
    if late:
        await shop.ship(order)
    owed = (await shop.view(order)).paid_minor - (await shop.view(order)).due_minor
    for _, position, quantity in late:
        owed += (await shop.back(order, (position, quantity))).refund_minor
    view = await shop.view(order)
    assert (view.due_minor, view.paid_minor, owed) == (0, cash, cash)
    assert sum(tender.amount_minor for tender in view.tenders) == cash
    assert (await shop.points(member), await shop.on_card(code, pin)) == ((100, 0), 1000)
    states = await shop._rows(f"select distinct state from pricing.usage where reference = {order}")
    assert {state for (state,) in states} in ({"given_back"}, {"released"})
