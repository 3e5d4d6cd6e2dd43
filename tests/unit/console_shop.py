"""A small network with two channels, for tests of the console."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from mainstem.console.overview.figures import Day, Names, Sums
from mainstem.domains import catalog, inventory
from mainstem.domains.catalog import UpsertChannel, UpsertNode, UpsertProduct, VariantInput
from mainstem.domains.inventory import ReceiveStock, StockLine
from mainstem.domains.orders import OrderLine, PlaceOrder, RecordSale, SaleLine
from mainstem.platform.execution import Executor, Operation
from mainstem.processes import PLACE_ORDERS, RECORD_SALES

ZONE = "Asia/Shanghai"


class Network:
    """Two stores in one zone with derived stock of two SKUs, one of them weighed; a till and a simulated web shop."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.database = executor.database
        self._numbers = count(1)

    async def open(self) -> "Network":
        await self.run(
            catalog.UPSERT_PRODUCTS,
            [
                UpsertProduct("P1", "Milk", (VariantInput(sku="milk"),)),
                UpsertProduct("P2", "Rice", (VariantInput(sku="rice", unit="kg"),)),
            ],
        )
        stores = ((f"S{number}", f"Store <{number}>") for number in (1, 2))
        await self.run(catalog.UPSERT_NODES, [UpsertNode(code, name, "store", ZONE) for code, name in stores])
        await self.run(
            catalog.UPSERT_CHANNELS,
            [
                UpsertChannel("till", "Tills", "till", "CNY"),
                UpsertChannel("sim-web", "Web shop (simulated)", "web", "CNY", ("S1", "S2")),
            ],
        )
        lines = (StockLine("milk", 100), StockLine("rice", 50_000))
        await self.run(
            inventory.RECEIVE_STOCK, [ReceiveStock(node, lines, derived="test:rule") for node in ("S1", "S2")]
        )
        return self

    async def run(self, operation: Operation[Any, Any], commands: Sequence[Any]) -> None:
        """Execute commands that must be accepted."""
        calls = [operation.call(command, f"network {next(self._numbers)}") for command in commands]
        for outcome in await self.executor.execute(operation, calls):
            assert outcome.accepted, outcome.refusal()

    async def place(self, quantity: int = 1, price_minor: int = 500) -> None:
        """An order of milk in the simulated web shop."""
        lines = (OrderLine("milk", quantity, unit_price_minor=price_minor),)
        await self.run(PLACE_ORDERS, [PlaceOrder("sim-web", lines, f"order {next(self._numbers)}")])

    async def sell(self, moment: datetime, *lines: SaleLine, node: str = "S1") -> None:
        """A sale at a till."""
        sold = lines or (SaleLine("milk", 2, 900),)
        await self.run(RECORD_SALES, [RecordSale("till", node, f"sale {next(self._numbers)}", moment, sold)])


def by_channel(day: Day, names: Names) -> dict[str, Sums]:
    """The sums of a day by the channel's code."""
    return {names.channels[channel].code: sums for (channel, _), sums in day.totals.channels.items()}
