"""What happened to an order, as its page shows it."""

from datetime import datetime

import msgspec

from mainstem.platform.query import Query

TIMELINE_MAX = 200
"""Events that a timeline shows."""

_TIMELINE = """
select e.id, e.type, e.actor, coalesce(p.name, ''), e.trace, e.occurred_at, e.payload::text
from platform.event as e left join platform.principal as p on p.id = e.actor
where e.subject = %b::bigint order by e.id desc limit %b::bigint
"""


class Happening(msgspec.Struct, frozen=True):
    """An event of an order; `actor` is the name of who did it, "" for the system itself; `payload` is JSON."""

    id: int
    type: str
    actor_id: int
    actor: str
    trace: str
    occurred_at: datetime
    payload: str


def timeline(order: int) -> Query[list[Happening]]:
    """The last events of an order, latest first."""
    return Query(_TIMELINE, (order, TIMELINE_MAX), lambda rows: [Happening(*row) for row in rows])
