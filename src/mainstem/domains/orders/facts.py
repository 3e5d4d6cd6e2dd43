"""What became of orders and sales, for who follows what people buy: as it stands now, not as each event told it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from mainstem.domains.orders.rules import share
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row


class LineFact(msgspec.Struct, frozen=True, gc=False):
    """A line: what was not cancelled of it, and what of that came back. Smallest steps and minor units."""

    variant: int
    quantity: int
    amount_minor: int
    discount_minor: int
    returned: int
    returned_minor: int
    cancelled_minor: int


class OrderFact(msgspec.Struct, frozen=True, gc=False):
    """An order or sale that names somebody, with its lines; `record` is the source record of the customer."""

    id: int
    record: int
    kind: str
    channel: int
    node: int
    currency: str
    occurred_at: datetime
    lines: tuple[LineFact, ...]


_ORDERS = """
select id, customer, kind, channel, node, currency, occurred_at
from orders.customer_order where id = any(%b::bigint[]) and customer is not null
"""

_LINES = """
select l.order_id, l.variant, l.quantity, l.cancelled, l.amount_minor, l.discount_minor, l.returned, coalesce((
    select sum(b.refund_minor) from orders.customer_return as r join orders.return_line as b on b.return_id = r.id
    where r.order_id = l.order_id and b.position = l.position and l.returned > 0
), 0)::bigint
from orders.order_line as l where l.order_id = any(%b::bigint[])
"""


def order_facts(ids: Iterable[int]) -> Query[dict[int, OrderFact]]:
    """Those of these orders and sales that name somebody, without their lines."""
    return Query(_ORDERS, (Bigints(ids),), lambda rows: {row[0]: _order(row) for row in rows})


def line_facts(ids: Iterable[int]) -> Query[dict[int, list[LineFact]]]:
    """The lines of these orders and sales."""
    return Query(_LINES, (Bigints(ids),), _lines)


def facts(orders: Mapping[int, OrderFact], lines: Mapping[int, list[LineFact]]) -> list[OrderFact]:
    """The orders, each with its lines."""
    return [msgspec.structs.replace(order, lines=tuple(lines.get(order.id, ()))) for order in orders.values()]


def _order(row: Row) -> OrderFact:
    number, record, kind, channel, node, currency, occurred_at = row
    return OrderFact(number, record, kind, channel, node, currency, occurred_at, ())


def _lines(rows: list[Row]) -> dict[int, list[LineFact]]:
    found: dict[int, list[LineFact]] = {}
    for order, variant, quantity, cancelled, amount, discount, returned, refund in rows:
        given_up = share(amount, cancelled, quantity)
        found.setdefault(order, []).append(
            LineFact(
                variant=variant,
                quantity=quantity - cancelled,
                amount_minor=amount - given_up,
                discount_minor=discount - share(discount, cancelled, quantity),
                returned=returned,
                returned_minor=refund,
                cancelled_minor=given_up,
            )
        )
    return found
