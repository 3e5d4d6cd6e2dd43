"""All SQL that locks or writes orders with their lines."""

from collections.abc import Iterable, Sequence

import msgspec

from mainstem.domains.orders.rules import Line, Order
from mainstem.platform.arrays import Bigints, Byteas, Moments, Texts
from mainstem.platform.query import Query
from mainstem.platform.work import Work

_LOCK_ORDERS = """
select id, channel, node, kind, state, currency, total_minor, occurred_at, external_id, fingerprint, customer,
    due_minor, added_tax_minor, paid_minor, expires_at, revision, undelivered, delivery_minor, checkout
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

# What only few orders have is not sent for all the others.
_INSERT_CHECKOUTS = """
insert into orders.customer_order (id, channel, node, due_minor, kind, state, occurred_at, total_minor, added_tax_minor,
    paid_minor, customer, currency, external_id, expires_at, fingerprint, delivery_minor, checkout)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[],
    %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::bytea[],
    %b::bigint[], %b::text[])
"""

_INSERT_LINES = """
insert into orders.order_line (order_id, position, variant, quantity, unit_price_minor, discount_minor, amount_minor,
    hold, shipped)
select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[],
    %b::bigint[], %b::bigint[])
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


class Known(msgspec.Struct, frozen=True, gc=False):
    """An order that exists already under an external id."""

    id: int
    fingerprint: bytes
    total_minor: int


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
            delivery_minor=row[17],
            checkout=row[18],
            lines=found.get(row[0], []),
        )
        for row in orders
    }


def insert(work: Work, orders: Sequence[Order]) -> None:
    """Queue new orders and their lines."""
    plain = [o for o in orders if o.checkout is None and not o.delivery_minor]
    if plain:
        work.write(_INSERT_ORDERS, *_heads(plain))
    if len(plain) < len(orders):
        rich = [o for o in orders if o.checkout is not None or o.delivery_minor]
        delivery, checkouts = Bigints(o.delivery_minor for o in rich), [o.checkout for o in rich]
        work.write(_INSERT_CHECKOUTS, *_heads(rich), delivery, checkouts)
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


def _heads(orders: Sequence[Order]) -> tuple[object, ...]:
    """Columns of the heads of orders."""
    return (
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


async def due(work: Work, limit: int) -> list[int]:
    """Unpaid orders whose promise has ended; those somebody else is working on are left for the next time."""
    statement = (
        "select id from orders.customer_order where expires_at <= %b and state = 'placed'"
        " order by expires_at limit %b for update skip locked"
    )
    (rows,) = await work.read((statement, (work.now, limit)))
    return [row[0] for row in rows]
