"""Twins: a draft of promotions and prices, tried on a span of history in the background."""

from typing import Annotated

import msgspec

from mainstem.analytics import twin
from mainstem.api.commands import command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import PROMOTIONS_READ, PROMOTIONS_WRITE
from mainstem.platform.query import ask

ROOM = "/v1/twins"


class TwinsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of twins, the latest first."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: str | None = None


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def list(self, exchange: Exchange) -> Answer:
        """A page of twins."""
        query = read_query(TwinsQuery, exchange.scope["query_string"])
        before = position_of(query.cursor, tuple[int])
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, twin.heads(query.limit, None if before is None else before[0]))
        return exchange.found(page(rows, query.limit, (rows[-1].id,) if rows else None))

    async def one(self, exchange: Exchange) -> Answer:
        """A twin with how far it is, and its result once it is there."""
        number = exchange.path_id("twin")
        async with self._database.transaction() as connection:
            (view,) = await ask(connection, twin.find(number))
        if view is None:
            raise RefusedError(refuse(NOT_FOUND, "/twin", what="twin", id=number))
        return exchange.found(view)


def routes(services: Services) -> list[Route]:
    """The routes of twins."""
    reads = _Reads(services)
    return [
        command_route(
            services,
            ROOM,
            twin.ASK_TWIN,
            PROMOTIONS_WRITE,
            "Try promotions and prices on a span of history, in the background.",
            status=202,
        ),
        Route(
            method="GET",
            path=ROOM,
            permission=PROMOTIONS_READ,
            respond=reads.list,
            summary="List twins, the latest first.",
            query=TwinsQuery,
            result=page_of(twin.TwinHead),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/{{twin:int}}",
            permission=PROMOTIONS_READ,
            respond=reads.one,
            summary="Read a twin: how far it is, and what came of it.",
            result=twin.TwinView,
        ),
    ]
