"""A small but whole retailer: three stores in three time zones, a warehouse, three channels, 200 SKUs, orders in every
state, transfers, counts, reservations, discrepancies and a quarantine, and some customers. The same every time, but
for the clock.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from stdnum import ean

from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.refusals import refuse
from mainstem.platform import quarantine
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.work import Work
from mainstem.processes import (
    ALLOCATE_ORDERS,
    CANCEL_ORDERS,
    DELIVER_ORDERS,
    PAY_ORDERS,
    PLACE_ORDERS,
    RECORD_SALES,
    RETURN_ORDERS,
    SHIP_ORDERS,
    lapse_due,
)
from tests.browser.harness import clientele, names
from tests.browser.harness.names import Tongue

SKU_COUNT = 200
ORDER_COUNT = 330
SALE_COUNT = 420
DAYS = 14
STOCK = {"pc": 120, "kg": 90_000, "l": 60_000, "m": 50_000}
"""What each store has of a SKU, in smallest steps; the warehouse has eight times as much."""

CARRIER = "SF"
FATES = (
    "unpaid",
    "lapsed",
    "paid",
    "cancelled",
    "allocated",
    "part_shipped",
    "shipped",
    "delivered",
    "part_back",
    "back",
)
"""What becomes of orders, one after another."""


class Sku(msgspec.Struct, frozen=True):
    """A SKU as orders need it: the most that one line takes of it, in smallest steps."""

    code: str
    unit: str
    most: int


class World:
    """Makes itself through the ordinary commands."""

    def __init__(self, executor: Executor, tongue: Tongue = "zh", now: datetime | None = None) -> None:
        self.executor = executor
        self.tongue = tongue
        self.now = now or datetime.now(UTC)
        self.random = random.Random(7)
        self.skus: list[Sku] = []
        self.paid: list[int] = []  # orders that wait to be allocated
        self._numbers = count(1)

    async def make(self) -> "World":
        """Everything, in the order in which it happens."""
        await self._network()
        await self._products()
        await self._stock()
        await self._sales()
        await self._orders()
        await self._documents()
        await self._quarantine()
        await clientele.furnish(self.executor, self.run, self.tongue)
        return self

    async def run(self, operation: Operation[Any, Any], commands: Sequence[Any]) -> list[Any]:
        """Execute commands that must be accepted; their results."""
        calls = [operation.call(command, f"world {next(self._numbers)}") for command in commands]
        outcomes = await self.executor.execute(operation, calls)
        refused = [outcome.refusal() for outcome in outcomes if not outcome.accepted]
        assert not refused, refused[:3]
        return [msgspec.json.decode(outcome.body, type=operation.result) for outcome in outcomes]

    async def _network(self) -> None:
        said = self.tongue
        hours = tuple(catalog.OpeningHours(day, "08:00", "22:00") for day in range(1, 8))
        await self.run(
            catalog.UPSERT_NODES,
            [
                catalog.UpsertNode(
                    spot.code,
                    spot.name(said),
                    spot.kind,
                    spot.zone,
                    city=spot.city(said),
                    latitude=spot.at[0],
                    longitude=spot.at[1],
                    opening_hours=hours if spot.kind == "store" else (),
                )
                for spot in names.SPOTS
            ],
        )
        fulfilling = (names.WAREHOUSE, *names.STORES)
        await self.run(
            catalog.UPSERT_CHANNELS,
            [
                catalog.UpsertChannel(code, name(said), kind, "CNY", () if code == names.TILL else fulfilling)
                for code, name, kind in names.CHANNELS
            ],
        )

    async def _products(self) -> None:
        said, products, prices = self.tongue, [], []
        for number, base in enumerate(names.BASES, 1):
            kinds = names.PIECES if base.unit == "pc" else names.MEASURED
            variants = []
            for place, kind in enumerate(kinds, 1):
                code = f"{number:03d}-{place}"
                body = f"690{number:06d}{place:03d}"
                gtin = body + ean.calc_check_digit(body)
                variants.append(catalog.VariantInput(code, kind(said), base.unit, (gtin,)))
                prices.append(pricing.SetPrice(code, "CNY", base.price_minor * (place + 4) // 5))
                self.skus.append(Sku(code, base.unit, 3 if base.unit == "pc" else 1_500))
            products.append(
                catalog.UpsertProduct(f"P{number:03d}", base.name(said), tuple(variants), category=base.category(said))
            )
        assert len(self.skus) == SKU_COUNT
        await self.run(catalog.UPSERT_PRODUCTS, products)
        await self.run(pricing.SET_PRICES, prices)

    async def _stock(self) -> None:
        opened = self.now - timedelta(days=DAYS + 1)
        for spot in names.SPOTS:
            times = 8 if spot.kind == "warehouse" else 1
            lines = tuple(inventory.StockLine(sku.code, STOCK[sku.unit] * times) for sku in self.skus)
            delivery = inventory.ReceiveStock(spot.code, lines, "opening", f"OPEN-{spot.code}", opened)
            await self.run(inventory.RECEIVE_STOCK, [delivery])
        policies = [
            inventory.SetStockPolicy(node="SH-01", safety=5, low=20),
            inventory.SetStockPolicy(sku=self.skus[0].code, channel=names.WEB, buffer=10),
            inventory.SetStockPolicy(category=names.BASES[0].category(self.tongue), safety=8),
        ]
        await self.run(inventory.SET_STOCK_POLICY, policies)

    async def _sales(self) -> None:
        sales = []
        for number in range(SALE_COUNT):
            node = self.random.choice(names.STORES)
            back = timedelta(minutes=self.random.randrange(1, 60 * 24 * DAYS if number % 4 else 300))
            lines = tuple(
                orders.SaleLine(sku.code, self.random.randint(1, sku.most), self.random.randrange(300, 9_900, 10))
                for sku in self.random.sample(self.skus[5:], self.random.randint(1, 5))
            )
            paid = (orders.Tender("wechat_pay", sum(line.amount_minor for line in lines)),)
            sale = orders.RecordSale(names.TILL, node, f"T{number:05d}", self.now - back, lines, tenders=paid)
            sales.append(sale)
        # More than there was: the shelf goes below zero, and somebody has to look.
        for number, sku in enumerate(self.skus[:5]):
            lines = (orders.SaleLine(sku.code, STOCK[sku.unit] + 30, 88_800),)
            sales.append(orders.RecordSale(names.TILL, "SH-01", f"X{number:05d}", self.now - timedelta(hours=1), lines))
        await self.run(RECORD_SALES, sales)

    async def _orders(self) -> None:
        placed = await self.run(PLACE_ORDERS, [self._order(number) for number in range(ORDER_COUNT)])
        parts = [placed[start :: len(FATES)] for start in range(len(FATES))]  # the newest few meet every fate
        _, lapsing, paid, cancelled, allocated, partly, shipped, delivered, part_back, back = parts
        self.paid = [order.id for order in paid]
        await self._lapse(lapsing)
        go_on = [*allocated, *partly, *shipped, *delivered, *part_back, *back]
        pay = [orders.PayOrder(o.id, (orders.Tender("alipay", o.total_minor),)) for o in (*paid, *go_on)]
        await self.run(PAY_ORDERS, pay)
        reason = names.CHANGED_MIND(self.tongue)
        await self.run(CANCEL_ORDERS, [orders.CancelOrder(o.id, reason) for o in cancelled])
        await self.run(ALLOCATE_ORDERS, [orders.AllocateOrder(o.id) for o in go_on])
        one = (orders.LineQuantity(1, 1),)
        await self.run(SHIP_ORDERS, [orders.ShipOrder(o.id, one, CARRIER, f"SF{o.id}") for o in partly])
        whole = [*shipped, *delivered, *part_back, *back]
        await self.run(SHIP_ORDERS, [orders.ShipOrder(o.id, (), CARRIER, f"SF{o.id}") for o in whole])
        await self.run(DELIVER_ORDERS, [orders.DeliverOrder(o.id) for o in (*delivered, *part_back, *back)])
        returns = [orders.ReturnOrder(o.id, "SH-01", reason, one) for o in part_back]
        await self.run(RETURN_ORDERS, [*returns, *(orders.ReturnOrder(o.id, "UR-01", reason) for o in back)])

    def _order(self, number: int) -> orders.PlaceOrder:
        lines = tuple(
            orders.OrderLine(sku.code, max(2, self.random.randint(1, sku.most)))
            for sku in self.random.sample(self.skus[5:], self.random.randint(1, 4))
        )
        channel, node = (names.WEB, names.MINI)[number % 2], (None, *names.STORES)[number % 4]
        customer = self.random.choice(names.CUSTOMERS)(self.tongue)
        return orders.PlaceOrder(channel, lines, f"W{number:06d}", node, customer, hold_minutes=600)

    async def _lapse(self, placed: Sequence[orders.OrderPlaced]) -> None:
        """The time of these is up: commands have no clock to set back."""
        numbers = [order.id for order in placed]
        async with self.executor.database.transaction() as connection:
            for statement in (
                "update orders.customer_order set expires_at = now() - interval '1 minute' where id = any(%s)",
                "update ledger.hold set expires_at = now() - interval '1 minute' where reference = any(%s)",
            ):
                await connection.execute(statement, (numbers,))
        await lapse_due(self.executor)

    async def _documents(self) -> None:
        some = self.skus[20:60]
        lines = tuple(inventory.StockLine(sku.code, sku.most * 4) for sku in some[:12])
        due = self.now + timedelta(hours=20)
        ways = [(names.WAREHOUSE, store) for store in names.STORES for _ in range(4)]
        sent = await self.run(
            inventory.SEND_TRANSFER,
            [inventory.SendTransfer(*way, lines, f"TR-{number:04d}", due) for number, way in enumerate(ways, 1)],
        )
        short = (*lines[:-1], inventory.StockLine(lines[-1].sku, lines[-1].quantity // 2))
        await self.run(
            inventory.RECEIVE_TRANSFER,
            [inventory.ReceiveTransfer(one.id, short if place % 2 else lines) for place, one in enumerate(sent[::2])],
        )
        counted = tuple(
            inventory.StockLine(sku.code, STOCK[sku.unit] - 7 * place) for place, sku in enumerate(some[:9])
        )
        await self.run(
            inventory.COUNT_STOCK, [inventory.CountStock(store, counted, f"CT-{store}") for store in names.STORES]
        )
        broken = tuple(inventory.StockLine(sku.code, -2) for sku in some[12:15])
        note = names.FOUND_BROKEN(self.tongue)
        await self.run(inventory.ADJUST_STOCK, [inventory.AdjustStock("SH-01", broken, "damaged", note)])
        await self.run(
            inventory.RESERVE_STOCK,
            [inventory.ReserveStock("TK-01", lines[:3], 600, names.MINI, f"RS-{number}") for number in range(3)],
        )
        await self.run(inventory.ANNOUNCE_INBOUND, [inventory.AnnounceInbound(names.WAREHOUSE, "PO-1001", lines, due)])
        await self._resolve()

    async def _resolve(self) -> None:
        async with self.executor.database.transaction() as connection:
            cursor = await connection.execute("select id from inventory.discrepancy order by id limit 4")
            found = [number for (number,) in await cursor.fetchall()]
        note = names.MISCOUNTED(self.tongue)
        await self.run(inventory.RESOLVE_DISCREPANCY, [inventory.ResolveDiscrepancy(n, note) for n in found])

    async def _quarantine(self) -> None:
        """Sales of a till that nobody knows."""

        async def act(work: Work) -> None:
            await work.reserve_ids(12)
            arrivals = []
            for number in range(12):
                lines = (orders.SaleLine(self.skus[number].code, 1, 990),)
                sale = orders.RecordSale(names.TILL, f"SH-9{number}", f"Q{number}", self.now, lines)
                refusal = refuse(catalog.UNKNOWN_NODE, "/node", node=sale.node)
                payload = msgspec.json.encode(sale)
                arrivals.append(quarantine.Arrival(work.ids.take(), RECORD_SALES.name, "api", payload, refusal))
            await quarantine.hold_back(work.connection, arrivals)

        await self.executor.transact("quarantine.hold_back", act)
