"""A shop with prices on a real database: two stores, two channels, three SKUs, and what a test sets and asks."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from mainstem.domains import catalog, pricing
from mainstem.domains.pricing import lists
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.postgres import Database
from mainstem.platform.query import Query, ask

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
_keys = itertools.count()


class PricedShop(msgspec.Struct):
    """The ids of what there is by code, and who acts unless a test says another."""

    database: Database
    executor: Executor
    variants: dict[str, catalog.Variant]
    nodes: dict[str, catalog.Node]
    channels: dict[str, catalog.Channel]
    actor: int = 7

    async def do(self, operation: Operation[Any, Any], *commands: Any, actor: int | None = None) -> list[Any]:  # noqa: ANN401
        """For each command of one batch its result, or the code and place of its refusal."""
        who = self.actor if actor is None else actor
        calls = [operation.call(command, f"key {next(_keys)}", actor=who, trace="t") for command in commands]
        answers: list[Any] = []
        for outcome in await self.executor.execute(operation, calls):
            if outcome.accepted:
                answers.append(msgspec.json.decode(outcome.body, type=operation.result))
            else:
                refusal = outcome.refusal()
                assert refusal.message()
                assert refusal.remedy()
                answers.append(f"{refusal.code} {refusal.where}")
        return answers

    async def done(self, operation: Operation[Any, Any], *commands: Any) -> list[Any]:  # noqa: ANN401
        """The results of commands that must be accepted."""
        answers = await self.do(operation, *commands)
        assert not [one for one in answers if isinstance(one, str)], answers
        return answers

    async def ask(self, query: Query[Any]) -> Any:  # noqa: ANN401 - the query's answer
        """What a query answers."""
        async with self.database.snapshot() as connection:
            return (await ask(connection, query))[0]

    async def save_list(self, code: str, kind: str = "general", scope: str = "", **more: object) -> None:
        """Make a list."""
        form: dict[str, Any] = {"code": code, "name": {"en": code}, "kind": kind, "scope": scope, "currency": "CNY"}
        command = msgspec.convert(form | more, lists.SavePriceList)
        await self.done(lists.SAVE_PRICE_LIST, command)

    async def set(self, code: str, amount: int | None, day: float = 0, until: float | None = None, **more: Any) -> int:  # noqa: ANN401
        """Set a price of a list from a day on; its id."""
        command = lists.SetListPrice(
            code,
            more.pop("sku", "a"),
            amount,
            valid_from=START + day * DAY,
            valid_until=None if until is None else START + until * DAY,
            **more,
        )
        return int((await self.done(lists.SET_LIST_PRICE, command))[0].id)

    async def base(self, amount: int, day: float = 0, **more: Any) -> None:  # noqa: ANN401
        """Set a price outside of lists."""
        command = pricing.SetPrice(more.pop("sku", "a"), "CNY", amount, valid_from=START + day * DAY, **more)
        await self.done(pricing.SET_PRICES, command)

    def asked(self, *lines: tuple[str, int], channel: str = "web", node: str | None = None, **more: Any) -> lists.Asked:  # noqa: ANN401
        """A basket."""
        place: dict[str, Any] = {} if node is None else {"node": self.nodes[node].id, "node_code": node}
        return lists.Asked(
            self.channels[channel].id,
            channel,
            more.pop("currency", "CNY"),
            tuple((self.variants[sku].id, quantity) for sku, quantity in lines or (("a", 1),)),
            **place,
            **more,
        )

    async def found(self, basket: lists.Asked, day: float = 0) -> list[tuple[int, str] | None]:
        """Price and source of each line."""
        book = await self.ask(lists.price_for([basket], START + day * DAY))
        return [None if one is None else (one.unit_price_minor, one.source) for one in book.of(basket)]


async def open_shop(executor: Executor, database: Database) -> PricedShop:
    """Furnish an empty database."""
    nodes = [
        catalog.UpsertNode(code=code, name=code, kind="store", time_zone="UTC", region=region, country="CN")
        for code, region in (("n1", "North"), ("n2", "South"))
    ]
    channels = [
        catalog.UpsertChannel(code="web", name="", kind="web", currency="CNY"),
        catalog.UpsertChannel(code="app", name="", kind="app", currency="CNY"),
        catalog.UpsertChannel(code="till", name="", kind="till", currency="CNY", nodes=("n1", "n2")),
    ]
    products = [
        catalog.UpsertProduct(
            f"P-{sku}",
            f"Product {sku}",
            (catalog.VariantInput(sku, attributes=attributes),),
            brand="Leaf",
            category=category,
        )
        for sku, category, attributes in (
            ("a", "Food/Milk", {"content": "500 g", "expires_on": "2026-01-20"}),
            ("b", "Food/Tea", {"净含量": "6x330毫升"}),
            ("c", "Toys", {}),
        )
    ]
    upserts: list[tuple[Any, Sequence[Any]]] = [
        (catalog.UPSERT_NODES, nodes),
        (catalog.UPSERT_CHANNELS, channels),
        (catalog.UPSERT_PRODUCTS, products),
    ]
    for operation, commands in upserts:
        outcomes = await executor.execute(operation, [operation.call(c, str(n)) for n, c in enumerate(commands)])
        assert all(outcome.accepted for outcome in outcomes), outcomes
    async with database.snapshot() as connection:
        found = await ask(
            connection,
            catalog.variants_by_sku("abc"),
            catalog.nodes_by_code(),
            catalog.channels_by_code(["web", "app", "till"]),
        )
    return PricedShop(database, executor, *found)
