"""Past baskets to draw from, and orders that are under way."""

from collections.abc import Sequence

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

SAMPLE_PERCENT = 1


class PastBasket(msgspec.Struct, frozen=True, gc=False):
    """What was once sold together at a node, and to whom: a record; (variant, quantity) for each line."""

    node: int
    customer: int | None
    lines: tuple[tuple[int, int], ...]


def past_baskets(channel: int, limit: int) -> Query[list[PastBasket]]:
    """A random sample of a channel's orders, drawn by blocks of the table."""
    return Query(
        f"select o.id, o.node, o.customer, l.variant, l.quantity from ("  # noqa: S608 - a constant
        f"select id, node, customer from orders.customer_order tablesample system ({SAMPLE_PERCENT})"
        " where channel = %b limit %b) as o join orders.order_line as l on l.order_id = o.id"
        " where l.quantity > 0 order by o.id, l.position",
        (channel, limit),
        _baskets,
    )


def _baskets(rows: list[Row]) -> list[PastBasket]:
    lines: dict[tuple[int, int, int | None], list[tuple[int, int]]] = {}
    for order, node, customer, variant, quantity in rows:
        lines.setdefault((order, node, customer), []).append((variant, quantity))
    return [PastBasket(node, customer, tuple(basket)) for (_, node, customer), basket in lines.items()]


def under_way(channels: Sequence[int], limit: int) -> Query[list[tuple[int, str, str, int]]]:
    """Orders of these channels that wait for a next step, oldest first: (id, state, payment is complete, to pay)."""
    return Query(
        "select id, state, case when paid_minor >= due_minor then 'paid' else 'unpaid' end, due_minor - paid_minor"
        " from orders.customer_order where channel = any(%b::bigint[])"
        " and state in ('placed', 'allocated', 'part_shipped', 'shipped') order by id limit %b",
        (Bigints(channels), limit),
        lambda rows: [(row[0], row[1], row[2], row[3]) for row in rows],
    )
