"""The simulation's loop: draws baskets, sends commands through the same operations as the HTTP API, follows them up."""

import asyncio
import heapq
import itertools
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from mainstem.connectors.simulator import steps
from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.kernel.money import price_times
from mainstem.kernel.quantity import UNITS
from mainstem.platform.execution import Executor, Operation, Outcome
from mainstem.platform.loops import pause
from mainstem.platform.query import ask
from mainstem.processes import (
    ALLOCATE_ORDERS,
    CANCEL_ORDERS,
    DELIVER_ORDERS,
    PAY_ORDERS,
    PLACE_ORDERS,
    RECORD_SALES,
    RETURN_ORDERS,
    SHIP_ORDERS,
)

ORDERS_PER_SECOND = 4.0
TICK_SECONDS = 0.5
BASKETS = 1000
BASKETS_LIVE_SECONDS = 300.0
UNDER_WAY_MAX = 5000
HOLD_MINUTES = 5
REPLENISH_UNITS = 12
TILL, WEB, MINI_PROGRAM = "sim-till", "sim-web", "sim-mini"
SHARES = {TILL: 0.6, WEB: 0.25, MINI_PROGRAM: 0.15}

_OPERATIONS: dict[type, Operation[Any, Any]] = {
    operation.command: operation
    for operation in (
        PLACE_ORDERS,
        RECORD_SALES,
        PAY_ORDERS,
        ALLOCATE_ORDERS,
        SHIP_ORDERS,
        DELIVER_ORDERS,
        CANCEL_ORDERS,
        RETURN_ORDERS,
        inventory.RECEIVE_STOCK,
    )
}

_log = structlog.get_logger(__name__)


async def simulate(executor: Executor, stop: asyncio.Event, *, source: str, per_second: float) -> None:
    """Send about `per_second` orders a second until told to stop; baskets are drawn from the channel `source`."""
    traffic = Traffic(executor, random.Random())  # noqa: S311 - dice, not secrets
    await traffic.prepare(source)
    while not stop.is_set():
        await traffic.tick(per_second * TICK_SECONDS)
        await pause(stop, TICK_SECONDS)


