"""Products, nodes and channels: create or replace, list, read."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CATALOG_READ, CATALOG_WRITE
from mainstem.platform.query import Query, ask

NODES_MAX = 1_000
"""Nodes or channels of one page: networks are small, and a map wants them all."""

T = TypeVar("T")

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]
NodeLimit = Annotated[int, msgspec.Meta(ge=1, le=NODES_MAX)]


class ProductList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which products are listed. `category` is a path and matches what is below it; `text` begins a name or a SKU."""

    category: str | None = None
    brand: str | None = None
    text: str | None = None
    placeholder: bool | None = None
    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list by code."""

    cursor: str | None = None
    limit: NodeLimit = PAGE_DEFAULT


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def products(self, exchange: Exchange) -> Answer:
        """A page of products."""
        asked = read_query(ProductList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        narrow = catalog.ProductFilter(
            category=asked.category, brand=asked.brand, text=asked.text, placeholder=asked.placeholder
        )
        rows = await self._ask(catalog.list_products(narrow, asked.limit, after[0]))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def nodes(self, exchange: Exchange) -> Answer:
        """A page of nodes."""
        return await self._by_code(exchange, catalog.list_nodes)

    async def channels(self, exchange: Exchange) -> Answer:
        """A page of channels."""
        return await self._by_code(exchange, catalog.list_channels)

    async def _by_code(self, exchange: Exchange, listed: Callable[[int, str], Query[Any]]) -> Answer:
        asked = read_query(CodeList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[str]) or ("",)
        rows = await self._ask(listed(asked.limit, after[0]))
        return exchange.found(page(rows, asked.limit, (rows[-1].code,) if rows else None))

    def one(self, what: str, name: str, find: Callable[[str], Query[Any]]) -> Callable[[Exchange], Awaitable[Answer]]:
        """How one thing is read by its code."""

        async def respond(exchange: Exchange) -> Answer:
            code: str = exchange.path_code(name)
            found = await self._ask(find(code))
            if found is None:
                raise RefusedError(refuse(NOT_FOUND, f"/{name}", what=what, id=code[:80]))
            return exchange.found(found)

        return respond

    async def _ask(self, query: Query[T]) -> T:
        async with self._database.transaction() as connection:
            (answer,) = await ask(connection, query)
        return answer


def routes(services: Services) -> list[Route]:
    """The routes of the catalogue."""
    reads = _Reads(services)
    rooms: tuple[tuple[str, str, Any, Any, Any, Any, Any, Any], ...] = (
        ("product", "external_id", catalog.UPSERT_PRODUCTS, catalog.find_product, reads.products, ProductList,
         catalog.ProductView, "products"),
        ("node", "code", catalog.UPSERT_NODES, catalog.find_node, reads.nodes, CodeList, catalog.NodeView, "nodes"),
        ("channel", "code", catalog.UPSERT_CHANNELS, catalog.find_channel, reads.channels, CodeList,
         catalog.ChannelView, "channels"),
    )  # fmt: skip
    found: list[Route] = []
    for what, name, operation, find, listed, query, view, many in rooms:
        one = f"/v1/{many}/{{{name}:str}}"
        optional: Literal["optional"] = "optional"
        found += [
            command_route(
                services,
                one,
                operation,
                CATALOG_WRITE,
                f"Create or replace a {what}.",
                given=(name,),
                method="PUT",
                key=optional,
            ),
            bulk_route(
                services,
                f"/v1/{many}/bulk",
                operation,
                CATALOG_WRITE,
                f"Create or replace up to 1,000 {many}, each for itself.",
                key=optional,
            ),
            Route(
                method="GET",
                path=f"/v1/{many}",
                permission=CATALOG_READ,
                respond=listed,
                summary=f"List {many}.",
                query=query,
                result=page_of(view),
            ),
            Route(
                method="GET",
                path=one,
                permission=CATALOG_READ,
                respond=reads.one(what, name, find),
                summary=f"Read a {what}.",
                result=view,
            ),
        ]
    return found
