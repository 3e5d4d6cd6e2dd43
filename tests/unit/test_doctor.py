"""The doctor finds each kind of damage, and nothing where there is none."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.entrypoints.doctor import Health, all_checks, examine, examine_in
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.seal import seal_pending
from mainstem.processes import (
    allocate_orders,
    cancel_orders,
    pay_orders,
    place_orders,
    record_sales,
    return_orders,
    ship_orders,
)
from mainstem.processes.lapse_orders import lapse_due

pytestmark = pytest.mark.anyio

SOLD_AT = datetime.now(UTC) - timedelta(days=40)


class Shop:
    """Runs one command after the other and insists that each is accepted."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def __call__(self, operation: Operation[Any, Any], command: Any) -> Any:
        (outcome,) = await self._executor.execute(operation, [operation.call(command, secrets.token_hex(8))])
        assert outcome.accepted, outcome.body
        return msgspec.json.decode(outcome.body, type=operation.result)


async def _furnish(shop: Shop) -> None:
    for number in range(1, 4):
        await shop(
            catalog.UPSERT_PRODUCTS,
            catalog.UpsertProduct(f"P{number}", f"Product {number}", (catalog.VariantInput(f"S{number}"),)),
        )
        await shop(pricing.SET_PRICES, pricing.SetPrice(sku=f"S{number}", currency="EUR", amount_minor=333))
    for code in ("N1", "N2"):
        await shop(catalog.UPSERT_NODES, catalog.UpsertNode(code, code, "store", "Europe/Berlin"))
    await shop(catalog.UPSERT_CHANNELS, catalog.UpsertChannel("web", "Web", "web", "EUR", ("N1", "N2")))
    await shop(
        inventory.RECEIVE_STOCK,
        inventory.ReceiveStock(
            "N1",
            tuple(inventory.StockLine(f"S{number}", 100) for number in range(1, 4)),
            source="opening",
            occurred_at=SOLD_AT - timedelta(days=1),
        ),
    )
    await shop(inventory.RECEIVE_STOCK, inventory.ReceiveStock("N2", (inventory.StockLine("S1", 50),)))


async def _stock_life(shop: Shop) -> None:
    line = inventory.StockLine
    await shop(inventory.ADJUST_STOCK, inventory.AdjustStock("N1", (line("S1", -2),), "damaged"))
    await shop(inventory.COUNT_STOCK, inventory.CountStock("N1", (line("S2", 97), line("S3", 101))))
    await shop(inventory.RESERVE_STOCK, inventory.ReserveStock("N1", (line("S3", 4),), minutes=60))
    gone = await shop(inventory.RESERVE_STOCK, inventory.ReserveStock("N1", (line("S3", 5),), minutes=60))
    await shop(inventory.RELEASE_RESERVATION, inventory.ReleaseReservation(gone.id))
    for received, final in ((None, False), (2, False), (7, True), (4, True)):
        sent = await shop(inventory.SEND_TRANSFER, inventory.SendTransfer("N1", "N2", (line("S1", 6), line("S2", 3))))
        if received is not None:
            await shop(
                inventory.RECEIVE_TRANSFER, inventory.ReceiveTransfer(sent.id, (line("S1", received),), final=final)
            )
    await shop(
        inventory.SET_STOCK_POLICY, inventory.SetStockPolicy(sku="S1", node="N1", channel="web", safety=1, buffer=1)
    )


