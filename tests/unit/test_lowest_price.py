"""The lowest price of 30 days against an independent model that looks at every half day by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains.pricing import lists
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.pricing_shop import DAY, START, PricedShop, open_shop

pytestmark = pytest.mark.anyio

HALF = DAY / 2
SPAN = 80

# Where a price can be set: the list or scope of a price, narrowest first, as (name, how it is set).
PLACES = ("till n1", "list n1", "n1", "list North", "list till", "till", "list high", "list low", "base")
CODES = {"list n1": "at-n1", "list North": "north", "list till": "at-till", "list high": "high", "list low": "low"}
SCOPES: dict[str, dict[str, str]] = {"till n1": {"channel": "till", "node": "n1"}, "n1": {"node": "n1"},
    "till": {"channel": "till"}, "base": {}}  # fmt: skip


@pytest.fixture
async def shop(executor: Executor, database: Database) -> PricedShop:
    found = await open_shop(executor, database)
    for code, kind, scope, priority in (
        ("at-n1", "node", "n1", 0), ("north", "region", "North", 0), ("at-till", "channel", "till", 0),
        ("high", "general", "", 9), ("low", "general", "", 1), ("vip", "group", "vip", 0),
    ):  # fmt: skip
        await found.save_list(code, kind, scope, priority=priority)
    await found.set("vip", 1)  # is nobody's but theirs
    return found


def scope(shop: PricedShop) -> lists.Scope:
    return lists.Scope(shop.channels["till"].id, "till", "CNY", shop.nodes["n1"].id, "n1", "North")


async def seen(shop: PricedShop, day: float) -> tuple[int, datetime, int] | None:
    variant = shop.variants["a"].id
    found = (await shop.ask(lists.lowest_before([variant], scope(shop), START + day * DAY))).get(variant)
    return None if found is None else (found.price_minor, found.since, found.lowest_minor)


async def test_a_reduction_names_the_lowest_of_the_30_days_before_it(shop: PricedShop) -> None:
    await shop.base(100, 0)
    await shop.base(70, 5)
    await shop.base(90, 10)
    await shop.base(80, 34)

    assert [await seen(shop, day) for day in (-1, 0, 4, 11)] == [None, None, None, None]
    assert await seen(shop, 5) == (70, START + 5 * DAY, 100)
    assert await seen(shop, 40) == (80, START + 34 * DAY, 70)  # day 5 to 10 lies within
    await shop.base(75, 45)
    assert await seen(shop, 46) == (75, START + 45 * DAY, 80)  # a further one: day 15 on


async def test_an_old_reduction_is_none_any_more(shop: PricedShop) -> None:
    await shop.base(100, 0)
    await shop.base(50, 10)

    assert await seen(shop, 10 + 365) == (50, START + 10 * DAY, 100)
    assert await seen(shop, 10 + 366) is None


async def test_prices_for_a_group_are_no_reduction_for_everybody(shop: PricedShop) -> None:
    await shop.base(100, 0)
    assert await seen(shop, 3) is None


SETTING = st.tuples(
    st.sampled_from(PLACES), st.integers(50, 55), st.integers(0, SPAN), st.sampled_from([None, None, 1, 3, 9, 31])
)


def naive(settings_: list[tuple[str, int, int, int | None]]) -> list[int | None]:
    """What is asked on each half day, by the words of the README, one setting after the other."""
    lines: dict[str, list[tuple[int, int] | None]] = {place: [None] * (4 * SPAN) for place in PLACES}
    for number, (place, amount, day, days) in enumerate(settings_):
        line, first = lines[place], 2 * day
        last = first
        if days is not None:
            last = first + 2 * days
        else:  # the rest of what it begins in: a price, or a time without any
            while last < len(line) and line[last] == line[first]:
                last += 1
        line[first:last] = [(number, amount)] * (last - first)
    first_of = [next((lines[place][n] for place in PLACES if lines[place][n]), None) for n in range(2 * SPAN)]
    return [None if one is None else one[1] for one in first_of]


def model(asked: list[int | None], half: int) -> tuple[int, int, int] | None:
    """Amount, half day since when, and lowest before, of a reduction in force on a half day."""
    now = asked[half]
    if now is None:
        return None
    since = half
    while since > 0 and asked[since - 1] == now:
        since -= 1
    before = [one for one in asked[max(0, since - 60) : since] if one is not None]
    return (now, since, min(before)) if before and before[-1] > now else None


@given(settings_=st.lists(SETTING, min_size=1, max_size=8))
@settings(max_examples=40)
async def test_it_is_what_the_model_says(shop: PricedShop, settings_: list[tuple[str, int, int, int | None]]) -> None:
    async with shop.database.transaction() as connection:
        await connection.execute("truncate pricing.price, pricing.list_price")
    plain: list[tuple[str, int, int, int | None]] = []
    for place, amount, day, days in settings_:
        if place in CODES:
            await shop.set(CODES[place], amount, day, None if days is None else day + days)
            plain.append((place, amount, day, days))
        else:
            await shop.base(amount, day, **SCOPES[place])
            plain.append((place, amount, day, None))
    asked = naive(plain)
    basket = shop.asked(channel="till", node="n1", region="North")
    for half in range(0, 2 * SPAN, 7):
        found = (await shop.found(basket, half / 2))[0]
        assert (found and found[0]) == asked[half], (half, plain)
        expected = model(asked, half)
        answer: Any = await seen(shop, half / 2)
        shown = None if answer is None else (answer[0], (answer[1] - START) // HALF, answer[2])
        assert shown == expected, (half, plain)


def test_half_days_divide_a_month() -> None:
    assert timedelta(days=30) // HALF == 60
