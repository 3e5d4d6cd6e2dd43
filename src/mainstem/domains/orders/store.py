"""All SQL that locks or writes orders."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.orders import contracts as c
from mainstem.domains.orders.rules import Line, Order
from mainstem.platform.arrays import Bigints, Byteas, Moments, Texts
from mainstem.platform.query import Query
from mainstem.platform.work import Work

_LOCK_ORDERS = """
select id, channel, node, kind, state, currency, total_minor, occurred_at, external_id, fingerprint, customer,
    due_minor, added_tax_minor, paid_minor, expires_at, revision, undelivered
from orders.customer_order where id = any(%b::bigint[]) order by id for update
"""

_LOCK_LINES = """
select order_id, position, variant, quantity, unit_price_minor, discount_minor, amount_minor, hold,
    shipped, cancelled, returned
from orders.order_line where order_id = any(%b::bigint[]) order by order_id, position
"""

_INSERT_ORDERS = """
insert into orders.customer_order (id, channel, node, due_minor, kind, state, occurred_at, total_minor, added_tax_minor,
    paid_minor, customer, currency, external_id, expires_at, fingerprint)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[],
    %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::bytea[])
"""

_INSERT_LINES = """
insert into orders.order_line (order_id, position, variant, quantity, unit_price_minor, discount_minor, amount_minor,
    hold, shipped)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::bigint[], %b::bigint[])
"""

_INSERT_DISCOUNTS = """
insert into orders.line_discount (order_id, position, kind, amount_minor)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[])
"""

_INSERT_TENDERS = """
insert into orders.tender (id, order_id, kind, amount_minor, reference, occurred_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::timestamptz[])
"""

_INSERT_TAXES = """
insert into orders.tax_line (order_id, position, name, amount_minor, rate_millionths, included)
select * from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::boolean[])
"""

_INSERT_FINDINGS = """
insert into orders.finding (id, order_id, position, code, detail)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[])
"""

_UPDATE_ORDERS = """
update orders.customer_order as o
set node = n.node, state = n.state, due_minor = n.due_minor, paid_minor = n.paid_minor, expires_at = n.expires_at,
    undelivered = n.undelivered, revision = o.revision + 1
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::bigint[])
    as n (id, node, state, due_minor, paid_minor, expires_at, undelivered)
where o.id = n.id
"""

_UPDATE_LINES = """
update orders.order_line as l
set hold = n.hold, shipped = n.shipped, cancelled = n.cancelled, returned = n.returned
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
    as n (order_id, position, hold, shipped, cancelled, returned)
where l.order_id = n.order_id and l.position = n.position
"""

_INSERT_SHIPMENTS = """
insert into orders.shipment (id, order_id, node, carrier, tracking, shipped_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
"""

_INSERT_SHIPMENT_LINES = """
insert into orders.shipment_line (shipment, position, quantity)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[])
"""

_INSERT_RETURNS = """
insert into orders.customer_return (id, order_id, node, reason, restock, refund_minor, returned_at)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::boolean[], %b::bigint[],
    %b::timestamptz[])