async def _orders_life(shop: Shop) -> int:
    def wanted(*lines: tuple[str, int]) -> orders.PlaceOrder:
        discounts = (orders.Discount("coupon", 10), orders.Discount("promotion", 5), orders.Discount("coupon", 1))
        return orders.PlaceOrder(
            "web",
            tuple(orders.OrderLine(sku, quantity, discounts=discounts) for sku, quantity in lines),
            taxes=(orders.TaxLine("sales tax", 77, included=False),),
        )

    async def placed(*lines: tuple[str, int]) -> int:
        return (await shop(place_orders.PLACE_ORDERS, wanted(*lines))).id

    async def allocated(node: str | None = None) -> int:
        order = await placed(("S1", 3), ("S2", 2))
        await shop(pay_orders.PAY_ORDERS, orders.PayOrder(order, (orders.Tender("card", 500),)))
        await shop(allocate_orders.ALLOCATE_ORDERS, orders.AllocateOrder(order, node))
        return order

    one = orders.LineQuantity(1, 1)
    await placed(("S1", 1), ("S1", 2))
    await shop(cancel_orders.CANCEL_ORDERS, orders.CancelOrder(await placed(("S1", 4)), "changed", (one,)))
    await shop(cancel_orders.CANCEL_ORDERS, orders.CancelOrder(await placed(("S1", 4)), "changed"))
    await allocated()
    part = await allocated()
    await shop(ship_orders.SHIP_ORDERS, orders.ShipOrder(part, (one,)))
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(part, "N2", "broken", restock=False))
    await shop(cancel_orders.CANCEL_ORDERS, orders.CancelOrder(await _ship(shop, await allocated(), one), "late"))
    whole = await _ship(shop, await allocated())
    await shop(ship_orders.DELIVER_ORDERS, orders.DeliverOrder(whole))
    await _ship(shop, await allocated())
    back = await _ship(shop, await allocated())
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(back, "N1", "too big", (one,)))
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(back, "N2", "all of it"))
    some = await _ship(shop, await allocated())
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(some, "N1", "too many", (one,)))
    return await placed(("S2", 1))


async def _ship(shop: Shop, order: int, *lines: orders.LineQuantity) -> int:
    await shop(ship_orders.SHIP_ORDERS, orders.ShipOrder(order, lines))
    return order


async def _sales_life(shop: Shop) -> None:
    async def sold(number: int, *lines: tuple[str, int]) -> int:
        sale = orders.RecordSale(
            "web",
            "N2",
            f"R{number}",
            SOLD_AT,
            tuple(orders.SaleLine(sku, quantity, 99 * quantity) for sku, quantity in lines),
        )
        return (await shop(record_sales.RECORD_SALES, sale)).id

    await sold(1, ("S1", 3), ("S1", 1), ("S2", 0))
    await sold(2, ("S3", 7), ("unheard-of", 2))
    await sold(3, ("S1", 2))
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(await sold(4, ("S1", 5)), "N1", "stale"))


@pytest.fixture(scope="module")
async def living(server_url: str, template: str) -> AsyncIterator[Database]:
    """A database in which everything that can happen has happened."""
    name = f"test_doctor_{secrets.token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"create database {name} template {template}")
        url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
        async with Database(url, pool_size=2) as database:
            shop = Shop(Executor(database))
            await _furnish(shop)
            await _stock_life(shop)
            unpaid = await _orders_life(shop)
            async with database.transaction() as connection:
                await connection.execute("update orders.customer_order set expires_at = now() where id = %s", (unpaid,))
            assert await lapse_due(Executor(database)) == 1
            await _sales_life(shop)
            while await seal_pending(database, limit=20):
                pass
            yield database
        server.execute(f"drop database {name} with (force)")


async def test_a_healthy_database_gives_nothing(living: Database) -> None:
    health = await examine(living.url)
    assert [finding for check in health.checks for finding in check.findings] == []
    assert health.healthy
    assert len(health.checks) == len(all_checks()) + 1
    assert health.sealed_events > 20
    assert health.seals > 1


async def test_the_scenario_reaches_every_state(living: Database) -> None:
    async with living.transaction() as connection:
        cursor = await connection.execute("select distinct state from orders.customer_order")
        states = {state for (state,) in await cursor.fetchall()}
    assert states == orders.states.TRANSITIONS.keys()


_A_BALANCE = (
    "(select asset, place from ledger.balance where posted > held and posted > 9 order by asset, place limit 1)"
)
_A_MOVEMENT = "(select id from ledger.movement where kind = {kind!r} order by id limit 1)"
_AN_ORDER = "(select id from orders.customer_order where state = {state!r} order by id limit 1)"
_A_LIVE_LINE_HOLD = (
    "(select hold from orders.order_line as l join ledger.hold as h on h.id = l.hold where h.state = 'held'"
    " order by hold limit 1)"
)


