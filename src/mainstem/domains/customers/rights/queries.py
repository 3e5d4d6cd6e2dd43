"""All SQL that only reads requests and receipts."""

from datetime import UTC, datetime

from mainstem.domains.customers.rights.contracts import (
    ErasurePreview,
    Receipt,
    RequestCounts,
    RequestFilter,
    RequestView,
    Restriction,
)
from mainstem.platform.query import Query, Row

LAST = 2**63 - 1
_BEFORE_ALL, _BEHIND_ALL = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)

_SELECT = """
select q.id, coalesce(r.customer, q.record), q.record, q.kind, q.law, q.state, q.identity, q.purposes, q.reason,
    q.received_at, q.due_at, q.closed_at, q.actor, q.closed_at is null and q.due_at <= %b::timestamptz
from customers.rights_request as q left join customers.source_record as r on r.id = q.record
"""

_ONE = f"{_SELECT} where q.id = %b::bigint"

_OF_CUSTOMER = f"""{_SELECT}
where q.record in (select m.id from customers.source_record as k
    join customers.source_record as m on m.customer = k.customer where k.id = %b::bigint)
  and q.id < %b::bigint
order by q.id desc limit %b::bigint
"""  # noqa: S608 - constants

_OPEN = f"""{_SELECT}
where q.closed_at is null and (q.due_at, q.id) > (%b::timestamptz, %b::bigint) and q.due_at <= %b::timestamptz
order by q.due_at, q.id limit %b::bigint
"""

_FITS = """
  and (%b::text is null or q.kind = %b::text) and (%b::text is null or q.law = %b::text)
  and (%b::text is null or q.state = %b::text)
"""

_OPEN_FITTING = f"""{_SELECT}
where q.closed_at is null and (q.due_at, q.id) > (%b::timestamptz, %b::bigint) and q.due_at <= %b::timestamptz {_FITS}
order by q.due_at, q.id limit %b::bigint
"""

_CLOSED_FITTING = f"""{_SELECT}
where q.closed_at is not null and q.id < %b::bigint {_FITS}
order by q.id desc limit %b::bigint
"""

_COUNT_OPEN = """
select count(*), count(*) filter (where due_at <= %b::timestamptz),
    count(*) filter (where due_at > %b::timestamptz and due_at <= %b::timestamptz)
from customers.rights_request where closed_at is null
"""

_RESTRICTION = """
select x.request, x.since
from customers.source_record as k join customers.source_record as r on r.customer = k.customer
join customers.restriction as x on x.record = r.id where k.id = %b::bigint order by x.since limit 1
"""

_PREVIEW = """
with mine as (
    select r.id, r.customer, r.source from customers.source_record as k
    join customers.source_record as r on r.customer = k.customer
    where k.id = %b::bigint and r.erased_at is null
), used as (
    select distinct u.identifier from customers.identifier_use as u join mine as m on m.id = u.record
)
select min(m.customer), array_agg(m.id order by m.id), array_agg(m.source order by m.id),
    (select coalesce(array_agg(q.id order by q.id), '{}') from customers.rights_request as q
        join mine on mine.id = q.record where q.closed_at is null),
    (select count(*) from used),
    (select count(*) from used as s where exists (
        select from customers.identifier_use as u where u.identifier = s.identifier
            and not exists (select from mine where mine.id = u.record))),
    (select count(*) from customers.manual_tag as t join mine on mine.id = t.record),
    (select count(*) from customers.segment_member as s where s.customer in (select customer from mine)),
    (select count(*) from customers.activity as a join mine on mine.id = a.record),
    (select count(*) from customers.rights_request as q join mine on mine.id = q.record where q.wish is not null),
    (select count(*) from customers.consent as c join mine on mine.id = c.record where c.reference <> ''),
    (select count(*) from customers.disclosure as d join mine on mine.id = d.record),
    (select count(*) from customers.privacy_link as l join mine on mine.id = l.record where l.ended_at is null),
    (select count(*) from customers.consent as c join mine on mine.id = c.record),
    (select count(*) from customers.rights_request as q join mine on mine.id = q.record)
from mine as m
"""

_RECEIPTS = """
select request, state, number, document, encode(hash, 'hex'), issued_at
from customers.rights_receipt where request = %b::bigint order by issued_at, number
"""

