"""The job: reads activity from one snapshot, computes, and writes back by the ordinary command."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any
from uuid import uuid4

import pyarrow as pa

from mainstem.analytics.traits.computing import ACTIVITY, GOODS, compute
from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Job
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query, Row, ask

COMMAND_CUSTOMERS = 1_000
"""Customers of one command."""

DAILY = "20 18 * * *"
"""When it runs: after two in the night in China."""


async def compute_batch_traits(database: Database) -> None:
    """Compute every batch trait over everything that was bought, and write the values back."""
    async with database.snapshot() as connection:
        activity = await _pages(
            connection, ACTIVITY.to_pyarrow(), (-1,), lambda row: (row[1],), customers.activity_after
        )
        goods = await _pages(
            connection, GOODS.to_pyarrow(), (-1, "", ""), lambda row: (row[1], row[2], row[3]), customers.goods_after
        )
    values = await asyncio.to_thread(compute, activity, goods)
    executor = Executor(database)
    rest = iter(sorted(values.items()))
    while some := dict(islice(rest, COMMAND_CUSTOMERS)):
        call = customers.SET_BATCH_TRAITS.call(customers.SetBatchTraits(some), uuid4().hex)
        (outcome,) = await executor.execute(customers.SET_BATCH_TRAITS, [call])
        assert outcome.accepted, outcome.refusal()


async def _pages(
    connection: Connection,
    schema: pa.Schema,
    start: Sequence[object],
    position: Callable[[Row], Sequence[object]],
    page: Callable[..., Query[list[Row]]],
) -> pa.Table:
    """All rows of a question that is asked page by page, as one Arrow table."""
    batches: list[Any] = []
    behind = start
    while True:
        (rows,) = await ask(connection, page(*behind))
        if not rows:
            return pa.Table.from_batches(batches, schema)
        columns = list(zip(*rows, strict=True))
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        behind = position(rows[-1])


JOBS = (Job("customers.compute_batch_traits", compute_batch_traits, cron=DAILY),)
