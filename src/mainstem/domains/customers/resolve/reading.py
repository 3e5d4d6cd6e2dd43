"""What has to be read to decide who somebody is: all for a whole batch, none a record."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.domains.customers.graph import Assertion, Record, Use
from mainstem.domains.customers.graph import Evidence as Shown
from mainstem.domains.customers.resolve.rows import IdentifierRow, RecordRow, ReviewRow, UseRow
from mainstem.domains.customers.resolve.store import USES_READ_MAX
from mainstem.platform.arrays import Bigints, Byteas
from mainstem.platform.query import Query, Row

_RECORD = """
select r.id, r.key, r.source, r.customer, r.body, r.erased_at is not null, r.revision, k.wrapped
from customers.source_record as r left join customers.subject_key as k on k.record = r.id
"""

_BY_KEY = f"{_RECORD} where r.key = any(%b::bytea[])"
_BY_ID = f"{_RECORD} where r.id = any(%b::bigint[])"

_SAID_BEFORE = """
select r.key, s.fingerprint
from unnest(%b::bytea[], %b::bytea[]) as n (key, fingerprint)
join customers.source_record as r on r.key = n.key
join customers.statement as s on s.record = r.id and s.fingerprint = n.fingerprint
"""

_IDENTIFIERS = """
select i.id, i.type, i.scope, i.digest, i.uses, i.suspended_at, i.reason, i.lifted_by,
    u.record, u.role, u.verification, u.first_at, u.last_at, r.source, r.key
from customers.identifier as i
left join customers.identifier_use as u on u.identifier = i.id and (i.uses <= %b::bigint or i.lifted_by is not null)
left join customers.source_record as r on r.id = u.record
"""
_IDENTIFIERS_BY_DIGEST = f"{_IDENTIFIERS} where i.digest = any(%b::bytea[])"
_IDENTIFIERS_BY_ID = f"{_IDENTIFIERS} where i.id = any(%b::bigint[])"

_MET = """
select d.digest, m.record
from unnest(%b::bytea[]) as d (digest)
cross join lateral (select record from customers.block where digest = d.digest limit %b::bigint) as m
"""

_USES = """
select u.record, u.identifier, i.type, i.scope, u.first_at, u.last_at, u.role, u.verification,
    i.suspended_at is not null
from customers.identifier_use as u join customers.identifier as i on i.id = u.identifier
where u.record = any(%b::bigint[])
"""

_ASSERTIONS = """
select distinct on (low, high, rule, identifier)
    id, low, high, sign, rule, identifier, strength, evidence::text, recorded_at
from (
    select * from customers.assertion where low = any(%b::bigint[])
    union
    select * from customers.assertion where high = any(%b::bigint[])
) as a
order by low, high, rule, identifier, recorded_at desc, id desc
"""

_REVIEWS = """
select id, low, high, reason, evidence from customers.review
where state = 'open' and (low = any(%b::bigint[]) or high = any(%b::bigint[]))
"""

_decode_evidence = msgspec.json.Decoder(Shown).decode


class Uses(msgspec.Struct, frozen=True):
    """The uses of records, by record, and which of the identifiers are suspended."""

    by_record: dict[int, tuple[Use, ...]]
    suspended: frozenset[int]


def records_by_key(keys: Collection[bytes]) -> Query[dict[bytes, RecordRow]]:
    """The records with these keys."""
    return Query(_BY_KEY, (Byteas(keys),), lambda rows: {row[1]: RecordRow(*row) for row in rows})


def records_by_id(ids: Collection[int]) -> Query[dict[int, RecordRow]]:
    """The records with these ids."""
    return Query(_BY_ID, (Bigints(ids),), lambda rows: {row[0]: RecordRow(*row) for row in rows})


def said_before(said: Collection[tuple[bytes, bytes]]) -> Query[set[tuple[bytes, bytes]]]:
    """Which of these (key of the record, fingerprint) were said before."""
    return Query(
        _SAID_BEFORE,
        (Byteas(one[0] for one in said), Byteas(one[1] for one in said)),
        lambda rows: {(row[0], row[1]) for row in rows},
    )


def identifiers_by_digest(digests: Collection[bytes]) -> Query[dict[bytes, IdentifierRow]]:
    """Identifiers with their uses: of those that are hubs by their number, none."""
    return Query(
        _IDENTIFIERS_BY_DIGEST,
        (USES_READ_MAX, Byteas(digests)),
        lambda rows: {one.digest: one for one in _identifiers(rows)},
    )


def identifiers_by_id(ids: Collection[int]) -> Query[dict[int, IdentifierRow]]:
    """The same, by id."""
    return Query(
        _IDENTIFIERS_BY_ID,
        (USES_READ_MAX, Bigints(ids)),
        lambda rows: {one.id: one for one in _identifiers(rows)},
    )


def _identifiers(rows: list[Row]) -> list[IdentifierRow]:
    found: dict[int, IdentifierRow] = {}
    for row in rows:
        one = found.get(row[0])
        if one is None:
            number, type_, scope, digest, uses, at, reason, lifted_by = row[:8]
            one = found[row[0]] = IdentifierRow(number, type_, scope, digest, uses, at, reason, lifted_by, {})
        if row[8] is not None:
            one.used_by[row[8]] = UseRow(row[0], *row[8:])
    return list(found.values())


def met(digests: Collection[bytes], limit: int) -> Query[dict[bytes, set[int]]]:
    """Who meets in these blocks: `limit` records of each at most."""
    return Query(_MET, (Byteas(digests), limit), _blocks)


def _blocks(rows: list[Row]) -> dict[bytes, set[int]]:
    found: dict[bytes, set[int]] = {}
    for digest, record in rows:
        found.setdefault(digest, set()).add(record)
    return found


def uses_of(records: Collection[int]) -> Query[Uses]:
    """What these records use."""
    return Query(_USES, (Bigints(records),), _uses)


def _uses(rows: list[Row]) -> Uses:
    by_record: dict[int, list[Use]] = {}
    suspended = set()
    for row in rows:
        by_record.setdefault(row[0], []).append(Use(*row[1:8]))
        if row[8]:
            suspended.add(row[1])
    return Uses({record: tuple(uses) for record, uses in by_record.items()}, frozenset(suspended))


def assertions_of(records: Collection[int]) -> Query[list[Assertion]]:
    """What counts of all that was asserted of pairs with one of these records."""
    ids = Bigints(records)
    return Query(_ASSERTIONS, (ids, ids), lambda rows: [_assertion(row) for row in rows])


def _assertion(row: Row) -> Assertion:
    moment: datetime = row[8]
    return Assertion(
        id=row[0],
        low=row[1],
        high=row[2],
        sign=row[3],
        rule=row[4],
        identifier=row[5],
        strength=row[6],
        evidence=_decode_evidence(row[7]),
        recorded_at=moment,
    )


def open_reviews(records: Collection[int]) -> Query[list[ReviewRow]]:
    """The open reviews of pairs with one of these records."""
    ids = Bigints(records)
    return Query(_REVIEWS, (ids, ids), lambda rows: [ReviewRow(*row) for row in rows])


def record_of(row: RecordRow, uses: tuple[Use, ...]) -> Record:
    """A record as the graph sees it."""
    return Record(id=row.id, key=row.key, uses=uses, erased=row.erased)
