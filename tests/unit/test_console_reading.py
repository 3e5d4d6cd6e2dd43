"""The figures of the first page as they are read from a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from mainstem.console.overview import board as boards
from mainstem.console.overview.board import Board
from mainstem.console.overview.figures import NodeState, Sums
from mainstem.console.overview.reading import Look, Reader
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
    return (look.today, look.last_day, look.week.day, look.feed, look.names)


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


async def independent(network: Network, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """Orders and amount by channel of what occurred in [start, end), asked in another way."""
    async with network.database.transaction() as connection:
        rows = await connection.execute(
            "select c.code, o.occurred_at, o.total_minor from orders.customer_order as o"
            " join catalog.channel as c on c.id = o.channel"
        )
        found: dict[str, tuple[int, int]] = {}
        for code, occurred_at, total in await rows.fetchall():
            if start <= occurred_at < end:
                orders, amount = found.get(code, (0, 0))
                found[code] = (orders + 1, amount + total)
        return found


async def test_a_week_before_grows_with_the_time_of_day(network: Network) -> None:
    start, _ = day_bounds(local_day(datetime.now(UTC), ZONE), ZONE)
    before = start - timedelta(days=7)
    for minute in (5, 65, 125, 600, 1439):
        await network.sell(before + timedelta(minutes=minute, seconds=30))
    await network.sell(before - timedelta(seconds=1))
    await network.sell(before + timedelta(days=1))
    await network.sell(start)
    moment = start + timedelta(minutes=66, seconds=10)
    reader = Reader(network.database, clock=lambda: moment)
    look = await reader.look(None)

    async def compare() -> None:
        whole = await independent(network, before, before + timedelta(days=1))
        until = await independent(network, before, before + (look.week.cut - before))
        codes = {number: called.code for number, called in look.names.channels.items()}
        for totals, expected in ((look.week.day.totals, whole), (look.week.until, until)):
            shown = {codes[key[0]]: (sums.orders, sums.amount_minor) for key, sums in totals.channels.items()}
            assert shown == expected

    assert look.week.cut == before + timedelta(minutes=66)
    assert sum(sums.orders for sums in look.week.until.channels.values()) == 2
    await compare()
    # A fact of a week ago arrives late, before the cut and behind it; then time goes on.
    await network.sell(before + timedelta(minutes=30))
    await network.sell(before + timedelta(minutes=66, seconds=5))
    await network.sell(before + timedelta(minutes=700))
    look = await reader.look(look)
    assert sum(sums.orders for sums in look.week.until.channels.values()) == 3
    await compare()
    for minutes in (67, 67, 126, 1439):
        moment = start + timedelta(minutes=minutes, seconds=1)
        look = await reader.look(look)
        await compare()
    assert sum(sums.orders for sums in look.week.until.channels.values()) == 7
    assert counted(look) == counted(await reader.look(None))
    assert (await reader.look(None)).week.until == look.week.until


async def test_a_day_of_the_past_is_compared_with_a_whole_day(network: Network) -> None:
    now = datetime.now(UTC)
    start, _ = day_bounds(local_day(now, ZONE), ZONE)
    reader = Reader(network.database)
    await network.sell(start - timedelta(days=3, minutes=1))
    await network.sell(start - timedelta(days=10, minutes=1))
    look = await reader.look(None)
    assert look.last_day is not None
    assert look.week.cut == look.week.day.end
    assert look.week.until.currencies == {"CNY": Sums(1, 2, 900)}
    # The first sale of today: now it is today that is compared, with a week before it.
    await network.sell(now)
    await network.sell(start - timedelta(days=7))
    look = await reader.look(look)
    assert (look.last_day, look.week.day.date) == (None, local_day(start, ZONE) - timedelta(days=7))
    assert look.week.until.currencies == {"CNY": Sums(1, 2, 900)}


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
    now = datetime.now(UTC)
    await network.sell(now, SaleLine("milk", 102, 900), SaleLine("rice", 0, 0), node="S2")
    count = await Reader(network.database).count(now + timedelta(seconds=1))
    stock = count.stock
    assert (stock.skus, stock.pieces, stock.held) == (2, 98, 4)
    assert stock.measured == {"kg": 100_000}
    assert sorted((node.skus, node.pieces) for node in stock.nodes.values()) == [(1, -2), (2, 100)]
    assert (stock.discrepancies, stock.waiting, stock.late, stock.stockouts) == (1, 1, 0, 1)
    assert stock.derived == {"test:rule": 2}
    assert stock.findings > 0
    assert [(gone.posted, gone.held, gone.left) for gone in count.stockouts] == [(-2, 0, 102)]


async def test_nothing_free_is_out_of_stock_only_where_it_was_sold_lately(network: Network) -> None:
    now = datetime.now(UTC)
    await network.sell(now - timedelta(days=40), SaleLine("milk", 100, 900), node="S1")  # nobody has asked since
    await network.sell(now - timedelta(days=3), SaleLine("milk", 60, 900), node="S2")
    reader = Reader(network.database)
    assert (await reader.count(now)).stock.stockouts == 0
    await network.place(40)  # from S2, as S1 has nothing: what is held is not free
    (gone,) = (await reader.count(now)).stockouts
    assert (gone.posted, gone.held, gone.left) == (40, 40, 60)
    assert gone.last == now - timedelta(days=3)
    assert (await reader.count(now + timedelta(days=26))).stockouts == ()


async def test_what_waits_and_what_is_late_is_counted_by_node(network: Network) -> None:
    await network.place()
    await network.place()
    reader = Reader(network.database, clock=lambda: datetime.now(UTC) + timedelta(hours=25))
    nodes = (await reader.count(datetime.now(UTC))).stock.nodes
    assert sorted((node.waiting, node.late) for node in nodes.values()) == [(0, 0), (2, 2)]
    assert (await Reader(network.database).count(datetime.now(UTC))).stock.late == 0
    assert NodeState().late == 0


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
