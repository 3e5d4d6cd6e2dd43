"""The follower against plain Python: whatever was told, bought, returned, merged, split, tagged and erased.

Events are delivered in pieces cut anywhere, and some of them again, as the relay may.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.followed_shop import FollowedShop
from tests.vaults import VAULT

pytestmark = [pytest.mark.stateful, pytest.mark.anyio]

NAMES = ("a", "b", "c")
Step = tuple[str, int, int]

steps = st.tuples(
    st.sampled_from(
        ("identify", "sell", "sell", "place", "take_back", "merge", "merge", "split", "tag", "untag", "erase", "follow")
    ),
    st.integers(0, 5),
    st.integers(0, 5),
)


async def take(shop: FollowedShop, records: list[int], step: Step, number: int) -> None:
    """One step; those that make no sense now are left out."""
    verb, one, other = step
    name = NAMES[one % len(NAMES)]
    alive = [record for record in records if await is_alive(shop, record)]
    sku = "SHOE" if other % 3 == 0 else "MILK"
    left, right = (alive[one % len(alive)], alive[other % len(alive)]) if alive else (0, 0)
    if verb == "identify" and await may_speak(shop, ("till", name)):
        await shop.identifies(("till", name), other if other < 2 else None)
    elif verb == "sell" and await may_speak(shop, ("till", name)):
        await shop.sells(name, number, sku=sku, amount=(100, 700, 9_000)[other % 3], days=(0, 20, 60, 400)[other % 4])
    elif verb == "place" and await may_speak(shop, ("web", name)):
        await shop.places(name, sku=sku)
    elif verb == "take_back" and shop.done:
        await shop.takes_back(sorted(shop.done)[one % len(shop.done)])
    elif verb in ("tag", "untag") and alive:
        await shop.tags_with(left, "friend", attach=verb == "tag")
    elif verb == "merge" and left != right:
        await shop.merges(left, right)
    elif verb == "split" and left != right:
        await shop.splits(left, right)
    elif verb == "erase" and other == 0 and alive:
        await shop.erases(left)
    elif verb == "follow":
        await shop.follow(upto=3 * one, again=other)


async def is_alive(shop: FollowedShop, record: int) -> bool:
    return bool(await shop.sources([record])) and record not in await erased(shop)


async def erased(shop: FollowedShop) -> set[int]:
    async with shop.executor.database.transaction() as connection:
        cursor = await connection.execute("select id from customers.source_record where erased_at is not null")
        return {row[0] for row in await cursor.fetchall()}


async def may_speak(shop: FollowedShop, who: tuple[str, str]) -> bool:
    """Whether nothing of somebody was erased: a record is erased for good."""
    record = await shop.record_of(who)  # type: ignore[arg-type] # a channel and a name
    return record is None or record not in await erased(shop)


@settings(max_examples=25)
@given(done=st.lists(steps, min_size=6, max_size=22))
async def test_what_is_followed_is_what_was_done(database_url: str, done: list[Step]) -> None:
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        shop = await FollowedShop(Executor(database)).reopen()
        for number, step in enumerate(done):
            who = [(source, name) for source in ("till", "web") for name in NAMES]
            records = [record for each in who if (record := await shop.record_of(each)) is not None]  # type: ignore[arg-type]
            await take(shop, records, step, number)
        await shop.follow()
        await shop.agrees()
        await shop.told_once()

        kept = await shop.derived()
        await shop.follow(again=len(done))
        assert await shop.derived() == kept, "what comes again changes nothing"
        await shop.forget_derived()
        await shop.follow()
        assert await shop.derived() == kept, "from the first event on it is the same"
