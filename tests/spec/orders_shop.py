"""A small shop that takes orders on a real database: what its tests command, and what they look at."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from mainstem.domains import catalog, inventory, orders, pricing
from mainstem.entrypoints.doctor import examine_in
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
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

OPERATIONS: dict[type, Operation[Any, Any]] = {
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
        catalog.UPSERT_PRODUCTS,
        catalog.UPSERT_NODES,
        catalog.UPSERT_CHANNELS,
        pricing.SET_PRICES,
        inventory.RECEIVE_STOCK,
        inventory.ADJUST_STOCK,
        inventory.COUNT_STOCK,
        inventory.RESERVE_STOCK,
        inventory.SEND_TRANSFER,
        inventory.SET_STOCK_POLICY,
    )
}
"""Every command names its operation by its type."""

SKUS = {"tea": ("pc", "Food/Tea"), "cup": ("pc", "Home"), "rice": ("kg", "Food")}
NODES = ("N1", "N2", "N3")
CHANNELS = {
    "web": ("CNY", ("N1", "N2", "N3")),
    "back": ("CNY", ("N3", "N2", "N1")),
    "one": ("CNY", ("N1",)),
    "none": ("CNY", ()),
    "tokyo": ("JPY", ("N1",)),
    "kuwait": ("KWD", ("N1",)),
}
"""Channel: its currency, and its nodes in the order in which they are tried."""


def line(sku: str = "tea", quantity: int = 1, price: int | None = 100, *discounts: int) -> orders.OrderLine:
    given = tuple(orders.Discount("promotion", amount) for amount in discounts)
    return orders.OrderLine(sku, quantity, unit_price_minor=price, discounts=given)


def place(*lines: orders.OrderLine, channel: str = "web", **more: Any) -> orders.PlaceOrder:  # noqa: ANN401 - fields
    return orders.PlaceOrder(channel, lines or (line(),), **more)


def cash(amount_minor: int) -> tuple[orders.Tender, ...]:
    return (orders.Tender("cash", amount_minor),)


class Shop:
    """Three SKUs at three nodes, sold through channels that try the nodes in their own order."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.database = executor.database

    async def open(self) -> "Shop":
        await self.all_do(
            *[
                catalog.UpsertProduct(sku, sku, (catalog.VariantInput(sku, unit=unit),), category=category)
                for sku, (unit, category) in SKUS.items()
            ]
        )
        await self.all_do(*[catalog.UpsertNode(code, code, "store", "Asia/Shanghai") for code in NODES])
        await self.all_do(
            *[catalog.UpsertChannel(code, code, "web", currency, nodes) for code, (currency, nodes) in CHANNELS.items()]
        )
        return self

    async def answers(self, *commands: Any, keys: Sequence[str] = ()) -> list[Any]:  # noqa: ANN401 - results
        """What becomes of commands of one kind, decided in one batch: results and refusals."""
        operation = OPERATIONS[type(commands[0])]
        named = keys or [secrets.token_hex(8) for _ in commands]
        calls = [operation.call(command, key) for command, key in zip(commands, named, strict=True)]
        return [
            msgspec.json.decode(outcome.body, type=operation.result if outcome.accepted else Refusal)
            for outcome in await self.executor.execute(operation, calls)
        ]

    async def all_do(self, *commands: Any) -> list[Any]:  # noqa: ANN401 - results
        answers = await self.answers(*commands)
        assert not [answer for answer in answers if isinstance(answer, Refusal)], answers
        return answers

    async def does(self, command: Any) -> Any:  # noqa: ANN401 - its result
        (answer,) = await self.all_do(command)
        return answer

    async def refuses(self, command: Any) -> tuple[str, str]:  # noqa: ANN401 - any command
        """Code and place of the refusal, whose texts can be filled in."""
        (answer,) = await self.answers(command)
        assert isinstance(answer, Refusal), answer
        assert answer.message()
        assert answer.remedy()
        return answer.code, answer.where

    async def has(self, node: str, **stock: int) -> None:
        """Put stock there."""
        lines = tuple(inventory.StockLine(sku, quantity) for sku, quantity in stock.items())
        await self.does(inventory.ReceiveStock(node, lines))

    async def available(self, sku: str, node: str = "N1", channel: str | None = None) -> inventory.Available:
        async with self.database.snapshot() as connection:
            found = await inventory.availability(connection, [sku], [node], channel, datetime.now(UTC))
        return found.rows()[0]

    async def view(self, number: int) -> orders.queries.OrderView:
        async with self.database.snapshot() as connection:
            found = await orders.queries.order_view(connection, self.database.vault, number)
        assert found is not None
        return found

    async def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with self.database.transaction() as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def time_is_up(self, number: int) -> None:
        """The promise of an order or reservation was due a minute ago; nobody has swept it."""
        for table, column, key in (
            ("orders.customer_order", "expires_at", "id"),
            ("inventory.document", "expected_at", "id"),
            ("ledger.hold", "expires_at", "reference"),
        ):
            await self.rows(
                f"update {table} set {column} = now() - interval '1 minute' where {key} = %s and {column} is not null",
                number,
            )

    async def audit(self) -> None:
        """The doctor finds nothing."""
        async with self.database.snapshot() as connection:
            health = await examine_in(connection)
        assert [finding.message for check in health.checks for finding in check.findings] == []
