"""The order in which people are told of does not matter: small worlds, a real database, batches cut anywhere."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.identity_people import audit, identify, merge, partition, phone, rows, split, told, use
from tests.vaults import VAULT

pytestmark = [pytest.mark.stateful, pytest.mark.anyio]

NAMES = ("王小明", "李雪梅", "王小明", "")
BIRTHS = ("1990-01-02", "1985-07-09", "")

World = tuple[list[list[Any]], list[list[Any]]]

identifiers = st.one_of(
    st.integers(0, 3).map(phone),
    st.integers(0, 1).map(lambda number: phone(number, role="attribute")),
    st.integers(0, 2).map(lambda number: use("email", f"m{number}@example.com")),
    st.integers(0, 2).map(lambda number: use("unionid", f"oAbcdefgh1234567890abcdefgh{number}0")),
    st.integers(0, 1).map(lambda number: use("device", f"device-{number}-0123456789", verified=True)),
    st.just(use("phone", "13800000000")),
)


@st.composite
def statements(draw: st.DrawFn) -> customers.Identify:
    """What some source says of somebody, on some day."""
    return told(
        f"s{draw(st.integers(0, 2))}",
        f"r{draw(st.integers(0, 4))}",
        *draw(st.lists(identifiers, max_size=3)),
        at=draw(st.sampled_from((0, 1, 60, 200, 400))),
        name=draw(st.sampled_from(NAMES)),
        birth_date=draw(st.sampled_from(BIRTHS)),
        street="延安中路" if draw(st.booleans()) else "",
        city="上海市" if draw(st.booleans()) else "",
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """The same statements in two orders, each cut into batches."""
    said = draw(st.lists(statements(), min_size=2, max_size=10))
    return _cut(draw, said), _cut(draw, draw(st.permutations(said)))


def _cut(draw: Callable[[st.SearchStrategy[bool]], bool], said: list[Any]) -> list[list[Any]]:
    batches: list[list[Any]] = [[]]
    for one in said:
        if batches[-1] and draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    return batches


async def _empty(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "truncate customers.source_record, customers.statement, customers.subject_key, customers.identifier,"
            " customers.identifier_use, customers.block, customers.search_key, customers.assertion, customers.review,"
            " platform.idempotency"
        )


async def _facts(executor: Executor) -> tuple[object, ...]:
    """What must not depend on order: who belongs together, what is suspended, of whom somebody is asked."""
    groups = await partition(executor)
    suspended = await rows(executor, "select digest, reason from customers.identifier order by digest")
    asked = await rows(
        executor,
        "select l.key, h.key from customers.review as r join customers.source_record as l on l.id = r.low"
        " join customers.source_record as h on h.id = r.high where r.state = 'open' and l.customer <> h.customer",
    )
    between = {frozenset(group for group in groups if group & set(pair)) for pair in asked}
    return groups, suspended, between


@settings(max_examples=50)
@given(world=worlds())
async def test_order_and_batches_do_not_change_who_belongs_together(database_url: str, world: World) -> None:
    found = []
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        executor = Executor(database)
        for batches in world:
            await _empty(database_url)
            for batch in batches:
                answers = await identify(executor, *batch)
                assert not [one for one in answers if hasattr(one, "code")]
            await audit(executor)
            found.append(await _facts(executor))
    assert found[0] == found[1]


@settings(max_examples=50)
@given(
    said=st.lists(statements(), min_size=4, max_size=10), picks=st.lists(st.integers(0, 99), min_size=4, max_size=16)
)
async def test_merging_and_splitting_at_random_keeps_everything_true(
    database_url: str, said: list[Any], picks: list[int]
) -> None:
    await _empty(database_url)
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        executor = Executor(database)
        ids = sorted({one.record for one in await identify(executor, *said)})
        for one, other in zip(picks[::2], picks[1::2], strict=False):
            left, right = ids[one % len(ids)], ids[other % len(ids)]
            if left == right or isinstance(await merge(executor, left, right), str):
                continue
            await audit(executor)
            # What unique identifiers forbid in the larger group has left it: only who is there can be split off.
            theirs = "select customer from customers.source_record where id = %s"
            ((customer,),) = await rows(executor, theirs, left)
            assert await rows(executor, theirs, right) == [(customer,)]
            assert not isinstance(await split(executor, left, right), str)
            assert await rows(executor, theirs, left) != await rows(executor, theirs, right)
            await audit(executor)
