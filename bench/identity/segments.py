"""Segments: how soon somebody is in one after what he did, at 500 sales a second among a million customers; counts.

The sales are recorded by the ordinary command, the relay delivers to the ordinary subscriber, and a listener hears of
who entered. All of it runs in one process beside its PostgreSQL, so that it is slower than a server is.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
import psycopg

from bench.postgres import new_database, scratch_server
from bench.report import Measure, at_least, at_most, inform
from mainstem.domains import catalog, customers, inventory, orders
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.outbox import Relay
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.vault import Vault
from mainstem.processes import RECORD_SALES
from mainstem.processes.follow_customers import FollowCustomers

CUSTOMERS = 1_000_000
FIRST = 10**15
"""Their ids are far from those that are handed out."""
SALES_A_SECOND = 500
BATCH = 25
SECONDS = 20
DRAIN_SECONDS_MAX = 60
POLL_SECONDS = 0.2
"""As the settings have it."""

VAULT = Vault(b"digest secret of the benchmark..", [b"wrapping key of the benchmark..."])

SEGMENTS: dict[str, dict[str, Any]] = {
    "buyers": {"trait": "orders_total", "op": ">=", "value": 1},
    "dairy": {"bought": {"category": "Dairy"}, "days": 90, "op": ">=", "value": 1},
    "champions": {"tag": "rfm_champion"},
    "lapsed": {"all": [{"trait": "orders_total", "op": ">=", "value": 1}, {"tag": "lost"}]},
    **{f"spent {100 * n}": {"trait": "spend_365d", "op": ">=", "value": 10_000 * n} for n in range(1, 17)},
}
"""Twenty segments: all are looked at for everybody who does something."""

_CROWD = """
insert into customers.source_record (id, source, key, customer, created_at, updated_at)
select %(first)s + n, 'bench', decode(md5('bench' || n), 'hex'), %(first)s + n,
    now() - n %% 900 * interval '1 day', now()
from generate_series(1, %(customers)s::bigint) as n;
insert into customers.trait_value (customer, as_of, known_at, told_at, has_phone, records, sources, currency,
    orders_total, orders_365d, spend_total_minor, spend_365d_minor, gross_total_minor, last_purchase_day,
    first_purchase_day, gender, birth_year, rfm_recency, rfm_frequency, rfm_monetary)
select %(first)s + n, current_date, now(), now(), n %% 3 = 0, 1, 1, 'CNY', n %% 40, n %% 12, n %% 977 * 100,
    n %% 313 * 100,
    n %% 977 * 100, current_date - (n %% 700)::integer, current_date - (n %% 700)::integer - 100,
    case n %% 3 when 0 then 'female' when 1 then 'male' end, 1950 + n %% 60, 1 + n %% 5, 1 + n %% 4, 1 + n %% 5
