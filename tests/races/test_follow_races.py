"""Followers, corrections and tills at once, on connections of their own."""

import asyncio
from random import Random
from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import refresh_step
from tests.unit.followed_shop import FollowedShop
from tests.unit.household_people import HOME, audit_households, correct, erase, follow, household, published
from tests.unit.identity_people import audit, identify, merge, rows, run, split, told

pytestmark = [pytest.mark.races, pytest.mark.anyio]

PEOPLE = 8


async def customers_of(shop: FollowedShop) -> list[int]:
    records = []
    for number in range(PEOPLE):
        record = await shop.record_of(("till", f"c{number}"))
        assert record is not None
        records.append(record)
    return records


async def furnished(executor: Executor) -> FollowedShop:
    shop = await FollowedShop(executor).open()
    for number in range(PEOPLE):
        await shop.identifies(("till", f"c{number}"), number % 2)
        await shop.sells(f"c{number}", number, amount=600)
        await shop.sells(f"c{number}", 100 + number, amount=600, sku="SHOE")
    return shop


async def no_deadlock(executor: Executor) -> None:
    ((deadlocks,),) = await rows(executor, "select deadlocks from pg_stat_database where datname = current_database()")
    assert deadlocks == 0


async def test_two_followers_of_the_same_events_do_it_once(executor: Executor, database_url: str) -> None:
    shop = await furnished(executor)
    events = await published(executor)
    async with (
        Database(database_url, pool_size=3, vault=executor.database.vault) as one,
        Database(database_url, pool_size=3, vault=executor.database.vault) as other,
    ):
        first, second = FollowCustomers(Executor(one)), FollowCustomers(Executor(other))
        pieces = [events[start : start + 9] for start in range(0, len(events), 9)]
        await asyncio.gather(
            *(first.deliver(piece) for piece in pieces), *(second.deliver(piece) for piece in reversed(pieces))
        )

    await shop.agrees()
    await shop.told_once()
    await no_deadlock(executor)


async def test_merging_and_selling_while_following_ends_as_if_followed_afterwards(
    executor: Executor, database_url: str
) -> None:
    shop = await furnished(executor)
    records = await customers_of(shop)
    draw = Random(7)
    over = asyncio.Event()

    async def corrections() -> None:
        for _ in range(15):
            one, other = draw.sample(records, 2)
            await merge(shop.executor, one, other)
            if draw.random() < 0.5:
                await split(shop.executor, one, other)

    async def tills() -> None:
        for number in range(12):
            await shop.sells(f"c{number % PEOPLE}", 200 + number, amount=900)

    async def following(executor: Executor) -> None:
        while not over.is_set():
            await follow(executor)

    async def refreshing(executor: Executor) -> None:
        while not over.is_set():
            await refresh_step(executor)
            await asyncio.sleep(0)

    async with Database(database_url, pool_size=4, vault=executor.database.vault) as own:
        behind = [asyncio.create_task(job(Executor(own))) for job in (following, following, refreshing)]
        await asyncio.gather(corrections(), tills())
        over.set()
        await asyncio.gather(*behind)

    await follow(executor)
    await shop.agrees()
    await shop.told_once()
    await audit(executor)
    kept = await shop.derived()
    await shop.forget_derived()
    await follow(executor)
    assert await shop.derived() == kept
    await no_deadlock(executor)


async def test_an_erasure_while_following_leaves_nothing(executor: Executor, database_url: str) -> None:
    shop = await furnished(executor)
    records = await customers_of(shop)
    await follow(executor)
    async with Database(database_url, pool_size=4, vault=executor.database.vault) as own:
        behind = Executor(own)
        for record in records[:4]:
            await asyncio.gather(follow(behind), erase(executor, record), follow(behind))
    await follow(executor)

    gone = records[:4]
    for table, column in (("activity", "record"), ("trait_value", "customer"), ("segment_member", "customer"),
                          ("household_key", "record")):  # fmt: skip
        assert await rows(executor, f"select from customers.{table} where {column} = any(%s)", gone) == [], table
    await shop.agrees()
    await audit_households(executor)


async def test_contradicting_words_of_a_household_end_consistent(executor: Executor, database_url: str) -> None:
    found = await identify(executor, *[told("web", f"r{n}", **(HOME if n % 2 else {})) for n in range(6)])
    people = [one.customer for one in found]
    await follow(executor)
    draw = Random(3)
    jobs: list[Any] = []
    async with Database(database_url, pool_size=8, vault=executor.database.vault) as own:
        many = Executor(own)
        for _ in range(40):
            one, other = draw.sample(people, 2)
            jobs.append(correct(many, one, other, draw.choice(("together", "apart", "unsaid"))))
        jobs += [merge(many, people[0], people[1]), erase(many, people[2])]
        jobs += [run(many, customers.IDENTIFY, [told("app", f"a{n}", **HOME)]) for n in range(4)]
        answers = await asyncio.gather(*jobs)

    refused = {answer for answer in answers if isinstance(answer, str)}
    assert refused <= {"household_contradiction", "person_erased", "same_customer"}
    await follow(executor)
    await audit_households(executor)
    views = [await household(executor, one) for one in people]
    for view in views:
        for one in view.members:
            assert (await household(executor, one.customer)).household == view.household
        inside = {one.customer for one in view.members}
        assert all(said.other not in inside for said in view.said if said.answer == "apart")
    await no_deadlock(executor)
