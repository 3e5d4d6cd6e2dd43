"""The year, replayed: every write goes through the same operations as the HTTP API, in time order for each store.

Stores are dealt to lanes. A lane works in order, lanes work side by side, so that one computes while another waits
for the database. What the lanes have finished is remembered in a checkpoint; an interrupted replay goes on behind it,
and what is sent twice is recognised by its idempotency key.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import duckdb
import msgspec

from mainstem.connectors.complete_journey import commands, source
from mainstem.connectors.complete_journey.derived_stock import DerivedStock
from mainstem.domains.catalog import UPSERT_CHANNELS, UPSERT_NODES, UPSERT_PRODUCTS
from mainstem.domains.customers import IDENTIFY
from mainstem.domains.inventory import RECEIVE_STOCK, ReceiveStock
from mainstem.domains.pricing import SET_PRICES
from mainstem.platform import checkpoint, quarantine
from mainstem.platform.execution import Call, Executor, Operation, Outcome
from mainstem.platform.work import Work
from mainstem.processes import RECORD_SALES

LANES = 2
QUEUE_BATCHES = 4
"""Batches that wait for each lane at most: bounds memory."""
LINES_PER_BATCH = 6000
COMMANDS_PER_BATCH = 1000
CHUNKS_PER_CHECKPOINT = 16
_SALES, _DONE = "complete_journey sales", "complete_journey done"

Progress = Callable[[str, int, int], None]
"""Called with the name of the stage, how much of it is done, and how much there is."""


class ReplayError(Exception):
    """A command of the replay was refused, which its data does not explain."""


Batch = tuple[Operation[Any, Any], list[Call[Any]], int]
"""What is executed together, and how many lines of sales it carries."""


class Sales(msgspec.Struct):
    """How far the sales have come, and what they took over all runs."""

    occurred_at: datetime | None = None
    basket_id: int = 0
    lines: int = 0
    refused: int = 0
    seconds: float = 0.0


class Took(msgspec.Struct, frozen=True):
    """What the whole replay took, over all its runs."""

    seconds: float
    sales_seconds: float
    refused: int


async def replay(executor: Executor, con: duckdb.DuckDBPyConnection, totals: source.Totals, progress: Progress) -> Took:
    """Everything, in order; what is there already is skipped at once."""
    done = await checkpoint.load(executor.database, _DONE)
    if done is not None:
        return msgspec.convert(done, Took)
    derived = DerivedStock(con)
    before = await _once(executor, "catalogue", lambda: import_catalogue(executor, con, totals, progress))
    before += await _once(executor, "households", lambda: identify_households(executor, con, totals, progress))
    before += await _once(executor, "opening stock", lambda: receive_opening(executor, derived, progress))
    sales = await replay_sales(executor, con, derived, totals.lines, progress)
    took = Took(round(before + sales.seconds, 3), round(sales.seconds, 3), sales.refused)
    await checkpoint.save(executor.database, _DONE, took)
    return took


async def _once(executor: Executor, stage: str, work: Callable[[], Awaitable[None]]) -> float:
    """Do a stage unless it was done; the seconds it took."""
    name = f"complete_journey {stage} done"
    seconds = await checkpoint.load(executor.database, name)
    if seconds is None:
        started = time.monotonic()
        await work()
        seconds = round(time.monotonic() - started, 3)
        await checkpoint.save(executor.database, name, seconds)
    return float(seconds)


async def import_catalogue(
    executor: Executor, con: duckdb.DuckDBPyConnection, totals: source.Totals, progress: Progress
) -> None:
    """Products, stores, the channel and prices; idempotent."""
    done = 0
    for batch in commands.products(con):
        await _send(executor, UPSERT_PRODUCTS, batch, [f"product {product.external_id}" for product in batch])
        done += len(batch)
        progress("products", done, totals.products_in_catalogue)
    nodes, channels, prices = commands.nodes(con), commands.channels(), commands.prices(con)
    await _send(executor, UPSERT_NODES, nodes, [f"node {node.code}" for node in nodes])
    await _send(executor, UPSERT_CHANNELS, channels, [f"channel {channel.code}" for channel in channels])
    unknown = {str(product) for product in source.placeholder_products(con)}
    sellable = [price for price in prices if price.sku not in unknown]
    for start in range(0, len(sellable), COMMANDS_PER_BATCH):
        part = sellable[start : start + COMMANDS_PER_BATCH]
        await _send(executor, SET_PRICES, part, [f"price {price.sku}" for price in part])
        progress("prices", start + len(part), len(sellable))


async def identify_households(
    executor: Executor, con: duckdb.DuckDBPyConnection, totals: source.Totals, progress: Progress
) -> None:
    """The loyalty cards, with what is known of their households; idempotent."""
    done = 0
    for batch in commands.households(con):
        await _send(executor, IDENTIFY, batch, [f"household {household.reference}" for household in batch])
        done += len(batch)
        progress("households", done, totals.households)


async def receive_opening(executor: Executor, derived: DerivedStock, progress: Progress) -> None:
    """The derived opening stock; idempotent."""
    documents = list(commands.opening(derived))
    total = sum(len(document.lines) for document in documents)
    done = 0

    async def lane(part: list[ReceiveStock]) -> None:
        nonlocal done
        for batch in _by_lines(part, LINES_PER_BATCH):
            await _send(executor, RECEIVE_STOCK, batch, [_receipt_key(document) for document in batch])
            done += sum(len(document.lines) for document in batch)
            progress("opening stock", done, total)

    async with asyncio.TaskGroup() as group:
        for number in range(LANES):
            group.create_task(lane([document for document in documents if _lane(document.node) == number]))


async def replay_sales(
    executor: Executor, con: duckdb.DuckDBPyConnection, derived: DerivedStock, lines_total: int, progress: Progress
) -> Sales:
    """Baskets and weekly deliveries in time order, behind the checkpoint."""
    saved = await checkpoint.load(executor.database, _SALES)
    sales = Sales() if saved is None else msgspec.convert(saved, Sales)
    seconds_before, started = sales.seconds, time.monotonic()
    queues: list[asyncio.Queue[Batch | None]] = [asyncio.Queue(QUEUE_BATCHES) for _ in range(LANES)]

    async def lane(queue: asyncio.Queue[Batch | None]) -> None:
        while (batch := await queue.get()) is not None:
            operation, calls, lines = batch
            outcomes = await executor.execute(operation, calls)
            if operation is RECORD_SALES:
                sales.refused += await _hold_back(executor, calls, outcomes)
            else:
                _check(operation, calls, outcomes)
            sales.lines += lines
            progress("sales", sales.lines, lines_total)
            queue.task_done()

    async def feed() -> None:
        after = None if sales.occurred_at is None else source.Position(sales.occurred_at, sales.basket_id)
        for batches, position in _chunks(con, derived, after):
            for number, batch in batches:
                await queues[number].put(batch)
            if position is not None:
                for queue in queues:
                    await queue.join()
                sales.occurred_at, sales.basket_id = position
                sales.seconds = seconds_before + time.monotonic() - started
                await checkpoint.save(executor.database, _SALES, sales)
        for queue in queues:
            await queue.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(feed())
        for queue in queues:
            group.create_task(lane(queue))
    sales.seconds = seconds_before + time.monotonic() - started
    return sales


async def _hold_back(executor: Executor, calls: Sequence[Call[Any]], outcomes: Sequence[Outcome]) -> int:
    """Keep the sales that were refused in the quarantine; answers how many."""
    refused = [(call, outcome) for call, outcome in zip(calls, outcomes, strict=True) if not outcome.accepted]

    async def keep(work: Work) -> None:
        await work.reserve_ids(len(refused))
        arrivals = [
            quarantine.Arrival(work.ids.take(), RECORD_SALES.name, "complete_journey", call.encoded, outcome.refusal())
            for call, outcome in refused
        ]
        await quarantine.hold_back(work.connection, arrivals)

    if refused:
        await executor.transact("complete_journey.hold_back", keep)
    return len(refused)


def _chunks(
    con: duckdb.DuckDBPyConnection, derived: DerivedStock, after: source.Position | None
) -> Iterator[tuple[list[tuple[int, Batch]], source.Position | None]]:
    """Batches with their lane, in time order; now and then a position behind which everything has been given out."""
    weeks = derived.deliveries(None if after is None else after.occurred_at)
    week = next(weeks, None)
    for number, baskets in enumerate(source.baskets(con, after), 1):
        start = 0
        while week is not None and week.delivered_at <= baskets[-1].occurred_at:
            moment = week.delivered_at
            end = next(i for i in range(start, len(baskets)) if baskets[i].occurred_at >= moment)
            yield _sales(baskets[start:end]), None
            yield _receipts(list(commands.delivery(week))), None
            start, week = end, next(weeks, None)
        position = baskets[-1].position if number % CHUNKS_PER_CHECKPOINT == 0 else None
        yield _sales(baskets[start:]), position
    while week is not None:
        yield _receipts(list(commands.delivery(week))), None
        week = next(weeks, None)


def _lane(node: str) -> int:
    return int(node[1:]) % LANES


def _sales(baskets: Sequence[source.Basket]) -> list[tuple[int, Batch]]:
    lanes: list[list[source.Basket]] = [[] for _ in range(LANES)]
    for basket in baskets:
        lanes[basket.store_id % LANES].append(basket)
    return [
        (
            number,
            (
                RECORD_SALES,
                [RECORD_SALES.call(commands.sale(basket)) for basket in part],
                sum(len(basket.lines) for basket in part),
            ),
        )
        for number, part in enumerate(lanes)
        if part
    ]


def _receipts(documents: Sequence[ReceiveStock]) -> list[tuple[int, Batch]]:
    lanes: list[list[ReceiveStock]] = [[] for _ in range(LANES)]
    for document in documents:
        lanes[_lane(document.node)].append(document)
    return [
        (number, (RECEIVE_STOCK, [RECEIVE_STOCK.call(d, _receipt_key(d)) for d in batch], 0))
        for number, part in enumerate(lanes)
        for batch in _by_lines(part, LINES_PER_BATCH)
    ]


def _receipt_key(document: ReceiveStock) -> str:
    return f"complete_journey {document.document}"


def _by_lines(documents: Sequence[ReceiveStock], most: int) -> Iterator[list[ReceiveStock]]:
    batch: list[ReceiveStock] = []
    size = 0
    for document in documents:
        if batch and size + len(document.lines) > most:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document.lines)
    if batch:
        yield batch


async def _send(executor: Executor, operation: Operation[Any, Any], batch: Sequence[Any], keys: Sequence[str]) -> None:
    calls = [operation.call(command, f"complete_journey {key}") for command, key in zip(batch, keys, strict=True)]
    for start in range(0, len(calls), COMMANDS_PER_BATCH):
        part = calls[start : start + COMMANDS_PER_BATCH]
        _check(operation, part, await executor.execute(operation, part))


def _check(operation: Operation[Any, Any], calls: Sequence[Call[Any]], outcomes: Sequence[Outcome]) -> None:
    for call, outcome in zip(calls, outcomes, strict=True):
        if not outcome.accepted:
            refusal = outcome.refusal()
            msg = f"{operation.name} {call.encoded[:200]!r}: {refusal.code} at {refusal.where}: {refusal.message()}"
            raise ReplayError(msg)