from generate_series(1, %(customers)s::bigint) as n;
"""


@dataclass
class Heard:
    """When each sale was sent, and when it was heard that its customer had entered."""

    sent: dict[str, float] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    entered: dict[int, float] = field(default_factory=dict)


def measure(customers_count: int = CUSTOMERS, seconds: int = SECONDS) -> list[Measure]:
    """How soon somebody is in a segment, and how long counting takes while a condition is edited."""
    with scratch_server() as server:
        url = new_database(server, "bench_segments")
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(_CROWD, {"customers": customers_count, "first": FIRST})
            connection.execute("vacuum analyze customers.trait_value")
            connection.execute("vacuum analyze customers.source_record")
        return asyncio.run(_measure(url, customers_count, seconds))


async def _measure(url: str, customers_count: int, seconds: int) -> list[Measure]:
    # A pool for those who sell and one for who follows, as a server and its worker have them.
    async with Database(url, vault=VAULT) as selling, Database(url, vault=VAULT) as following:
        executor = Executor(selling, VAULT)
        await _prepare(executor)
        measures = await _counts(selling, customers_count)
        heard, took = await _load(executor, Executor(following, VAULT), seconds)
    waits = sorted(
        heard.entered[record] - heard.sent[reference]
        for record, reference in heard.records.items()
        if record in heard.entered
    )
    lost = len(heard.sent) - len(waits)
    assert not lost, f"{lost} of {len(heard.sent)} customers never entered"
    rate = len(waits) / took
    return [
        *measures,
        at_least("sales recorded", "sales/s", rate, against="wanted", of=SALES_A_SECOND, times=0.95),
        inform("in a segment after a sale, p50", "s", waits[len(waits) // 2]),
        at_most("in a segment after a sale, p99", "s", waits[int(len(waits) * 0.99)], bar=2),
        inform("in a segment after a sale, slowest", "s", waits[-1]),
    ]


async def _prepare(executor: Executor) -> None:
    lines = (inventory.StockLine("MILK", 100_000_000),)
    product = catalog.UpsertProduct("P", "Milk", (catalog.VariantInput("MILK"),), category="Dairy/Milk")
    await _do(executor, catalog.UPSERT_PRODUCTS, product)
    await _do(executor, catalog.UPSERT_NODES, catalog.UpsertNode("N1", "N1", "store", "Asia/Shanghai"))
    await _do(executor, catalog.UPSERT_CHANNELS, catalog.UpsertChannel("till", "till", "till", "CNY", ("N1",)))
    await _do(executor, inventory.RECEIVE_STOCK, inventory.ReceiveStock("N1", lines))
    for name, condition in SEGMENTS.items():
        await _do(executor, customers.SAVE_SEGMENT, customers.SaveSegment(name, condition))
    began = time.perf_counter()
    while await executor.transact("bench.fill", customers.fill_segments):
        pass
    sys.stderr.write(f"{len(SEGMENTS)} segments filled in {time.perf_counter() - began:.1f} s\n")


async def _do(executor: Executor, operation: Operation[Any, Any], command: object) -> None:
    (outcome,) = await executor.execute(operation, [operation.call(command, f"{operation.name} {command}")])
    assert outcome.accepted, outcome.body


async def _counts(database: Database, population: int) -> list[Measure]:
    """Counting while a condition is edited: estimated from a sample, and exactly."""
    condition = customers.read_condition(
        {
            "all": [
                {"trait": "spend_365d", "op": ">=", "value": 10_000},
                {"trait": "gender", "op": "=", "value": "female"},
            ]
        },
        customers.tag_conditions(),
    )
    today = customers.today_of(datetime.now(UTC))
    async with database.snapshot() as connection:
        exact, exact_ms = await _timed(connection, condition, today, exact=True)
        estimated, estimated_ms = await _timed(connection, condition, today, exact=False)
    off = abs(estimated.customers - exact.customers)
    name = f"of {population:,} customers"
    return [
        inform(f"count {name}, exact", "ms", exact_ms),
        inform(f"count {name}, estimated", "ms", estimated_ms, "exact", exact_ms),
        inform("error of the estimate", "customers", off, "stated", max(estimated.error, 1)),
    ]


async def _timed(
    connection: Connection, condition: object, today: object, *, exact: bool
) -> tuple[customers.Count, float]:
    await customers.count_customers(connection, condition, today, exact=exact)  # type: ignore[arg-type]
    began = time.perf_counter()
    found = await customers.count_customers(connection, condition, today, exact=exact)  # type: ignore[arg-type]
    return found, 1000 * (time.perf_counter() - began)


async def _load(executor: Executor, follower: Executor, seconds: int) -> tuple[Heard, float]:
    heard = Heard()
    stop = asyncio.Event()
    relay = Relay(follower.database, [FollowCustomers(follower)], POLL_SECONDS)
    with relay.listen(events_max=1_000_000) as listener:
        running = asyncio.create_task(relay.run(stop))

        async def listen() -> None:
            while True:
                news = await listener.take()
                now = time.perf_counter()
                assert not news.resync
                for event in news.events:
                    if event.type == "customers.segment_entered":
                        heard.entered.setdefault(event.subject, now)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(2 * POLL_SECONDS)  # the listener hears from now on
        began = time.perf_counter()
        await _sell(executor, heard, seconds)
        took = time.perf_counter() - began
        await _name(executor, heard)
        deadline = time.perf_counter() + DRAIN_SECONDS_MAX
        while time.perf_counter() < deadline and not heard.records.keys() <= heard.entered.keys():  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)  # whoever comes last ends it
        listening.cancel()
        stop.set()
        await running
    return heard, took


async def _sell(executor: Executor, heard: Heard, seconds: int) -> None:
    """Record sales at a steady rate, each of somebody new."""
    flying: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    references = iter(f"c{number}" for number in range(seconds * SALES_A_SECOND))
    for turn, some in enumerate(_batches(references)):
        await asyncio.sleep(max(0.0, began + turn * BATCH / SALES_A_SECOND - time.perf_counter()))
        task = asyncio.create_task(_record(executor, heard, some))
        flying.add(task)
        task.add_done_callback(flying.discard)
    await asyncio.gather(*flying)


def _batches(references: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(references, BATCH)):
        yield some


async def _record(executor: Executor, heard: Heard, references: list[str]) -> None:
    now = datetime.now(UTC)
    line = (orders.SaleLine("MILK", 1, 700),)
    calls = [
        RECORD_SALES.call(orders.RecordSale("till", "N1", reference, now, line, customer=reference), reference)
        for reference in references
    ]
    sent = time.perf_counter()
    heard.sent.update(dict.fromkeys(references, sent))
    for outcome in await executor.execute(RECORD_SALES, calls):
        assert outcome.accepted, outcome.body


async def _name(executor: Executor, heard: Heard) -> None:
    """Which record each reference led to."""
    pairs = [("till", reference) for reference in heard.sent]
    async with executor.database.snapshot() as connection:
        query = customers.known(VAULT, pairs)
        cursor = await connection.execute(query.sql, query.parameters, binary=True)
        for (_, reference), record in query.parse(await cursor.fetchall()).items():
            heard.records[record] = reference


if __name__ == "__main__":
    small = "--quick" in sys.argv
    found = measure(50_000, 5) if small else measure()
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
