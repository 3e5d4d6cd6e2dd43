"""The library of tags: each is well-formed, in two languages, and can hold and not hold."""

import random
from datetime import UTC, datetime

import pytest

from mainstem.domains import customers
from mainstem.domains.customers.segments.compile import Scope
from mainstem.domains.customers.segments.membership import fitting
from mainstem.platform.execution import Executor
from mainstem.platform.work import Work
from tests.unit.crowd import person, settle

pytestmark = pytest.mark.anyio

CROWD = 1_500


async def test_each_shipped_tag_holds_for_somebody_and_not_for_somebody_else(executor: Executor) -> None:
    today = datetime.now(UTC).date()
    draw = random.Random(4)
    crowd = [person(draw, number, today) for number in range(1, CROWD + 1)]
    await settle(executor, crowd)

    async def score(work: Work) -> None:
        customers.compute_rfm_bounds(work)

    async def keep(work: Work) -> None:
        await customers.keep_current(work, [one.id for one in crowd], identity=False)

    await executor.transact("test.bounds", score)
    await executor.transact("test.keep", keep)
    tags = [*customers.shipped_tags(), *customers.category_tags("Dairy")]
    known = customers.tag_conditions()

    async with executor.database.snapshot() as connection:
        held = await fitting(connection, {n: known[tag.name] for n, tag in enumerate(tags)}, Scope.everybody(), today)

    counts = {tag.name: sum(1 for number, _ in held if number == place) for place, tag in enumerate(tags)}
    assert {name for name, count in counts.items() if not 0 < count < CROWD} == set()


def test_the_library_is_whole() -> None:
    tags = customers.shipped_tags()

    assert len(tags) >= 200
    assert len({tag.name for tag in tags}) == len(tags)
    assert {tag.group for tag in tags} == set(customers.tag_groups())
    assert len({tag.en for tag in tags}) == len({tag.zh for tag in tags}) == len(tags)
    assert all(tag.en.isascii() and not tag.zh.isascii() for tag in tags if tag.zh != tag.en)
