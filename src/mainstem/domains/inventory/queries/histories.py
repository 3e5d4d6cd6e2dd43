"""What happened to a SKU: its movements, who holds it, what was on hand day by day."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import msgspec

from mainstem.kernel.moments import day_bounds, local_day
from mainstem.ledger.balances import balances
from mainstem.ledger.histories import (
    LiveHold,
    Position,
    Stretch,
    daily_net,
    live_holds_at,
    movements_at,
    movements_of_asset,
)
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

DOCUMENT_KINDS = frozenset(("delivery", "opening", "adjustment", "count", "transfer_out", "transfer_in", "reservation"))
"""Movements whose reference is a document of the room; that of all others is an order or a sale."""


class DayOnHand(msgspec.Struct, frozen=True, gc=False):
    """What was on hand at the end of a calendar day; of today, what is there now."""

    day: date
    on_hand: int


def sku_movements(variant: int, node: int | None, before: Position | None, limit: int) -> Query[Stretch]:
    """The movements of a variant at a node, or anywhere, newest first."""
    if node is None:
        return movements_of_asset(variant, before, limit)
    return movements_at((variant, node), before, limit)


def holds_at(variant: int, node: int, now: datetime, after: int, limit: int) -> Query[list[LiveHold]]:
    """Who holds what of a variant at a node, oldest first, after the hold with an id."""
    return live_holds_at((variant, node), now, after, limit)


async def on_hand_by_day(
    connection: Connection, variant: int, nodes: Collection[int], zone: str, now: datetime, days: int
) -> list[DayOnHand]:
    """What all of these nodes together had of a variant at the end of each of the last days of a zone, oldest first.

    Fewer days where more moved than is read at once. The connection is that of a snapshot.
    """
    today = local_day(now, zone)
    first = today - timedelta(days=days - 1)
    start = day_bounds(first, zone)[0]
    shelves, net = await ask(connection, balances([variant], nodes), daily_net(variant, nodes, start, zone))
    on_hand = sum(int(shelf.posted.sum()) for shelf in shelves)
    moved = {one.day: one.net for one in net.days}
    if not net.whole:
        first = net.days[0].day if net.days else today
    # What moved after now, by a clock that is a little fast, is in the balance already.
    found = [DayOnHand(today, on_hand)]
    day = today
    while day > first:
        on_hand -= moved.get(day, 0) + (sum(q for d, q in moved.items() if d > today) if day == today else 0)
        day -= timedelta(days=1)
        found.append(DayOnHand(day, on_hand))
    return found[::-1]
