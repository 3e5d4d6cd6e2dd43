"""All SQL of identity that locks or writes.

Whoever changes identity takes the room's lock shared, and on top of it the stripes of what he touches, in ascending
order: two who introduce the same identifier or meet in the same block wait for each other before anything of it is
there. A large batch would take nearly all stripes: it takes the room's lock alone, as does whoever found that what he
had read was no longer so. Then the records of everybody concerned are locked, in the order of their ids.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.customers.resolve.rows import (
    AssertionRow,
    IdentifierRow,
    RecordRow,
    ReviewRow,
    StatementRow,
    UseRow,
)
from mainstem.platform.arrays import Bigints, Byteas, Encoded, Moments, Texts
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

USES_READ_MAX = 200
"""Uses of one identifier that are read: no type allows more, so what has more is suspended, unless that was lifted."""

STRIPES = 256
STRIPES_MAX = 64
"""Who needs more of the stripes takes the whole room."""

_ROOM_LOCK = 0x637573746F6D6572
"""The advisory lock of the room: "customer" in ASCII. Stripes are locks of two numbers, of which this is the first:"""
_RECORDS, _MEETINGS = 0x63757374, 0x63757375

_LOCK_STRIPES = "select count(pg_advisory_xact_lock(%b::int, stripe::int)) from unnest(%b::bigint[]) as stripe"

_LOCK_CLOSURE = """
with recursive reach (record) as (
    select unnest(%b::bigint[])
    union
    select n.record from reach as r
    cross join lateral (
        select a.high as record from customers.assertion as a left join customers.identifier as i on i.id = a.identifier
        where a.low = r.record and a.sign <> 0 and i.suspended_at is null
        union all
        select a.low from customers.assertion as a left join customers.identifier as i on i.id = a.identifier
        where a.high = r.record and a.sign <> 0 and i.suspended_at is null
        union all
        select m.id from customers.source_record as s join customers.source_record as m on m.customer = s.customer
        where s.id = r.record
    ) as n
)
select s.id, s.key, s.source, s.customer, s.body, s.erased_at is not null, s.revision, k.wrapped
from customers.source_record as s left join customers.subject_key as k on k.record = s.id
where s.id in (select record from reach limit %b::bigint) order by s.id for update of s
"""

_INSERT_RECORDS = """
insert into customers.source_record (id, source, key, customer, body, created_at, updated_at, revision)
select * from unnest(%b::bigint[], %b::text[], %b::bytea[], %b::bigint[], %b::bytea[], %b::timestamptz[],
    %b::timestamptz[], %b::bigint[])
"""

_UPDATE_RECORDS = """
update customers.source_record as r set body = n.body, revision = n.revision, updated_at = %b::timestamptz
from unnest(%b::bigint[], %b::bytea[], %b::bigint[]) as n (id, body, revision) where r.id = n.id
"""

_INTRODUCE = """
with named as (select * from unnest(%b::bigint[], %b::text[], %b::bytea[]) as n (id, source, key)),
made as (
    insert into customers.source_record (id, source, key, customer)
    select id, source, key, id from named on conflict (key) do nothing returning id, key
)
select key, id from made
union all
select r.key, r.id from named join customers.source_record as r using (key)
"""

_INSERT_KEYS = "insert into customers.subject_key (record, wrapped) select * from unnest(%b::bigint[], %b::bytea[])"

_INSERT_STATEMENTS = """
insert into customers.statement (id, record, fingerprint, occurred_at, actor, body)
select * from unnest(%b::bigint[], %b::bigint[], %b::bytea[], %b::timestamptz[], %b::bigint[], %b::bytea[])
"""

_INSERT_IDENTIFIERS = """
insert into customers.identifier (id, type, scope, digest, uses, suspended_at, reason)
select * from unnest(%b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::timestamptz[], %b::text[])
"""

_UPDATE_IDENTIFIERS = """
update customers.identifier as i
set uses = n.uses, suspended_at = n.suspended_at, reason = n.reason, lifted_by = n.lifted_by
from unnest(%b::bigint[], %b::bigint[], %b::timestamptz[], %b::text[], %b::bigint[])
    as n (id, uses, suspended_at, reason, lifted_by)
where i.id = n.id
"""

_UPSERT_USES = """
insert into customers.identifier_use as u (identifier, record, role, verification, first_at, last_at)
select identifier, record, role, verification::smallint, first_at, last_at
from unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::timestamptz[], %b::timestamptz[])
    as n (identifier, record, role, verification, first_at, last_at)
