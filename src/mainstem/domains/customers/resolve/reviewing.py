"""What is read of reviews: pairs of records of which somebody should say whether they are one person, or did.

Of two customers one question is listed, whatever came first: there may be more that are open, when the two were not
looked at together or a merge has hidden some. What something forbids goes before what is merely likely, then the keys
of the records decide, as in the derivation.
"""

from datetime import datetime

import msgspec

from mainstem.domains.customers.contracts import Evidence
from mainstem.platform.query import Query, Row

PAGE_MAX = 200

_REVIEW = """
select r.id, r.low, r.high, l.customer, h.customer, r.reason, r.evidence, r.state, r.opened_at, r.answered_by,
    r.answered_at
from customers.review as r
join customers.source_record as l on l.id = r.low join customers.source_record as h on h.id = r.high
"""

_ANSWERED = f"{_REVIEW} where r.state = %b::text and r.id > %b::bigint order by r.id limit %b::bigint"

_OPEN = f"""{_REVIEW}
where r.state = %b::text and r.id > %b::bigint and l.customer <> h.customer and not exists (
    select from customers.source_record as m
    cross join lateral (
        select id, low, high, reason from customers.review where low = m.id and state = 'open'
        union all
        select id, low, high, reason from customers.review where high = m.id and state = 'open'
    ) as o
    join customers.source_record as ol on ol.id = o.low join customers.source_record as oh on oh.id = o.high
    where m.customer = l.customer and o.id <> r.id
      and (ol.customer, oh.customer) in ((l.customer, h.customer), (h.customer, l.customer))
      and (o.reason = 'middle', least(ol.key, oh.key), greatest(ol.key, oh.key))
        < (r.reason = 'middle', least(l.key, h.key), greatest(l.key, h.key))
)
order by r.id limit %b::bigint
"""  # noqa: S608 - constants

_ONE = f"{_REVIEW} where r.id = %b::bigint"


class ReviewView(msgspec.Struct, frozen=True):
    """A pair of records that somebody should look at, whose they are, and why."""

    id: int
    low: int
    high: int
    customers: tuple[int, int]
    reason: str
    evidence: Evidence
    state: str
    opened_at: datetime
    answered_by: int | None
    answered_at: datetime | None


def reviews(state: str, after: int, limit: int) -> Query[list[ReviewView]]:
    """Reviews in a state, in the order of their ids; of the open ones, one for each two customers."""
    sql = _OPEN if state == "open" else _ANSWERED
    return Query(sql, (state, after, min(limit, PAGE_MAX)), lambda rows: [_review(row) for row in rows])


def find_review(review: int) -> Query[ReviewView | None]:
    """The review with this id, in whichever state; None when there is none, or it was taken back."""
    return Query(_ONE, (review,), lambda rows: _review(rows[0]) if rows else None)


def _review(row: Row) -> ReviewView:
    number, low, high, one, other, *rest = row
    return ReviewView(number, low, high, (one, other), *rest)
