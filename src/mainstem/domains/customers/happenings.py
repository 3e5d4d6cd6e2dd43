"""What happened to a customer, as the events of this room tell it: of every record that belongs to him today."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec

from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.query import Query, Row

KINDS: dict[str, tuple[str, ...]] = {
    "record": ("record_identified", "record_introduced"),
    "identity": ("customers_merged", "customer_split", "household_corrected"),
    "consent": ("consent_given", "consent_withdrawn"),
    "request": (
        *(
            f"request_{state}"
            for state in ("received", "identity_checked", "in_progress", "done", "refused", "withdrawn")
        ),
        "restricted",
        "restriction_lifted",
        "erased",
    ),
    "tag": ("tag_set", "tag_removed"),
    "segment": ("segment_entered", "segment_left"),
    "seen": ("customer_unmasked", "privacy_link_made", "privacy_page_opened", "privacy_code_wrong"),
}
"""Types of events by what they are about, without the name of the room."""

BY_CHANNEL = ("record", "consent")
"""Kinds that come through a channel: that of the record."""

# An order introduces a record without an event of this room; it has one as soon as somebody describes it.
_INTRODUCED = """
select r.id, 'customers.record_introduced', r.id, r.created_at, r.created_at, 0::bigint, '', '',
    json_build_object('source', r.source)::text, r.source
from customers.source_record as r
where r.id = any(%b::bigint[]) and r.revision = 0 and 'customers.record_introduced' = any(%b::text[])
  and (%b::text = '' or r.source = %b::text) and (r.created_at, r.id) < (%b::timestamptz, %b::bigint)
"""

_EVENTS = """
with subject as (
    select id, source from customers.source_record
    where id = any(%b::bigint[]) and (%b::text = '' or source = %b::text)
    union all
    select q.id, r.source from customers.rights_request as q join customers.source_record as r on r.id = q.record
    where q.record = any(%b::bigint[]) and %b::text = ''
), told as (
    select e.id, e.type, e.subject, e.occurred_at, e.recorded_at, e.actor, e.trace, e.payload, s.source
    from subject as s cross join lateral (
        select * from platform.event as e where e.subject = s.id
          and e.type = any(%b::text[]) and (e.occurred_at, e.id) < (%b::timestamptz, %b::bigint)
        offset 0
    ) as e
    order by e.occurred_at desc, e.id desc limit %b::bigint
)
select t.id, t.type, t.subject, t.occurred_at, t.recorded_at, t.actor, coalesce(p.name, ''), t.trace, t.payload::text,
    t.source
from told as t left join platform.principal as p on p.id = t.actor
"""

_HAPPENED = f"""
select * from ({_EVENTS}) as told union all select * from ({_INTRODUCED}) as introduced
order by 4 desc, 1 desc limit %b::bigint
"""  # noqa: S608 - constants

EVER = (datetime.max.replace(tzinfo=UTC) - timedelta(days=1), 2**63 - 1)
"""The position before the latest."""

Position = tuple[datetime, int]
"""(moment, id) of what happened: the list goes on behind it."""


class CustomerEvent(msgspec.Struct, frozen=True):
    """An event of the room. `actor` is the name of who did it, "" for the system; `payload` is JSON, without values."""

    id: int
    type: str
    subject: int
    occurred_at: datetime
    recorded_at: datetime
    actor_id: int
    actor: str
    trace: str
    payload: str
    source: str


def happened(
    records: Collection[int], kinds: Collection[str], channel: str, before: Position, limit: int
) -> Query[list[CustomerEvent]]:
    """Up to `limit` events of these records, latest first, behind a position; of these kinds.

    With a channel only what came through it (`BY_CHANNEL`).
    """
    ids = Bigints(records)
    asked = [kind for kind in KINDS if kind in kinds and (not channel or kind in BY_CHANNEL)]
    types = Texts([f"customers.{name}" for kind in asked for name in KINDS[kind]])
    told = (ids, channel, channel, ids, channel, types, *before, limit)
    introduced = (ids, types, channel, channel, *before)
    return Query(_HAPPENED, (*told, *introduced, limit), _events)


def _events(rows: list[Row]) -> list[CustomerEvent]:
    return [CustomerEvent(*row) for row in rows]
