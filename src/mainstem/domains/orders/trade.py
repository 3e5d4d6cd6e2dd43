"""What was sold in a span of time, by channel, node and hour: gross, before cancellations and returns.

Gross figures only grow, so a page can add what is new to what it knows instead of counting the day again.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from mainstem.domains.orders.waiting import EXPIRES_SOON, LATE_AFTER, OPEN, WAITING
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query


class Trade(msgspec.Struct, frozen=True, gc=False):
    """Orders placed and sales recorded through a channel at a node in one hour; the amount in minor units.

    `hour` counts from the start of the span. `units` are pieces; a line of measured goods counts as one.
    """

    channel: int
    node: int
    currency: str
    hour: int
    orders: int
    units: int
    amount_minor: int


class OrderHead(msgspec.Struct, frozen=True, gc=False):
    """Where an order or sale came from and what it came to: the ids of channel and node, the total in minor units."""

    channel: int
    node: int
    currency: str
    total_minor: int


class Backlog(msgspec.Struct, frozen=True, gc=False):
    """Orders of which nothing has left yet, and orders that are late, as `waiting` defines both."""

    waiting: int
    late: int


_TRADE = """
select o.channel, o.node, o.currency, floor(extract(epoch from o.occurred_at - %b::timestamptz) / 3600)::bigint as hour,
    count(*), coalesce(sum(l.units), 0)::bigint, sum(o.total_minor)::bigint
from orders.customer_order as o
cross join lateral (
    select sum(case when m.variant is null then l.quantity else least(l.quantity, 1) end) as units
    from orders.order_line as l left join unnest(%b::bigint[]) as m (variant) on m.variant = l.variant
    where l.order_id = o.id
) as l
where o.occurred_at >= %b::timestamptz and o.occurred_at < %b::timestamptz
"""
_BACKLOG = """
select node, count(*) filter (where state = any(%b::text[])),
    count(*) filter (where occurred_at < %b::timestamptz or expires_at <= %b::timestamptz)
from orders.customer_order where kind = 'order' and state = any(%b::text[]) group by node
"""
_OF_ORDERS = " and o.id = any(%b::bigint[])"
_GROUPED = " group by o.channel, o.node, o.currency, hour"


def trade(
    start: datetime, end: datetime, measured: Iterable[int], only: Iterable[int] | None = None
) -> Query[list[Trade]]:
    """What was sold in [start, end); `measured` are the variants that are not counted in pieces.

    With `only`, what these orders contribute to it.
    """
    parameters: tuple[object, ...] = (start, Bigints(measured), start, end)
    if only is None:
        return Query(_TRADE + _GROUPED, parameters, lambda rows: [Trade(*row) for row in rows])
    sql = _TRADE + _OF_ORDERS + _GROUPED
    return Query(sql, (*parameters, Bigints(only)), lambda rows: [Trade(*row) for row in rows])


def heads(ids: Iterable[int]) -> Query[dict[int, OrderHead]]:
    """The heads of these orders and sales; an id that is none of theirs is missing from the answer."""
    return Query(
        "select id, channel, node, currency, total_minor from orders.customer_order where id = any(%b::bigint[])",
        (Bigints(ids),),
        lambda rows: {row[0]: OrderHead(*row[1:]) for row in rows},
    )


def last_moment(before: datetime) -> Query[datetime | None]:
    """When the last order before a moment was placed or sold; None when there is none."""
    return Query(
        "select max(occurred_at) from orders.customer_order where occurred_at < %b::timestamptz",
        (before,),
        lambda rows: rows[0][0],
    )


def backlog(now: datetime) -> Query[dict[int, Backlog]]:
    """The orders that wait and those that are late at a moment, by node; nodes without any are missing."""
    parameters = (Texts(WAITING), now - LATE_AFTER, now + EXPIRES_SOON, Texts(OPEN))
    return Query(_BACKLOG, parameters, lambda rows: {row[0]: Backlog(row[1], row[2]) for row in rows})