"""

_INSERT_RETURN_LINES = """
insert into orders.return_line (return_id, position, quantity, refund_minor)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
"""


class Known(msgspec.Struct, frozen=True, gc=False):
    """An order that exists already under an external id."""

    id: int
    fingerprint: bytes
    total_minor: int


class Finding(msgspec.Struct, frozen=True, gc=False):
    """Something odd about a recorded fact."""

    order: int
    position: int | None
    code: str
    detail: str = ""


class Shipment(msgspec.Struct, frozen=True):
    """What left a node together."""

    id: int
    order: int
    node: int
    carrier: str
    tracking: str
    lines: Sequence[tuple[int, int]]


class Return(msgspec.Struct, frozen=True):
    """What came back together: (position, quantity, refund_minor) for each line."""

    id: int
    order: int
    node: int
    reason: str
    restock: bool
    refund_minor: int
    lines: Sequence[tuple[int, int, int]]


def known_sales(
    channels: Sequence[int], nodes: Sequence[int], external_ids: Sequence[str]
) -> Query[dict[tuple[int, int, str], Known]]:
    """The sales that exist under (channel, node, external id)."""
    return Query(
        "select o.channel, o.node, o.external_id, o.id, o.fingerprint, o.total_minor"
        " from unnest(%b::bigint[], %b::bigint[], %b::text[]) as k (channel, node, external_id)"
        " join orders.customer_order as o on o.channel = k.channel and o.external_id = k.external_id"
        " and (case o.kind when 'sale' then o.node end) = k.node and o.external_id <> ''",
        (Bigints(channels), Bigints(nodes), Texts(external_ids)),
        lambda rows: {(row[0], row[1], row[2]): Known(*row[3:]) for row in rows},
    )


def known_orders(channels: Sequence[int], external_ids: Sequence[str]) -> Query[dict[tuple[int, str], Known]]:
    """The orders that exist under (channel, external id)."""
    return Query(
        "select o.channel, o.external_id, o.id, o.fingerprint, o.total_minor"
        " from unnest(%b::bigint[], %b::text[]) as k (channel, external_id)"
        " join orders.customer_order as o on o.channel = k.channel and o.external_id = k.external_id"
        " and (case o.kind when 'sale' then o.node end) is null and o.external_id <> ''",
        (Bigints(channels), Texts(external_ids)),
        lambda rows: {(row[0], row[1]): Known(*row[2:]) for row in rows},
    )


async def lock(work: Work, ids: Iterable[int]) -> dict[int, Order]:
    """The orders with their lines, locked in the order of their ids until the transaction ends."""
    wanted = sorted(set(ids))
    orders, lines = await work.read((_LOCK_ORDERS, (Bigints(wanted),)), (_LOCK_LINES, (Bigints(wanted),)))
    found: dict[int, list[Line]] = {}
    for row in lines:
        found.setdefault(row[0], []).append(Line(*row[1:]))
    return {
        row[0]: Order(
            row[0],
            channel=row[1],
            node=row[2],
            kind=row[3],
            state=row[4],
            currency=row[5],
            total_minor=row[6],
            occurred_at=row[7],
            external_id=row[8],
            fingerprint=row[9],
            customer=row[10],
            due_minor=row[11],
            added_tax_minor=row[12],
            paid_minor=row[13],
            expires_at=row[14],
            revision=row[15],
            undelivered=row[16],
            lines=found.get(row[0], []),
        )
        for row in orders
    }


def insert(work: Work, orders: Sequence[Order]) -> None:
    """Queue new orders and their lines."""
    work.write(
        _INSERT_ORDERS,
        Bigints(o.id for o in orders),
        Bigints(o.channel for o in orders),
        Bigints(o.node for o in orders),
        Bigints(o.due_minor for o in orders),
        Texts([o.kind for o in orders]),
        Texts([o.state for o in orders]),
        Moments(o.occurred_at for o in orders),
        Bigints(o.total_minor for o in orders),
        Bigints(o.added_tax_minor for o in orders),
        Bigints(o.paid_minor for o in orders),
        Bigints(o.customer for o in orders),
        Texts([o.currency for o in orders]),
        Texts([o.external_id for o in orders]),
        Moments(o.expires_at for o in orders),
        Byteas(o.fingerprint for o in orders),
    )
    rows = [(o.id, line) for o in orders for line in o.lines.values()]
    if rows:
        work.write(
            _INSERT_LINES,
            Bigints([id_ for id_, _ in rows]),
            Bigints([line.position for _, line in rows]),
            Bigints([line.variant for _, line in rows]),
            Bigints([line.quantity for _, line in rows]),
            Bigints([line.unit_price_minor for _, line in rows]),
            Bigints([line.discount_minor for _, line in rows]),
            Bigints([line.amount_minor for _, line in rows]),
            Bigints([line.hold for _, line in rows]),
            Bigints([line.shipped for _, line in rows]),
        )


def discount_rows(order: int, lines: Sequence[c.OrderLine | c.SaleLine]) -> list[tuple[int, int, str, int]]:
    """The discounts of lines as (order, position, kind, amount_minor), one row for each kind of a line."""
    rows: list[tuple[int, int, str, int]] = []
    for position, line in enumerate(lines, 1):
        if len(line.discounts) == 1:
            rows.append((order, position, line.discounts[0].kind, line.discounts[0].amount_minor))
        elif line.discounts:
            kinds: dict[str, int] = {}
            for discount in line.discounts:
                kinds[discount.kind] = kinds.get(discount.kind, 0) + discount.amount_minor
            rows += [(order, position, kind, amount) for kind, amount in kinds.items()]
    return rows


def insert_discounts(work: Work, rows: Sequence[tuple[int, int, str, int]]) -> None:
    """Queue discounts as (order, position, kind, amount_minor), one for each kind of a line."""
    if rows:
        work.write(
            _INSERT_DISCOUNTS,
            Bigints([row[0] for row in rows]),
            Bigints([row[1] for row in rows]),
            Texts([row[2] for row in rows]),
            Bigints([row[3] for row in rows]),
        )


def insert_tenders(work: Work, rows: Sequence[tuple[int, c.Tender, datetime]]) -> None:
    """Queue tenders as (order, tender, moment)."""
    if rows:
        work.write(
            _INSERT_TENDERS,
            Bigints([work.ids.take() for _ in rows]),
            Bigints([row[0] for row in rows]),
            Texts([row[1].kind for row in rows]),
            Bigints([row[1].amount_minor for row in rows]),
            Texts([row[1].reference for row in rows]),
            Moments([row[2] for row in rows]),
        )


def insert_taxes(work: Work, rows: Sequence[tuple[int, int, c.TaxLine]]) -> None:
    """Queue tax lines as (order, position, tax)."""
    if rows:
        work.write(
            _INSERT_TAXES,
            Bigints([row[0] for row in rows]),
            Bigints([row[1] for row in rows]),
            [row[2].name for row in rows],
            Bigints([row[2].amount_minor for row in rows]),
            Bigints([row[2].rate_millionths for row in rows]),
            [row[2].included for row in rows],
        )


def insert_findings(work: Work, rows: Sequence[Finding]) -> None:
    """Queue findings."""
    if rows:
        work.write(
            _INSERT_FINDINGS,
            Bigints([work.ids.take() for _ in rows]),
            Bigints([row.order for row in rows]),
            Bigints([row.position for row in rows]),
            Texts([row.code for row in rows]),
            Texts([row.detail for row in rows]),
        )


def update(work: Work, orders: Sequence[Order]) -> None:
    """Queue the new state of locked orders and their lines."""
    if not orders:
        return
    work.write(
        _UPDATE_ORDERS,
        Bigints(o.id for o in orders),
        Bigints(o.node for o in orders),
        Texts([o.state for o in orders]),
        Bigints(o.due_minor for o in orders),
        Bigints(o.paid_minor for o in orders),
        Moments(o.expires_at for o in orders),
        Bigints(o.undelivered for o in orders),
    )
    rows = [(o.id, line) for o in orders for line in o.lines.values()]
    work.write(
        _UPDATE_LINES,
        Bigints(id_ for id_, _ in rows),
        Bigints(line.position for _, line in rows),
        Bigints(line.hold for _, line in rows),
        Bigints(line.shipped for _, line in rows),
        Bigints(line.cancelled for _, line in rows),
        Bigints(line.returned for _, line in rows),
    )


def insert_shipments(work: Work, shipments: Sequence[Shipment]) -> None:
    """Queue shipments that left now."""
    if not shipments:
        return
    work.write(
        _INSERT_SHIPMENTS,
        Bigints(s.id for s in shipments),
        Bigints(s.order for s in shipments),
        Bigints(s.node for s in shipments),
        [s.carrier for s in shipments],
        [s.tracking for s in shipments],
        Moments(work.now for _ in shipments),
    )
    rows = [(s.id, position, quantity) for s in shipments for position, quantity in s.lines]
    work.write(
        _INSERT_SHIPMENT_LINES,
        Bigints(row[0] for row in rows),
        Bigints(row[1] for row in rows),
        Bigints(row[2] for row in rows),
    )


def insert_returns(work: Work, returns: Sequence[Return]) -> None:
    """Queue returns that came in now."""
    if not returns:
        return
    work.write(
        _INSERT_RETURNS,
        Bigints(r.id for r in returns),
        Bigints(r.order for r in returns),
        Bigints(r.node for r in returns),
        [r.reason for r in returns],
        [r.restock for r in returns],
        Bigints(r.refund_minor for r in returns),
        Moments(work.now for _ in returns),
    )
    rows = [(r.id, *line) for r in returns for line in r.lines]
    work.write(
        _INSERT_RETURN_LINES,
        Bigints(row[0] for row in rows),
        Bigints(row[1] for row in rows),
        Bigints(row[2] for row in rows),
        Bigints(row[3] for row in rows),
    )


async def undelivered(work: Work, orders: Iterable[int]) -> dict[int, list[int]]:
    """The shipments of each order that have not arrived."""
    statement = (
        "select order_id, id from orders.shipment where order_id = any(%b::bigint[]) and delivered_at is null"
        " order by id"
    )
    (rows,) = await work.read((statement, (Bigints(sorted(set(orders))),)))
    found: dict[int, list[int]] = {}
    for order, shipment in rows:
        found.setdefault(order, []).append(shipment)
    return found


def mark_delivered(work: Work, shipments: Sequence[int]) -> None:
    """Queue that these shipments arrived now."""
    if shipments:
        work.write(
            "update orders.shipment set delivered_at = %b where id = any(%b::bigint[])", work.now, Bigints(shipments)
        )


async def due(work: Work, limit: int) -> list[int]:
    """Unpaid orders whose promise has ended; those somebody else is working on are left for the next time."""
    statement = (
        "select id from orders.customer_order where expires_at <= %b and state = 'placed'"
        " order by expires_at limit %b for update skip locked"
    )
    (rows,) = await work.read((statement, (work.now, limit)))
    return [row[0] for row in rows]
