"""The doctor finds each kind of damage, and nothing where there is none."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from mainstem.domains import catalog, customers, inventory, orders, pricing
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
from tests.unit.doctor_loyalty import loyalty_life
from tests.unit.doctor_privacy import privacy_life
from tests.unit.doctor_promotions import promotions_life
from tests.vaults import VAULT

pytestmark = pytest.mark.anyio

SOLD_AT = datetime.now(UTC) - timedelta(days=40)


class Shop:
    """Runs one command after the other and insists that each is accepted."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def __call__(self, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
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
        return int((await shop(place_orders.PLACE_ORDERS, wanted(*lines))).id)

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
        return int((await shop(record_sales.RECORD_SALES, sale)).id)

    await sold(1, ("S1", 3), ("S1", 1), ("S2", 0))
    await sold(2, ("S3", 7), ("unheard-of", 2))
    await sold(3, ("S1", 2))
    await shop(return_orders.RETURN_ORDERS, orders.ReturnOrder(await sold(4, ("S1", 5)), "N1", "stale"))


async def _people_life(shop: Shop) -> None:
    def told(reference: str, *phones: str) -> customers.Identify:
        identifiers = tuple(customers.Identifier("phone", phone) for phone in phones)
        attributes = customers.Attributes(name="王小明", birth_date="1990-01-02", street="延安中路 998", city="上海市")
        return customers.Identify(
            "crm", reference, SOLD_AT, identifiers, attributes if phones[1:] else customers.Attributes()
        )

    one, _, three = [
        (await shop(customers.IDENTIFY, told(*said))).record
        for said in (("a", "13917305526", "13917305529"), ("b", "13917305526"), ("c", "13917305583"))
    ]
    await shop(customers.MERGE_CUSTOMERS, customers.MergeCustomers(one, three, "came to the counter"))
    await shop(customers.SPLIT_CUSTOMER, customers.SplitCustomer(one, (three,), "it was somebody else"))


@pytest.fixture(scope="module")
async def living(server_url: str, template: str) -> AsyncIterator[Database]:
    """A database in which everything that can happen has happened."""
    name = f"test_doctor_{secrets.token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"create database {name} template {template}")
        url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
        async with Database(url, pool_size=2, vault=VAULT) as database:
            shop = Shop(Executor(database))
            await _furnish(shop)
            await _stock_life(shop)
            unpaid = await _orders_life(shop)
            async with database.transaction() as connection:
                await connection.execute("update orders.customer_order set expires_at = now() where id = %s", (unpaid,))
            assert await lapse_due(Executor(database)) == 1
            await _sales_life(shop)
            await _people_life(shop)
            await privacy_life(shop)
            await loyalty_life(Executor(database))
            await promotions_life(Executor(database))
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


def _read_damage() -> dict[str, tuple[list[str], set[str]]]:
    """Name: (the statements, the checks that must find it)."""
    damage = {}
    text = (Path(__file__).parent / "doctor_damage.sql").read_text(encoding="utf-8")
    for block in text.split("\n\n-- ")[1:]:
        name, finds, *rest = block.split("\n")
        statements = [statement.strip() for statement in "\n".join(rest).split(";\n") if statement.strip(" ;\n")]
        damage[name] = (statements, set(finds.removeprefix("-- finds: ").split(", ")))
    return damage


DAMAGE = _read_damage()


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found_by_the_right_check_and_by_no_other(living: Database, damage: str) -> None:
    statements, expected = DAMAGE[damage]
    health = await _damaged(living, statements)
    found = {check.name: [finding.message for finding in check.findings] for check in health.checks if check.violations}
    assert found.keys() == expected, found
    assert not health.healthy


async def _damaged(database: Database, statements: list[str]) -> Health:
    """What the doctor says while the damage is there; it is undone."""
    async with database.transaction() as connection:
        await _harm(connection, statements)
        health = await examine_in(connection)
        await connection.rollback()
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
        ["insert into ledger.asset (id, kind) select id, 'sku' from generate_series(987000001, 987001000) as id"],
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
