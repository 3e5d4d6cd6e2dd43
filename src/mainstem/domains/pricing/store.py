"""All SQL that locks or writes prices."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.pricing.rules import Scope, Span
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.work import Work

LOCK_KEY = 0x7072696365
"""The advisory lock of whoever sets prices: "price" in ASCII. Timelines are changed by one batch at a time."""

_LOCK = "select pg_advisory_xact_lock(%b::bigint)"
_CLOCK = "select clock_timestamp()"

# Two branches, because an index finds `node is null` and `node = x`, but not `node is not distinct from x`.
_TIMELINES = """
with k as (
    select * from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[])
        as k (variant, channel, node, currency, start)
)
select p.variant, p.channel, p.node, p.currency, p.id, p.valid_from, nullif(p.valid_until, 'infinity')
from k join pricing.price as p on p.variant = k.variant and p.node is null and p.valid_until > k.start
where k.node is null and p.channel is not distinct from k.channel and p.currency = k.currency
union all
select p.variant, p.channel, p.node, p.currency, p.id, p.valid_from, nullif(p.valid_until, 'infinity')
from k join pricing.price as p on p.variant = k.variant and p.node = k.node and p.valid_until > k.start
where p.channel is not distinct from k.channel and p.currency = k.currency
"""

_END = """
update pricing.price as p set valid_until = n.valid_until
from unnest(%b::bigint[], %b::timestamptz[]) as n (id, valid_until)
where p.id = n.id
"""

_ADD = """
insert into pricing.price
    (id, variant, channel, node, currency, amount_minor, valid_from, valid_until, derived, recorded_at, actor)
select id, variant, channel, node, currency, amount_minor, valid_from, coalesce(valid_until, 'infinity'), derived,
    %b::timestamptz, actor
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::timestamptz[],
    %b::timestamptz[], %b::text[], %b::bigint[])
    as n (id, variant, channel, node, currency, amount_minor, valid_from, valid_until, derived, actor)
"""


class NewPrice(msgspec.Struct, frozen=True):
    """A price that begins to be in force within a scope at a moment; its end is known when the batch is decided."""

    scope: Scope
    span: Span
    amount_minor: int
    derived: str
    actor: int


async def load_timelines(
    work: Work, starts: Iterable[tuple[Scope, datetime]]
) -> tuple[dict[Scope, list[Span]], datetime]:
    """Lock all timelines; of the scopes named, the spans that reach beyond the earliest start named with each.

    Also the moment of the lock, which is that of recording: whoever commits later has a later one.
    """
    earliest: dict[Scope, datetime] = {}
    for scope, start in starts:
        earliest[scope] = min(start, earliest.get(scope, start))
    _, rows, clock = await work.read(
        (_LOCK, (LOCK_KEY,)),
        (
            _TIMELINES,
            (
                Bigints(scope[0] for scope in earliest),
                Bigints(scope[1] for scope in earliest),
                Bigints(scope[2] for scope in earliest),
                [scope[3] for scope in earliest],
                Moments(earliest.values()),
            ),
        ),
        (_CLOCK, ()),
    )
    timelines: dict[Scope, list[Span]] = {scope: [] for scope in earliest}
    for variant, channel, node, currency, price, start, end in rows:
        timelines[variant, channel, node, currency].append(Span(price, start, end))
    return timelines, clock[0][0]


def save(work: Work, timelines: dict[Scope, list[Span]], added: Sequence[NewPrice], now: datetime) -> None:
    """Queue the new prices and the new ends of those before them."""
    new = {price.span.id for price in added}
    ended = [span for spans in timelines.values() for span in spans if span.changed and span.id not in new]
    if ended:
        work.write(_END, Bigints(span.id for span in ended), Moments(span.end for span in ended))
    if added:
        work.write(
            _ADD,
            now,
            Bigints(price.span.id for price in added),
            Bigints(price.scope[0] for price in added),
            Bigints(price.scope[1] for price in added),
            Bigints(price.scope[2] for price in added),
            [price.scope[3] for price in added],
            Bigints(price.amount_minor for price in added),
            Moments(price.span.start for price in added),
            Moments(price.span.end for price in added),
            [price.derived for price in added],
            Bigints(price.actor for price in added),
        )
