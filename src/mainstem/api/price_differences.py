"""What tills charged otherwise than the quote of that moment."""

from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.api.auth import stays
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, orders
from mainstem.platform.access.permissions import ORDERS_READ
from mainstem.platform.query import ask
from mainstem.processes.compare_sales import PRICE_DIFFERS


class DifferencesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Differences, the latest first; of one node, where that is given."""

    node: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class PriceDifference(msgspec.Struct, frozen=True):
    """A line of a sale that was charged otherwise than quoted; `detail` says both amounts."""

    sale: int
    line: int | None
    detail: str
    external_id: str
    channel: str
    node: str
    occurred_at: datetime


def routes(services: Services) -> list[Route]:
    """The route of price differences."""

    async def differences(exchange: Exchange) -> Answer:
        asked = read_query(DifferencesQuery, exchange.scope["query_string"])
        await stays(services, exchange, ORDERS_READ, asked.node)
        before = position_of(asked.cursor, tuple[int])
        async with services.database.snapshot() as connection:
            named = [] if asked.node is None else [asked.node]
            (nodes,) = await ask(connection, catalog.nodes_by_code(named))
            if asked.node is not None and asked.node not in nodes:
                return exchange.found(page([], asked.limit, None))
            node = None if asked.node is None else nodes[asked.node].id
            (rows,) = await ask(
                connection,
                orders.list_findings(
                    PRICE_DIFFERS, asked.limit, node=node, before=None if before is None else before[0]
                ),
            )
            channels, places = await ask(
                connection,
                catalog.channels_by_id({row.channel for row in rows}),
                catalog.nodes_by_id({row.node for row in rows}),
            )
        found = [
            PriceDifference(
                row.order,
                row.position,
                row.detail,
                row.external_id,
                channels[row.channel].code,
                places[row.node].code,
                row.occurred_at,
            )
            for row in rows
        ]
        return exchange.found(page(found, asked.limit, (rows[-1].id,) if rows else None))

    return [
        Route(
            method="GET",
            path="/v1/sales/price-differences",
            permission=ORDERS_READ,
            respond=differences,
            summary="List what tills charged otherwise than the quote of that moment, latest first.",
            query=DifferencesQuery,
            result=page_of(PriceDifference),
        )
    ]
