"""Reads of one order."""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains import catalog, customers
from mainstem.domains.orders.queries.heads import HEAD, named
from mainstem.domains.orders.queries.views import (
    FindingView,
    HoldView,
    LineDiscount,
    LineView,
    MovedLine,
    OrderView,
    ReturnView,
    ShipmentView,
    TaxView,
    TenderView,
)
from mainstem.ledger.balances import live_holds
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault

_WHOLE = """
select
    (select coalesce(json_agg(json_build_object('line', l.position, 'variant', l.variant, 'quantity', l.quantity,
        'unit_price_minor', l.unit_price_minor, 'amount_minor', l.amount_minor, 'discount_minor', l.discount_minor,
        'shipped', l.shipped, 'cancelled', l.cancelled, 'returned', l.returned, 'hold', l.hold,
        'discounts', (select coalesce(json_agg(json_build_object('kind', d.kind, 'amount_minor', d.amount_minor,
            'code', d.code) order by d.kind, d.code), '[]') from orders.line_discount as d
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


async def order_view(connection: Connection, vault: Vault, number: int, *, clear: bool = False) -> OrderView | None:
    """The whole order, None when there is none. Two round trips; the connection is that of a snapshot.

    The customer's reference is masked but for its end, unless it is wanted in the clear.
    """
    heads, parts, holds = await ask(
        connection,
        Query(f"{HEAD} where o.id = %b::bigint", (number,), lambda rows: rows),
        Query(_WHOLE, (number,), lambda rows: rows[0]),
        live_holds([number]),
    )
    if not heads:
        return None
    head = heads[0]
    lines, shipments, returns = _lines(parts[0]), _shipments(parts[3]), _returns(parts[4])
    channels, nodes, variants, people = await ask(
        connection,
        catalog.channels_by_id([head[1]]),
        catalog.nodes_by_id({head[2], *(one.node for one in shipments), *(one.node for one in returns)}),
        catalog.variants_by_id({line.variant for line in lines}),
        customers.named(vault, [head[6]] if head[6] is not None else [], clear=clear),
    )
    codes = {node.id: node.code for node in nodes.values()}
    mine = {line.hold for line in lines}  # points, cards and uses are held for the order too
    live = {hold.id: HoldView(hold.id, codes[hold.place], hold.open, head[12]) for hold in holds if hold.id in mine}
    return OrderView(
        **named(head, channels[head[1]].code, codes[head[2]], people),
        added_tax_minor=head[10],
        delivery_minor=head[16],
        recorded_at=head[14],
        lines=tuple([_line(line, variants[line.variant], live) for line in lines]),
        tenders=_tenders(parts[1]),
        taxes=_taxes(parts[2]),
        shipments=tuple([ShipmentView(one.id, codes[one.node], *_rest(one)) for one in shipments]),
        returns=tuple([ReturnView(one.id, codes[one.node], *_rest(one)) for one in returns]),
        findings=_findings(parts[5]),
    )


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
