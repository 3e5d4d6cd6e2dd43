"""The feed of labels on shelves: what they say, in the order in which it changed."""

from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import cursor_at, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, pricing
from mainstem.kernel.refusals import Kind, RefusedError, declare, refuse
from mainstem.platform.access.permissions import PRICES_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

markdown = pricing.markdown

LABELS_DEFAULT = 200
LABELS_MAX = 1_000
"""Labels of one answer."""

_CHANNELS_PAGE = 1_000

NO_TILL = declare(
    "no_till_channel",
    Kind.CONFLICT,
    "Which channel the tills of node {node} sell through is not known.",
    "Name the channel, or put the node into one of kind till.",
)


class LabelsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The labels that changed behind a cursor, oldest change first; without one all there are.

    `channel` is by default the channel of kind `till` that has the node, or the only one there is.
    """

    after: str | None = None
    channel: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LABELS_MAX)] = LABELS_DEFAULT


class LabelPage(msgspec.Struct, frozen=True):
    """Labels, and the cursor to ask with next, at once or in a while; `more`: there are more already."""

    items: list[pricing.markdown.Label]
    after: str | None
    more: bool


class _Feed:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def labels(self, exchange: Exchange) -> Answer:
        """The labels of a node that changed."""
        asked = read_query(LabelsQuery, exchange.scope["query_string"])
        after = position_of(asked.after, tuple[datetime, int])
        code = str(exchange.path_values()["code"])
        until = await markdown.horizon(self._database)
        async with self._database.snapshot() as connection:
            shelf = await _shelf(connection, code, asked.channel)
            (positions,) = await ask(connection, markdown.changed(shelf, until, after, asked.limit))
            found = await markdown.labels(connection, shelf, positions, until) if positions else []
        cursor = cursor_at(positions[-1]) if positions else asked.after
        return exchange.found(LabelPage(found, cursor, len(positions) == asked.limit))


async def _shelf(connection: Connection, code: str, channel: str | None) -> pricing.markdown.Shelf:
    node, channels = await ask(connection, catalog.find_node(code), catalog.list_channels(_CHANNELS_PAGE, ""))
    if node is None:
        raise RefusedError(refuse(catalog.UNKNOWN_NODE, "/code", node=code[:64]))
    if channel is not None:
        (named,) = await ask(connection, catalog.find_channel(channel))
        if named is None:
            raise RefusedError(refuse(catalog.UNKNOWN_CHANNEL, "/channel", channel=channel[:64]))
        return markdown.Shelf(node, named, named.currency)
    tills = [one for one in channels if one.kind == "till"]
    found = [one for one in tills if code in one.nodes] or (tills if len(tills) == 1 else [])
    if not found:
        raise RefusedError(refuse(NO_TILL, "/channel", node=code[:64]))
    return markdown.Shelf(node, found[0], found[0].currency)


def routes(services: Services) -> list[Route]:
    """The routes of labels."""
    return [
        Route(
            method="GET",
            path="/v1/nodes/{code:str}/labels",
            permission=PRICES_READ,
            respond=_Feed(services).labels,
            summary="Read what labels on the shelves of a node say, in the order in which it changed.",
            query=LabelsQuery,
            result=LabelPage,
        )
    ]
