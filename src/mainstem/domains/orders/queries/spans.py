"""Lines of a span of history, for who replays it."""

from datetime import datetime

import msgspec

from mainstem.platform.query import Query, Row


class SpanLine(msgspec.Struct, frozen=True, gc=False):
    """A line of an order or sale that was neither cancelled nor lapsed, as it was charged: its amount, and what the
    retailer had taken off before.
    """

    occurred_at: datetime
    order: int
    position: int
    channel: int
    node: int
    customer: int
    variant: int
    quantity: int
    amount_minor: int
    discount_minor: int


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a moment, before another one, in a currency; of a channel or a node only, by id, where given."""

    since: datetime
    until: datetime
    currency: str
    channel: int | None = None
    node: int | None = None


def span_lines(span: Span, limit: int, after: tuple[datetime, int]) -> Query[list[SpanLine]]:
    """The lines of up to `limit` orders and sales of a span in the order of time, those behind (moment, id)."""
    return Query(
        "select o.occurred_at, o.id, l.position, o.channel, o.node, coalesce(o.customer, -1), l.variant,"
        " l.quantity - l.cancelled, case when l.quantity = 0 then l.amount_minor else"
        " l.amount_minor * (l.quantity - l.cancelled) / l.quantity end, case when l.quantity = 0 then l.discount_minor"
        " else l.discount_minor * (l.quantity - l.cancelled) / l.quantity end"
        " from (select id, occurred_at, channel, node, customer from orders.customer_order"
        " where (occurred_at, id) > (%b::timestamptz, %b::bigint) and occurred_at >= %b::timestamptz"
        " and occurred_at < %b::timestamptz and currency = %b::text and state not in ('cancelled', 'lapsed')"
        " and (%b::bigint is null or channel = %b::bigint) and (%b::bigint is null or node = %b::bigint)"
        " order by occurred_at, id limit %b::bigint) as o"
        " join orders.order_line as l on l.order_id = o.id order by o.occurred_at, o.id, l.position",
        (
            *after,
            span.since,
            span.until,
            span.currency,
            span.channel,
            span.channel,
            span.node,
            span.node,
            limit,
        ),
        _lines,
    )


def _lines(rows: list[Row]) -> list[SpanLine]:
    return [SpanLine(*row) for row in rows]
