"""The replay of a part of the real data: reconciles, resumes, repeats nothing, and leaves a healthy database."""

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mainstem.connectors.complete_journey import replay as replaying
from mainstem.connectors.complete_journey import source
from mainstem.connectors.complete_journey.derived_stock import DerivedStock
from mainstem.connectors.complete_journey.replay import Took, replay
from mainstem.connectors.complete_journey.summary import Proof, Summary, summarise
from mainstem.connectors.simulator.traffic import SHARES, Traffic
from mainstem.domains import catalog, orders
from mainstem.entrypoints.doctor import examine
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

STORES = (400, 406)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of two stores in the first ten weeks, in files of the same form."""
    try:
        source.connect().close()
    except source.DatasetAbsentError as absent:
        pytest.skip(str(absent))
    whole = source._package_folder()
    folder = tmp_path_factory.mktemp("part")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from '{whole}/transactions.parquet' where store_id in {STORES} and week <= 10)"
            f" to '{folder}/transactions.parquet'"
        )
        connection.execute(
            f"copy (select * from '{whole}/products.parquet' where product_id in"
            f" (select product_id from '{folder}/transactions.parquet')) to '{folder}/products.parquet'"
        )
        connection.execute(f"copy (from '{whole}/demographics.parquet') to '{folder}/demographics.parquet'")
    return folder


@pytest.fixture
def con(part: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = source.connect(part)
    yield connection
    connection.close()


def ignore(_stage: str, _done: int, _total: int) -> None:
    pass


async def account(database: Database, con: duckdb.DuckDBPyConnection, took: Took) -> Summary:
    return await summarise(database, source.source_totals(con), took, 1.0, Proof(0, 0, {}, 0.0))


async def test_the_account_is_that_of_the_source(
    executor: Executor, database_url: str, con: duckdb.DuckDBPyConnection
) -> None:
    totals = source.source_totals(con)
    summary = await account(executor.database, con, await replay(executor, con, totals, ignore))
    assert summary.reconciled, summary.differences
    assert summary.lines == totals.lines > 5_000
    assert summary.sales_value_minor == totals.sales_value_minor
    assert (summary.refused, summary.quarantined) == (0, 0)
    assert summary.discrepancies == DerivedStock(con).lines_short() > 0
    health = await examine(database_url)
    assert not [check for check in health.checks if check.violations]


async def test_an_interrupted_replay_goes_on_and_repeats_nothing(
    executor: Executor, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "CHUNKS_PER_CHECKPOINT", 1)
    totals = source.source_totals(con)
    stops = [0.3, 0.6]

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "sales" and stops and done > total * stops[0]:
            stops.pop(0)
            raise InterruptedError

    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            await replay(executor, con, totals, interrupt)
    summary = await account(executor.database, con, await replay(executor, con, totals, ignore))
    assert summary.reconciled, summary.differences
    again = await account(executor.database, con, await replay(executor, con, totals, ignore))
    assert again.baskets == summary.baskets


async def test_an_account_that_differs_says_where(executor: Executor, con: duckdb.DuckDBPyConnection) -> None:
    took = await replay(executor, con, source.source_totals(con), ignore)
    async with executor.database.transaction() as connection:
        await connection.execute(
            "update orders.customer_order set total_minor = total_minor + 1"
            " where id = (select min(id) from orders.customer_order)"
        )
    summary = await account(executor.database, con, took)
    assert not summary.reconciled
    ours, theirs = summary.differences.pop("sales_value_minor")
    assert ours == theirs + 1
    assert not summary.differences


async def test_simulated_traffic_moves_and_harms_nothing(
    executor: Executor, database_url: str, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstem.domains.orders.samples.SAMPLE_PERCENT", 100)
    await replay(executor, con, source.source_totals(con), ignore)
    traffic = Traffic(executor, random.Random(1))
    await traffic.prepare("till")
    clock = [0.0]
    monkeypatch.setattr("mainstem.connectors.simulator.traffic.time.monotonic", lambda: clock[0])
    for _ in range(40):
        await traffic.tick(5)
        clock[0] += 20
    async with executor.database.snapshot() as connection:
        (channels,) = await ask(connection, catalog.channels_by_code(set(SHARES)))
        accounts = {code: (await ask(connection, orders.account(c.id)))[0] for code, c in channels.items()}
        states = {
            row[0]
            for row in await (
                await connection.execute("select distinct state from orders.customer_order where kind = 'order'")
            ).fetchall()
        }
    assert all(account.orders > 0 for account in accounts.values())
    assert {"delivered", "lapsed", "shipped"} & states
    health = await examine(database_url)
    assert not [check for check in health.checks if check.violations]