def _movement(kind: str) -> str:
    return _A_MOVEMENT.format(kind=kind)


def _order(state: str) -> str:
    return _AN_ORDER.format(state=state)


DAMAGE: dict[str, tuple[list[str], set[str]]] = {
    "a balance is set": (
        [f"update ledger.balance set posted = posted + 5 where (asset, place) = {_A_BALANCE}"],
        {"ledger.conservation", "ledger.replay"},
    ),
    "stock moves between places without a movement": (
        [
            "update ledger.balance as b set posted = posted + case when place = low then -1 else 1 end"
            " from (select asset, min(place) as low, max(place) as high from ledger.balance where posted > held + 1"
            " and place in (select id from catalog.node) group by asset having count(*) > 1 limit 1) as s"
            " where b.asset = s.asset and place in (low, high)"
        ],
        {"ledger.replay"},
    ),
    "a sale's movement is lost": (
        [f"delete from ledger.movement where id = {_movement('sale')}"],
        {"ledger.conservation", "ledger.replay", "orders.sale_movements"},
    ),
    "a movement changes its reference": (
        [f"update ledger.movement set reference = 1 where id = {_movement('opening')}"],
        {"inventory.documents"},
    ),
    "a balance holds more than its holds": (
        [f"update ledger.balance set held = held + 1 where (asset, place) = {_A_BALANCE}"],
        {"ledger.held"},
    ),
    "a floor is lowered": (
        [f"update ledger.balance set floor = -3 where (asset, place) = {_A_BALANCE}"],
        {"ledger.floor", "inventory.overdrawn"},
    ),
    "held becomes negative": (
        [
            "alter table ledger.balance drop constraint balance_held_check",
            f"update ledger.balance set held = -1 where (asset, place) = {_A_BALANCE}",
        ],
        {"ledger.negative_held", "ledger.held"},
    ),
    "a hold ends without its state": (
        [
            "update ledger.hold set state = 'posted' where id = (select min(id) from ledger.hold where state = 'released')"
        ],
        {"ledger.holds"},
    ),
    "a hold settles what never moved": (
        [
            "update ledger.hold set settled = quantity, released = 0, state = 'posted'"
            " where id = (select min(id) from ledger.hold where state = 'released')"
        ],
        {"ledger.settled"},
    ),
    "an asset is not registered": (
        ["delete from ledger.asset where id = (select id from catalog.variant where sku = 'S1')"],
        {"ledger.orphans", "catalog.registered"},
    ),
    "a place is not registered": (
        ["delete from ledger.place where id = (select transit from catalog.node where code = 'N2')"],
        {"ledger.orphans", "catalog.registered"},
    ),
    "a registered asset has no SKU": (
        ["insert into ledger.asset (id, kind) values (987654321, 'sku')"],
        {"catalog.registered"},
    ),
    "a placeholder is described without its product": (
        ["update catalog.variant set placeholder = false where placeholder"],
        {"catalog.placeholders"},
    ),
    "a document is lost": (
        ["delete from inventory.document where kind = 'adjustment'"],
        {"inventory.documents"},
    ),
    "a reservation is closed and goes on holding": (
        ["update inventory.document set state = 'closed' where kind = 'reservation' and state = 'open'"],
        {"inventory.reservations"},
    ),
    "a released reservation opens again": (
        ["update inventory.document set state = 'open' where kind = 'reservation' and state = 'closed'"],
        {"inventory.reservations"},
    ),
    "a transfer says it sent more": (
        [
            "update inventory.transfer_line set sent = sent + 1 where document ="
            " (select min(id) from inventory.document where kind = 'transfer' and state = 'closed')"
        ],
        {"inventory.transfers"},
    ),
    "a transfer closes and leaves its goods in transit": (
        ["update inventory.document set state = 'closed' where kind = 'transfer' and state = 'open'"],
        {"inventory.transit"},
    ),
    "a counted variance is not noted": (
        ["delete from inventory.discrepancy where kind = 'counted' and quantity < 0"],
        {"inventory.discrepancies"},
    ),
    "a short transfer is noted as less": (
        ["update inventory.discrepancy set quantity = quantity - 1 where kind = 'transfer_short'"],
        {"inventory.discrepancies"},
    ),
    "more was oversold than was sold": (
        ["update inventory.discrepancy set quantity = -1000 where kind = 'oversold'"],
        {"inventory.oversold"},
    ),
    "nobody was told of an oversold shelf": (
        ["delete from inventory.discrepancy where kind = 'oversold'"],
        {"inventory.overdrawn"},
    ),
    "a policy names a node that is not there": (
        ["update inventory.policy set node = 987654321"],
        {"inventory.orphans"},
    ),
    "a total changes, and what is due with it": (
        [
            "update orders.customer_order set total_minor = total_minor + 1, due_minor = due_minor + 1"
            f" where id = {_order('placed')}"
        ],
        {"orders.totals"},
    ),
    "a tax line is lost": (
        [f"delete from orders.tax_line where order_id = {_order('allocated')}"],
        {"orders.totals"},
    ),
    "a discount is lost": (
        [f"delete from orders.line_discount where kind = 'coupon' and order_id = {_order('shipped')}"],
        {"orders.discounts"},
    ),
    "less is due than was kept": (
        [f"update orders.customer_order set due_minor = due_minor - 1 where id = {_order('returned')}"],
        {"orders.due"},
    ),
    "a payment is lost": (
        [f"delete from orders.tender where order_id = {_order('delivered')}"],
        {"orders.paid"},
    ),
    "a line shipped more than its shipments": (
        [
            f"update orders.order_line set shipped = shipped + 1, cancelled = cancelled - 1 where order_id ="
            " (select order_id from orders.order_line where shipped > 0 and cancelled > 0 order by 1 limit 1)"
            " and shipped > 0 and cancelled > 0"
        ],
        {"orders.lines", "orders.due"},
    ),
    "a shipment's line is lost": (
        ["delete from orders.shipment_line where shipment = (select min(id) from orders.shipment)"],
        {"orders.lines", "orders.shipment_movements"},
    ),
    "a shipment left another node": (
        [
            "update orders.shipment set node = (select id from catalog.node where code = 'N2')"
            " where id = (select min(id) from orders.shipment)"
        ],
        {"orders.shipment_movements"},
    ),
    "a return went to the shelf on paper only": (
        ["update orders.customer_return set restock = true where not restock"],
        {"orders.return_movements"},
    ),
    "a shipment arrives and its order does not know": (
        [
            "update orders.shipment set delivered_at = now() where id = (select max(id) from orders.shipment"
            " where delivered_at is null)"
        ],
        {"orders.undelivered"},
    ),
    "a line forgets its hold": (
        [f"update orders.order_line set hold = null where hold = {_A_LIVE_LINE_HOLD}"],
        {"orders.holds"},
    ),
    "a hold is lost": (
        [f"delete from ledger.hold where id = {_A_LIVE_LINE_HOLD}"],
        {"orders.holds", "ledger.held"},
    ),
    "a live hold belongs to nobody": (
        [
            "insert into ledger.hold (id, asset, place, quantity, reference)"
            " select 987654321, asset, place, 1, 987654322 from ledger.balance where posted > held + 9"
            " order by asset, place limit 1",
            f"update ledger.balance set held = held + 1 where (asset, place) ="
            " (select asset, place from ledger.hold where id = 987654321)",
        ],
        {"orders.holds"},
    ),
    "a state is ahead of its goods": (
        [f"update orders.customer_order set state = 'delivered' where id = {_order('shipped')}"],
        {"orders.states"},
    ),
    "a state that does not exist": (
        [f"update orders.customer_order set state = 'lost' where id = {_order('sold')}"],
        {"orders.states"},
    ),
    "a paid order would lapse": (
        [f"update orders.customer_order set expires_at = now() where id = {_order('allocated')}"],
        {"orders.states"},
    ),
    "an order's row is lost": (
        [f"delete from orders.customer_order where id = {_order('cancelled')}"],
        {"orders.orphans", "orders.events"},
    ),
    "a sale vanishes, goods and all": (
        [
            "create temp table gone as select id from orders.customer_order where external_id = 'R3'",
            "update ledger.balance as b set posted = b.posted + m.quantity from ledger.movement as m"
            " where m.reference in (select id from gone) and (b.asset, b.place) = (m.asset, m.source)",
            "delete from ledger.movement where reference in (select id from gone)",
            "delete from orders.order_line where order_id in (select id from gone)",
            "delete from orders.customer_order where id in (select id from gone)",
        ],
        {"orders.events"},
    ),
    "a line's SKU is not there": (
        [
            "alter table catalog.gtin drop constraint gtin_variant_fkey",
            "delete from catalog.variant where sku = 'unheard-of'",
            "delete from ledger.asset where kind = 'sku'"
            " and not exists (select from catalog.variant as v where v.id = asset.id)",
        ],
        {"orders.orphans", "ledger.orphans", "inventory.orphans"},
    ),
    "an answer is cut short": (
        ["update platform.idempotency set answer = '+' where key = (select min(key) from platform.idempotency)"],
        {"platform.answers"},
    ),
    "a subscriber is ahead of the events": (
        ["insert into platform.event_cursor (subscriber, xid, id) values ('mailer', '4000000000', 1)"],
        {"platform.cursors"},
    ),
    "the database comes from a dump": (
        [
            "insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload)"
            " values ('4000000000', 1, 'catalog.node_changed', 1, 0, '', now(), '{}')"
        ],
        {"platform.event_transactions"},
    ),
    "a quarantined entry is settled at no moment": (
        [
            "insert into platform.quarantine (id, operation, source, payload, fingerprint, refusal, state)"
            " values (1, 'orders.place_order', 'file', 'x', 'y', '{}', 'resubmitted')"
        ],
        {"platform.quarantine"},
    ),
    "an event is edited": (
        [
            "update platform.event set actor = 99 where id ="
            " (select min(id) from platform.event where type = 'inventory.stock_received')"
        ],
        {"platform.seals"},
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found_by_the_right_check_and_by_no_other(living: Database, damage: str) -> None:
    statements, expected = DAMAGE[damage]
    health = await _damaged(living, statements)
    found = {check.name: [finding.message for finding in check.findings] for check in health.checks if check.violations}
    assert found.keys() == expected, found
    assert not health.healthy


async def _damaged(database: Database, statements: list[str]) -> Health:
    class UndoError(Exception):
        pass

    health = None
    try:
        async with database.transaction() as connection:
            await _harm(connection, statements)
            health = await examine_in(connection)
            raise UndoError
    except UndoError:
        pass
    assert health is not None
    return health


async def _harm(connection: Connection, statements: list[str]) -> None:
    for statement in statements:
        cursor = await connection.execute(statement)
        assert cursor.rowcount != 0, f"nothing was damaged by: {statement}"


def test_every_check_is_shown_to_find_something() -> None:
    planted = set().union(*(expected for _, expected in DAMAGE.values()))
    assert planted == {check.name for check in all_checks()} | {"platform.seals"}


async def test_many_violations_are_counted_and_the_first_are_shown(living: Database) -> None:
    health = await _damaged(
        living,
        [
            "insert into ledger.asset (id, kind) select 987654321 + number, 'sku'"
            " from generate_series(1, 1000) as s (number)"
        ],
    )
    (check,) = [check for check in health.checks if check.violations]
    assert check.violations == 1000
    assert len(check.findings) == 20


async def test_a_finding_says_what_where_and_by_how_much(living: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    statements, _ = DAMAGE["a balance is set"]
    (english,) = [c for c in (await _damaged(living, statements)).checks if c.name == "ledger.replay"]
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (chinese,) = [c for c in (await _damaged(living, statements)).checks if c.name == "ledger.replay"]
    values = english.findings[0].values
    assert values["off"] == 5
    assert english.findings[0].message == (
        f"asset {values['asset']} at place {values['place']}: the balance says {values['posted']},"
        f" its movements say {values['moved']}; off by +5"
    )
    assert chinese.findings[0].values == values
    assert "相差 +5" in chinese.findings[0].message
