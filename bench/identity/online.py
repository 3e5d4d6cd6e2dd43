"""The generated set through the real operation, in batches and in order of time; who is whom in the end."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import psycopg

from bench.identity.accuracy import Accuracy, Item, evaluate
from bench.identity.known_graph import scratch_vault
from bench.identity.people import generate
from bench.identity.telling import Statement
from bench.report import Measure, exactly, inform, no_less
from mainstem.domains.customers import IDENTIFY, Identified
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database

BATCH = 500
PRECISION_BAR, RECALL_BAR = 0.995, 0.95
SEED = 20_261_122
NOTHING_SAID = "nothing_said"

_decode = msgspec.json.Decoder(Identified).decode


@dataclass(frozen=True)
class Resolved:
    """What came of a set: its items with their customers, reviews that are open, and how long it took."""

    items: list[Item]
    statements: int
    seconds: float
    reviews: int
    suspended: int

    def accuracy(self) -> Accuracy:
        """The figures."""
        return evaluate(self.items)


async def resolve(executor: Executor, statements: Sequence[Statement]) -> Resolved:
    """Send the statements through the operation. Raises when one is refused."""
    items: dict[tuple[int, int], Item] = {}
    seconds = 0.0
    for start in range(0, len(statements), BATCH):
        batch = statements[start : start + BATCH]
        calls = [IDENTIFY.call(told.command, str(start + at)) for at, told in enumerate(batch)]
        before = time.perf_counter()
        outcomes = await executor.execute(IDENTIFY, calls)
        seconds += time.perf_counter() - before
        for told, outcome in zip(batch, outcomes, strict=True):
            if not outcome.accepted:
                if outcome.refusal().code != NOTHING_SAID:
                    raise RuntimeError(f"refused: {outcome.body.decode()}")
                continue  # a filler, and nothing else
            record = _decode(outcome.body).record
            item = items.setdefault((record, told.person), Item(record, told.person))
            item.keys.update(told.keys)
            item.hubs.update(told.hubs)
    reviews, suspended = await _whose(executor.database, list(items.values()))
    return Resolved(list(items.values()), len(statements), seconds, reviews, suspended)


async def _whose(database: Database, items: Sequence[Item]) -> tuple[int, int]:
    """Set the customer of each item; how many reviews are open, and how many identifiers are suspended."""
    async with database.transaction() as connection:
        cursor = await connection.execute("select id, customer from customers.source_record")
        customers = dict(await cursor.fetchall())
        cursor = await connection.execute(
            "select (select count(*) from customers.review where state = 'open'),"
            " (select count(*) from customers.identifier where suspended_at is not null)"
        )
        ((reviews, suspended),) = await cursor.fetchall()
    for item in items:
        item.customer = customers[item.record]
    return reviews, suspended


def measure(url: str, people: int) -> list[Measure]:
    """Accuracy on a migrated database without people."""

    async def run() -> Resolved:
        async with Database(url, pool_size=4) as database:
            return await resolve(Executor(database, scratch_vault()), generate(people, SEED))

    resolved = asyncio.run(run())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return measures(resolved)


def measures(resolved: Resolved) -> list[Measure]:
    """The figures with their bars."""
    found = resolved.accuracy()
    name = f"Chinese set, {found.people:,} people in {found.items:,} records"
    base = "pairs with something in common, as meant"
    return [
        no_less(f"{name}: pairwise precision", "", found.precision, bar=PRECISION_BAR),
        no_less(f"{name}: pairwise recall", "", found.recall, bar=RECALL_BAR, against=base, of=found.linkable_pairs),
        inform(f"{name}: pairwise F1 of these", "", found.f1),
        inform(f"{name}: recall of all pairs, masked buyers too", "", found.recall_plain, "pairs", found.true_pairs),
        inform(f"{name}: B³ precision", "", found.b3_precision),
        inform(f"{name}: B³ recall, masked buyers too", "", found.b3_recall),
        inform(f"{name}: B³ F1", "", found.b3_f1),
        exactly(f"{name}: pairs joined by a hub alone", "pairs", found.hub_pairs, against="none", of=0),
        inform(f"{name}: identifiers suspended by themselves", "identifiers", resolved.suspended),
        inform(f"{name}: reviews open", "reviews", resolved.reviews),
        inform(f"{name}: statements resolved in order", "statements/s", resolved.statements / resolved.seconds),
    ]
