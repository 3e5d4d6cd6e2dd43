"""What can be promised of 1,000 SKUs at 100 nodes, asked in one call in process."""

import asyncio
import random
import time
from datetime import UTC, datetime

import psycopg

from bench.report import Measure, at_most, inform
from mainstem.domains import inventory
from mainstem.platform.postgres import Database

SKUS, NODES = 1_000, 100
BAR_MS = 150

_SEED = """
insert into ledger.place (id, kind) select n, 'node' from generate_series(1, 100) as n;
insert into catalog.node (id, transit, code, name, kind, time_zone)
    select n, 1000 + n, 'N' || n, 'Node ' || n, 'store', 'UTC' from generate_series(1, 100) as n;
insert into catalog.channel (id, code, name, kind, currency) values (5000, 'web', 'Web shop', 'web', 'CNY');
insert into catalog.product (id, external_id, name, category) values (5001, 'B', 'Bench', 'Food/Dairy');
insert into ledger.asset (id, kind) select 1000000 + n, 'sku' from generate_series(1, 10000) as n;
insert into catalog.variant (id, product, sku, unit)
    select 1000000 + n, 5001, 'B' || n, 'pc' from generate_series(1, 10000) as n;
insert into ledger.balance (asset, place, posted, held, floor)
    select 1000000 + n, p, 5 + n % 17, n % 5, 0 from generate_series(1, 10000) as n, generate_series(1, 100) as p;
insert into inventory.policy (id, category, safety, buffer) values (6000, 'Food', 1, 1);
insert into inventory.policy (id, variant, node, safety)
    select 7000 + n, 1000000 + n, 1 + n % 100, 3 from generate_series(1, 200) as n;
"""


def measure(url: str, rounds: int) -> list[Measure]:
    """The time of the whole answer, from codes to figures."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SEED)
        connection.execute("vacuum analyze")
    times = sorted(asyncio.run(_ask(url, rounds)))
    return [
        inform("availability of 1,000 SKUs at 100 nodes: p50", "ms", times[len(times) // 2]),
        at_most("availability of 1,000 SKUs at 100 nodes: p99", "ms", times[int(len(times) * 0.99)], bar=BAR_MS),
    ]


async def _ask(url: str, rounds: int) -> list[float]:
    times = []
    dice = random.Random(1)
    async with Database(url, pool_size=1) as database:
        for _ in range(rounds + 5):
            skus = [f"B{number}" for number in dice.sample(range(1, 10_001), SKUS)]
            nodes = [f"N{number}" for number in range(1, NODES + 1)]
            started = time.perf_counter()
            async with database.snapshot() as connection:
                await inventory.availability(connection, skus, nodes, "web", datetime.now(UTC))
            times.append((time.perf_counter() - started) * 1000)
    return times[5:]
