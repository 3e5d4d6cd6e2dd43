"""What happened to the orders and sales of a customer, latest first, whatever their number."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query

KINDS: dict[str, tuple[str, ...]] = {
    "order": ("order_placed", "sale_recorded", "order_allocated", "order_cancelled", "order_lapsed"),
    "payment": ("order_paid",),
    "shipment": ("order_shipped", "order_delivered"),
    "return": ("order_returned",),
}
"""Types of events by what they are about, without the name of the room."""

ORDERS_MAX = 5_000
"""Orders of one record that one page looks at, the latest before its position."""

# Who ordered or sold when is on the order: an event is of when it was recorded here.
_HAPPENED = """
with bought as materialized (
    select o.* from unnest(%b::bigint[]) as k (record) cross join lateral (
        select id, kind, channel, node, currency, total_minor, occurred_at from orders.customer_order
        where customer = k.record and occurred_at <= %b::timestamptz
          and (%b::bigint is null or channel = %b::bigint) and (%b::bigint is null or node = %b::bigint)
        order by occurred_at desc, id desc limit %b::bigint
    ) as o
), told as (
    select e.*, b.kind, b.channel, b.node, b.currency, b.total_minor,
        case when e.type in ('orders.order_placed', 'orders.sale_recorded') then b.occurred_at else e.occurred_at end
            as moment
    from bought as b cross join lateral (
        select * from platform.event as e where e.subject = b.id and e.type = any(%b::text[]) offset 0
    ) as e
)
select t.id, t.type, t.subject, t.moment, t.recorded_at, t.actor, coalesce(p.name, ''), t.trace, t.payload::text,
    t.kind, t.channel, t.node, t.currency, t.total_minor
from (
    select * from told where (moment, id) < (%b::timestamptz, %b::bigint) order by moment desc, id desc limit %b::bigint
) as t left join platform.principal as p on p.id = t.actor
order by t.moment desc, t.id desc
"""


class OrderEvent(msgspec.Struct, frozen=True):
    """Something that happened to an order or sale. `moment`: when it was placed or sold, else when it was recorded.

    Channel and node are ids of where the order belongs; `payload` is JSON as the event has it.
    """

    id: int
    type: str
    order: int
    moment: datetime
    recorded_at: datetime
    actor_id: int
    actor: str
    trace: str
    payload: str
    kind: str
    channel: int
    node: int
    currency: str
    total_minor: int


def happened(
    records: Collection[int],
    kinds: Collection[str],
    channel: int | None,
    node: int | None,
    before: tuple[datetime, int],
    limit: int,
) -> Query[list[OrderEvent]]:
    """Up to `limit` events of the orders of these records, latest first, behind (moment, id).

    Of orders of one channel or at one node where they are given. Of what happened to an order that `ORDERS_MAX` later
    ones of its record stand before, nothing is told but on the pages of its own time.
    """
    types = Texts([f"orders.{name}" for kind in KINDS if kind in kinds for name in KINDS[kind]])
    asked = (Bigints(records), before[0], channel, channel, node, node, ORDERS_MAX, types, *before, limit)
    return Query(_HAPPENED, asked, lambda rows: [OrderEvent(*row) for row in rows])
