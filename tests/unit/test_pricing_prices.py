"""Prices on a real database: what is recorded, what is refused, and what is in force against a naive model."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import catalog, pricing
from mainstem.domains.pricing import SET_PRICES, PriceSet, SetPrice
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.platform.execution import Executor, Outcome
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

_keys = itertools.count()
DAY = timedelta(days=1)
START = datetime(2025, 1, 1, tzinfo=UTC)


class Shop(msgspec.Struct):
    """A database with two SKUs, two nodes and two channels, and their ids by code."""

    database: Database
    executor: Executor
    variants: dict[str, catalog.Variant]
    nodes: dict[str, catalog.Node]
    channels: dict[str, catalog.Channel]

    async def set(self, *commands: SetPrice) -> list[PriceSet | str]:
        """For each command of one batch the price that was set, or the code and place of the refusal."""
        calls = [SET_PRICES.call(command, f"key {next(_keys)}", actor=7, trace="t") for command in commands]
        return [answer(outcome) for outcome in await self.executor.execute(SET_PRICES, calls)]

    async def at(
        self, moment: datetime, sku: str = "a", channel: str = "web", node: str | None = None, currency: str = "CNY"
    ) -> int | None:
        """The price in force, asked for in both ways."""
        variant, place = self.variants[sku].id, self.nodes[node].id if node else None
        spots = [(variant, place)] if place else []
        async with self.database.snapshot() as connection:
            all_nodes, one_node = await ask(
                connection,
                pricing.prices_for([variant], moment),
                pricing.prices_for([variant], moment, spots),
            )
        found = all_nodes.at(variant, self.channels[channel].id, place, currency)
        assert found == one_node.at(variant, self.channels[channel].id, place, currency)
        return found

    async def history(self, sku: str = "a") -> list[pricing.PriceView]:
        async with self.database.snapshot() as connection:
            return (await ask(connection, pricing.price_history(self.variants[sku].id, 1000)))[0]


def answer(outcome: Outcome) -> PriceSet | str:
    if outcome.accepted:
        return msgspec.json.decode(outcome.body, type=PriceSet)
    refusal = outcome.refusal()
    assert refusal.message()
    return f"{refusal.code} {refusal.where}"


@pytest.fixture
async def shop(executor: Executor, database: Database) -> Shop:
    nodes = [catalog.UpsertNode(code=code, name="", kind="store", time_zone="UTC") for code in ("n1", "n2")]
    channels = [catalog.UpsertChannel(code=code, name="", kind="web", currency="CNY") for code in ("web", "app")]
    products = [catalog.UpsertProduct(sku, "", (catalog.VariantInput(sku),)) for sku in ("a", "b")]
    upserts: list[tuple[Any, Sequence[Any]]] = [
        (catalog.UPSERT_NODES, nodes),
        (catalog.UPSERT_CHANNELS, channels),
        (catalog.UPSERT_PRODUCTS, products),
    ]
    for operation, commands in upserts:
        outcomes = await executor.execute(operation, [operation.call(c, str(n)) for n, c in enumerate(commands)])
        assert all(outcome.accepted for outcome in outcomes)
    async with database.snapshot() as connection:
        found = await ask(
            connection,
            catalog.variants_by_sku("ab"),
            catalog.nodes_by_code(),
            catalog.channels_by_code(["web", "app"]),
        )
    return Shop(database, executor, *found)


def price(
    amount_minor: int, days: int | None = None, sku: str = "a", currency: str = "CNY", **more: str | None
) -> SetPrice:
    valid_from = None if days is None else START + days * DAY
    return msgspec.structs.replace(SetPrice(sku, currency, amount_minor, valid_from=valid_from), **more)


async def test_a_price_is_recorded_and_told(shop: Shop) -> None:
    (made,) = await shop.set(price(1999, 3, channel="web", node="n1", derived="shelf label"))

    assert isinstance(made, PriceSet)
    (view,) = await shop.history()
    variant, channel, node = shop.variants["a"].id, shop.channels["web"].id, shop.nodes["n1"].id
    assert (view.id, view.variant, view.channel, view.node) == (made.id, variant, channel, node)
    assert (view.currency, view.amount_minor, view.derived) == ("CNY", 1999, "shelf label")
    assert (view.valid_from, view.valid_until) == (START + 3 * DAY, None)
    async with shop.database.snapshot() as connection:
        cursor = await connection.execute(
            "select subject, actor, trace, payload from platform.event where type = 'pricing.price_set'"
        )
        ((subject, actor, trace, payload),) = await cursor.fetchall()
    assert (subject, actor, trace, payload["price"]) == (variant, 7, "t", made.id)
    assert payload["valid_from"] == "2025-01-04T00:00:00Z"
    assert payload["command"]["amount_minor"] == 1999


async def test_without_a_moment_a_price_is_in_force_at_once(shop: Shop) -> None:
    before = datetime.now(UTC)
    await shop.set(price(100))

    assert await shop.at(datetime.now(UTC)) == 100
    assert await shop.at(before) is None


async def test_a_price_is_in_force_until_the_next_begins(shop: Shop) -> None:
    await shop.set(price(100, 0))
    await shop.set(price(300, 20))
    await shop.set(price(200, 10))  # recorded late
    await shop.set(price(50, -10))  # before all others

    days = [-11, -10, -1, 0, 9, 10, 19, 20, 9999]
    assert [await shop.at(START + day * DAY) for day in days] == [None, 50, 50, 100, 100, 200, 200, 300, 300]
    spans = [(view.amount_minor, view.valid_until) for view in await shop.history()]
    assert spans == [(300, None), (200, START + 20 * DAY), (100, START + 10 * DAY), (50, START)]


async def test_of_two_prices_with_one_start_the_later_is_in_force_and_both_are_kept(shop: Shop) -> None:
    await shop.set(price(100, 0), price(110, 0))
    await shop.set(price(120, 0))

    assert await shop.at(START) == 120
    assert sorted(view.amount_minor for view in await shop.history()) == [100, 110, 120]
    assert [view.amount_minor for view in await shop.history() if view.valid_until is None] == [120]


async def test_the_narrowest_scope_wins(shop: Shop) -> None:
    asked = [("web", "n1"), ("web", "n2"), ("app", "n1"), ("app", "n2"), ("web", None), ("app", None)]

    async def seen() -> list[int | None]:
        return [await shop.at(START, channel=channel, node=node) for channel, node in asked]

    assert await seen() == [None] * 6
    await shop.set(price(1, 0))
    assert await seen() == [1, 1, 1, 1, 1, 1]
    await shop.set(price(2, 0, channel="web"))
    assert await seen() == [2, 2, 1, 1, 2, 1]
    await shop.set(price(3, 0, node="n1"))
    assert await seen() == [3, 2, 3, 1, 2, 1]
    await shop.set(price(4, 0, channel="web", node="n1"))
    assert await seen() == [4, 2, 3, 1, 2, 1]
    assert await shop.at(START, currency="USD") is None
    assert await shop.at(START, sku="b", node="n1") is None


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (price(1, sku="c"), "unknown_sku /sku"),
        (price(1, sku="\x00"), "unknown_sku /sku"),
        (price(1, channel="fax"), "unknown_channel /channel"),
        (price(1, node="n3"), "unknown_node /node"),
        (price(1, currency="XYZ"), "unknown_currency /currency"),
        (price(-1), "bad_amount /amount_minor"),
        (price(AMOUNT_MINOR_MAX + 1), "bad_amount /amount_minor"),
        (price(1, derived="x" * 301), "too_long /derived"),
        (price(1, derived="\x00"), "bad_text /derived"),
        (SetPrice("a", "CNY", 1, valid_from=datetime(1999, 12, 31, 23, 59, tzinfo=UTC)), "bad_validity /valid_from"),
        (SetPrice("a", "CNY", 1, valid_from=datetime(2100, 1, 1, tzinfo=UTC)), "bad_validity /valid_from"),
        (SetPrice("a", "CNY", 1, valid_from=datetime(2025, 1, 1)), "bad_validity /valid_from"),  # noqa: DTZ001
        (
            SetPrice("a", "CNY", 1, valid_from=datetime(1, 1, 1, tzinfo=timezone(14 * timedelta(hours=1)))),
            "bad_validity /valid_from",
        ),
    ],
)
async def test_what_is_refused_leaves_the_others_alone(shop: Shop, command: SetPrice, refusal: str) -> None:
    answers = await shop.set(command, price(0, 0), command, price(AMOUNT_MINOR_MAX, 1))

    assert [item for item in answers if isinstance(item, str)] == [refusal] * 2
    assert [view.amount_minor for view in await shop.history()] == [AMOUNT_MINOR_MAX, 0]


async def test_pages_of_a_history_join_without_gap_or_overlap(shop: Shop) -> None:
    await shop.set(*(price(number, number // 2, node=("n1", None)[number % 2]) for number in range(9)))
    whole = await shop.history()
    seen: list[pricing.PriceView] = []
    async with shop.database.snapshot() as connection:
        while len(seen) < len(whole):
            behind = (seen[-1].valid_from, seen[-1].id) if seen else None
            (page,) = await ask(connection, pricing.price_history(shop.variants["a"].id, 2, behind))
            seen += page
        (current,) = await ask(connection, pricing.current_prices(shop.variants["a"].id, START + 2 * DAY))

    assert seen == whole
    assert [view.amount_minor for view in current] == [5, 4]


async def test_concurrent_prices_of_one_scope_follow_each_other(shop: Shop) -> None:
    await asyncio.gather(*(shop.set(price(number, 0)) for number in range(4)))
    await shop.set(price(0, 9))
    # Between two prices no unique index would notice an overlap.
    await asyncio.gather(*(shop.set(price(number, 1 + number * 5 % 8)) for number in range(32)))

    spans = [(view.valid_from, view.valid_until) for view in await shop.history()]
    assert len(spans) == 37
    lasting = sorted(span for span in spans if span[0] != span[1] and span[1])
    assert lasting == [(START + day * DAY, START + (day + 1) * DAY) for day in range(9)]


COMMANDS = st.builds(
    price,
    amount_minor=st.integers(0, 99),
    days=st.integers(0, 4),
    sku=st.sampled_from("ab"),
    currency=st.sampled_from(["CNY", "USD"]),
    channel=st.sampled_from([None, "web", "app"]),
    node=st.sampled_from([None, "n1", "n2"]),
)


def naive(
    commands: Sequence[SetPrice], moment: datetime, sku: str, channel: str, node: str | None, currency: str
) -> int | None:
    """The price in force by the words of the README, from all commands in order of arrival."""
    scopes = [(channel, node), (None, node), (channel, None), (None, None)]
    for scope in scopes if node else scopes[2:]:
        begun = [
            (command.valid_from, number, command.amount_minor)
            for number, command in enumerate(commands)
            if (command.sku, command.currency, command.channel, command.node) == (sku, currency, *scope)
            and command.valid_from is not None
            and command.valid_from <= moment
        ]
        if begun:
            return max(begun)[2]
    return None


@given(batches=st.lists(st.lists(COMMANDS, min_size=1, max_size=12), min_size=1, max_size=4))
@settings(max_examples=50)
async def test_prices_in_force_are_those_of_the_naive_model(shop: Shop, batches: list[list[SetPrice]]) -> None:
    async with shop.database.transaction() as connection:
        await connection.execute("truncate pricing.price")
    for batch in batches:
        assert all(isinstance(item, PriceSet) for item in await shop.set(*batch))
    commands = list(itertools.chain(*batches))

    ids = {sku: variant.id for sku, variant in shop.variants.items()}
    for day in range(-1, 6):
        moment = START + day * DAY
        async with shop.database.snapshot() as connection:
            all_nodes, at_n1, at_none = await ask(
                connection,
                pricing.prices_for(ids.values(), moment),
                pricing.prices_for(ids.values(), moment, [(variant, shop.nodes["n1"].id) for variant in ids.values()]),
                pricing.prices_for(ids.values(), moment, []),
            )
        for sku, channel, node, currency in itertools.product("ab", ("web", "app"), (None, "n1", "n2"), ("CNY", "USD")):
            asked = (ids[sku], shop.channels[channel].id, shop.nodes[node].id if node else None, currency)
            expected = naive(commands, moment, sku, channel, node, currency)
            assert all_nodes.at(*asked) == expected
            if node == "n1":
                assert at_n1.at(*asked) == expected
            if node is None:
                assert at_none.at(*asked) == expected
    histories = [view for sku in "ab" for view in await shop.history(sku)]
    assert sorted(view.amount_minor for view in histories) == sorted(command.amount_minor for command in commands)
