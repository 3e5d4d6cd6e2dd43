"""The library of tags: each is well-formed, in two languages, and can hold and not hold."""

import random
from datetime import UTC, date, datetime

import pytest

from mainstem.domains import customers
from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.segments.conditions import Compared, Consented, leaves_of
from mainstem.domains.customers.segments.membership import fitting
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from tests.unit.crowd import CATEGORIES, Person, person, settle

pytestmark = pytest.mark.anyio

CROWD = 1_500
WITHIN = sorted({part for name in CATEGORIES if name for part in (name, name.partition("/")[0])})
"""The categories of the crowd, with those above them."""


async def settled(executor: Executor, size: int, today: date) -> list[Person]:
    """So many people, with their traits and their places among the others."""
    draw = random.Random(4)
    crowd = [person(draw, number, today) for number in range(1, size + 1)]
    await settle(executor, crowd)

    async def score(work: Work) -> None:
        customers.compute_rfm_bounds(work)

    async def keep(work: Work) -> None:
        await customers.keep_current(work, [one.id for one in crowd], identity=False)

    await executor.transact("test.bounds", score)
    await executor.transact("test.keep", keep)
    return crowd


async def test_each_shipped_tag_holds_for_somebody_and_not_for_somebody_else(executor: Executor) -> None:
    today = datetime.now(UTC).date()
    await settled(executor, CROWD, today)
    tags = [*customers.shipped_tags(), *customers.category_tags("Dairy")]
    known = customers.tag_conditions()

    async with executor.database.snapshot() as connection:
        held = await fitting(connection, {n: known[tag.name] for n, tag in enumerate(tags)}, Scope.everybody(), today)

    counts = {tag.name: sum(1 for number, _ in held if number == place) for place, tag in enumerate(tags)}
    assert {name for name, count in counts.items() if not 0 < count < CROWD} == set()


async def test_tags_of_one_customer_are_those_that_the_sql_of_sets_finds(executor: Executor) -> None:
    today = datetime.now(UTC).date()
    crowd = await settled(executor, 400, today)
    tags = [*customers.shipped_tags(), *(tag for name in WITHIN for tag in customers.category_tags(name))]
    shipped, known = {tag.name for tag in customers.shipped_tags()}, customers.tag_conditions()

    async with executor.database.snapshot() as connection:
        everybody = await fitting(
            connection, {n: known[tag.name] for n, tag in enumerate(tags)}, Scope.everybody(), today
        )
        for one in crowd:
            (alone,) = await ask(connection, customers.traits_known(one.records[-1], today))
            assert alone is not None
            spent = alone.traits["spend_by_category"] or {}
            found = [tags[number] for number, customer in sorted(everybody) if customer == one.id]
            expected = {tag.name for tag in found if tag.name in shipped or tag.name.partition(":")[2] in spent}
            assert {tag.name for tag in alone.held} == expected, one.id
            assert await customers.computed_tags(connection, one.id, today) == alone.held


def test_no_tag_asks_for_purchases_or_for_tags_that_people_attach() -> None:
    known = customers.tag_conditions()
    for tag in [*customers.shipped_tags(), *customers.category_tags("Dairy")]:
        for leaf in leaves_of(known[tag.name]):
            assert isinstance(leaf, Compared | Consented), tag.name


def test_the_library_is_whole() -> None:
    tags = customers.shipped_tags()

    assert len(tags) >= 200
    assert len({tag.name for tag in tags}) == len(tags)
    assert {tag.group for tag in tags} == set(customers.tag_groups())
    assert len({tag.en for tag in tags}) == len({tag.zh for tag in tags}) == len(tags)
    assert all(tag.en.isascii() and not tag.zh.isascii() for tag in tags if tag.zh != tag.en)
