"""Orders as the people at a node meet them: what waits to be picked."""

from datetime import datetime

import msgspec

from mainstem.domains.orders.waiting import OPEN, is_late
from mainstem.platform.arrays import Texts
from mainstem.platform.query import Query


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """An order that its node can pick now: so many lines are open. `channel` is an id."""

    id: int
    channel: int
    external_id: str
    state: str
    occurred_at: datetime
    lines: int

    def late(self, now: datetime) -> bool:
        """Whether it has waited too long."""
        return is_late(self.state, self.occurred_at, None, now)


_TO_PICK = """
select o.id, o.channel, o.external_id, o.state, o.occurred_at, l.lines
from (
    select id, channel, external_id, state, occurred_at from orders.customer_order
    where node = %b::bigint and kind = 'order' and state = any(%b::text[])
      and (state <> 'placed' or paid_minor >= due_minor)
    order by occurred_at, id limit %b::bigint
) as o
cross join lateral (
    select count(*) filter (where quantity > shipped + cancelled) as lines
    from orders.order_line where order_id = o.id
) as l
order by o.occurred_at, o.id
"""


def orders_to_pick(node: int, limit: int) -> Query[list[Waiting]]:
    """Up to `limit` orders that are open at a node and allocated or paid, those that wait longest first."""
    return Query(_TO_PICK, (node, Texts(OPEN), limit), lambda rows: [Waiting(*row) for row in rows])
