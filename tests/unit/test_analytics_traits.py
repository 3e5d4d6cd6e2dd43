"""Batch traits: tables in, values out, and from facts to segments by the job."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.config import Config

from mainstem.analytics.traits import compute_batch_traits
from mainstem.analytics.traits.computing import ACTIVITY, GOODS, compute, statement
from mainstem.analytics.traits.declared import TRAITS
from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from tests.unit.crowd import person, settle

pytestmark = pytest.mark.anyio


def tables(rows: list[tuple[int, int, int, int, str]]) -> tuple[Any, Any]:
    """Purchases told as (customer, days after the first of January, units, discount, category)."""
    occasions = list(enumerate(rows, 1))
    activity = [
        (c, n, date(2026, 1, 1) + timedelta(days), units, 100, off) for n, (c, days, units, off, _) in occasions
    ]
    goods = [(c, n, category, "", units, 100) for n, (c, _, units, _, category) in occasions]
    return (
        pa.table([list(column) for column in zip(*activity, strict=True)], schema=ACTIVITY.to_pyarrow()),
        pa.table([list(column) for column in zip(*goods, strict=True)], schema=GOODS.to_pyarrow()),
    )


@pytest.mark.parametrize(
    ("trait", "rows", "expected"),
    [
        # A purchase every week is as regular as can be; gaps of 1, 1 and 10 days are not regular at all.
        ("interval_regularity", [(1, day, 1, 0, "Tea") for day in (0, 7, 14, 21)], {1: 100}),
        ("interval_regularity", [(1, day, 1, 0, "Tea") for day in (0, 1, 2, 12)], {1: 0}),
        # Two purchases of a day are one of its rhythm; two gaps are too few to tell.
        ("interval_regularity", [(1, day, 1, 0, "Tea") for day in (0, 0, 7, 14)], {}),
        ("median_interval_days", [(1, day, 1, 0, "Tea") for day in (0, 2, 12, 13)], {1: 2}),
        ("category_diversity", [(1, day, 1, 0, "Tea") for day in range(4)], {1: 0}),
        ("category_diversity", [(1, day, 1, 0, "Tea" if day % 2 else "Home") for day in range(4)], {1: 50}),
        ("category_diversity", [(1, day, 1, 0, "") for day in range(4)], {}),
        ("price_sensitivity", [(1, 0, 3, 50, "Tea"), (1, 1, 1, 0, "Tea")], {1: 75}),
        ("price_sensitivity", [(1, 0, 2, 50, "Tea"), (1, 1, 2, 0, "Tea"), (2, 1, 2, 0, "Tea")], {1: 50}),
    ],
)
def test_what_a_batch_trait_says(trait: str, rows: list[Any], expected: dict[int, int]) -> None:
    found = compute(*tables(rows), {trait: TRAITS[trait]})

    assert found == {customer: {trait: value} for customer, value in expected.items()}


def test_what_is_computed_is_what_is_declared() -> None:
    assert set(TRAITS) == {trait.name for trait in customers.BATCH}


async def test_the_job_computes_writes_back_and_moves_members(executor: Executor) -> None:
    today = datetime.now(UTC).date()
    draw = random.Random(3)
    crowd = [person(draw, number, today) for number in range(1, 60)]
    for one in crowd:
        one.batch = {}
    await settle(executor, crowd)
    condition = {"trait": "category_diversity", "op": "known"}
    call = customers.SAVE_SEGMENT.call(customers.SaveSegment("diverse", condition), "k")
    (outcome,) = await executor.execute(customers.SAVE_SEGMENT, [call])
    assert outcome.accepted
    while await executor.transact("test.fill", customers.fill_segments):
        pass

    await compute_batch_traits(executor.database)

    async with executor.database.snapshot() as connection:
        (segment,) = (await ask(connection, customers.list_segments()))[0]
        expected = {
            one.id
            for one in crowd
            if sum(len({g.category for g in done.goods if g.category}) for done in one.occasions if done.bought) >= 3
        }
        (members,) = await ask(connection, customers.segment_members(segment.id, 1_000))
        assert {member.customer for member in members} == expected - {one.id for one in crowd if one.restricted}
        (traits,) = await ask(connection, customers.traits_of(min(expected), today))
        assert traits is not None
        assert 0 <= traits["category_diversity"] <= 100


class SparkOptions(Config):  # type: ignore[misc] # published without types
    """What Ibis registers where PySpark is installed, with its default."""

    treat_nan_as_null: bool = False


@pytest.mark.parametrize("trait", TRAITS)
def test_each_batch_trait_can_be_written_for_spark(trait: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())

    written = statement(TRAITS[trait], "pyspark")

    assert written.upper().startswith(("SELECT", "WITH"))
