"""All SQL that only reads orders. Amounts in minor units, quantities in smallest steps."""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains import catalog
from mainstem.domains.orders.rules import payment_state
from mainstem.ledger.balances import live_holds
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

PAGE_MAX = 200
"""Orders of one page of a list."""

_HEAD = """
select o.id, o.channel, o.node, o.external_id, o.kind, o.state, o.customer, o.currency, o.total_minor, o.due_minor,
    o.added_tax_minor, o.paid_minor, o.expires_at, o.occurred_at, o.recorded_at, o.revision
from orders.customer_order as o
"""

_WHOLE = """
select
    (select coalesce(json_agg(json_build_object('line', l.position, 'variant', l.variant, 'quantity', l.quantity,
        'unit_price_minor', l.unit_price_minor, 'amount_minor', l.amount_minor, 'discount_minor', l.discount_minor,
        'shipped', l.shipped, 'cancelled', l.cancelled, 'returned', l.returned, 'hold', l.hold,
        'discounts', (select coalesce(json_agg(json_build_object('kind', d.kind, 'amount_minor', d.amount_minor)
            order by d.kind), '[]') from orders.line_discount as d
            where d.order_id = l.order_id and d.position = l.position)
        ) order by l.position), '[]') from orders.order_line as l where l.order_id = k.id)::text,
    (select coalesce(json_agg(json_build_object('id', t.id, 'kind', t.kind, 'amount_minor', t.amount_minor,
        'reference', t.reference, 'occurred_at', t.occurred_at) order by t.id), '[]')
        from orders.tender as t where t.order_id = k.id)::text,
    (select coalesce(json_agg(json_build_object('name', t.name, 'amount_minor', t.amount_minor,
        'rate_millionths', t.rate_millionths, 'included', t.included) order by t.position), '[]')
        from orders.tax_line as t where t.order_id = k.id)::text,
    (select coalesce(json_agg(json_build_object('id', s.id, 'node', s.node, 'carrier', s.carrier,
        'tracking', s.tracking, 'shipped_at', s.shipped_at, 'delivered_at', s.delivered_at,
        'lines', (select json_agg(json_build_object('line', l.position, 'quantity', l.quantity) order by l.position)
            from orders.shipment_line as l where l.shipment = s.id)) order by s.id), '[]')
        from orders.shipment as s where s.order_id = k.id)::text,
    (select coalesce(json_agg(json_build_object('id', r.id, 'node', r.node, 'reason', r.reason, 'restock', r.restock,
        'refund_minor', r.refund_minor, 'returned_at', r.returned_at,
        'lines', (select json_agg(json_build_object('line', l.position, 'quantity', l.quantity,
            'refund_minor', l.refund_minor) order by l.position)
            from orders.return_line as l where l.return_id = r.id)) order by r.id), '[]')
        from orders.customer_return as r where r.order_id = k.id)::text,
    (select coalesce(json_agg(json_build_object('line', f.position, 'code', f.code, 'detail', f.detail)
        order by f.id), '[]') from orders.finding as f where f.order_id = k.id)::text
from (select %b::bigint as id) as k
"""


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders a list shows; what is None does not narrow it. Channel, node and variant are ids.

    `placed_from` belongs to the span, `placed_to` does not.
    """

    channel: int | None = None
    node: int | None = None
    variant: int | None = None
    state: str | None = None
    kind: str | None = None
    customer: str | None = None
    external_id: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """An order in a list."""

    id: int
    channel: str
    node: str
    external_id: str
    kind: str
    state: str
    payment: str
    customer: str
    currency: str
    total_minor: int
    due_minor: int
    paid_minor: int
    occurred_at: datetime
    expires_at: datetime | None
    revision: int


class LineDiscount(msgspec.Struct, frozen=True, gc=False):
    """What a kind of discount took off a line."""

    kind: str
    amount_minor: int


class HoldView(msgspec.Struct, frozen=True, gc=False):
    """What is promised of a line and not shipped yet, where, and until when (None: until it is shipped)."""

    id: int
    node: str
    quantity: int
    expires_at: datetime | None


class LineView(msgspec.Struct, frozen=True, gc=False):
    """A line of an order as it stands. A sale names no unit price: it says what was charged."""

    line: int
    sku: str
    unit: str
    quantity: int
    unit_price_minor: int | None
    amount_minor: int
    discount_minor: int
    discounts: tuple[LineDiscount, ...]
    shipped: int
    cancelled: int
    returned: int
    hold: HoldView | None


class TenderView(msgspec.Struct, frozen=True, gc=False):
    """A payment, or a refund when it is negative."""

    id: int
    kind: str
    amount_minor: int
    reference: str
    occurred_at: datetime


class TaxView(msgspec.Struct, frozen=True, gc=False):
    """A tax as it was given."""

    name: str
    amount_minor: int
    rate_millionths: int
    included: bool


class MovedLine(msgspec.Struct, frozen=True, gc=False):
    """So much of a line, in a shipment or a return; `refund_minor` is 0 in a shipment."""

    line: int
    quantity: int
    refund_minor: int = 0


class ShipmentView(msgspec.Struct, frozen=True):
    """What left a node together."""

    id: int
    node: str
    carrier: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[MovedLine, ...]


class ReturnView(msgspec.Struct, frozen=True):
    """What came back together."""

    id: int
    node: str
    reason: str
    restock: bool
    refund_minor: int
    returned_at: datetime
    lines: tuple[MovedLine, ...]


class FindingView(msgspec.Struct, frozen=True, gc=False):
    """What was odd about a recorded fact and was carried all the same; `line` is None when it is the whole order."""

    line: int | None
    code: str
    detail: str


class OrderView(msgspec.Struct, frozen=True):
    """An order as it stands; `revision` grows with every change."""

    id: int
    channel: str
    node: str
    external_id: str
    kind: str
    state: str
    payment: str
    customer: str
    currency: str
    total_minor: int
    due_minor: int
    added_tax_minor: int
    paid_minor: int
    expires_at: datetime | None
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    lines: tuple[LineView, ...]
    tenders: tuple[TenderView, ...]
    taxes: tuple[TaxView, ...]
    shipments: tuple[ShipmentView, ...]
    returns: tuple[ReturnView, ...]
    findings: tuple[FindingView, ...]


class _Line(msgspec.Struct, frozen=True, gc=False):
    line: int
    variant: int
    quantity: int
    unit_price_minor: int | None
    amount_minor: int
    discount_minor: int
    shipped: int
    cancelled: int
    returned: int
    hold: int | None
    discounts: tuple[LineDiscount, ...]


class _Shipment(msgspec.Struct, frozen=True):
    id: int
    node: int
    carrier: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[MovedLine, ...]


class _Return(msgspec.Struct, frozen=True):
    id: int
    node: int
    reason: str
    restock: bool
    refund_minor: int
    returned_at: datetime
    lines: tuple[MovedLine, ...]


_lines = msgspec.json.Decoder(tuple[_Line, ...]).decode
_tenders = msgspec.json.Decoder(tuple[TenderView, ...]).decode
_taxes = msgspec.json.Decoder(tuple[TaxView, ...]).decode
_shipments = msgspec.json.Decoder(tuple[_Shipment, ...]).decode
_returns = msgspec.json.Decoder(tuple[_Return, ...]).decode
_findings = msgspec.json.Decoder(tuple[FindingView, ...]).decode


def node_of(order: int) -> Query[int | None]:
    """The node that promises, ships or sold an order; None when there is no such order."""
    return Query(
        "select node from orders.customer_order where id = %b::bigint",
        (order,),
        lambda rows: rows[0][0] if rows else None,
    )


def revision_of(order: int) -> Query[tuple[int, int] | None]:
    """(revision, node) of an order; None when there is no such order."""
    return Query(
        "select revision, node from orders.customer_order where id = %b::bigint",
        (order,),
        lambda rows: (rows[0][0], rows[0][1]) if rows else None,
    )


def count_findings() -> Query[dict[str, int]]:
    """How many findings there are of each code."""
    return Query("select code, count(*) from orders.finding group by code order by code", (), dict)


async def order_view(connection: Connection, number: int) -> OrderView | None:
    """The whole order, None when there is none. Two round trips; the connection is that of a snapshot."""
    heads, parts, holds = await ask(
        connection,
        Query(f"{_HEAD} where o.id = %b::bigint", (number,), lambda rows: rows),
        Query(_WHOLE, (number,), lambda rows: rows[0]),
        live_holds([number]),
    )
    if not heads:
        return None
    head = heads[0]
    lines, shipments, returns = _lines(parts[0]), _shipments(parts[3]), _returns(parts[4])
    channels, nodes, variants = await ask(
        connection,
        catalog.channels_by_id([head[1]]),
        catalog.nodes_by_id({head[2], *(one.node for one in shipments), *(one.node for one in returns)}),
        catalog.variants_by_id({line.variant for line in lines}),
    )
    codes = {node.id: node.code for node in nodes.values()}
    live = {hold.id: HoldView(hold.id, codes[hold.place], hold.open, head[12]) for hold in holds}
    return OrderView(
        **_named(head, channels[head[1]].code, codes[head[2]]),
        added_tax_minor=head[10],
        recorded_at=head[14],
        lines=tuple([_line(line, variants[line.variant], live) for line in lines]),
        tenders=_tenders(parts[1]),
        taxes=_taxes(parts[2]),
        shipments=tuple([ShipmentView(one.id, codes[one.node], *_rest(one)) for one in shipments]),
        returns=tuple([ReturnView(one.id, codes[one.node], *_rest(one)) for one in returns]),
        findings=_findings(parts[5]),
    )


async def list_orders(
    connection: Connection, wanted: OrderFilter, limit: int, before: tuple[datetime, int] | None = None
) -> list[OrderRow]:
    """Up to `limit` orders, latest first, behind the one with this (occurred_at, id)."""
    conditions, parameters = _conditions(wanted)
    if before is not None:
        conditions.append("(o.occurred_at, o.id) < (%b::timestamptz, %b::bigint)")
        parameters += before
    where = f"where {' and '.join(conditions)}" if conditions else ""
    sql = f"{_HEAD} {where} order by o.occurred_at desc, o.id desc limit %b::bigint"
    (rows,) = await ask(connection, Query(sql, (*parameters, min(limit, PAGE_MAX)), lambda found: found))
    channels, nodes = await ask(
        connection,
        catalog.channels_by_id({row[1] for row in rows}),
        catalog.nodes_by_id({row[2] for row in rows}),
    )
    return [OrderRow(**_named(row, channels[row[1]].code, nodes[row[2]].code)) for row in rows]


def _conditions(wanted: OrderFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    parameters: list[object] = []
    for condition, value in (
        ("o.channel = %b::bigint", wanted.channel),
        ("o.node = %b::bigint", wanted.node),
        ("o.state = %b::text", wanted.state),
        ("o.kind = %b::text", wanted.kind),
        ("o.customer = %b::text", wanted.customer),
        ("o.external_id = %b::text", wanted.external_id),
        ("o.occurred_at >= %b::timestamptz", wanted.placed_from),
        ("o.occurred_at < %b::timestamptz", wanted.placed_to),
        (
            "exists (select from orders.order_line as l where l.order_id = o.id and l.variant = %b::bigint)",
            wanted.variant,
        ),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    return conditions, parameters


def _named(head: Row, channel: str, node: str) -> dict[str, Any]:
    """What a list and the whole order both show."""
    return {
        "id": head[0],
        "channel": channel,
        "node": node,
        "external_id": head[3],
        "kind": head[4],
        "state": head[5],
        "payment": payment_state(head[11], head[9]),
        "customer": head[6],
        "currency": head[7],
        "total_minor": head[8],
        "due_minor": head[9],
        "paid_minor": head[11],
        "expires_at": head[12],
        "occurred_at": head[13],
        "revision": head[15],
    }


def _rest(one: _Shipment | _Return) -> tuple[Any, ...]:
    """The fields behind `id` and `node`, which the view has in the same order."""
    return msgspec.structs.astuple(one)[2:]


def _line(line: _Line, variant: catalog.Variant, holds: dict[int, HoldView]) -> LineView:
    return LineView(
        line=line.line,
        sku=variant.sku,
        unit=variant.unit,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        discounts=line.discounts,
        shipped=line.shipped,
        cancelled=line.cancelled,
        returned=line.returned,
        hold=None if line.hold is None else holds.get(line.hold),
    )
