"""Stock: what happens to it, what can be promised of it, what is and was there."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Annotated, Any, cast

import msgspec

from mainstem.api.auth import at, stays, stays_all
from mainstem.api.commands import command_route
from mainstem.api.exchange import Answer, Exchange, malformed
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.api.stock_bulk import at_discrepancy, at_document, bulk_movements
from mainstem.domains import catalog, inventory
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import AVAILABILITY_READ, STOCK_ADJUST, STOCK_READ, STOCK_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

DAY_OR_MOMENT = "name either a day or a moment"

_encode = msgspec.json.Encoder().encode


class AvailabilityQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be promised of these SKUs at these nodes: up to 100,000 pairs; of a channel, less its buffer."""

    skus: tuple[str, ...]
    nodes: tuple[str, ...]
    channel: str | None = None


class AvailabilityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same question in a query string: `sku` and `node` may be given many times."""

    sku: tuple[str, ...]
    node: tuple[str, ...]
    channel: str | None = None


class StockAtQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was on hand: at the end of a `day` where the node is, or at a `moment`."""

    sku: tuple[str, ...]
    node: tuple[str, ...]
    day: date | None = None
    moment: datetime | None = None


class MovementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The movements of a SKU at a node, newest first."""

    sku: str
    node: str
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class DiscrepancyQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Discrepancies, newest first; open ones unless `open` is false."""

    open: bool = True
    kind: str | None = None
    node: str | None = None
    sku: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class _Reads:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database
        self._question: Reader[AvailabilityQuestion] = Reader(AvailabilityQuestion)

    async def availability_asked(self, exchange: Exchange) -> Answer:
        """The answer to a question in the body."""
        asked = self._question.read(await exchange.body(self._services.settings.body_bytes_max))
        return await self._availability(exchange, asked)

    async def availability(self, exchange: Exchange) -> Answer:
        """The answer to a question in the query string."""
        asked = read_query(AvailabilityQuery, exchange.scope["query_string"])
        return await self._availability(exchange, AvailabilityQuestion(asked.sku, asked.node, asked.channel))

    async def _availability(self, exchange: Exchange, asked: AvailabilityQuestion) -> Answer:
        async with self._database.snapshot() as connection:
            found = await inventory.availability(connection, asked.skus, asked.nodes, asked.channel, datetime.now(UTC))
        return _by_content(exchange, found)

    async def at(self, exchange: Exchange) -> Answer:
        """What was on hand then."""
        asked = read_query(StockAtQuery, exchange.scope["query_string"])
        when = asked.day or asked.moment
        if when is None or (asked.day and asked.moment):
            raise malformed(DAY_OR_MOMENT, "/day")
        await stays_all(self._services, exchange, STOCK_READ, asked.node)
        async with self._database.snapshot() as connection:
            rows = await inventory.stock_at(connection, asked.sku, asked.node, when)
        return exchange.found({"items": rows})

    async def movements(self, exchange: Exchange) -> Answer:
        """The movements of a SKU at a node."""
        asked = read_query(MovementQuery, exchange.scope["query_string"])
        await stays(self._services, exchange, STOCK_READ, asked.node)
        before = position_of(asked.cursor, tuple[datetime, int])
        async with self._database.snapshot() as connection:
            node, variant = await _node(connection, asked.node), await _variant(connection, asked.sku)
            rows = await inventory.movements(connection, variant.id, node.id, before, asked.limit)
        return exchange.found(page(rows, asked.limit, (rows[-1].occurred_at, rows[-1].id) if rows else None))

    async def node(self, exchange: Exchange) -> Answer:
        """What is on hand at a node."""
        code: str = exchange.path_code("code")
        asked = read_query(PageQuery, exchange.scope["query_string"])
        await stays(self._services, exchange, STOCK_READ, code)
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.snapshot() as connection:
            node = await _node(connection, code)
            rows = await inventory.stock_of_node(connection, node.id, after[0], asked.limit)
        return _by_content(exchange, page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def document(self, exchange: Exchange) -> Answer:
        """A document with its lines."""
        async with self._database.snapshot() as connection:
            found = await inventory.document(connection, exchange.path_id("document"))
        own = {found.node} if found.target is None else {found.node, found.target}
        await self._stays_at_any(exchange, own)
        return exchange.found(found)

    async def discrepancies(self, exchange: Exchange) -> Answer:
        """What facts contradicted."""
        asked = read_query(DiscrepancyQuery, exchange.scope["query_string"])
        await stays(self._services, exchange, STOCK_READ, asked.node)
        before = position_of(asked.cursor, tuple[int]) or (None,)
        async with self._database.snapshot() as connection:
            wanted = inventory.DiscrepancyFilter(
                open=asked.open,
                kind=cast("Any", asked.kind),  # another kind finds nothing
                node=None if asked.node is None else (await _node(connection, asked.node)).id,
                variant=None if asked.sku is None else (await _variant(connection, asked.sku)).id,
            )
            rows = await inventory.discrepancies(connection, wanted, before[0], asked.limit)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def policies(self, exchange: Exchange) -> Answer:
        """The policies that are set."""
        asked = read_query(PageQuery, exchange.scope["query_string"])
        await stays(self._services, exchange, STOCK_READ, None)
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.snapshot() as connection:
            rows = await inventory.policies_page(connection, after[0], asked.limit)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def _stays_at_any(self, exchange: Exchange, nodes: set[str]) -> None:
        refused: RefusedError | None = None
        for node in nodes:
            try:
                await stays(self._services, exchange, STOCK_READ, node)
            except RefusedError as error:
                refused = error
            else:
                return
        if refused is not None:
            raise refused


def _by_content(exchange: Exchange, value: object) -> Answer:
    """An answer whose ETag is that of its content."""
    body = _encode(value)
    return exchange.tagged(body, b'"%b"' % blake2b(body, digest_size=12).hexdigest().encode())


async def _node(connection: Connection, code: str) -> catalog.Node:
    (nodes,) = await ask(connection, catalog.nodes_by_code([code]))
    if code not in nodes:
        raise RefusedError(refuse(catalog.UNKNOWN_NODE, "/node", node=code[:64]))
    return nodes[code]


async def _variant(connection: Connection, sku: str) -> catalog.Variant:
    (variants,) = await ask(connection, catalog.variants_by_sku([sku]))
    if sku not in variants:
        raise RefusedError(refuse(catalog.UNKNOWN_SKU, "/sku", sku=sku[:64]))
    return variants[sku]


def routes(services: Services) -> list[Route]:
    """The routes of stock."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    stock, write, adjust, node = "/v1/stock", STOCK_WRITE, STOCK_ADJUST, at("node")
    return [
        command_route(
            services,
            f"{stock}/deliveries",
            inventory.RECEIVE_STOCK,
            write,
            "Record goods that arrived.",
            status=201,
            local=node,
        ),
        command_route(
            services,
            f"{stock}/adjustments",
            inventory.ADJUST_STOCK,
            adjust,
            "Change what is there, with a reason.",
            status=201,
            local=node,
        ),
        command_route(
            services,
            f"{stock}/counts",
            inventory.COUNT_STOCK,
            write,
            "Record what was counted.",
            status=201,
            local=node,
        ),
        command_route(
            services,
            f"{stock}/transfers",
            inventory.SEND_TRANSFER,
            write,
            "Send goods to another node.",
            status=201,
            local=at("source"),
        ),
        command_route(
            services,
            f"{stock}/transfers/{{transfer:int}}/arrivals",
            inventory.RECEIVE_TRANSFER,
            write,
            "Record what of a transfer arrived.",
            given=("transfer",),
            local=at_document("transfer", target=True),
        ),
        command_route(
            services,
            f"{stock}/reservations",
            inventory.RESERVE_STOCK,
            write,
            "Hold goods for a while.",
            status=201,
            local=node,
        ),
        command_route(
            services,
            f"{stock}/reservations/{{reservation:int}}/release",
            inventory.RELEASE_RESERVATION,
            write,
            "Give back what a reservation holds.",
            given=("reservation",),
            local=at_document("reservation"),
            body_optional=True,
        ),
        command_route(
            services,
            f"{stock}/inbound",
            inventory.ANNOUNCE_INBOUND,
            write,
            "Announce goods that are expected.",
            local=node,
        ),
        command_route(
            services,
            f"{stock}/policies",
            inventory.SET_STOCK_POLICY,
            adjust,
            "Set safety stock, channel buffer and low-stock level of a scope.",
            local=node,
        ),
        command_route(
            services,
            f"{stock}/discrepancies/{{discrepancy:int}}/resolution",
            inventory.RESOLVE_DISCREPANCY,
            adjust,
            "Close a discrepancy with what was found.",
            given=("discrepancy",),
            local=at_discrepancy,
        ),
        bulk_movements(services),
    ]


def _reading(reads: _Reads) -> list[Route]:
    discrepancy_page, policy_page = page_of(inventory.DiscrepancyView), page_of(inventory.StockPolicy)
    stock_at = msgspec.defstruct("StockAtList", [("items", list[inventory.StockAt])], frozen=True)
    return [
        Route(
            method="POST",
            path="/v1/stock/availability",
            permission=AVAILABILITY_READ,
            respond=reads.availability_asked,
            summary="Ask what can be promised of many SKUs at many nodes.",
            body=AvailabilityQuestion,
            result=inventory.Availability,
            polled=True,
        ),
        Route(
            method="GET",
            path="/v1/stock/availability",
            permission=AVAILABILITY_READ,
            respond=reads.availability,
            summary="Read what can be promised of SKUs at nodes.",
            query=AvailabilityQuery,
            result=inventory.Availability,
            polled=True,
        ),
        _read("/v1/stock/at", reads.at, "Read what was on hand on a day or at a moment.", StockAtQuery, stock_at),
        _read(
            "/v1/stock/movements",
            reads.movements,
            "List the movements of a SKU at a node, newest first.",
            MovementQuery,
            page_of(inventory.MovementRow),
        ),
        Route(
            method="GET",
            path="/v1/stock/nodes/{code:str}",
            permission=STOCK_READ,
            respond=reads.node,
            summary="List what is on hand at a node.",
            query=PageQuery,
            result=page_of(inventory.StockRow),
            polled=True,
        ),
        _read(
            "/v1/stock/documents/{document:int}",
            reads.document,
            "Read a stock document with its lines.",
            None,
            inventory.DocumentView,
        ),
        _read(
            "/v1/stock/discrepancies",
            reads.discrepancies,
            "List what facts contradicted, newest first.",
            DiscrepancyQuery,
            discrepancy_page,
        ),
        _read("/v1/stock/policies", reads.policies, "List the stock policies.", PageQuery, policy_page),
    ]


def _read(
    path: str, respond: Callable[[Exchange], Awaitable[Answer]], summary: str, query: object, result: object
) -> Route:
    return Route(
        method="GET",
        path=path,
        permission=STOCK_READ,
        respond=respond,
        summary=summary,
        query=query,
        result=result,
    )
