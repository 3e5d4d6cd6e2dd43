"""What tills charged: sales with their lines, for who compares them with what they should have cost."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row


class ChargedLine(msgspec.Struct, frozen=True, gc=False):
    """A line that was sold, and what was charged for it after discounts."""

    position: int
    variant: int
    quantity: int
    amount_minor: int


class ChargedSale(msgspec.Struct, frozen=True, gc=False):
    """A sale as it happened; `record` is the customer's, None when nobody is named."""

    id: int
    channel: int
    node: int
    record: int | None
    occurred_at: datetime
    lines: tuple[ChargedLine, ...]


def charged_sales(ids: Collection[int], since: datetime) -> Query[list[ChargedSale]]:
    """Those of these sales that happened since a moment, without lines that moved nothing."""
    return Query(
        "select o.id, o.channel, o.node, o.customer, o.occurred_at, l.position, l.variant, l.quantity, l.amount_minor"
        " from orders.customer_order as o join orders.order_line as l on l.order_id = o.id"
        " where o.id = any(%b::bigint[]) and o.kind = 'sale' and o.occurred_at >= %b::timestamptz and l.quantity > 0"
        " order by o.id, l.position",
        (Bigints(sorted(ids)), since),
        _sales,
    )


def _sales(rows: list[Row]) -> list[ChargedSale]:
    found: dict[int, list[ChargedLine]] = {}
    heads: dict[int, Row] = {}
    for row in rows:
        heads[row[0]] = row[:5]
        found.setdefault(row[0], []).append(ChargedLine(*row[5:]))
    return [_sale(heads[number], tuple(lines)) for number, lines in found.items()]


def _sale(head: Row, lines: tuple[ChargedLine, ...]) -> ChargedSale:
    number, channel, node, record, occurred_at = head
    return ChargedSale(number, channel, node, record, occurred_at, lines)