_WISH = """
select q.wish, k.wrapped from customers.rights_request as q
join customers.subject_key as k on k.record = q.record where q.id = %b::bigint and q.wish is not null
"""

_RESTRICTED = """
select exists (
    select from customers.source_record as k join customers.source_record as r on r.customer = k.customer
    join customers.restriction as x on x.record = r.id where k.id = %b::bigint
)
"""


def request(request_id: int, now: datetime) -> Query[RequestView | None]:
    """One request."""
    return Query(_ONE, (now, request_id), lambda rows: _view(rows[0]) if rows else None)


def requests_of(customer: int, now: datetime, limit: int, before: int = LAST) -> Query[list[RequestView]]:
    """Up to `limit` requests of a customer's records, the latest first, before one's id."""
    return Query(_OF_CUSTOMER, (now, customer, before, limit), _views)


def open_requests(
    now: datetime, limit: int, after: tuple[datetime, int] | None = None, due_before: datetime | None = None
) -> Query[list[RequestView]]:
    """Up to `limit` open requests, most urgent first, behind (due_at, id); `due_before` = `now`: those overdue."""
    moment, number = after or (_BEFORE_ALL, 0)
    until = due_before or _BEHIND_ALL
    return Query(_OPEN, (now, moment, number, until, limit), _views)


def requests_fitting(
    wanted: RequestFilter, now: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> Query[list[RequestView]]:
    """Up to `limit` requests behind (due_at, id): open ones the most urgent first, others the latest first."""
    fits = [value for one in (wanted.kind, wanted.law, wanted.state) for value in (one, one)]
    if wanted.closed:
        return Query(_CLOSED_FITTING, (now, LAST if after is None else after[1], *fits, limit), _views)
    moment, number = after or (wanted.due_after or _BEFORE_ALL, LAST)
    return Query(_OPEN_FITTING, (now, moment, number, wanted.due_before or _BEHIND_ALL, *fits, limit), _views)


def count_open(now: datetime, soon: datetime) -> Query[RequestCounts]:
    """How many requests are open, how many of them overdue, and how many due until `soon`."""
    return Query(_COUNT_OPEN, (now, now, soon), lambda rows: RequestCounts(*rows[0]))


def restriction_of(customer: int) -> Query[Restriction | None]:
    """Since when, and why, a customer's data may only be kept; None when it may be used."""
    return Query(_RESTRICTION, (customer,), lambda rows: Restriction(*rows[0]) if rows else None)


def erasure_preview(customer: int) -> Query[ErasurePreview | None]:
    """What the erasure of a customer, by any of his ids, would take and leave; None when nothing is held of him."""

    def parse(rows: list[Row]) -> ErasurePreview | None:
        customer, records, sources, open_requests, *numbers = rows[0]
        if customer is None:
            return None
        return ErasurePreview(customer, tuple(records), tuple(sources), tuple(open_requests), *numbers)

    return Query(_PREVIEW, (customer,), parse)


def receipts(request_id: int) -> Query[list[Receipt]]:
    """The receipts of a request, in the order in which they were issued."""
    return Query(_RECEIPTS, (request_id,), lambda rows: [Receipt(*row) for row in rows])


def sealed_wish(request_id: int) -> Query[tuple[bytes, bytes] | None]:
    """The wish of a request, encrypted, and the wrapped key that opens it; None when nothing was said."""
    return Query(_WISH, (request_id,), lambda rows: (bytes(rows[0][0]), bytes(rows[0][1])) if rows else None)


def is_restricted(customer: int) -> Query[bool]:
    """Whether a customer's data may only be kept."""
    return Query(_RESTRICTED, (customer,), lambda rows: bool(rows[0][0]))


def sources_of_customers() -> Query[list[tuple[int, str]]]:
    """Every customer with every source that knows him."""
    return Query(
        "select distinct customer, source from customers.source_record where erased_at is null",
        (),
        lambda rows: [(customer, source) for customer, source in rows],
    )


def _views(rows: list[Row]) -> list[RequestView]:
    return [_view(row) for row in rows]


def _view(row: Row) -> RequestView:
    columns = list(row)
    columns[7] = tuple(columns[7])
    return RequestView(*columns)
