"""A span of the database's own orders and sales, laid down for the twin.

A line's price is what it cost before anything was taken off. Where that is no whole price a unit (goods by weight,
odd multiples) the line counts as one item of its own price, so that its amount is right.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from mainstem.analytics.twin.span import SCHEMA, Place, SpanWriter, Through, World
from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.kernel.money import price_times
from mainstem.kernel.quantity import UNITS
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask

ORDERS_READ = 5_000
"""Orders read at once: a slice."""

DERIVED_SPAN = "orders and sales of the database"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Positions:
    """Ids as positions, in the order of their first appearance."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def of(self, number: int) -> int:
        return self.known.setdefault(number, len(self.known))


class _Writing:
    """What the slices of one span share."""

    def __init__(self, connection: Connection, span: orders.Span, folder: Path) -> None:
        self.connection = connection
        self.span = span
        self.writer = SpanWriter(folder)
        self.channels = _Positions()
        self.nodes = _Positions()
        self.goods = _Positions()
        self.steps: dict[int, int] = {}
        self.costs: dict[int, int | None] = {}
        self.sold: Counter[tuple[int, int]] = Counter()
        self.odd: set[tuple[int, int]] = set()

    async def slice(self, lines: list[orders.SpanLine]) -> None:
        new = {line.variant for line in lines} - self.steps.keys()
        found, guards = await ask(
            self.connection,
            catalog.sold_goods(new),
            pricing.lists.guards_for(new, self.span.currency, self.span.until),
        )
        for variant in new:
            self.steps[variant] = UNITS[found[variant].unit].steps_per_unit
            self.costs[variant] = guards.cost(variant)
        columns = zip(*(self._row(line) for line in lines), strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        self.writer.slice(pa.Table.from_arrays(arrays, schema=SCHEMA))

    def _row(self, line: orders.SpanLine) -> tuple[object, ...]:
        steps, listed = self.steps[line.variant], line.amount_minor + line.discount_minor
        quantity, cost = line.quantity, self.costs[line.variant]
        price = (2 * listed * steps + quantity) // (2 * quantity) if quantity else 0
        if quantity and price_times(price, quantity, steps) != listed:
            cost = None if cost is None else price_times(cost, quantity, steps)
            quantity, steps, price = 1, 1, listed
            self.odd.add((line.node, line.variant))
        self.sold[line.node, line.variant] += quantity
        return (
            line.order,
            (line.occurred_at - _EPOCH) // timedelta(microseconds=1),
            self.channels.of(line.channel),
            self.nodes.of(line.node),
            self.goods.of(line.variant),
            line.customer,
            quantity,
            steps,
            price,
            -1 if cost is None else cost,
            line.amount_minor,
            "",
            0,
        )

    async def _stock(self) -> list[tuple[int, int, int]]:
        """What there was for the span: what is on hand now, and what the span sold. Goods whose lines have prices of
        their own are left out.
        """
        found: list[tuple[int, int, int]] = []
        for node in self.nodes.known:
            behind = 0
            while rows := await inventory.stock_of_node(self.connection, node, behind):
                behind = rows[-1].id
                for row in rows:
                    key = (node, row.id)
                    if key in self.sold and key not in self.odd:
                        place = (self.nodes.known[node], self.goods.known[row.id])
                        found.append((*place, max(0, row.on_hand) + self.sold[key]))
        return found

    async def close(self, *, stocked: bool) -> None:
        channels, places, goods, listed = await ask(
            self.connection,
            catalog.channels_by_id(self.channels.known),
            catalog.selling_places(self.nodes.known),
            catalog.sold_goods(self.goods.known),
            pricing.lists_of(self.goods.known),
        )
        self.writer.close(
            World(
                source=DERIVED_SPAN,
                currency=self.span.currency,
                channels=[Through(channels[number].code, channels[number].kind) for number in self.channels.known],
                nodes=[
                    Place(places[number].code, places[number].region, places[number].time_zone)
                    for number in self.nodes.known
                ],
                goods=[
                    pricing.quoting.Goods(
                        number,
                        goods[number].sku,
                        goods[number].product,
                        goods[number].category,
                        goods[number].brand,
                        goods[number].attributes,
                        listed.get(number, ()),
                    )
                    for number in self.goods.known
                ],
                reasons=[""],
                stock=await self._stock() if stocked else None,
            )
        )


async def write_history(database: Database, span: orders.Span, folder: Path, *, stocked: bool) -> int:
    """Lay down a span, read from one snapshot, `stocked` with the stock there was; how many lines it has."""
    count, behind = 0, (_EPOCH, 0)
    async with database.snapshot() as connection:
        writing = _Writing(connection, span, folder)
        while True:
            (lines,) = await ask(connection, orders.span_lines(span, ORDERS_READ, behind))
            if not lines:
                break
            await writing.slice(lines)
            count += len(lines)
            behind = (lines[-1].occurred_at, lines[-1].order)
        await writing.close(stocked=stocked)
    return count
