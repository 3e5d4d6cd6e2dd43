"""A SKU at a node: why so much of it is available, who holds it, what moved."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from mainstem.console.frame import Reply, Visit
from mainstem.console.stock import movements
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import (
    PAGE_SIZE,
    channel_choices,
    node_of,
    number_of,
    position_of,
    position_text,
    sku_of,
)
from mainstem.domains import inventory, orders
from mainstem.ledger.histories import LiveHold
from mainstem.platform.access.permissions import ORDERS_READ, STOCK_ADJUST, STOCK_READ, STOCK_WRITE
from mainstem.platform.query import ask


class Held(msgspec.Struct, frozen=True):
    """A live hold with what it is for."""

    hold: LiveHold
    order: bool
    url: str


async def show(visit: Visit) -> Reply:
    """The SKU at the node."""
    node = node_of(visit, visit.path["node"])
    visit.require(STOCK_READ, node.id)
    channel = visit.network.channel(visit.query.get("channel", ""))
    before = position_of(visit.query.get("before", ""))
    after = number_of(visit.query.get("holds", "")) or 0
    now = datetime.now(UTC)
    async with visit.desk.database.snapshot() as connection:
        variant = await sku_of(connection, visit.path["sku"])
        found = await inventory.availability(
            connection, [variant.sku], [node.code], channel.code if channel else None, now
        )
        stretch, holds = await ask(
            connection,
            inventory.sku_movements(variant.id, node.id, before, PAGE_SIZE),
            inventory.holds_at(variant.id, node.id, now, after, PAGE_SIZE + 1),
        )
        (known,) = await ask(connection, orders.heads({hold.reference for hold in holds}))
    clock = visit.format_in(node.time_zone)
    asked = {"sku": variant.sku, "node": node.code}
    return answer(
        visit,
        "spot",
        variant=variant,
        node=node,
        clock=clock,
        stock=found.rows()[0],
        channel=channel,
        channels=channel_choices(visit),
        movements=movements.shown(visit, stretch.moved, variant.unit, node.id),
        next_url=visit.url(before=position_text(stretch.resume), holds=None) if stretch.resume else "",
        first_url=visit.url(before=None) if before else "",
        holds=[_held(visit, hold, order=hold.reference in known) for hold in holds[:PAGE_SIZE]],
        holds_next=visit.url(holds=holds[PAGE_SIZE - 1].id) if len(holds) > PAGE_SIZE else "",
        holds_first=visit.url(holds=None) if after else "",
        policy_url=f"/policies/explain?{urlencode(asked | ({'channel': channel.code} if channel else {}))}",
        act_query=urlencode(asked),
        may_write=visit.allowed(STOCK_WRITE, node.id),
        may_adjust=visit.allowed(STOCK_ADJUST, node.id),
    )


def _held(visit: Visit, hold: LiveHold, *, order: bool) -> Held:
    if not order:
        return Held(hold, order=False, url=f"/stock/documents/{hold.reference}")
    return Held(hold, order=True, url=f"/orders/{hold.reference}" if visit.allowed(ORDERS_READ) else "")
