"""What happened to a customer, as the events of this room tell it: to his accounts and to his store credit."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query

KINDS: dict[str, tuple[str, ...]] = {
    "membership": ("member_enrolled", "tier_changed"),
    "points": (
        *(f"points_{what}" for what in ("earned", "available", "held", "burned", "released", "taken_back")),
        *(f"points_{what}" for what in ("given_back", "expired", "transferred", "adjusted")),
        "adjustment_waiting",
        "adjustment_declined",
    ),
    "benefit": ("benefit_granted", "benefit_used", "benefit_expired"),
    "credit": (
        "credit_issued",
        *(f"card_{what}" for what in ("loaded", "held", "paid", "released", "refunded", "frozen", "unfrozen")),
        "card_expired",
    ),
}
"""Types of events by what they are about, without the name of the room."""

_HAPPENED = """
with subject as (
    select id from loyalty.account where record = any(%b::bigint[])
    union all
    select id from loyalty.card where record = any(%b::bigint[])
), told as (
    select e.id, e.type, e.subject, e.occurred_at, e.recorded_at, e.actor, e.trace, e.payload
    from subject as s cross join lateral (
        select * from platform.event as e where e.subject = s.id
          and e.type = any(%b::text[]) and (e.occurred_at, e.id) < (%b::timestamptz, %b::bigint)
        offset 0
    ) as e
    order by e.occurred_at desc, e.id desc limit %b::bigint
)
select t.id, t.type, t.subject, t.occurred_at, t.recorded_at, t.actor, coalesce(p.name, ''), t.trace, t.payload::text
from told as t left join platform.principal as p on p.id = t.actor
order by t.occurred_at desc, t.id desc
"""


class LoyaltyEvent(msgspec.Struct, frozen=True):
    """An event of the room. `actor` is the name of who did it, "" for the system; `payload` is JSON."""

    id: int
    type: str
    subject: int
    occurred_at: datetime
    recorded_at: datetime
    actor_id: int
    actor: str
    trace: str
    payload: str


def happened(
    records: Collection[int], kinds: Collection[str], before: tuple[datetime, int], limit: int
) -> Query[list[LoyaltyEvent]]:
    """Up to `limit` events of accounts and store credit of these records, latest first, behind a position."""
    ids = Bigints(records)
    types = Texts([f"loyalty.{name}" for kind in KINDS if kind in kinds for name in KINDS[kind]])
    return Query(_HAPPENED, (ids, ids, types, *before, limit), lambda rows: [LoyaltyEvent(*row) for row in rows])
