"""The real thing beside the model: a loop, a database, an executor, and what the database says of itself."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from mainstem.domains import catalog, inventory, pricing
from mainstem.entrypoints.doctor import examine_in
from mainstem.platform.execution import Call, Executor, Operation, Outcome
from tests.stateful.faults import FaultyDatabase
from tests.stateful.model import Model

T = TypeVar("T")

SKUS = {"tea": ("pc", "Food/Tea"), "rice": ("kg", "Food"), "soap": ("pc", "Home")}
"""SKU: its unit and category."""

GHOSTS = {"ghost": "pc", "loose": "kg"}
"""SKUs that facts name before the catalogue has them, and the unit they turn out to have."""

NODES = ("N1", "N2", "W")
CHANNELS: dict[str, tuple[str, ...]] = {"web": ("N1", "N2", "W"), "app": ("W",), "till": ()}
PRICES: tuple[tuple[str, str | None, str | None, int], ...] = (
    ("tea", None, None, 250),
    ("tea", "web", None, 231),
    ("tea", None, "N2", 275),
    ("tea", "app", "W", 199),
    ("rice", None, None, 199_900),
)

_WIPE = "do $$ begin {} end $$".format(
    "".join(
        f"delete from {table};"
        for table in (
            "orders.return_line",
            "orders.customer_return",
            "orders.shipment_line",
            "orders.shipment",
            "orders.finding",
            "orders.tax_line",
            "orders.tender",
            "orders.line_discount",
            "orders.order_line",
            "orders.customer_order",
            "inventory.discrepancy",
            "inventory.policy",
            "inventory.inbound",
            "inventory.transfer_line",
            "inventory.document",
            "pricing.price",
            "ledger.hold",
            "ledger.movement",
            "ledger.balance",
            "ledger.asset",
            "ledger.place",
            "catalog.channel_node",
            "catalog.channel",
            "catalog.node",
            "catalog.gtin",
            "catalog.variant",
            "catalog.product",
            "platform.event",
            "platform.idempotency",
        )
    )
)

_STATE = """
select
(select coalesce(json_agg(json_build_array(v.sku, p.name, b.posted, b.held)), '[]')
 from ledger.balance as b join catalog.variant as v on v.id = b.asset
 join (select id, code as name from catalog.node union all select transit, code || '~' from catalog.node) as p
 on p.id = b.place where b.posted <> 0 or b.held <> 0),
(select coalesce(json_object_agg(o.id, json_build_object('kind', o.kind, 'state', o.state, 'node', n.code,
    'total', o.total_minor, 'due', o.due_minor, 'paid', o.paid_minor, 'lapses', o.expires_at is not null,
    'undelivered', o.undelivered, 'lines', (
        select json_agg(json_build_array(v.sku, l.quantity, l.amount_minor, l.shipped, l.cancelled, l.returned)
            order by l.position)
        from orders.order_line as l join catalog.variant as v on v.id = l.variant where l.order_id = o.id),
    'events', (select count(*) from platform.event as e where e.subject = o.id and e.type like 'orders.%%')
 )), '{}') from orders.customer_order as o join catalog.node as n on n.id = o.node),
(select coalesce(json_object_agg(id, state), '{}') from inventory.document where kind = 'reservation'),
(select coalesce(json_object_agg(d.id, json_build_array(d.state, (
    select json_object_agg(v.sku, json_build_array(l.sent, l.received))
    from inventory.transfer_line as l join catalog.variant as v on v.id = l.variant where l.document = d.id
 ))), '{}') from inventory.document as d where kind = 'transfer'),
(select coalesce(json_agg(json_build_array(kind, sku, code, quantity)), '[]') from (
    select d.kind, v.sku, n.code, sum(d.quantity) as quantity from inventory.discrepancy as d
    join catalog.variant as v on v.id = d.variant join catalog.node as n on n.id = d.node group by 1, 2, 3) as found)
"""


class House:
    """Owns the loop; everything awaited runs in it."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:  # nothing here ends PostgreSQL: durability only costs
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("alter database {} set synchronous_commit = off").format(name))
        self._runner = asyncio.Runner()
        self.database = FaultyDatabase(url)
        self.run(self.database.__aenter__())
        self.executor = Executor(self.database)

    def close(self) -> None:
        self.run(self.database.__aexit__(None, None, None))
        self._runner.close()

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(awaitable)

    def execute(self, operation: Operation[Any, Any], calls: Sequence[Call[Any]]) -> list[Outcome]:
        return self.run(self.executor.execute(operation, calls))

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        async def ask() -> list[tuple[Any, ...]]:
            async with super(FaultyDatabase, self.database).transaction() as connection:
                cursor = await connection.execute(statement.encode(), parameters)
                return await cursor.fetchall() if cursor.description else []

        return self.run(ask())

    def furnish(self) -> Model:
        """Empty the house, put the catalogue in, and answer the model of it."""
        self.database.faults.clear()
        self.query(_WIPE)
        model = Model(NODES, CHANNELS)
        described = [product(sku) for sku in SKUS]
        for command in described:
            model.decide(command)
        model.prices = {(sku, channel, node): amount for sku, channel, node, amount in PRICES}
        prices = [
            pricing.SetPrice(sku=sku, currency="CNY", amount_minor=amount, channel=channel, node=node)
            for sku, channel, node, amount in PRICES
        ]
        nodes = [catalog.UpsertNode(code, code, "store", "Asia/Shanghai") for code in NODES]
        channels = [catalog.UpsertChannel(code, code, "web", "CNY", nodes) for code, nodes in CHANNELS.items()]
        steps: tuple[tuple[Operation[Any, Any], Sequence[object]], ...] = (
            (catalog.UPSERT_PRODUCTS, described),
            (catalog.UPSERT_NODES, nodes),
            (catalog.UPSERT_CHANNELS, channels),
            (pricing.SET_PRICES, prices),
        )
        for operation, commands in steps:
            calls = [operation.call(command, f"furnish {number}") for number, command in enumerate(commands)]
            assert all(outcome.accepted for outcome in self.execute(operation, calls))
        return model

    def state(self) -> tuple[list[Any], dict[str, Any], dict[str, str], dict[str, Any], list[Any]]:
        """Balances, orders, reservations, transfers and discrepancies as the database has them."""
        (row,) = self.query(_STATE)
        return row

    def available(self, skus: Sequence[str], channel: str | None) -> dict[tuple[str, str], int]:
        async def ask() -> dict[tuple[str, str], int]:
            async with self.database.snapshot() as connection:
                found = await inventory.availability(connection, skus, NODES, channel, datetime.now(UTC))
            return {(row.sku, row.node): row.available for row in found.rows()}

        return self.run(ask())

    def findings(self) -> list[str]:
        """What the doctor finds wrong."""

        async def examine() -> list[str]:
            async with self.database.snapshot() as connection:
                health = await examine_in(connection)
            return [finding.message for check in health.checks for finding in check.findings]

        return self.run(examine())


def product(sku: str) -> catalog.UpsertProduct:
    """The description of a SKU, which is always the same."""
    unit, category = SKUS[sku] if sku in SKUS else (GHOSTS[sku], "")
    return catalog.UpsertProduct(f"P-{sku}", sku, (catalog.VariantInput(sku, unit=unit),), category=category)
