"""What users of other systems reported about stock and orders, as tests; a name ends with the system and the issue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
import pytest

from mainstem.domains import inventory, orders
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Connection, Database
from tests.spec.orders_shop import Shop, cash, line, place
from tests.stateful.faults import Fault, FaultyDatabase
from tests.vaults import VAULT

pytestmark = [pytest.mark.spec, pytest.mark.anyio]

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    """The shop with connections for many at once."""
    async with Database(database_url, pool_size=24, vault=VAULT) as database:
        yield await Shop(Executor(database)).open()


async def at_once(shop: Shop, *commands: Any) -> list[Any]:  # noqa: ANN401 - results
    """What becomes of commands that are sent at once, each in a batch and transaction of its own."""
    answers = await asyncio.gather(*[shop.answers(command) for command in commands])
    return [answer for (answer,) in answers]


def accepted(answers: list[Any]) -> int:
    return sum(not isinstance(answer, Refusal) for answer in answers)


def codes(answers: list[Any]) -> set[str]:
    return {answer.code for answer in answers if isinstance(answer, Refusal)}


async def test_last_unit_is_sold_once__magento_inventory_3036(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    answers = await at_once(shop, *[place(channel="one") for _ in range(24)])
    assert (accepted(answers), codes(answers)) == (1, {"out_of_stock"})


async def test_last_unit_is_sold_once_though_nodes_could_be_chosen__magento_inventory_2727(shop: Shop) -> None:
    await shop.has("N2", tea=1)
    answers = await at_once(shop, *[place(channel=channel) for channel in ("web", "back") * 12])
    assert (accepted(answers), codes(answers)) == (1, {"out_of_stock"})
    assert (await shop.available("tea", "N2")).held == 1


async def test_what_is_left_is_too_little_for_another__vendure_1738(shop: Shop) -> None:
    await shop.has("N1", tea=5)
    answers = await at_once(shop, *[place(line(quantity=2), channel="one") for _ in range(24)])
    assert (accepted(answers), codes(answers)) == (2, {"out_of_stock"})
    assert (await shop.available("tea")).available == 1


async def test_nothing_is_locked_while_somebody_pays__saleor_11069(shop: Shop) -> None:
    """The payment takes place between two transactions: meanwhile others order, sell and count the same SKU."""
    await shop.has("N1", tea=3)
    order = await shop.does(place(channel="one"))
    async with shop.database.transaction() as another:
        await another.execute("select from ledger.balance for update nowait")
        await another.execute("select from ledger.hold for update nowait")
        await another.execute("select from orders.customer_order for update nowait")
    await shop.does(place(channel="one"))
    assert (await shop.does(orders.PayOrder(order.id, cash(100)))).payment == "paid"


@pytest.mark.parametrize("report", ["saleor_14885", "saleor_18206", "erpnext_42342", "erpnext_36825"])
async def test_overlapping_lines_do_not_deadlock(shop: Shop, report: str) -> None:
    """Placing, cancelling, shipping and moving the same SKUs in opposite orders, by turns as each report had it."""
    for node in ("N1", "N2"):
        await shop.has(node, tea=500, cup=500)
    lines = line("tea"), line("cup")
    placed = await shop.all_do(*[place(*lines, node="N1") for _ in range(12)])
    numbers = [order.id for order in placed]
    stock = inventory.StockLine("tea", 1), inventory.StockLine("cup", 1)
    work: dict[str, list[Any]] = {
        "saleor_14885": [orders.CancelOrder(number, "no") for number in numbers],
        "saleor_18206": [orders.AllocateOrder(number, "N2") for number in numbers],
        "erpnext_42342": [inventory.SendTransfer("N2", "N1", stock[:: 1 - 2 * (n % 2)]) for n in range(12)],
        "erpnext_36825": [inventory.ReceiveStock("N1", stock[:: 1 - 2 * (n % 2)]) for n in range(12)],
    }
    against = [place(*lines[:: 1 - 2 * (n % 2)], node=("N1", "N2")[n % 2]) for n in range(24)]

    answers = await at_once(shop, *[one for pair in zip(work[report], against[:12], strict=True) for one in pair])

    assert accepted(answers) == 24
    assert await shop.rows("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]
    await shop.audit()


async def test_one_in_stock_is_not_allocated_six_times__saleor_17170(shop: Shop) -> None:
    """What is checked is what is written: in one batch, in many at once, and when the order moves to another node."""
    await shop.has("N1", tea=1)
    answers = await shop.answers(*[place(channel="one") for _ in range(6)])
    answers += await at_once(shop, *[place(channel="one") for _ in range(6)])
    assert accepted(answers) == 1
    await shop.has("N2", tea=6)
    waiting = await shop.all_do(*[place(node="N2") for _ in range(6)])
    await shop.has("N1", tea=1)
    answers = await at_once(shop, *[orders.AllocateOrder(order.id, "N1") for order in waiting])
    assert (accepted(answers), codes(answers)) == (1, {"out_of_stock"})
    found = await shop.available("tea")
    assert (found.on_hand, found.held) == (2, 2)
    await shop.audit()


async def test_the_node_that_has_it_promises_it__medusa_14987(shop: Shop) -> None:
    await shop.has("N3", tea=1)
    assert (await shop.does(place())).node == "N3"
    assert [(await shop.available("tea", node)).held for node in ("N1", "N2", "N3")] == [0, 0, 1]


async def test_the_node_that_was_chosen_ships_it__medusa_15132(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    await shop.has("N2", tea=2)
    order = await shop.does(place(line(quantity=2)))
    await shop.does(orders.AllocateOrder(order.id))
    await shop.does(orders.ShipOrder(order.id))
    assert [shipment.node for shipment in (await shop.view(order.id)).shipments] == ["N2"]
    assert [(await shop.available("tea", node)).on_hand for node in ("N1", "N2")] == [1, 0]


async def test_lines_of_one_sku_add_up__medusa_16502(shop: Shop) -> None:
    """A bundle whose parts share a SKU asks for their sum, within an order and among the orders of a batch."""
    await shop.has("N1", tea=5)
    bundle = place(line(quantity=2), line(quantity=1), channel="one")
    answers = await shop.answers(bundle, bundle, place(line(quantity=3), line(quantity=1), channel="one"))
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, True]
    assert answers[1].where == "/lines/1"
    assert (await shop.available("tea")).held == 3


async def test_no_update_is_lost__medusa_16569(shop: Shop) -> None:
    await shop.has("N1", tea=100)
    commands: list[Any] = []
    for number in range(20):
        sold = orders.RecordSale("one", "N1", f"t{number}", NOON, (orders.SaleLine("tea", 2, 1),))
        commands += [sold, inventory.ReceiveStock("N1", (inventory.StockLine("tea", 3),)), place(channel="one")]
    assert accepted(await at_once(shop, *commands)) == 60
    found = await shop.available("tea")
    assert (found.on_hand, found.held) == (100 - 40 + 60, 20)
    await shop.audit()


async def test_a_lost_race_leaves_no_order_behind__medusa_16825(shop: Shop) -> None:
    await shop.has("N1", tea=1)
    wish = [place(channel="one", external_id=f"E{n}", tenders=cash(100)) for n in range(24)]
    (won,) = [answer for answer in await at_once(shop, *wish) if not isinstance(answer, Refusal)]
    for table, column in (
        ("orders.customer_order", "id"),
        ("orders.order_line", "order_id"),
        ("orders.tender", "order_id"),
        ("ledger.hold", "reference"),
    ):
        assert await shop.rows(f"select {column} from {table}") == [(won.id,)]
    told = "select subject from platform.event where type = 'orders.order_placed'"
    assert await shop.rows(told) == [(won.id,)]
    await shop.audit()


async def test_a_spot_has_one_balance_whoever_comes_first__odoo_stock_quants(shop: Shop) -> None:
    await at_once(shop, *[inventory.ReceiveStock("N2", (inventory.StockLine("tea", 1),)) for _ in range(24)])
    assert await shop.rows("select posted from ledger.balance") == [(24,)]


class CountingDatabase(Database):
    """Counts the statements of its transactions."""

    statements = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield cast("Connection", _Counting(connection, self))


class _Counting:
    def __init__(self, connection: Connection, database: CountingDatabase) -> None:
        self._connection = connection
        self._database = database

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._connection, name)

    async def execute(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the connection's
        self._database.statements += 1
        return await self._connection.execute(*arguments, **options)


@pytest.mark.parametrize("report", ["odoo_116803", "odoo_70359"])
async def test_many_rows_take_no_more_statements_than_one(database_url: str, report: str) -> None:
    """116803: 10,000 moves took 46,954 queries. 70359: many lines of one document, each with queries of its own."""
    async with CountingDatabase(database_url, vault=VAULT) as database:
        shop = await Shop(Executor(database)).open()
        await shop.has("N1", tea=100_000, cup=100_000)
        took = {}
        for many in (2, 2, 500):
            before = database.statements
            if report == "odoo_116803":
                await shop.all_do(*[place(line("tea"), line("cup"), channel="one") for _ in range(many)])
            else:
                await shop.does(inventory.ReceiveStock("N1", (inventory.StockLine("tea", 1),) * many))
            took[many] = database.statements - before
    assert took[500] <= took[2] + 1, "one more block of ids at most"


async def test_what_is_read_is_what_is_there__shopware_14816(shop: Shop) -> None:
    """No cache stands between a promise and a read, on whichever connection."""
    await shop.has("N1", tea=2)
    seen = []
    placed = []
    for _ in range(2):
        placed.append(await shop.does(place(channel="one")))
        seen += [found.available for found in await asyncio.gather(*[shop.available("tea") for _ in range(4)])]
    await shop.does(orders.CancelOrder(placed[0].id, "no"))
    seen += [(await shop.available("tea")).available]
    assert seen == [1] * 4 + [0] * 4 + [1]


@pytest.mark.parametrize("kind", ["acknowledgement", "commit", "killed_at_commit"])
async def test_what_was_charged_is_on_the_order_once__vendure_3065(database_url: str, kind: Any) -> None:  # noqa: ANN401
    """The answer to a payment is lost, or its commit fails: sent again with its key, it is there, once."""
    database = FaultyDatabase(database_url)
    async with database:
        shop = await Shop(Executor(database)).open()
        await shop.has("N1", tea=1)
        order = await shop.does(place(channel="one"))
        database.faults = [Fault(kind)]
        payment = orders.PayOrder(order.id, cash(100))

        paid = [(await shop.answers(payment, keys=["the charge"]))[0] for _ in range(3)]

        assert database.struck == 1
        assert {answer.payment for answer in paid} == {"paid"}
        assert [tender.amount_minor for tender in (await shop.view(order.id)).tenders] == [100]
        await shop.audit()


async def test_no_order_costs_less_than_nothing__odoo_63106(shop: Shop) -> None:
    await shop.has("N1", tea=9)
    free = await shop.does(place(line("tea", 1, 100, 60, 40), channel="one"))
    assert (free.total_minor, free.payment) == (0, "paid")
    for item in (line("tea", 1, 100, 60, 41), line("tea", 1, 100, 200, -150)):
        assert (await shop.refuses(place(line(), item, channel="one")))[0] == "bad_discount"


async def test_nothing_is_taxed_below_nothing__medusa_15532(shop: Shop) -> None:
    await shop.has("N1", tea=9)
    tax = (orders.TaxLine("GST", -5, included=False),)
    assert (await shop.refuses(place(line("tea", 1, 100, 100), taxes=tax, channel="one")))[0] == "bad_amount"


async def test_a_database_that_is_gone_says_so__vendure_3065(database_url: str) -> None:
    """Retries are bounded: the caller hears of it, and nothing has been done."""
    database = FaultyDatabase(database_url)
    async with database:
        shop = await Shop(Executor(database)).open()
        await shop.has("N1", tea=1)
        database.faults = [Fault("commit") for _ in range(99)]
        with pytest.raises(psycopg.OperationalError):
            await shop.answers(place(channel="one"), keys=["one key"])
        database.faults = []
        assert await shop.rows("select id from orders.customer_order") == []
        assert accepted(await shop.answers(place(channel="one"), keys=["one key"])) == 1