class Traffic:
    """What is due, what can be drawn, and the names of things."""

    def __init__(self, executor: Executor, dice: random.Random) -> None:
        self._executor = executor
        self._dice = dice
        self._due: list[tuple[float, int, str, object]] = []
        self._count = itertools.count()
        self._channel: catalog.Channel | None = None
        self._baskets: list[orders.PastBasket] = []
        self._drawn_at = float("-inf")
        self._people: dict[int, customers.Named] = {}
        self._variants: dict[int, catalog.Variant] = {}
        self._nodes: dict[int, catalog.Node] = {}
        self._prices = pricing.Prices(())

    async def prepare(self, source: str) -> None:
        """Make the simulated channels, and take up what an earlier simulation left under way."""
        async with self._executor.database.snapshot() as connection:
            (known,) = await ask(connection, catalog.channels_by_code({source}))
        self._channel = known[source]
        kinds = ((TILL, "till", "Tills"), (WEB, "web", "Web shop"), (MINI_PROGRAM, "mini_program", "Mini-program"))
        await self._send(
            catalog.UPSERT_CHANNELS,
            [
                catalog.UpsertChannel(code, f"{name} (simulated)", kind, self._channel.currency)  # type: ignore[arg-type]
                for code, kind, name in kinds
            ],
        )
        async with self._executor.database.snapshot() as connection:
            (channels,) = await ask(connection, catalog.channels_by_code(set(SHARES)))
            (waiting,) = await ask(
                connection, orders.under_way([channel.id for channel in channels.values()], UNDER_WAY_MAX)
            )
        for order, state, payment, to_pay in waiting:
            self._plan(steps.resumed(self._dice, order, state, payment, to_pay), "")

    async def tick(self, new_orders: float) -> None:
        """Send what is due and about so many new orders, each operation as one batch."""
        await self._draw()
        commands = [(node, command) for node, command in self._take_due()]
        whole = int(new_orders) + (self._dice.random() < new_orders % 1)
        commands += [new for new in (self._new_order() for _ in range(whole)) if new is not None]
        by_operation: dict[type, list[tuple[str, object]]] = {}
        for node, command in commands:
            by_operation.setdefault(type(command), []).append((node, command))
        for kind, batch in by_operation.items():
            outcomes = await self._send(_OPERATIONS[kind], [command for _, command in batch])
            for (node, command), outcome in zip(batch, outcomes, strict=True):
                self._follow_up(node, command, outcome)

    async def _send(self, operation: Operation[Any, Any], commands: Sequence[object]) -> list[Outcome]:
        return await self._executor.execute(
            operation, [operation.call(command, f"simulated {uuid4()}") for command in commands]
        )

    async def _draw(self) -> None:
        if time.monotonic() - self._drawn_at < BASKETS_LIVE_SECONDS and self._baskets:
            return
        assert self._channel is not None
        async with self._executor.database.snapshot() as connection:
            (self._baskets,) = await ask(connection, orders.past_baskets(self._channel.id, BASKETS))
            variants = {variant for basket in self._baskets for variant, _ in basket.lines}
            people = {basket.customer for basket in self._baskets if basket.customer is not None}
            self._people, self._variants, self._nodes, self._prices = await ask(
                connection,
                customers.named(self._executor.database.vault, people, clear=True),
                catalog.variants_by_id(variants),
                catalog.nodes_by_id({basket.node for basket in self._baskets}),
                pricing.prices_for(variants, datetime.now(UTC), ()),
            )
        self._drawn_at = time.monotonic()

    def _reference(self, basket: orders.PastBasket) -> str:
        """What the simulated channels call whoever bought a basket: as the channel does that it was drawn from."""
        return "" if basket.customer is None else self._people[basket.customer].reference

    def _take_due(self) -> list[tuple[str, object]]:
        now = time.monotonic()
        taken = []
        while self._due and self._due[0][0] <= now:
            _, _, node, command = heapq.heappop(self._due)
            taken.append((node, command))
        return taken

    def _plan(self, step: steps.Step | None, node: str) -> None:
        if step is not None:
            heapq.heappush(self._due, (time.monotonic() + step.wait_seconds, next(self._count), node, step.command))

    def _new_order(self) -> tuple[str, object] | None:
        if not self._baskets:
            return None
        basket = self._dice.choice(self._baskets)
        node = self._nodes[basket.node].code
        channel = self._dice.choices(list(SHARES), list(SHARES.values()))[0]
        priced = [
            (variant, quantity, price)
            for number, quantity in basket.lines
            for variant, price in [(self._variants[number], self._price(number))]
            if price is not None
        ]
        if not priced:
            return None
        external_id = f"SIM-{uuid4().hex[:20]}"
        if channel != TILL:
            lines = tuple(orders.OrderLine(variant.sku, quantity) for variant, quantity, _ in priced)
            return node, orders.PlaceOrder(
                channel, lines, external_id, node, self._reference(basket), hold_minutes=HOLD_MINUTES
            )
        sold = tuple(
            orders.SaleLine(variant.sku, quantity, price_times(price, quantity, UNITS[variant.unit].steps_per_unit))
            for variant, quantity, price in priced
        )
        paid = orders.Tender("card", sum(line.amount_minor for line in sold))
        return node, orders.RecordSale(
            channel, node, external_id, datetime.now(UTC), sold, self._reference(basket), tenders=(paid,)
        )

    def _price(self, variant: int) -> int | None:
        assert self._channel is not None
        return self._prices.at(variant, self._channel.id, None, self._channel.currency)

    def _follow_up(self, node: str, command: object, outcome: Outcome) -> None:
        if not outcome.accepted:
            refusal = outcome.refusal()
            if refusal.code == inventory.OUT_OF_STOCK.code:
                self._replenish(node, str(refusal.params["sku"]))
            else:
                _log.info("simulated command refused", command=type(command).__name__, code=refusal.code)
            return
        if isinstance(command, orders.PlaceOrder):
            placed = msgspec.json.decode(outcome.body, type=orders.OrderPlaced)
            self._plan(steps.after_placing(self._dice, placed.id, placed.total_minor), node)
        elif isinstance(command, orders.RecordSale):
            if msgspec.json.decode(outcome.body, type=orders.SaleRecorded).discrepancies:
                for line in command.lines:
                    self._replenish(node, line.sku)
        else:
            self._plan(steps.after(self._dice, command, node), node)

    def _replenish(self, node: str, sku: str) -> None:
        unit = next((variant.unit for variant in self._variants.values() if variant.sku == sku), "pc")
        self._plan(steps.replenishment(self._dice, node, sku, REPLENISH_UNITS * UNITS[unit].steps_per_unit), node)
