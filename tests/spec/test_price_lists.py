"""Which price counts: precedence of scopes, priority, quantity breaks, time, currency; readable as a table."""

from typing import Any

import pytest

from mainstem.domains.pricing import lists
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.pricing_shop import START, PricedShop, open_shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(executor: Executor, database: Database) -> PricedShop:
    return await open_shop(executor, database)


# From narrow to wide: what is set, and the source that is then named.
SCOPES: list[tuple[str, str | None, dict[str, Any]]] = [
    ("list:vip", "group", {"scope": "vip"}),
    ("list:gold", "tier", {"scope": "gold"}),
    ("channel:till,node:n1", None, {"channel": "till", "node": "n1"}),
    ("list:at-n1", "node", {"scope": "n1"}),
    ("node:n1", None, {"node": "n1"}),
    ("list:north", "region", {"scope": "North"}),
    ("list:at-till", "channel", {"scope": "till"}),
    ("channel:till", None, {"channel": "till"}),
    ("list:everybody", "general", {}),
    ("base", None, {}),
]


async def test_the_narrowest_scope_wins_and_each_gives_way_to_the_next(shop: PricedShop) -> None:
    basket = shop.asked(channel="till", node="n1", region="North", tier="gold", groups=("staff", "vip"))
    others = [
        shop.asked(channel="web", node="n2", region="South", tier="silver", groups=("staff",)),
        shop.asked(channel="web"),
    ]
    assert await shop.found(basket) == [None]
    for place in reversed(range(len(SCOPES))):
        source, kind, scope = SCOPES[place]
        if kind is None:
            await shop.base(place + 1, **scope)
        else:
            code = source.removeprefix("list:")
            await shop.save_list(code, kind, **scope)
            await shop.set(code, place + 1)
        assert await shop.found(basket) == [(place + 1, source)]
    for other in others:
        assert await shop.found(other) == [(9, "list:everybody")]


async def test_of_lists_of_one_kind_the_higher_priority_wins_then_the_code(shop: PricedShop) -> None:
    for code, priority, amount in (("b-list", 5, 50), ("a-list", 5, 51), ("c-list", 9, 90)):
        await shop.save_list(code, priority=priority)
        await shop.set(code, amount)
    assert await shop.found(shop.asked()) == [(90, "list:c-list")]
    await shop.set("c-list", None, day=1)
    assert await shop.found(shop.asked(), day=1) == [(51, "list:a-list")]
    await shop.save_list("a-list", active=False)
    # What was so yesterday stays so.
    assert await shop.found(shop.asked(), day=1) == [(51, "list:a-list")]
    assert await shop.found(shop.asked(), day=9999) == [(50, "list:b-list")]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(1, (100, "list:g")), (2, (100, "list:g")), (3, (90, "list:g@3")), (9, (90, "list:g@3")), (10, (70, "list:g@10"))],
)
async def test_the_highest_break_that_is_reached_counts(
    shop: PricedShop, quantity: int, expected: tuple[int, str]
) -> None:
    await shop.save_list("g")
    for least, amount in ((10, 70), (1, 100), (3, 90)):
        await shop.set("g", amount, from_quantity=least)

    assert await shop.found(shop.asked(("a", quantity))) == [expected]


async def test_lines_of_one_sku_count_together_in_any_order(shop: PricedShop) -> None:
    await shop.save_list("g")
    await shop.set("g", 100)
    await shop.set("g", 80, from_quantity=4)
    await shop.base(30, sku="b")

    assert await shop.found(shop.asked(("a", 1), ("b", 1), ("a", 3))) == [
        (80, "list:g@4"),
        (30, "base"),
        (80, "list:g@4"),
    ]
    assert await shop.found(shop.asked(("a", 3))) == [(100, "list:g")]


async def test_a_list_whose_breaks_are_not_reached_lets_the_next_one_decide(shop: PricedShop) -> None:
    await shop.base(100)
    await shop.save_list("bulk", "tier", "gold")
    await shop.set("bulk", 60, from_quantity=10)

    assert await shop.found(shop.asked(("a", 9), tier="gold")) == [(100, "base")]
    assert await shop.found(shop.asked(("a", 10), tier="gold")) == [(60, "list:bulk@10")]


async def test_prices_begin_end_and_are_followed_by_what_was_before(shop: PricedShop) -> None:
    await shop.save_list("g")
    await shop.set("g", 100, 0)
    await shop.set("g", 200, 20)  # a future price
    await shop.set("g", 70, 5, until=8)  # for three days
    await shop.set("g", 60, 6, until=7)  # within them
    await shop.set("g", 150, 18, until=22)  # over the border to the next

    seen = {day: (await shop.found(shop.asked(), day))[0] for day in (-1, 0, 4.9, 5, 6, 7, 7.9, 8, 18, 21.9, 22, 999)}
    amounts = {day: None if one is None else one[0] for day, one in seen.items()}
    assert amounts == {
        -1: None, 0: 100, 4.9: 100, 5: 70, 6: 60, 7: 70, 7.9: 70, 8: 100, 18: 150, 21.9: 150, 22: 200, 999: 200
    }  # fmt: skip


async def test_a_price_without_end_does_not_reach_over_the_next_and_fills_a_gap(shop: PricedShop) -> None:
    await shop.save_list("g")
    await shop.set("g", 10, 0, until=2)
    await shop.set("g", 40, 6)
    await shop.set("g", 30, 4)

    seen = [(await shop.found(shop.asked(), day))[0] for day in (1, 2, 3, 4, 5, 6, 7)]
    assert [one and one[0] for one in seen] == [10, None, None, 30, 30, 40, 40]


async def test_the_validity_of_a_list_bounds_its_prices(shop: PricedShop) -> None:
    await shop.base(100)
    await shop.save_list("season", valid_from="2026-01-03T00:00:00Z", valid_until="2026-01-06T00:00:00Z")
    await shop.set("season", 50)

    assert [(await shop.found(shop.asked(), day))[0] for day in (1, 2, 4, 5)] == [
        (100, "base"), (50, "list:season"), (50, "list:season"), (100, "base")
    ]  # fmt: skip


async def test_nothing_is_converted(shop: PricedShop) -> None:
    await shop.save_list("euro", currency="EUR")
    await shop.set("euro", 5)
    await shop.base(100)

    assert await shop.found(shop.asked()) == [(100, "base")]
    assert await shop.found(shop.asked(currency="EUR")) == [(5, "list:euro")]
    assert await shop.found(shop.asked(currency="USD")) == [None]


async def test_a_batch_of_baskets_is_answered_in_one_statement(shop: PricedShop) -> None:
    await shop.base(100)
    await shop.base(90, node="n2")
    await shop.save_list("vip", "group", "vip", tax_included=False)
    await shop.set("vip", 80)
    baskets = [shop.asked(groups=("vip",)), shop.asked(), shop.asked(node="n2"), shop.asked(("b", 1))]

    book: lists.PriceBook = await shop.ask(lists.price_for(baskets, START))

    answers: list[Any] = [book.of(basket)[0] for basket in baskets]
    assert [one and (one.unit_price_minor, one.tax_included) for one in answers] == [
        (80, False), (100, None), (90, None), None
    ]  # fmt: skip
