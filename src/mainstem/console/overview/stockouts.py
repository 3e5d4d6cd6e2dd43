"""The list behind the number of stock-outs: which SKU at which node, the most sold first."""

from datetime import datetime

import msgspec

from mainstem.console.frame import MissingError, Reply, Visit, html
from mainstem.console.overview.reading import Count
from mainstem.domains import catalog
from mainstem.domains.inventory import STOCKOUT_DAYS
from mainstem.ledger.exhausted import Exhausted
from mainstem.platform.query import ask

ROWS = 50
"""Rows of a page."""

Position = tuple[int, int, int]


class Row(msgspec.Struct, frozen=True):
    """A SKU of which nothing is free at a node; quantities are in smallest steps of its unit."""

    sku: str
    name: str
    unit: str
    node: str
    node_name: str
    on_hand: int
    held: int
    sold: int
    last: datetime
    zone: str


async def stockouts_page(visit: Visit, count: Count | None) -> Reply:
    """The stock-outs as they were counted last; of a node, when the address names one or the visitor is bound to it."""
    code = visit.query.get("node", "")
    node = visit.node or (visit.network.node(code) if code else None)
    if code and (node is None or node.code != code):
        raise MissingError
    found = () if count is None else count.stockouts
    wanted = [gone for gone in found if node is None or gone.place == node.id]
    after = _position(visit.query.get("after", ""))
    rest = [gone for gone in wanted if after is None or _place_in_list(gone) > after]
    shown = rest[:ROWS]
    return html(
        visit,
        "overview/templates/stockouts.html",
        rows=await _rows(visit, shown),
        counted_at=None if count is None else count.stock.as_of,
        total=len(wanted),
        node=node,
        nodes=sorted((n.code, n.name) for n in visit.network.nodes.values()),
        days=STOCKOUT_DAYS,
        next_url=visit.url(after=_written(shown[-1])) if len(rest) > ROWS else "",
        first_url=visit.url(after=None) if after is not None else "",
    )


async def _rows(visit: Visit, shown: list[Exhausted]) -> list[Row]:
    async with visit.desk.database.transaction() as connection:
        (goods,) = await ask(connection, catalog.goods_by_id({gone.asset for gone in shown}))
    rows = []
    for gone in shown:
        one, node = goods[gone.asset], visit.network.nodes[gone.place]
        rows.append(
            Row(
                sku=one.sku,
                name=one.name,
                unit=one.unit,
                node=node.code,
                node_name=node.name,
                on_hand=gone.posted,
                held=gone.held,
                sold=gone.left,
                last=gone.last,
                zone=node.time_zone,
            )
        )
    return rows


def _place_in_list(gone: Exhausted) -> Position:
    return (-gone.left, gone.place, gone.asset)


def _written(gone: Exhausted) -> str:
    return ".".join(map(str, _place_in_list(gone)))


def _position(text: str) -> Position | None:
    """The place in the list that an address names; None for what is none."""
    parts = text.split(".")
    try:
        left, place, asset = map(int, parts)
    except ValueError:
        return None
    return (left, place, asset)