on conflict (identifier, record) do update
set role = excluded.role, verification = excluded.verification, first_at = excluded.first_at, last_at = excluded.last_at
"""

_DELETE_KEYS = """
delete from customers.{table} as t using unnest(%b::bytea[], %b::bigint[]) as n (digest, record)
where t.digest = n.digest and t.record = n.record
"""

_INSERT_DIGESTS = """
insert into customers.{table} (digest, record) select * from unnest(%b::bytea[], %b::bigint[])
"""

_INSERT_ASSERTIONS = """
insert into customers.assertion (id, low, high, sign, rule, identifier, strength, evidence, actor)
select id, low, high, sign::smallint, rule, identifier, strength, evidence::jsonb, actor
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[], %b::bigint[],
    %b::text[], %b::bigint[]) as n (id, low, high, sign, rule, identifier, strength, evidence, actor)
"""

_SET_CUSTOMERS = """
update customers.source_record as r set customer = n.customer
from unnest(%b::bigint[], %b::bigint[]) as n (id, customer) where r.id = n.id
"""

_INSERT_REVIEWS = """
insert into customers.review (id, low, high, reason, evidence)
select id, low, high, reason, evidence::jsonb
from unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[]) as n (id, low, high, reason, evidence)
"""

_DELETE_REVIEWS = "delete from customers.review where id = any(%b::bigint[]) and state = 'open'"

_ANSWER_REVIEWS = """
update customers.review as r set state = n.answer, answered_by = n.actor, answered_at = %b::timestamptz
from unnest(%b::bigint[], %b::text[], %b::bigint[]) as n (id, answer, actor) where r.id = n.id and r.state = 'open'
"""

_LOCK_REVIEWS = """
select id, low, high, reason, evidence, state from customers.review where id = any(%b::bigint[]) order by id for update
"""

_encode = msgspec.json.Encoder(order="deterministic").encode


def lock_room(*, alone: bool) -> Query[None]:
    """Take the room's lock: alone, or with others who then lock what they touch."""
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    return Query(f"select count({function}(%b::bigint))", (_ROOM_LOCK,), lambda _: None)


def lock_keys(keys: Iterable[bytes]) -> Query[None]:
    """Lock the stripes of keys of records."""
    return Query(_LOCK_STRIPES, (_RECORDS, Bigints(stripes(keys))), lambda _: None)


def lock_meetings(digests: Iterable[bytes]) -> Query[None]:
    """Lock the stripes of identifiers and blocks, where records meet: after those of keys."""
    return Query(_LOCK_STRIPES, (_MEETINGS, Bigints(stripes(digests))), lambda _: None)


def stripes(digests: Iterable[bytes]) -> list[int]:
    """The stripes of digests, in the order in which they are locked."""
    return sorted({digest[0] % STRIPES for digest in digests})


def lock_closure(seeds: Collection[int], limit: int) -> Query[dict[int, RecordRow]]:
    """Everybody who may belong together with these records, themselves included, locked; `limit` records at most."""
    return Query(_LOCK_CLOSURE, (Bigints(sorted(seeds)), limit), lambda rows: {row[0]: RecordRow(*row) for row in rows})


def introduce_records(records: Sequence[tuple[int, str, bytes]]) -> Query[dict[bytes, int]]:
    """Make records (id, source, key) of which nothing was said yet; the ids by key of these and of those there were."""
    ordered = sorted(records, key=lambda one: one[2])
    return Query(
        _INTRODUCE,
        (Bigints(one[0] for one in ordered), Texts(one[1] for one in ordered), Byteas(one[2] for one in ordered)),
        dict,
    )


def lock_reviews(ids: Collection[int]) -> Query[dict[int, tuple[ReviewRow, str]]]:
    """The reviews with these ids and their states, locked."""
    return Query(_LOCK_REVIEWS, (Bigints(sorted(ids)),), _reviews)


def _reviews(rows: list[Row]) -> dict[int, tuple[ReviewRow, str]]:
    return {row[0]: (ReviewRow(*row[:5]), row[5]) for row in rows}


def insert_records(work: Work, records: Sequence[RecordRow]) -> None:
    """Queue new records, and their keys."""
    if not records:
        return
    moments = Moments([work.now] * len(records))
    work.write(
        _INSERT_RECORDS,
        Bigints(one.id for one in records),
        Texts(one.source for one in records),
        Byteas(one.key for one in records),
        Bigints(one.customer for one in records),
        Byteas(one.body for one in records),
        moments,
        moments,
        Bigints(one.revision for one in records),
    )


def insert_subject_keys(work: Work, keys: Sequence[tuple[int, bytes]]) -> None:
    """Queue the wrapped keys of records."""
    if keys:
        work.write(_INSERT_KEYS, Bigints(key[0] for key in keys), Byteas(key[1] for key in keys))


