"""What is read of identity: whose records are whose, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.customers.contracts import Evidence
from mainstem.domains.customers.profile.folding import Folded, ToldIdentifier, unseal
from mainstem.domains.customers.profile.golden import GoldenValue, Source, golden, masked
from mainstem.domains.customers.resolve.digests import identifier_digest
from mainstem.platform.arrays import Bigints
from mainstem.platform.personal import tail
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask
from mainstem.platform.vault import Vault

PAGE_MAX = 200
ASSERTIONS_MAX = 1_000
"""Assertions of one customer that are shown."""

_MEMBERS = """
select m.id, m.source, m.customer, m.body, k.wrapped, m.created_at, m.updated_at, m.erased_at, m.revision
from customers.source_record as m left join customers.subject_key as k on k.record = m.id
where m.customer = any(%b::bigint[]) order by m.id
"""

_CUSTOMER_OF = "select id, customer from customers.source_record where id = any(%b::bigint[])"

_OF_WHOM = """
select m.id, m.source, m.customer, m.body, k.wrapped, m.created_at, m.updated_at, m.erased_at, m.revision
from customers.source_record as a join customers.source_record as m on m.customer = a.customer
left join customers.subject_key as k on k.record = m.id
where a.id = %b::bigint order by m.id
"""

_USED = """
select u.record, i.id, i.digest, i.uses, i.suspended_at, i.reason
from customers.source_record as a join customers.source_record as m on m.customer = a.customer
join customers.identifier_use as u on u.record = m.id join customers.identifier as i on i.id = u.identifier
where a.id = %b::bigint
"""

_WHY = """
with asked as (select customer from customers.source_record where id = %b::bigint)
select distinct on (a.low, a.high, a.rule, a.identifier)
    a.low, a.high, a.sign, a.rule, a.identifier, a.strength, a.evidence, a.actor, a.recorded_at,
    i.suspended_at is not null
from customers.assertion as a left join customers.identifier as i on i.id = a.identifier
where a.low in (select id from customers.source_record where customer = (select customer from asked))
  and a.high in (select id from customers.source_record where customer = (select customer from asked))
