"""Prices: set, and read what they are and were."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, pricing
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import PRICES_READ, PRICES_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask


class PriceHistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The prices of a SKU in all scopes, latest start first."""

    sku: str
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class PriceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The prices of a SKU in force at a moment (default: now), one a scope, wider scopes first."""

    sku: str
    moment: datetime | None = None


class PriceRow(msgspec.Struct, frozen=True, gc=False):
    """A price: minor units of `currency` per whole unit, in force until before `valid_until` (None: for ever)."""

    id: int
    sku: str
    channel: str | None
    node: str | None
    currency: str
    amount_minor: int
    valid_from: datetime
    valid_until: datetime | None
    derived: str
    recorded_at: datetime
    actor: int


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def history(self, exchange: Exchange) -> Answer:
        """A page of a SKU's prices."""
        asked = read_query(PriceHistoryQuery, exchange.scope["query_string"])
        behind = position_of(asked.cursor, tuple[datetime, int])
        async with self._database.snapshot() as connection:
            variant = await _variant(connection, asked.sku)
            (found,) = await ask(connection, pricing.price_history(variant.id, asked.limit, behind))
            rows = await _rows(connection, found, asked.sku)
        return exchange.found(page(rows, asked.limit, (rows[-1].valid_from, rows[-1].id) if rows else None))

    async def current(self, exchange: Exchange) -> Answer:
        """A SKU's prices in force."""
        asked = read_query(PriceQuery, exchange.scope["query_string"])
        async with self._database.snapshot() as connection:
            variant = await _variant(connection, asked.sku)
            moment = asked.moment or datetime.now(UTC)
            (found,) = await ask(connection, pricing.current_prices(variant.id, moment))
            rows = await _rows(connection, found, asked.sku)
        return exchange.found({"items": rows})


async def _variant(connection: Connection, sku: str) -> catalog.Variant:
    (variants,) = await ask(connection, catalog.variants_by_sku([sku]))
    if sku not in variants:
        raise RefusedError(refuse(catalog.UNKNOWN_SKU, "/sku", sku=sku[:64]))
    return variants[sku]


async def _rows(connection: Connection, found: list[pricing.PriceView], sku: str) -> list[PriceRow]:
    channels, nodes = await ask(
        connection,
        catalog.channels_by_id({price.channel for price in found if price.channel is not None}),
        catalog.nodes_by_id({price.node for price in found if price.node is not None}),
    )
    return [
        PriceRow(
            id=price.id,
            sku=sku,
            channel=None if price.channel is None else channels[price.channel].code,
            node=None if price.node is None else nodes[price.node].code,
            currency=price.currency,
            amount_minor=price.amount_minor,
            valid_from=price.valid_from,
            valid_until=price.valid_until,
            derived=price.derived,
            recorded_at=price.recorded_at,
            actor=price.actor,
        )
        for price in found
    ]


def routes(services: Services) -> list[Route]:
    """The routes of prices."""
    reads = _Reads(services)
    return [
        command_route(services, "/v1/prices", pricing.SET_PRICES, PRICES_WRITE, "Set a price.", status=201),
        bulk_route(
            services,
            "/v1/prices/bulk",
            pricing.SET_PRICES,
            PRICES_WRITE,
            "Set up to 1,000 prices, each for itself.",
            status=201,
        ),
        Route(
            method="GET",
            path="/v1/prices",
            permission=PRICES_READ,
            respond=reads.current,
            summary="Read the prices of a SKU in force.",
            query=PriceQuery,
            result=msgspec.defstruct("PriceRowList", [("items", list[PriceRow])], frozen=True),
        ),
        Route(
            method="GET",
            path="/v1/prices/history",
            permission=PRICES_READ,
            respond=reads.history,
            summary="List the prices a SKU has and had, latest first.",
            query=PriceHistoryQuery,
            result=page_of(PriceRow),
        ),
    ]
