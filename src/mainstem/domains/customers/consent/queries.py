"""All SQL that only reads consent: above all `allowed`, the check that every use of personal data goes through."""

from collections.abc import Iterable

from mainstem.domains.customers.consent.contracts import ConsentEntry, ConsentView
from mainstem.domains.customers.consent.policies import PURPOSES, in_force
from mainstem.domains.customers.consent.rules import Latest, shown
from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

CHUNK = 50_000
"""Customers that are filtered by one statement."""

# Of one record the latest that was said over this channel or over every one counts, of one moment the refusal.
_OVER_CHANNEL = """
left join lateral (
    select c.given, c.policy
    from customers.consent_state as c
    where c.record = r.id and c.purpose = %b::text and c.channel in ('', %b::text)
    order by c.occurred_at desc, c.given, c.policy collate "C" desc limit 1
) as said on true
"""

# Over every channel: what was said of all, and no channel refused since.
_OVER_ALL = """
left join lateral (
    select bool_and(c.given) as given, max(c.policy) filter (where c.channel = '') as policy
    from customers.consent_state as c
    left join customers.consent_state as a on a.record = c.record and a.purpose = c.purpose and a.channel = ''
    where c.record = r.id and c.purpose = %b::text and %b::text = ''
      and (c.channel = '' or not c.given and (a.record is null or c.occurred_at >= a.occurred_at))
) as said on true
"""

_ALLOWED = """
with asked as (
    select k.id, r.customer from unnest(%b::bigint[]) as k (id) join customers.source_record as r on r.id = k.id
), judged as (
    select r.customer,
        bool_or(r.erased_at is not null) or bool_or(x.record is not null) or bool_or(said.given is false) as refused,
        bool_or(said.given and said.policy = any(%b::text[])) as given
    from (select distinct customer from asked) as p
    join customers.source_record as r on r.customer = p.customer
    left join customers.restriction as x on x.record = r.id
    {said}
    group by r.customer
)
select distinct a.id from asked as a join judged as j on j.customer = a.customer
where j.refused is not true and (j.given is true or %b::bool)
"""

_LATEST = """
select c.record, c.purpose, c.channel, c.given, c.policy, c.occurred_at
from customers.source_record as k
join customers.source_record as r on r.customer = k.customer
join customers.consent_state as c on c.record = r.id
where k.id = %b::bigint
"""

_USABLE = """
select bool_and(r.erased_at is null and not exists (select from customers.restriction as x where x.record = r.id))
from customers.source_record as k join customers.source_record as r on r.customer = k.customer
where k.id = %b::bigint
"""

_HISTORY = """
select c.id, c.record, c.purpose, c.channel, c.given, c.policy, c.evidence, c.reference, c.actor, c.occurred_at,
    c.recorded_at
from customers.source_record as k
join customers.source_record as r on r.customer = k.customer
join customers.consent as c on c.record = r.id
where k.id = %b::bigint and c.id < %b::bigint
order by c.id desc limit %b::bigint
"""

LAST = 2**63 - 1


def allowed(customers: Iterable[int], purpose: str, channel: str = "") -> Query[set[int]]:
    """Which of these customers may be used for a purpose over a channel: THE check of every read and every export.

    A customer is named by any of his ids, and answered by the same; who is unknown, was erased, or may only be kept, is
    not in the answer. Of one record the latest that was said counts, at one moment the refusal; over the records of a
    customer the strictest of what was said. Nobody having said anything, the default of the purpose counts. Channel ""
    asks for every channel. Raises KeyError for a purpose that is not declared.
    """
    known = PURPOSES[purpose]
    said = _OVER_CHANNEL if channel else _OVER_ALL
    return Query(
        _ALLOWED.format(said=said),
        (Bigints(customers), list(in_force(purpose)), purpose, channel, known.default),
        lambda rows: {row[0] for row in rows},
    )


async def only_allowed(connection: Connection, customers: Iterable[int], purpose: str, channel: str = "") -> list[int]:
    """Those of a set of customers, however large, that `allowed` lets through, in their order."""
    wanted = list(customers)
    passed: set[int] = set()
    for start in range(0, len(wanted), CHUNK):
        (found,) = await ask(connection, allowed(wanted[start : start + CHUNK], purpose, channel))
        passed |= found
    return [customer for customer in wanted if customer in passed]


def latest(customer: int) -> Query[list[Latest]]:
    """The latest that was said for each record of a customer, purpose and channel."""
    return Query(_LATEST, (customer,), lambda rows: [Latest(*row) for row in rows])


def usable(customer: int) -> Query[bool | None]:
    """Whether a customer may be used at all: not erased, nor kept only. None when there is no such customer."""
    return Query(_USABLE, (customer,), _first)


def _first(rows: list[Row]) -> bool | None:
    found: bool | None = rows[0][0]
    return found


async def consents_of(connection: Connection, customer: int) -> list[ConsentView] | None:
    """What is allowed of a customer, purpose by purpose and channel by channel; None when there is no such customer."""
    free, said = await ask(connection, usable(customer), latest(customer))
    return None if free is None else shown(said, usable=free)


def history(customer: int, limit: int, before: int = LAST) -> Query[list[ConsentEntry]]:
    """Up to `limit` entries of the ledger for a customer's records, the latest recorded first, before one's id."""
    return Query(_HISTORY, (customer, before, limit), lambda rows: [ConsentEntry(*row) for row in rows])
