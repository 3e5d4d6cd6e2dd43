"""A SKU across the network: what can be promised where, and why; what was on hand; what moved."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from mainstem.console.frame import Reply, Visit
from mainstem.console.stock import chart, movements
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import (
    LOCAL_TIME,
    PAGE_SIZE,
    channel_choices,
    local_time,
    position_of,
    position_text,
    sku_of,
    sku_url,
)
from mainstem.domains import inventory
from mainstem.domains.catalog import ChannelView, NamedVariant, NodeView
from mainstem.domains.inventory import Available, StockAt
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_READ, STOCK_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

NODES_PAGE = 100
RECENT = 8


class NodeLine(msgspec.Struct, frozen=True):
    """What there is of the SKU at a node; the addresses are empty where the person may not see what is behind."""

    node: NodeView
    stock: Available
    url: str
    policy_url: str
    inbound_url: str


class Totals(msgspec.Struct, frozen=True):
    """The sums over the nodes. `cut`: what availability that is not counted below zero adds to the sum."""

    on_hand: int
    held: int
    safety: int
    buffer: int
    available: int
    inbound: int
    cut: int


async def show(visit: Visit) -> Reply:
    """The SKU, across the network."""
    channel = visit.network.channel(visit.query.get("channel", ""))
    now = datetime.now(UTC)
    when = local_time(visit.query.get("at", ""))
    own = None if visit.node is None else visit.node.id
    seen = visit.allowed(STOCK_READ)
    async with visit.desk.database.snapshot() as connection:
        variant = await sku_of(connection, visit.path["sku"])
        nodes = _nodes(visit, channel)
        found = await inventory.availability(
            connection, [variant.sku], [node.code for node in nodes], channel.code if channel else None, now
        )
        rows = found.rows()
        days: list[inventory.DayOnHand] = []
        recent: list[movements.MovementLine] = []
        then: list[StockAt] = []
        if seen:
            of = [own] if own is not None else list(visit.network.nodes)
            days = await inventory.on_hand_by_day(connection, variant.id, of, visit.zone, now, chart.DAYS)
            (stretch,) = await ask(connection, inventory.sku_movements(variant.id, own, None, RECENT))
            recent = movements.shown(visit, stretch.moved, variant.unit, own)
            then = await _then(visit, connection, variant, when)
    present = [(node, row) for node, row in zip(nodes, rows, strict=True) if _worth_a_row(row)]
    everywhere = visit.query.get("nodes") == "all"
    listed = list(zip(nodes, rows, strict=True)) if everywhere else present
    start = visit.query.get("after", "")
    page = [pair for pair in listed if pair[0].code > start]
    more = len(page) > NODES_PAGE
    page = page[:NODES_PAGE]
    return answer(
        visit,
        "sku",
        variant=variant,
        lines=[_line(visit, variant, channel, node, row) for node, row in page],
        totals=_totals(rows),
        channel=channel,
        channels=channel_choices(visit),
        hidden=len(nodes) - len(present),
        everywhere=everywhere,
        next_url=visit.url(after=page[-1][0].code) if more else "",
        first_url=visit.url(after=None) if start else "",
        days=days,
        option=chart.option(visit, days, variant.unit) if len(days) > 1 else "",
        recent=recent,
        all_movements=f"{sku_url(variant.sku)}/movements"
        if own is None
        else sku_url(variant.sku, visit.node.code if visit.node else ""),
        then=_shown_then(visit, then),
        at="" if when is None else when.strftime(LOCAL_TIME),
        at_wrong=bool(visit.query.get("at")) and when is None,
        seen=seen,
        may_write=visit.allowed(STOCK_WRITE),
        may_adjust=visit.allowed(STOCK_ADJUST),
        act_query=urlencode({"sku": variant.sku} | ({"node": visit.node.code} if visit.node else {})),
    )


async def moved(visit: Visit) -> Reply:
    """Every movement of the SKU anywhere."""
    visit.require(STOCK_READ)
    before = position_of(visit.query.get("before", ""))
    async with visit.desk.database.snapshot() as connection:
        variant = await sku_of(connection, visit.path["sku"])
        (stretch,) = await ask(connection, inventory.sku_movements(variant.id, None, before, PAGE_SIZE))
    return answer(
        visit,
        "movements",
        variant=variant,
        movements=movements.shown(visit, stretch.moved, variant.unit, None),
        next_url=visit.url(before=position_text(stretch.resume)) if stretch.resume else "",
        first_url=visit.url(before=None) if before else "",
    )


def _nodes(visit: Visit, channel: ChannelView | None) -> list[NodeView]:
    """The nodes of the channel, or all, by code."""
    serving = set(channel.nodes) if channel is not None else set()
    nodes = sorted(visit.network.nodes.values(), key=lambda node: node.code)
    return [node for node in nodes if not serving or node.code in serving]


def _worth_a_row(row: Available) -> bool:
    return bool(row.on_hand or row.held or row.inbound or row.available)


def _line(visit: Visit, variant: NamedVariant, channel: ChannelView | None, node: NodeView, row: Available) -> NodeLine:
    seen = visit.allowed(STOCK_READ, node.id)
    asked = {"sku": variant.sku, "node": node.code} | ({"channel": channel.code} if channel else {})
    return NodeLine(
        node=node,
        stock=row,
        url=sku_url(variant.sku, node.code) if seen else "",
        policy_url=f"/policies/explain?{urlencode(asked)}" if seen else "",
        inbound_url=f"/transfers?{urlencode({'node': node.code, 'state': 'open'})}" if seen else "",
    )


def _totals(rows: Sequence[Available]) -> Totals:
    on_hand, held = sum(row.on_hand for row in rows), sum(row.held for row in rows)
    safety, buffer = sum(row.safety for row in rows), sum(row.buffer for row in rows)
    available = sum(row.available for row in rows)
    cut = available - (on_hand - held - safety - buffer)
    return Totals(on_hand, held, safety, buffer, available, sum(row.inbound for row in rows), cut)


async def _then(visit: Visit, connection: Connection, variant: NamedVariant, when: datetime | None) -> list[StockAt]:
    if when is None:
        return []
    codes = [visit.node.code] if visit.node else sorted(node.code for node in visit.network.nodes.values())
    return await inventory.stock_at(connection, [variant.sku], codes, when)


def _shown_then(visit: Visit, then: Sequence[StockAt]) -> list[tuple[NodeView, StockAt]]:
    """Where something was, with the node."""
    named = [(visit.network.node(row.node), row) for row in then]
    some = [(node, row) for node, row in named if node is not None and row.on_hand]
    return some or [(node, row) for node, row in named if node is not None][:NODES_PAGE]
