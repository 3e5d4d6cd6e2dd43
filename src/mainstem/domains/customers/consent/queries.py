"""All SQL that only reads consent: above all `allowed`, the check that every use of personal data goes through."""

from collections.abc import Iterable

import msgspec

from mainstem.domains.customers.consent.contracts import ConsentEntry, ConsentView, StatementCount, StatementCounts
from mainstem.domains.customers.consent.policies import PURPOSES, in_force
from mainstem.domains.customers.consent.rules import Latest, Standing, shown, standings
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
select c.record, c.purpose, c.channel, c.given, c.policy, c.occurred_at, c.consent
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

_STANDING = f"select u.usable, l.* from ({_USABLE}) as u (usable) left join ({_LATEST}) as l on true"  # noqa: S608 - ours

_ENTRY = """
select c.id, c.record, c.purpose, c.channel, c.given, c.policy, c.evidence, c.reference, c.actor, c.occurred_at,
    c.recorded_at
"""

_HISTORY = f"""{_ENTRY}
from customers.source_record as k
join customers.source_record as r on r.customer = k.customer
join customers.consent as c on c.record = r.id
where k.id = %b::bigint and c.id < %b::bigint
order by c.id desc limit %b::bigint
"""

_SOURCES = """
select r.id, r.source from customers.source_record as k join customers.source_record as r on r.customer = k.customer
where k.id = %b::bigint order by r.id
"""

# Of a table of this size or less every page is read; of a larger one about as many as this, chosen by chance.
_PAGES = 600
_PAGE_COUNT = "select pg_relation_size('customers.consent_state') / current_setting('block_size')::bigint"
_COUNTS = """
select purpose, channel, given, policy, count(*) from customers.consent_state {sample}
group by purpose, channel, given, policy
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


def views_of(customer: int) -> Query[list[ConsentView] | None]:
    """What is allowed of a customer, purpose by purpose and channel by channel; None when there is no such customer."""
    return Query(_STANDING, (customer, customer), _views)


def _views(rows: list[Row]) -> list[ConsentView] | None:
    free = rows[0][0]
    said = [Latest(*row[1:]) for row in rows if row[1] is not None]
    return None if free is None else shown(said, usable=free)


async def consents_of(connection: Connection, customer: int) -> list[ConsentView] | None:
    """The same, asked."""
    (found,) = await ask(connection, views_of(customer))
    return found


def history(customer: int, limit: int, before: int = LAST) -> Query[list[ConsentEntry]]:
    """Up to `limit` entries of the ledger for a customer's records, the latest recorded first, before one's id."""
    return Query(_HISTORY, (customer, before, limit), lambda rows: [ConsentEntry(*row) for row in rows])


class Explained(msgspec.Struct, frozen=True):
    """What a customer agrees to and why: `entries` of the ledger by id, and the source of each of his records."""

    usable: bool
    standings: tuple[Standing, ...]
    entries: dict[int, ConsentEntry]
    sources: dict[int, str]


async def explained(connection: Connection, customer: int) -> Explained | None:
    """What is allowed of a customer, with all that decides it; None when there is no such customer."""
    free, said, sources = await ask(connection, usable(customer), latest(customer), _sources(customer))
    if free is None:
        return None
    found = tuple(standings(said, usable=free))
    (entries,) = await ask(connection, entries_of({one.entry for each in found for one in each.counted}))
    return Explained(free, found, entries, sources)


def _sources(customer: int) -> Query[dict[int, str]]:
    return Query(_SOURCES, (customer,), dict)


def entries_of(ids: Iterable[int]) -> Query[dict[int, ConsentEntry]]:
    """Entries of the ledger by their ids."""
    return Query(
        f"{_ENTRY} from customers.consent as c where c.id = any(%b::bigint[])",
        (Bigints(sorted(ids)),),
        lambda rows: {row[0]: ConsentEntry(*row) for row in rows},
    )


async def statement_counts(connection: Connection, pages: int = _PAGES) -> StatementCounts:
    """How many records say what now; of a table of many pages estimated from about so many of them."""
    (size,) = await ask(connection, Query(_PAGE_COUNT, (), lambda rows: int(rows[0][0])))
    share = min(1.0, pages / size) if size else 1.0
    sample = "" if share == 1 else "tablesample system (%b::float8)"
    parameters = () if share == 1 else (100 * share,)

    def parse(rows: list[Row]) -> StatementCounts:
        found = tuple(
            StatementCount(purpose, channel, given, policy, round(records / share))
            for purpose, channel, given, policy, records in sorted(rows)
        )
        return StatementCounts(found, estimated=share < 1)

    (counted,) = await ask(connection, Query(_COUNTS.format(sample=sample), parameters, parse))
    return counted
