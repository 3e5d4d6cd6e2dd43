"""The figures of the first page as they are read from a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from mainstem.console.home import board as boards
from mainstem.console.home.board import Board
from mainstem.console.home.figures import Sums
from mainstem.console.home.reading import Look, Reader
from mainstem.domains import catalog
from mainstem.domains.orders import SaleLine
from mainstem.kernel.moments import day_bounds, local_day
from mainstem.platform.execution import Executor
from tests.unit.console_shop import ZONE, Network, by_channel

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
async def network(executor: Executor) -> Network:
    return await Network(executor).open()


def sums(look: Look) -> dict[str, Sums]:
    return by_channel(look.today, look.names)


def counted(look: Look) -> tuple[object, ...]:
    return (look.today, look.last_day, look.feed, look.names)


async def test_every_sale_is_counted_once(network: Network) -> None:
    reader = Reader(network.database)
    look = await reader.look(None)
    assert look.today.empty

    await network.place(3)
    await network.sell(datetime.now(UTC), SaleLine("milk", 2, 900), SaleLine("rice", 1500, 600))
    look = await reader.look(look)
    # A line of weighed goods is one unit.
    assert sums(look) == {"sim-web": Sums(1, 3, 1500), "till": Sums(1, 3, 1500)}
    await network.place(1)
    for _ in range(2):
        look = await reader.look(look)
        assert sums(look)["sim-web"] == Sums(2, 4, 2000)
    assert counted(look) == counted(await reader.look(None))


async def test_a_transaction_that_commits_late_is_counted_once(network: Network, database_url: str) -> None:
    reader = Reader(network.database)
    look = await reader.look(None)
    async with await psycopg.AsyncConnection.connect(database_url) as slow:
        await slow.execute("insert into platform.checkpoint values ('late', '{}')")  # it has its number now
        await slow.execute(
            "insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, currency,"
            " total_minor, due_minor, occurred_at)"
            " select 10::bigint ^ 15, c.id, n.id, 'late', '', 'sale', 'sold', 'CNY', 77, 77, now()"
            " from catalog.channel as c, catalog.node as n where c.code = 'till' and n.code = 'S1'"
        )
        await slow.execute(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " values (10::bigint ^ 15, 'orders.sale_recorded', 10::bigint ^ 15, 0, '', now(), '{}')"
        )
        await network.place()
        look = await reader.look(look)
        assert sums(look) == {"sim-web": Sums(1, 1, 500)}
        await slow.commit()
    await network.place()
    look = await reader.look(look)
    assert sums(look) == {"sim-web": Sums(2, 2, 1000), "till": Sums(1, 0, 77)}
    assert counted(look) == counted(await reader.look(None))


async def test_a_day_ends_at_its_midnight_and_the_last_one_is_shown(network: Network) -> None:
    start, _ = day_bounds(local_day(datetime.now(UTC), ZONE), ZONE)
    moment = start - timedelta(minutes=2)
    reader = Reader(network.database, clock=lambda: moment)
    await network.sell(start - timedelta(minutes=3))
    await network.sell(start - timedelta(days=9))
    look = await reader.look(None)
    assert sums(look) == {"till": Sums(1, 2, 900)}
    assert look.last_day is None

    moment = start + timedelta(minutes=1)
    look = await reader.look(look)
    assert look.today.date == local_day(start, ZONE)
    assert look.today.empty
    assert look.last_day is not None
    assert look.last_day.date == look.today.date - timedelta(days=1)
    assert by_channel(look.last_day, look.names) == {"till": Sums(1, 2, 900)}


async def test_the_feed_shows_the_latest_first(network: Network) -> None:
    await network.sell(datetime.now(UTC), SaleLine("milk", 102, 900))
    await network.place()
    look = await Reader(network.database).look(None)
    assert [happening.type for happening in look.feed[:3]] == [
        "orders.order_placed",
        "inventory.discrepancy_found",
        "orders.sale_recorded",
    ]
    placed, found, _ = look.feed[:3]
    assert placed.order is not None
    assert placed.order.total_minor == 500
    assert found.order is not None
    assert (found.node, found.sku, found.quantity, found.kind) == ("S1", "milk", -2, "oversold")
    assert look.feed[-1].derived == "test:rule"


async def test_the_stock_of_the_network(network: Network) -> None:
    await network.place(4)
    await network.sell(datetime.now(UTC), SaleLine("milk", 102, 900), SaleLine("rice", 0, 0), node="S2")
    stock = await Reader(network.database).count_stock()
    assert (stock.skus, stock.pieces, stock.held) == (2, 98, 4)
    assert stock.measured == {"kg": 100_000}
    assert sorted((node.skus, node.pieces) for node in stock.nodes.values()) == [(1, -2), (2, 100)]
    assert (stock.discrepancies, stock.placed, stock.allocated) == (1, 1, 0)
    assert stock.derived == {"test:rule": 2}
    assert stock.findings["zero_quantity"] == 1


async def test_a_new_channel_has_its_name_at_once(network: Network) -> None:
    reader = Reader(network.database)
    look = await reader.look(None)
    before = look.names
    assert (await reader.look(look)).names is before
    await network.run(catalog.UPSERT_CHANNELS, [catalog.UpsertChannel("app", "App", "app", "CNY")])
    look = await reader.look(look)
    assert "App" in {called.name for called in look.names.channels.values()}


async def test_nothing_is_read_while_nobody_looks(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(boards, "WATCHED_SECONDS", 0.3)
    board = Board(Reader(network.database))
    running = asyncio.create_task(board.run())
    try:
        assert await board.ask() is not None
        await asyncio.sleep(0.6)
        version, asked = board.version, board._look
        await network.place()
        await asyncio.sleep(0.3)
        assert (board.version, board._look) == (version, asked)

        await board.ask()
        assert await board.changed(version, 5)
        assert board.figures is not None
        assert by_channel(board.figures.today, board.figures.names)["sim-web"].orders == 1
    finally:
        board.stop()
        await running
