"""Where something has run out that was in demand: for pages that ask now and then, not for requests."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


class Exhausted(msgspec.Struct, frozen=True, gc=False):
    """An asset of which nothing is free at a place; `left` is how much went away, `last` when it last did."""

    place: int
    asset: int
    posted: int
    held: int
    left: int
    last: datetime


# The demand is added up first: one pass over the span, instead of a look at the movements of every empty balance.
_EXHAUSTED = """
select b.place, b.asset, b.posted, b.held, m.quantity, m.last
from (
    select asset, source, sum(quantity)::bigint as quantity, max(occurred_at) as last
    from ledger.movement
    where target = %b::bigint and occurred_at >= %b::timestamptz and occurred_at < %b::timestamptz
    group by asset, source
) as m
join ledger.balance as b on b.asset = m.asset and b.place = m.source
where b.posted - b.held <= 0 and b.place = any(%b::bigint[])
order by m.quantity desc, b.place, b.asset
limit %b::bigint
"""


def exhausted(
    places: Collection[int], target: int, since: datetime, until: datetime, limit: int
) -> Query[list[Exhausted]]:
    """Assets at these places of which nothing is free and some went to `target` in [since, until), most wanted first.

    Reads every movement of the span.
    """
    return Query(
        _EXHAUSTED, (target, since, until, Bigints(places), limit), lambda rows: [Exhausted(*row) for row in rows]
    )
