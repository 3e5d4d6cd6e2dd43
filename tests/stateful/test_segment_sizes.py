"""The size of each segment is what entered less what left, and its members, whatever happens and in any order."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import customers
from mainstem.domains.customers.segments import membership
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask
from mainstem.processes.refresh_customers import fill_step
from tests.stateful.test_follow_model import NAMES, Step, take
from tests.unit.followed_shop import SEGMENTS, FollowedShop
from tests.unit.identity_people import rows
from tests.vaults import VAULT

pytestmark = [pytest.mark.stateful, pytest.mark.anyio]

CONDITIONS = (
    {"trait": "orders_total", "op": ">=", "value": 1},
    {"trait": "spend_total", "op": ">=", "value": 600},
    {"trait": "records", "op": ">=", "value": 2},
    {"tag": "repeat_buyer"},
)
PASSING = "passing"
"""A segment that is made and removed."""

steps = st.tuples(
    st.sampled_from(
        (
            "identify",
            "sell",
            "sell",
            "take_back",
            "merge",
            "split",
            "tag",
            "erase",
            "follow",
            "refill",
            "remove",
            "fill",
        )
    ),
    st.integers(0, 5),
    st.integers(0, 5),
)


async def changes_segments(shop: FollowedShop, verb: str, one: int, other: int) -> None:
    """A segment gets another condition, one more is made or removed, or members are brought to conditions."""
    if verb == "fill":
        await fill_step(shop.executor)
    elif verb == "refill":
        name = sorted(SEGMENTS)[one % len(SEGMENTS)]
        again = customers.SaveSegment(name, CONDITIONS[other % len(CONDITIONS)], segment=shop.segments[name])
        await shop.does(customers.SAVE_SEGMENT, again)
    elif PASSING in shop.segments:
        await shop.does(customers.REMOVE_SEGMENT, customers.RemoveSegment(shop.segments.pop(PASSING)))
    else:
        anybody = customers.SaveSegment(f"{PASSING} {secrets.token_hex(4)}", CONDITIONS[0])
        shop.segments[PASSING] = (await shop.does(customers.SAVE_SEGMENT, anybody)).id


async def adds_up(shop: FollowedShop) -> None:
    """What is read of sizes is what the members are."""
    held = dict(await rows(shop.executor, "select segment, count(*) from customers.segment_member group by segment"))
    told = await rows(
        shop.executor,
        "select segment, sum(entered - departed)::bigint, (array_agg(size order by hour desc))[1]"
        " from customers.segment_hour group by segment",
    )
    assert {segment: moved for segment, moved, _ in told if moved} == held
    assert {segment: size for segment, _, size in told if size} == held
    everyone = {row[0] for row in await rows(shop.executor, "select id from customers.segment")}
    async with shop.executor.database.snapshot() as connection:
        ((now,),) = await rows(shop.executor, "select now()")
        (figures,) = await ask(connection, customers.segment_figures(everyone, now))
        for segment in everyone:
            one = figures[segment]
            assert one.members == held.get(segment, 0)
            assert one.entered_day - one.left_day == one.entered_week - one.left_week == one.members
            (days,) = await ask(connection, customers.segment_days(segment, now.date(), now.date(), "UTC"))
            assert [day.members for day in days] == [one.members]


@settings(max_examples=25)
@given(done=st.lists(steps, min_size=6, max_size=24), at_once=st.sampled_from((1, 2, 20_000)))
async def test_a_size_is_who_entered_less_who_left(database_url: str, done: list[Step], at_once: int) -> None:
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        shop = await FollowedShop(Executor(database)).reopen()
        async with database.transaction() as connection:
            await connection.execute("delete from customers.segment where name like 'passing%'")
        shop.segments = {name: shop.segments[name] for name in SEGMENTS}
        for name, number in shop.segments.items():
            await shop.does(customers.SAVE_SEGMENT, customers.SaveSegment(name, SEGMENTS[name], segment=number))
        with pytest.MonkeyPatch.context() as few:
            few.setattr(membership, "FILL_CUSTOMERS_MAX", at_once)
            for number, step in enumerate(done):
                if step[0] in ("refill", "remove", "fill"):
                    await changes_segments(shop, *step)
                else:
                    who = [(source, name) for source in ("till", "web") for name in NAMES]
                    records = [record for each in who if (record := await shop.record_of(each)) is not None]  # type: ignore[arg-type]
                    await take(shop, records, step, number)
                await adds_up(shop)
            await shop.follow()
            await adds_up(shop)
            while await fill_step(shop.executor):
                await adds_up(shop)
        await adds_up(shop)