def update_records(work: Work, records: Sequence[RecordRow]) -> None:
    """Queue what is known of records by now."""
    if records:
        work.write(
            _UPDATE_RECORDS,
            work.now,
            Bigints(one.id for one in records),
            Byteas(one.body for one in records),
            Bigints(one.revision for one in records),
        )


def insert_statements(work: Work, statements: Sequence[StatementRow]) -> None:
    """Queue what was said."""
    if statements:
        work.write(
            _INSERT_STATEMENTS,
            Bigints(one.id for one in statements),
            Bigints(one.record for one in statements),
            Byteas(one.fingerprint for one in statements),
            Moments(one.occurred_at for one in statements),
            Bigints(one.actor for one in statements),
            Byteas(one.body for one in statements),
        )


def insert_identifiers(work: Work, identifiers: Sequence[IdentifierRow]) -> None:
    """Queue new identifiers."""
    if identifiers:
        work.write(
            _INSERT_IDENTIFIERS,
            Bigints(one.id for one in identifiers),
            Texts(one.type for one in identifiers),
            Texts(one.scope for one in identifiers),
            Byteas(one.digest for one in identifiers),
            Bigints(one.uses for one in identifiers),
            Moments(one.suspended_at for one in identifiers),
            Texts(one.reason for one in identifiers),
        )


def update_identifiers(work: Work, identifiers: Sequence[IdentifierRow]) -> None:
    """Queue how many uses identifiers have by now, and whether they are suspended."""
    if identifiers:
        work.write(
            _UPDATE_IDENTIFIERS,
            Bigints(one.id for one in identifiers),
            Bigints(one.uses for one in identifiers),
            Moments(one.suspended_at for one in identifiers),
            Texts(one.reason for one in identifiers),
            Bigints(one.lifted_by for one in identifiers),
        )


def upsert_uses(work: Work, uses: Sequence[UseRow]) -> None:
    """Queue uses as they are by now."""
    if uses:
        work.write(
            _UPSERT_USES,
            Bigints(one.identifier for one in uses),
            Bigints(one.record for one in uses),
            Texts(one.role for one in uses),
            Bigints(one.verification for one in uses),
            Moments(one.first_at for one in uses),
            Moments(one.last_at for one in uses),
        )


def replace_digests(
    work: Work, table: str, gone: Collection[tuple[bytes, int]], added: Collection[tuple[bytes, int]]
) -> None:
    """Queue the change of the digests of records in `block` or `search_key`: (digest, record)."""
    assert table in {"block", "search_key"}
    for sql, changed in ((_DELETE_KEYS, sorted(gone)), (_INSERT_DIGESTS, sorted(added))):
        if changed:
            work.write(sql.format(table=table), Byteas(one[0] for one in changed), Bigints(one[1] for one in changed))


async def insert_assertions(work: Work, assertions: Sequence[AssertionRow]) -> None:
    """Queue what was found or said of pairs."""
    if not assertions:
        return
    await work.reserve_ids(len(assertions))
    work.write(
        _INSERT_ASSERTIONS,
        Bigints(work.ids.take() for _ in assertions),
        Bigints(one.low for one in assertions),
        Bigints(one.high for one in assertions),
        Bigints(one.sign for one in assertions),
        Texts(one.rule for one in assertions),
        Bigints(one.identifier for one in assertions),
        Bigints(one.strength for one in assertions),
        Encoded(_encode(one.evidence) for one in assertions),
        Bigints(one.actor for one in assertions),
    )


def set_customers(work: Work, customers: Sequence[tuple[int, int]]) -> None:
    """Queue whose records are: (record, customer)."""
    if customers:
        work.write(_SET_CUSTOMERS, Bigints(one[0] for one in customers), Bigints(one[1] for one in customers))


def insert_reviews(work: Work, reviews: Sequence[ReviewRow]) -> None:
    """Queue pairs to be looked at."""
    if reviews:
        work.write(
            _INSERT_REVIEWS,
            Bigints(one.id for one in reviews),
            Bigints(one.low for one in reviews),
            Bigints(one.high for one in reviews),
            Texts(one.reason for one in reviews),
            Encoded(_encode(one.evidence) for one in reviews),
        )


def delete_reviews(work: Work, ids: Collection[int]) -> None:
    """Queue the removal of open reviews that have no reason any more."""
    if ids:
        work.write(_DELETE_REVIEWS, Bigints(sorted(ids)))


def answer_reviews(work: Work, answers: Sequence[tuple[int, str, int]], at: datetime) -> None:
    """Queue answers: (review, answer, actor)."""
    if answers:
        work.write(
            _ANSWER_REVIEWS,
            at,
            Bigints(one[0] for one in answers),
            Texts(one[1] for one in answers),
            Bigints(one[2] for one in answers),
        )