order by a.low, a.high, a.rule, a.identifier, a.recorded_at desc, a.id desc
limit %b::bigint
"""

_SUSPENDED = """
select id, type, scope, uses, suspended_at, reason from customers.identifier
where suspended_at is not null and id > %b::bigint order by id limit %b::bigint
"""


class IdentifierView(msgspec.Struct, frozen=True):
    """An identifier as a record uses it; its value masked unless it was wanted in the clear."""

    id: int | None
    type: str
    scope: str
    value: str
    role: str
    verification: int
    first_at: datetime
    last_at: datetime
    uses: int
    suspended: str
    """Why it joins nobody; "" when it may."""


class RecordView(msgspec.Struct, frozen=True):
    """What one source knows of a customer. `statements`: how often it said something new."""

    id: int
    source: str
    reference: str
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    statements: int
    attributes: dict[str, str]
    identifiers: list[IdentifierView]


class AssertionView(msgspec.Struct, frozen=True):
    """What speaks for (+1) or against (-1) two records being one person. `suspended`: it does not count meanwhile."""

    low: int
    high: int
    sign: int
    rule: str
    identifier: int | None
    strength: int
    evidence: Evidence
    actor: int
    recorded_at: datetime
    suspended: bool


class CustomerRecords(msgspec.Struct, frozen=True):
    """Of what records a customer is made, and why they are together."""

    customer: int
    records: list[RecordView]
    assertions: list[AssertionView]


class CustomerView(msgspec.Struct, frozen=True):
    """A customer as he is known today. `id` is the id of today; `asked` the one that was asked for."""

    id: int
    asked: int
    records: list[int]
    sources: list[str]
    since: datetime
    updated_at: datetime
    erased_at: datetime | None
    masked: bool
    golden: dict[str, GoldenValue]
    identifiers: list[IdentifierView]


class SuspendedIdentifier(msgspec.Struct, frozen=True):
    """An identifier that joins nobody: of its value only the type is known here."""

    id: int
    type: str
    scope: str
    uses: int
    suspended_at: datetime
    reason: str


class Member(msgspec.Struct, frozen=True):
    """One record of a customer, opened."""

    id: int
    source: str
    customer: int
    folded: Folded
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    revision: int


def customers_of(records: Collection[int]) -> Query[dict[int, int]]:
    """Whose each of these records is; ids that were never handed out are left out."""
    return Query(_CUSTOMER_OF, (Bigints(records),), lambda rows: {row[0]: row[1] for row in rows})


def members_of(vault: Vault, customers: Collection[int]) -> Query[dict[int, list[Member]]]:
    """The records of these customers, opened."""

    def read(rows: list[Row]) -> dict[int, list[Member]]:
        found: dict[int, list[Member]] = {}
        for one in _opened(vault, rows):
            found.setdefault(one.customer, []).append(one)
        return found

    return Query(_MEMBERS, (Bigints(customers),), read)


def _together(vault: Vault, number: int) -> Query[list[Member]]:
    """The records of the customer that an id means, opened; none when it was never handed out."""
    return Query(_OF_WHOM, (number,), lambda rows: list(_opened(vault, rows)))


def _opened(vault: Vault, rows: Iterable[Row]) -> Iterator[Member]:
    for number, source, customer, body, wrapped, *rest in rows:
        folded = Folded() if wrapped is None else unseal(vault.unwrap(wrapped), body)
        yield Member(number, source, customer, folded, *rest)


def golden_of(members: Iterable[Member]) -> dict[str, GoldenValue]:
    """The golden record of a customer."""
    return golden([Source(one.id, one.source, one.folded) for one in members])


async def profile(connection: Connection, vault: Vault, number: int, *, clear: bool = False) -> CustomerView | None:
    """The customer that an id, any that was ever handed out, means today, or None. Masked unless clear."""
    view, _ = await profile_with(connection, vault, number, clear=clear)
    return view


async def profile_with(
    connection: Connection, vault: Vault, number: int, *beside: Query[Any], clear: bool = False
) -> tuple[CustomerView | None, tuple[Any, ...]]:
    """The same, and the answers of other queries that travel with it."""
    members, used, *answers = await ask(connection, _together(vault, number), _used(number), *beside)
    return _view(vault, number, members, used, clear=clear) if members else None, tuple(answers)


def _view(
    vault: Vault, number: int, members: Sequence[Member], used: Mapping[bytes, Row], *, clear: bool
) -> CustomerView:
    chosen = golden_of(members)
    if not clear:
        chosen = {name: msgspec.structs.replace(one, value=masked(name, one.value)) for name, one in chosen.items()}
    together: dict[tuple[str, str, str], ToldIdentifier] = {}
    for one in members:
        for told in one.folded.identifiers:
            key = (told.type, told.scope, told.value)
            together[key] = together[key].joined(told) if key in together else told
    erased = [one.erased_at for one in members if one.erased_at is not None]
    return CustomerView(
        id=members[0].customer,
        asked=number,
        records=[one.id for one in members],
        sources=sorted({one.source for one in members}),
        since=min(one.created_at for one in members),
        updated_at=max(one.updated_at for one in members),
        erased_at=max(erased) if erased else None,
        masked=not clear,
        golden=chosen,
        identifiers=[_identifier(vault, together[key], used, clear=clear) for key in sorted(together)],
    )


async def records_and_why(
    connection: Connection, vault: Vault, number: int, *, clear: bool = False
) -> CustomerRecords | None:
    """The records of the customer that an id means, and what was asserted among them; None when there is none."""
    members, used, said = await ask(
        connection,
        _together(vault, number),
        _used(number),
        Query(_WHY, (number, ASSERTIONS_MAX), lambda rows: [AssertionView(*row) for row in rows]),
    )
    if not members:
        return None
    records = [
        RecordView(
            id=one.id,
            source=one.source,
            reference=one.folded.reference if clear or not one.folded.reference else tail(one.folded.reference),
            created_at=one.created_at,
            updated_at=one.updated_at,
            erased_at=one.erased_at,
            statements=one.revision,
            attributes={
                name: value if clear else masked(name, value) for name, value in sorted(one.folded.values().items())
            },
            identifiers=[_identifier(vault, told, used, clear=clear) for told in one.folded.identifiers],
        )
        for one in members
    ]
    return CustomerRecords(members[0].customer, records, said)


def _used(number: int) -> Query[dict[bytes, Row]]:
    """The identifiers that the records of the customer use whom an id means, by their digests."""
    return Query(_USED, (number,), lambda rows: {row[2]: row for row in rows})


def _identifier(vault: Vault, told: ToldIdentifier, used: Mapping[bytes, Row], *, clear: bool) -> IdentifierView:
    row = used.get(identifier_digest(vault, told.type, told.scope, told.value))
    return IdentifierView(
        id=None if row is None else row[1],
        type=told.type,
        scope=told.scope,
        value=told.value if clear else tail(told.value),
        role=told.role,
        verification=told.verification,
        first_at=told.first_at,
        last_at=told.last_at,
        uses=0 if row is None else row[3],
        suspended="" if row is None else row[5],
    )


def suspended(after: int, limit: int) -> Query[list[SuspendedIdentifier]]:
    """Identifiers that join nobody, in the order of their ids."""
    return Query(_SUSPENDED, (after, min(limit, PAGE_MAX)), lambda rows: [SuspendedIdentifier(*row) for row in rows])
