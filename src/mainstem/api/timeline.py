"""The timeline of a customer over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, cursor_at, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CUSTOMERS_READ, LOYALTY_READ, ORDERS_READ
from mainstem.processes.customer_timeline import TimelineEntry, TimelineFilter, customer_timeline

Kind = Literal[
    "record",
    "identity",
    "consent",
    "request",
    "tag",
    "segment",
    "seen",
    "order",
    "payment",
    "shipment",
    "return",
    "membership",
    "points",
    "benefit",
    "credit",
]


class TimelineQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told: of one kind, through one channel, behind a cursor."""

    kind: Kind | None = None
    channel: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class CustomerTimeline(msgspec.Struct, frozen=True):
    """What happened to a customer, latest first; `next` is the cursor of the page behind it."""

    customer: int
    items: list[TimelineEntry]
    next: str | None


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def timeline(self, exchange: Exchange) -> Answer:
        """A page of the timeline of the customer that an id means today.

        Of orders only what the caller may see: those of his own node when he is bound to one, none without the
        permission. Of points, benefits and store credit nothing without the permission.
        """
        number = exchange.path_id("customer")
        asked = read_query(TimelineQuery, exchange.scope["query_string"])
        behind = position_of(asked.cursor, tuple[datetime, int])
        caller = exchange.caller
        wanted = TimelineFilter(
            kinds=() if asked.kind is None else (asked.kind,),
            channel=asked.channel,
            with_orders=caller is not None and ORDERS_READ.code in caller.permissions,
            node=None if caller is None else caller.node,
            with_loyalty=caller is not None and LOYALTY_READ.code in caller.permissions,
        )
        async with self._database.snapshot() as connection:
            found = await customer_timeline(connection, number, wanted, asked.limit, behind)
        if found is None:
            raise RefusedError(refuse(NOT_FOUND, "/customer", what="customer", id=number))
        more = None if found.next is None else cursor_at(found.next)
        return exchange.found(CustomerTimeline(found.customer, found.entries, more))


def routes(services: Services) -> list[Route]:
    """The route of the timeline."""
    return [
        Route(
            method="GET",
            path="/v1/customers/{customer:int}/timeline",
            permission=CUSTOMERS_READ,
            respond=_Reads(services).timeline,
            summary="Read what happened to a customer across channels, latest first.",
            query=TimelineQuery,
            result=CustomerTimeline,
        ),
    ]
