"""A small shop on a real database: what its tests command, and what they look at."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec

from mainstem.domains import catalog, inventory
from mainstem.domains.inventory import (
    RECEIVE_STOCK,
    Available,
    ReceiveStock,
    StockChanged,
    StockLine,
)
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.work import Work

_decode = msgspec.json.Decoder(StockChanged).decode

CATALOGUE = {
    "milk": ("pc", "Dairy/Milk"),
    "butter": ("pc", "Dairy/Butter"),
    "rice": ("kg", "Dry"),
}
"""SKU: its unit and category."""


def lines(*given: tuple[str, int]) -> tuple[StockLine, ...]:
    return tuple(StockLine(sku=sku, quantity=quantity) for sku, quantity in given)


class Shop:
    """Three SKUs, a store in Shanghai, a store in New York, a warehouse in UTC, one channel."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.database = executor.database
        self._keys = count()

    async def open(self) -> "Shop":
        products = [
            catalog.UpsertProduct(sku, sku, (catalog.VariantInput(sku=sku, unit=unit),), category=category)
            for sku, (unit, category) in CATALOGUE.items()
        ]
        nodes = [
            catalog.UpsertNode(code="shanghai", name="Shanghai", kind="store", time_zone="Asia/Shanghai"),
            catalog.UpsertNode(code="new-york", name="New York", kind="store", time_zone="America/New_York"),
            catalog.UpsertNode(code="warehouse", name="Warehouse", kind="warehouse", time_zone="UTC"),
        ]
        channel = catalog.UpsertChannel(code="web", name="Web", kind="web", currency="CNY", nodes=("shanghai",))
        for operation, commands in (
            (catalog.UPSERT_PRODUCTS, products),
            (catalog.UPSERT_NODES, nodes),
            (catalog.UPSERT_CHANNELS, [channel]),
        ):
            await self.outcomes(operation, commands)
        return self

    async def outcomes(self, operation: Operation[Any, Any], commands: Sequence[Any]) -> list[Any]:
        calls = [operation.call(command, str(next(self._keys)), actor=7, trace="t" * 32) for command in commands]
        return await self.executor.execute(operation, calls)

    async def batch(self, operation: Operation[Any, Any], *commands: object) -> list[StockChanged | Refusal]:
        """What becomes of the commands, decided in one batch."""
        found = await self.outcomes(operation, commands)
        return [_decode(outcome.body) if outcome.accepted else outcome.refusal() for outcome in found]

    async def does(self, operation: Operation[Any, Any], command: object) -> StockChanged:
        (answer,) = await self.batch(operation, command)
        assert isinstance(answer, StockChanged), answer
        return answer

    async def refuses(self, operation: Operation[Any, Any], command: object) -> tuple[str, str]:
        """Code and place of the refusal."""
        (answer,) = await self.batch(operation, command)
        assert isinstance(answer, Refusal), answer
        assert answer.message()
        assert answer.remedy()
        return answer.code, answer.where

    async def has(self, node: str, *given: tuple[str, int], at: datetime | None = None) -> StockChanged:
        """Put stock there."""
        return await self.does(RECEIVE_STOCK, ReceiveStock(node=node, lines=lines(*given), occurred_at=at))

    async def available(self, sku: str, node: str, channel: str | None = None) -> Available:
        async with self.database.snapshot() as connection:
            answer = await inventory.availability(connection, [sku], [node], channel, datetime.now(UTC))
        (row,) = answer.rows()
        return row

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with self.database.transaction() as connection:
            cursor = await connection.execute(sql.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def events(self, of_type: str) -> list[tuple[int, dict[str, Any]]]:
        """(subject, payload) of the events of one type, in order."""
        found = await self.rows(
            "select subject, payload from platform.event where type = %s order by xid, id", f"inventory.{of_type}"
        )
        return [(subject, payload) for subject, payload in found]

    async def time_is_up(self) -> None:
        """Every hold was due a minute ago."""
        await self.rows("update ledger.hold set expires_at = now() - interval '1 minute' where state = 'held'")
        await self.rows("update inventory.document set expected_at = now() - interval '1 minute' where state = 'open'")

    async def sweep(self, limit: int = 100) -> int:
        """Run the expiry as a job does; answers how many reservations it expired."""

        async def handle(work: Work, calls: Sequence[Any]) -> list[StockChanged]:
            return [StockChanged(id=await inventory.expire_due(work, limit), lines=0) for _ in calls]

        operation = Operation("inventory.expire", StockChanged, StockChanged, handle)
        return (await self.does(operation, StockChanged(id=0, lines=0))).id

    async def audit(self) -> None:
        """Balances are what movements add up to, held is what live holds promise."""
        wrong = await self.rows("""
            select asset, place, sum(posted), sum(held) from (
                select asset, place, posted, held from ledger.balance
                union all select asset, target, -quantity, 0 from ledger.movement where target > 0
                union all select asset, source, quantity, 0 from ledger.movement where source > 0
                union all select asset, place, 0, settled + released - quantity from ledger.hold where state = 'held'
            ) as flows group by asset, place having sum(posted) <> 0 or sum(held) <> 0
        """)
        assert wrong == []
