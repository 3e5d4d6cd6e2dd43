"""Lists of orders: every filter finds what a plain scan finds, in pages, and reads few rows to do it."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import catalog, customers, inventory, orders
from mainstem.domains.inventory import ReceiveStock, StockLine
from mainstem.domains.orders import SaleLine
from mainstem.domains.orders.queries import OrderFilter, list_orders, meanings
from mainstem.domains.orders.queries.listing import WINDOW
from mainstem.ledger.histories import REFERENCES_SCANNED_MAX
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask
from tests.unit.console_shop import Network

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = 100_000
PAGE = 50
ROWS_READ_MAX = 4_000
"""Rows that a page may read; a scan would read hundreds of thousands."""

_FURNISH = (
    """
    insert into catalog.node (id, code, name, kind, time_zone, transit)
    select n, 'N' || n, 'N' || n, 'store', 'UTC', 100 + n from generate_series(1, 5) as n
    """,
    """
    insert into catalog.channel (id, code, name, kind, currency)
    select n, 'C' || n, 'C' || n, 'web', 'CNY' from generate_series(11, 13) as n
    """,
    # Nine of ten are sales through channel 11; node 5 and channel 13 have little, and nothing of node 5 is allocated.
    f"""
    insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, customer, currency,
        total_minor, due_minor, expires_at, occurred_at)
    select n, case when n % 10 > 0 then 11 when n % 1000 = 0 then 13 else 12 end,
        case when n % 5000 = 0 then 5 else 1 + n % 4 end, 'E' || n, '',
        case when n % 10 > 0 then 'sale' else 'order' end,
        case when n % 10 > 0 then 'sold' when n > {ORDERS - 2_000} then (case when n % 20 = 0 then 'placed' else
        'allocated' end) when n % 5000 = 0 then 'delivered' when n % 700 = 0 then 'part_shipped'
        when n % 900 = 0 then 'cancelled' else 'delivered' end,
        case when n % 3 = 0 then 1000000 + n % 50000 end, 'CNY', 100, 100,
        case when n > {ORDERS - 2_000} and n % 20 = 0
            then timestamptz '2026-06-01 00:00Z' + make_interval(mins => (n % 60)::int) end,
        timestamptz '2026-06-01 00:00Z' - make_interval(secs => ({ORDERS} - n) * 60)
    from generate_series(1, {ORDERS}) as n
    """,
    f"""
    insert into orders.order_line (order_id, position, variant, quantity, amount_minor, hold)
    select n, p, case when p = 1 then 1 + n % 500 else 1000 end, 1, 100, case when n % 10 = 0 then n * 2 + p end
    from generate_series(1, {ORDERS}) as n cross join generate_series(1, 2) as p
    """,
    """
    select ledger.ensure_month(timestamptz '2026-03-01 00:00Z' + make_interval(months => n))
    from generate_series(0, 3) as n
    """,
    """
    insert into ledger.movement (id, asset, source, target, quantity, kind, reference, occurred_at)
    select 2 * o.id + l.position, l.variant, o.node, -2, l.quantity, 'sale', o.id, o.occurred_at
    from orders.customer_order as o join orders.order_line as l on l.order_id = o.id where o.kind = 'sale'
    """,
    "analyze orders.customer_order",
    "analyze orders.order_line",
    "analyze ledger.movement",
)

_LATE = (
    "((state in ('placed', 'allocated', 'part_shipped') and occurred_at < timestamptz '2026-05-31 00:00Z')"
    " or (state in ('placed', 'allocated', 'part_shipped') and expires_at <= timestamptz '2026-06-01 00:15Z'))"
)
_WITH = "exists (select from orders.order_line where order_id = o.id and variant"
_CASES: tuple[tuple[OrderFilter, str], ...] = (
    (OrderFilter(), "true"),
    (OrderFilter(number=77), "id = 77"),
    (OrderFilter(external_id="E4711"), "external_id = 'E4711'"),
    (OrderFilter(external_id="E4711", channel=12), "false"),
    (OrderFilter(channel=11), "channel = 11"),
    (OrderFilter(channel=13), "channel = 13"),
    (OrderFilter(node=2), "node = 2"),
    (OrderFilter(node=5), "node = 5"),
    (OrderFilter(kind="order"), "kind = 'order'"),
    (OrderFilter(kind="sale", node=5), "kind = 'sale' and node = 5"),
    (OrderFilter(states=("cancelled",)), "state = 'cancelled'"),
    (OrderFilter(states=("nonsense",)), "false"),
    (OrderFilter(states=orders.WAITING), "state in ('placed', 'allocated')"),
    (OrderFilter(states=orders.WAITING, node=3), "state in ('placed', 'allocated') and node = 3"),
    (OrderFilter(states=("allocated",), node=5), "state = 'allocated' and node = 5"),
    (OrderFilter(states=("part_shipped",), channel=12), "state = 'part_shipped' and channel = 12"),
    (OrderFilter(kind="sale", states=("delivered",)), "false"),
    (OrderFilter(customers=(1_003_000,)), "customer = 1003000"),
    (OrderFilter(customers=(1_003_000, 1_003_003)), "customer in (1003000, 1003003)"),
    (OrderFilter(late_at=NOW), _LATE),
    (OrderFilter(late_at=NOW, node=1), f"{_LATE} and node = 1"),
    (OrderFilter(late_at=NOW, customers=(1_045_500,)), f"{_LATE} and customer = 1045500"),
    (OrderFilter(channel=11, node=5, kind="order"), "false"),
    (
        OrderFilter(channel=12, node=4, placed_to=NOW - timedelta(days=2)),
        "channel = 12 and node = 4 and occurred_at < '2026-05-30 00:00Z'",
    ),
    (OrderFilter(late_at=NOW, states=("placed",)), f"{_LATE} and state = 'placed'"),
    (
        OrderFilter(placed_from=NOW - timedelta(days=30), placed_to=NOW - timedelta(days=29), node=4),
        "occurred_at >= '2026-05-02 00:00Z' and occurred_at < '2026-05-03 00:00Z' and node = 4",
    ),
    (OrderFilter(variant=7), f"{_WITH} = 7)"),
    (OrderFilter(variant=11), f"{_WITH} = 11)"),
    (OrderFilter(variant=7, kind="order"), "false"),
    (OrderFilter(variant=7, states=("sold",), channel=11), f"{_WITH} = 7)"),
    (OrderFilter(variant=1000), "true"),
    (OrderFilter(variant=1000, kind="sale"), "kind = 'sale'"),
    (OrderFilter(variant=1000, late_at=NOW), _LATE),
    (
        OrderFilter(variant=1000, kind="sale", placed_to=NOW - timedelta(days=30)),
        "kind = 'sale' and occurred_at < '2026-05-02 00:00Z'",
    ),
)


async def _furnished(database: Database) -> None:
    async with database.transaction() as connection:
        for statement in _FURNISH:
            await connection.execute(statement)


async def _expected(connection: Connection, condition: str, limit: int, *, by_sku: bool = False) -> list[int]:
    order = f"{'kind, ' if by_sku else ''}occurred_at desc, id desc"
    cursor = await connection.execute(
        f"select id from orders.customer_order as o where {condition} order by {order} limit {limit}"
    )
    return [row[0] for row in await cursor.fetchall()]


async def _read(connection: Connection) -> tuple[int, int]:
    """(sequential scans, rows fetched) of the tables of orders by this transaction so far."""
    cursor = await connection.execute(
        "select coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_tup_fetch), 0)::bigint"
        " from pg_stat_xact_user_tables where relname in ('customer_order', 'order_line')"
        " or relname like 'movement%'"
    )
    (row,) = await cursor.fetchall()
    return row[0], row[1]


async def test_every_filter_finds_what_a_scan_finds_and_reads_few_rows(database: Database) -> None:
    await _furnished(database)

    for wanted, condition in _CASES:
        for attempt in range(2):  # the second plan of a prepared statement may be another one
            async with database.snapshot() as connection:
                before = await _read(connection)
                first = await list_orders(connection, database.vault, wanted, PAGE)
                second = (
                    None
                    if first.next is None
                    else await list_orders(connection, database.vault, wanted, PAGE, first.next)
                )
                after = await _read(connection)
                expected = await _expected(connection, condition, 2 * PAGE, by_sku=wanted.variant is not None)
            found = [row.id for row in first.rows] + ([] if second is None else [row.id for row in second.rows])
            assert found == expected, (wanted, attempt)
            assert after[0] == before[0], (wanted, "a table was scanned")
            windows = 0 if wanted.variant is None else 2 * REFERENCES_SCANNED_MAX
            assert after[1] - before[1] <= ROWS_READ_MAX + windows, (wanted, after[1] - before[1])


async def test_a_common_sku_is_looked_through_in_windows(database: Database) -> None:
    """A filter that hardly any order with the SKU meets ends a page early, and the next goes on behind it."""
    await _furnished(database)
    wanted = OrderFilter(variant=1000, node=5)

    found: list[int] = []
    async with database.snapshot() as connection:
        expected = await _expected(connection, "node = 5", ORDERS)
        page = await list_orders(connection, database.vault, wanted, PAGE)
        pages = 1
        while page.next is not None:
            found += [row.id for row in page.rows]
            page = await list_orders(connection, database.vault, wanted, PAGE, page.next)
            pages += 1
        found += [row.id for row in page.rows]

    assert found == expected
    assert pages == ORDERS // WINDOW + 1


async def test_a_list_by_sku_meets_every_order_and_then_every_sale_once(database: Database, executor: Executor) -> None:
    """Pages of one: sales of one moment, with a delivery in it, with the SKU on two lines, and with none of it."""
    shop = await Network(executor).open()
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    milk, rice = SaleLine("milk", 2, 900), SaleLine("rice", 500, 400)
    for _ in range(2):
        await shop.sell(moment, milk, rice, milk)
        await shop.place()
        await shop.sell(moment, milk)
    await shop.sell(moment - timedelta(days=1), milk)
    await shop.sell(moment, rice)
    await shop.sell(moment, SaleLine("milk", 0, 0))
    await shop.run(inventory.RECEIVE_STOCK, [ReceiveStock("S1", (StockLine("milk", 1),), occurred_at=moment)])

    async with database.snapshot() as connection:
        (variants,) = await ask(connection, catalog.variants_by_sku(["milk"]))
        having = f"{_WITH} = {variants['milk'].id} and quantity > 0)"
        for kind in (None, "order", "sale"):
            found: list[int] = []
            wanted = OrderFilter(variant=variants["milk"].id, kind=kind)
            page = await list_orders(connection, database.vault, wanted, 1)
            while page.next is not None:
                found += [row.id for row in page.rows]
                page = await list_orders(connection, database.vault, wanted, 1, page.next)
            found += [row.id for row in page.rows]
            condition = having if kind is None else f"{having} and kind = '{kind}'"
            assert found == await _expected(connection, condition, 100, by_sku=True)
            assert len(found) == {None: 7, "order": 2, "sale": 5}[kind]


async def test_what_a_text_can_mean(database: Database, executor: Executor) -> None:
    await _furnished(database)
    phones = {f"+86138{number:08}": 1_000_000 + number for number in (3_000, 13_000, 23_000, 33_000, 43_000)}
    made = await executor.transact("test", lambda work: customers.introduce(work, [("C12", phone) for phone in phones]))
    records = {phone: made["C12", phone] for phone in phones}
    stranger = await executor.transact("test", lambda work: customers.introduce(work, [("C12", "+8613900003000")]))
    async with database.transaction() as connection:
        for phone, record in records.items():
            await connection.execute(
                "update orders.customer_order set customer = %s where customer = %s", (record, phones[phone])
            )
    async with database.snapshot() as connection:
        before = await _read(connection)
        number, external, customer, tail, short, many, unsold, nothing = [
            await meanings(connection, database.vault, text)
            for text in ("3000", "E3000", "+8613800003000", "03000", "000", "+86138", "+8613900003000", "no\x00thing")
        ]
        listed = await list_orders(connection, database.vault, OrderFilter(customers=customer.people.records), 1)
        after = await _read(connection)

    assert number.number == 3000
    assert set(number.people.records) == {*records.values(), *stranger.values()}
    assert (number.by_end, number.people.customers, number.people.more) == (True, 6, False)
    assert external.external_id == "E3000"
    assert customer.people == customers.Called(1, (records["+8613800003000"],))
    assert not customer.by_end
    assert set(tail.people.records) == {records["+8613800003000"], *stranger.values()}
    assert short.people == many.people == unsold.people == customers.Called()
    assert nothing == orders.queries.Meanings()
    assert (listed.rows[0].customer, listed.rows[0].customer_reference) == (records["+8613800003000"], "••••3000")
    assert after[0] == before[0], "a table was scanned"
    assert after[1] - before[1] <= ROWS_READ_MAX
