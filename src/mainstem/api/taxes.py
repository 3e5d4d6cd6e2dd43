"""Rates of tax: set, read as they are and were, and what counts for goods in a place."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import pricing
from mainstem.platform.access.permissions import PRICES_READ, PRICES_WRITE
from mainstem.platform.query import ask

lists = pricing.lists

ROOM = "/v1/tax-rates"


class TaxRatesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rates in force or to come at a moment (default: now), by country, region and category."""

    moment: datetime | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class TaxHistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every rate that was ever recorded, the latest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class TaxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods of a category in a place, at a moment (default: now)."""

    category: str = ""
    country: str = ""
    region: str = ""
    moment: datetime | None = None


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def rates(self, exchange: Exchange) -> Answer:
        """A page of rates."""
        asked = read_query(TaxRatesQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[str, str, str, int])
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, lists.tax_rates(asked.moment or datetime.now(UTC), asked.limit, after))
        last = rows[-1] if rows else None
        position = None if last is None else (last.country, last.region, last.category, last.id)
        return exchange.found(page(rows, asked.limit, position))

    async def history(self, exchange: Exchange) -> Answer:
        """A page of all rates there ever were."""
        asked = read_query(TaxHistoryQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (None,))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, lists.tax_rate_history(asked.limit, before))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def tax(self, exchange: Exchange) -> Answer:
        """What counts for goods in a place."""
        asked = read_query(TaxQuery, exchange.scope["query_string"])
        async with self._database.snapshot() as connection:
            (taxes,) = await ask(connection, lists.tax_for([asked.country], asked.moment or datetime.now(UTC)))
        return exchange.found(taxes.at(asked.category, asked.country, asked.region))


def routes(services: Services) -> list[Route]:
    """The routes of taxes."""
    reads = _Reads(services)
    return [
        command_route(services, ROOM, lists.SET_TAX_RATE, PRICES_WRITE, "Set a rate of tax.", status=201),
        bulk_route(
            services,
            f"{ROOM}/bulk",
            lists.SET_TAX_RATE,
            PRICES_WRITE,
            "Set up to 1,000 rates of tax, each for itself.",
            status=201,
        ),
        Route(
            method="GET",
            path=ROOM,
            permission=PRICES_READ,
            respond=reads.rates,
            summary="List the rates of tax, in force and to come.",
            query=TaxRatesQuery,
            result=page_of(lists.TaxRateView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/history",
            permission=PRICES_READ,
            respond=reads.history,
            summary="List every rate of tax there ever was, and who set it.",
            query=TaxHistoryQuery,
            result=page_of(lists.TaxRateView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/for",
            permission=PRICES_READ,
            respond=reads.tax,
            summary="Read the rate of tax for goods of a category in a place.",
            query=TaxQuery,
            result=lists.Tax,
        ),
    ]
