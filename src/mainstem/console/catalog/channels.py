"""The list of channels, and one channel with the nodes that it tries."""

from mainstem.console.catalog import words
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.domains import catalog
from mainstem.platform.access.permissions import CATALOG_WRITE, ORDERS_READ
from mainstem.platform.query import ask

ROWS = 50
NODES_SHOWN_MAX = 200
"""Nodes of a channel that its page lists."""


async def listed(visit: Visit) -> Reply:
    """A page of channels."""
    after = visit.query.get("after", "").replace("\x00", "")
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(connection, catalog.list_channels(ROWS + 1, after))
    return html(
        visit,
        "catalog/templates/channels.html",
        rows=rows[:ROWS],
        kind_names={code: visit.t(text) for code, text in words.CHANNEL_KINDS.items()},
        next_url=visit.url(after=rows[ROWS - 1].code) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
        may_write=visit.allowed(CATALOG_WRITE),
    )


async def shown(visit: Visit) -> Reply:
    """One channel."""
    async with visit.desk.database.transaction() as connection:
        (channel,) = await ask(connection, catalog.find_channel(visit.path["code"]))
    if channel is None:
        raise MissingError
    by_code = {node.code: node for node in visit.network.nodes.values()}
    return html(
        visit,
        "catalog/templates/channel.html",
        channel=channel,
        kind=visit.t(words.CHANNEL_KINDS[channel.kind]),
        tried=[(code, by_code[code].name if code in by_code else "") for code in channel.nodes[:NODES_SHOWN_MAX]],
        more=max(0, len(channel.nodes) - NODES_SHOWN_MAX),
        may_write=visit.allowed(CATALOG_WRITE),
        sees_orders=visit.allowed(ORDERS_READ),
    )
