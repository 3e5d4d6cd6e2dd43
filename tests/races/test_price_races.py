"""Many who set prices at once: timelines never fork, one approval counts, and labels miss nothing."""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from mainstem.domains import catalog
from mainstem.domains.pricing import lists, markdown
from mainstem.domains.pricing.lists.checks import CHECKS
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from tests.unit.pricing_shop import DAY, START, PricedShop, open_shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(executor: Executor, database: Database) -> PricedShop:
    found = await open_shop(executor, database)
    await found.save_list("g")
    return found


async def test_prices_set_at_once_never_overlap_and_none_is_lost(shop: PricedShop) -> None:
    await asyncio.gather(
        *(shop.set("g", n, n * 7 % 20, None if n % 3 else n * 7 % 20 + 1 + n % 5, sku="ab"[n % 2]) for n in range(40)),
        *(shop.base(n, n * 3 % 10) for n in range(20)),
    )

    async with shop.database.snapshot() as connection:
        for check in CHECKS:
            cursor = await connection.execute(check.sql)
            assert await cursor.fetchall() == [], check.name
        cursor = await connection.execute("select count(*) from pricing.list_price where continues is null")
        assert await cursor.fetchone() == (40,)


async def test_a_batch_is_put_into_force_once(shop: PricedShop) -> None:
    batch = markdown.ProposePriceBatch("g", (markdown.PriceChange("a", 5), markdown.PriceChange("b", 6)))
    (made,) = await shop.done(markdown.PROPOSE_PRICE_BATCH, batch)
    decide = markdown.DecidePriceBatch(made.id, approve=True)
    answers = await asyncio.gather(*(shop.do(markdown.DECIDE_PRICE_BATCH, decide, actor=8 + n) for n in range(8)))

    shown = [one if isinstance(one, str) else one.state for (one,) in answers]
    assert sorted(shown) == ["in_force", *["price_batch_decided /batch"] * 7]
    async with shop.database.snapshot() as connection:
        cursor = await connection.execute("select count(*) from pricing.list_price")
        assert await cursor.fetchone() == (2,)


async def test_of_batches_for_the_same_prices_one_is_in_force_and_the_others_are_stale(shop: PricedShop) -> None:
    made = await shop.done(
        markdown.PROPOSE_PRICE_BATCH,
        *(markdown.ProposePriceBatch("g", (markdown.PriceChange("a", 5 + n),)) for n in range(6)),
    )
    answers = await asyncio.gather(
        *(
            shop.do(markdown.DECIDE_PRICE_BATCH, markdown.DecidePriceBatch(one.id, approve=True), actor=8)
            for one in made
        )
    )
    shown = [one if isinstance(one, str) else one.state for (one,) in answers]
    assert sorted(shown) == ["in_force", *["price_batch_stale /batch"] * 5]


async def test_terms_saved_at_once_follow_each_other(shop: PricedShop) -> None:
    await asyncio.gather(*(shop.save_list("g", priority=n) for n in range(1, 13)))

    found = await shop.ask(lists.find_price_list("g"))
    terms = await shop.ask(lists.price_list_terms(found.id))
    assert [one.revision for one in terms] == list(range(13, 0, -1))
    assert all(older.until == newer.since for newer, older in itertools.pairwise(terms))


async def test_who_follows_labels_while_prices_are_set_hears_of_every_one(shop: PricedShop) -> None:
    async with shop.database.snapshot() as connection:
        node, channel = await ask(connection, catalog.find_node("n1"), catalog.find_channel("till"))
    assert node is not None
    shelf = markdown.Shelf(node, channel, "CNY")
    heard: dict[str, int | None] = {}
    position: Any = None
    ended = asyncio.Event()

    async def follow() -> None:
        nonlocal position
        while True:
            last = ended.is_set()
            until = await markdown.horizon(shop.database)
            async with shop.database.snapshot() as connection:
                (positions,) = await ask(connection, markdown.changed(shelf, until, position, 1))
                for label in await markdown.labels(connection, shelf, positions, until) if positions else []:
                    heard[label.sku] = label.price_minor
            position = positions[-1] if positions else position
            if last and not positions:
                return

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(shop.set("g", n, -1, sku="abc"[n % 3]) for n in range(60)))
    ended.set()
    await follower

    basket = shop.asked(("a", 1), ("b", 1), ("c", 1), channel="till", node="n1", region="North")
    found = await shop.found(basket, (datetime.now(UTC) - START) / DAY)
    assert heard == dict(zip("abc", (one and one[0] for one in found), strict=True))
