"""The list of nodes with a schematic of the network, and one node."""

from collections import defaultdict
from typing import NamedTuple

from mainstem.console.catalog import words
from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.domains import catalog
from mainstem.platform.access.permissions import CATALOG_WRITE, ORDERS_READ, STOCK_READ
from mainstem.platform.query import ask

ROWS = 50
SHOWN_MAX = 12
"""Nodes of one kind that the schematic names."""


class Group(NamedTuple):
    """The nodes of one kind: how many, and the first of them."""

    kind: str
    name: str
    icon: str
    size: int
    nodes: list[catalog.NodeView]


async def listed(visit: Visit) -> Reply:
    """A page of the nodes that the address asks for."""
    typed = visit.query.get("q", "")[:100].replace("\x00", "")
    kind = visit.query.get("kind", "")
    after = visit.query.get("after", "").replace("\x00", "")
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(
            connection, catalog.list_nodes(ROWS + 1, after, kind if kind in words.NODE_KINDS else "", typed)
        )
    return html(
        visit,
        "catalog/templates/nodes.html",
        rows=rows[:ROWS],
        groups=_groups(visit) if not (typed or kind or after) else [],
        kinds=[(code, visit.t(text)) for code, (text, _) in words.NODE_KINDS.items()],
        kind_names={code: visit.t(text) for code, (text, _) in words.NODE_KINDS.items()},
        typed=typed,
        kind=kind,
        filtered=bool(typed or kind),
        next_url=visit.url(after=rows[ROWS - 1].code) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
        may_write=visit.allowed(CATALOG_WRITE),
    )


def _groups(visit: Visit) -> list[Group]:
    """The network by kind, from where goods come in to where they go out."""
    by_kind: dict[str, list[catalog.NodeView]] = defaultdict(list)
    for node in visit.network.nodes.values():
        by_kind[node.kind].append(node)
    return [
        Group(kind, visit.t(words.NODE_KINDS[kind][0]), words.NODE_KINDS[kind][1], len(found), found[:SHOWN_MAX])
        for kind in ("virtual", "warehouse", "dark_store", "store")
        if (found := sorted(by_kind[kind], key=lambda node: node.code))
    ]


async def shown(visit: Visit) -> Reply:
    """One node."""
    async with visit.desk.database.transaction() as connection:
        (node,) = await ask(connection, catalog.find_node(visit.path["code"]))
    if node is None:
        raise MissingError
    hours: dict[int, list[catalog.OpeningHours]] = defaultdict(list)
    for entry in node.opening_hours:
        hours[entry.weekday].append(entry)
    channels = [
        (channel, channel.nodes.index(node.code) + 1)
        for channel in visit.network.channels.values()
        if node.code in channel.nodes
    ]
    return html(
        visit,
        "catalog/templates/node.html",
        node=node,
        kind=visit.t(words.NODE_KINDS[node.kind][0]),
        address=[part for part in (node.street, node.postal_code, node.city, node.region, node.country) if part],
        week=[(visit.t(day), sorted(hours[number], key=lambda entry: entry.opens))
              for number, day in enumerate(words.WEEKDAYS, 1)] if node.opening_hours else [],
        capabilities=[(visit.t(text), code in node.capabilities) for code, text in words.CAPABILITIES.items()],
        channels=channels,
        zone=visit.format_in(node.time_zone),
        may_write=visit.allowed(CATALOG_WRITE),
        sees_stock=visit.allowed(STOCK_READ, node.id),
        sees_orders=visit.allowed(ORDERS_READ, node.id),
    )  # fmt: skip
