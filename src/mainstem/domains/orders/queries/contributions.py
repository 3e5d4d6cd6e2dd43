"""What customers bought: as contributions to figures by group, and as lines for the customer himself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

Grouping = Literal["channel", "node", "month"]

_GROUPS: dict[Grouping, str] = {
    "channel": "o.channel::text",
    "node": "o.node::text",
    "month": "to_char(o.occurred_at at time zone 'UTC', 'YYYY-MM')",
}

_CONTRIBUTIONS = """
select o.customer, {group}, count(*), sum(greatest(o.due_minor, 0))::bigint
from orders.customer_order as o
where o.customer is not null and o.occurred_at >= %b::timestamptz and o.occurred_at < %b::timestamptz
  and o.state not in ('cancelled', 'lapsed') and (%b::text = '' or o.currency = %b::text)
group by 1, 2
"""


class Contribution(NamedTuple):
    """Orders and sales of a record in a group (an id, or a month as YYYY-MM, UTC), and what they come to net."""

    record: int
    group: str
    orders: int
    spend_minor: int


def contributions(by: Grouping, since: datetime, until: datetime, currency: str = "") -> Query[list[Contribution]]:
    """Every record that bought, in every group where it did; in one currency, or "" for all."""
    return Query(
        _CONTRIBUTIONS.format(group=_GROUPS[by]),
        (since, until, currency, currency),
        lambda rows: [Contribution(*row) for row in rows],
    )


class BoughtLine(NamedTuple):
    """A line of an order: the variant, its quantity in smallest steps, and its amount in minor units."""

    variant: int
    quantity: int
    amount_minor: int


def bought_lines(ids: Iterable[int]) -> Query[dict[int, list[BoughtLine]]]:
    """The lines of these orders and sales, in their order."""

    def parse(rows: list[Row]) -> dict[int, list[BoughtLine]]:
        found: dict[int, list[BoughtLine]] = {}
        for order, *line in rows:
            found.setdefault(order, []).append(BoughtLine(*line))
        return found

    return Query(
        "select order_id, variant, quantity, amount_minor from orders.order_line where order_id = any(%b::bigint[])"
        " order by order_id, position",
        (Bigints(ids),),
        parse,
    )
