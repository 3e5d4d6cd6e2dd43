"""Everything that is held of a person, to be shown to him and to be taken along: machine-readable, with its sources."""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.domains.customers.consent.contracts import ConsentEntry, ConsentView
from mainstem.domains.customers.consent.queries import consents_of, history
from mainstem.domains.customers.profile.folding import Folded, unseal
from mainstem.domains.customers.profile.golden import masked
from mainstem.domains.customers.rights.contracts import RequestView
from mainstem.domains.customers.rights.disclosures import Disclosure, disclosures_of
from mainstem.domains.customers.rights.queries import is_restricted, requests_of
from mainstem.platform.personal import tail
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault

FORMAT = "mainstem.personal-data/1"
ENTRIES_MAX = 10_000
"""Entries of each list of a package; nobody has as many."""


class HeldAttribute(msgspec.Struct, frozen=True):
    """What a source said last of one attribute, and when."""

    name: str
    value: str
    told_at: datetime


class HeldIdentifier(msgspec.Struct, frozen=True):
    """One value that the person is known by; `verification`: 0 claimed, 1 confirmed by its source, 2 proven here."""

    type: str
    scope: str
    value: str
    role: str
    verification: int
    first_at: datetime
    last_at: datetime


class HeldRecord(msgspec.Struct, frozen=True):
    """What one source has told of the person."""

    record: int
    source: str
    reference: str
    since: datetime
    changed_at: datetime
    attributes: tuple[HeldAttribute, ...]
    identifiers: tuple[HeldIdentifier, ...]


class Held(msgspec.Struct, frozen=True):
    """All that this room holds of a customer. `disclosures` are the latest, who saw what and what for."""

    customer: int
    records: tuple[HeldRecord, ...]
    tags: tuple[str, ...]
    traits: dict[str, Any]
    consents: tuple[ConsentView, ...]
    consent_history: tuple[ConsentEntry, ...]
    requests: tuple[RequestView, ...]
    disclosures: tuple[Disclosure, ...]
    restricted: bool


_RECORDS = """
select r.id, r.customer, r.source, r.created_at, r.updated_at, r.body, s.wrapped
from customers.source_record as k
join customers.source_record as r on r.customer = k.customer
left join customers.subject_key as s on s.record = r.id
where k.id = %b::bigint and r.erased_at is null order by r.id
"""

_TAGS = """
select distinct t.tag from customers.source_record as k
join customers.source_record as r on r.customer = k.customer
join customers.manual_tag as t on t.record = r.id
where k.id = %b::bigint order by t.tag
"""

_TRAITS = """
select jsonb_strip_nulls(to_jsonb(t) - 'customer')::text from customers.source_record as k
join customers.trait_value as t on t.customer = k.customer where k.id = %b::bigint
"""


def records_held(vault: Vault, customer: int) -> Query[tuple[int, list[HeldRecord]] | None]:
    """The customer that an id stands for now, and his records in the clear; None when there is none, or was erased."""

    def parse(rows: list[Any]) -> tuple[int, list[HeldRecord]] | None:
        return (rows[0][1], [_record(vault, row) for row in rows]) if rows else None

    return Query(_RECORDS, (customer,), parse)


async def held(connection: Connection, vault: Vault, customer: int, now: datetime) -> Held | None:
    """Everything that is held of a customer, in the clear: for nobody but him. None as `records_held`."""
    found, tags, traits, entries, requests, shown, restricted = await ask(
        connection,
        records_held(vault, customer),
        Query(_TAGS, (customer,), lambda rows: [row[0] for row in rows]),
        Query(_TRAITS, (customer,), lambda rows: msgspec.json.decode(rows[0][0]) if rows else {}),
        history(customer, ENTRIES_MAX),
        requests_of(customer, now, ENTRIES_MAX),
        disclosures_of(customer, ENTRIES_MAX),
        is_restricted(customer),
    )
    if found is None:
        return None
    return Held(
        customer=found[0],
        records=tuple(found[1]),
        tags=tuple(tags),
        traits=traits,
        consents=tuple(await consents_of(connection, customer) or ()),
        consent_history=tuple(entries),
        requests=tuple(requests),
        disclosures=tuple(shown),
        restricted=restricted,
    )


def masked_record(record: HeldRecord) -> HeldRecord:
    """The same for who may not see personal data: of what tells a person only the end."""
    replace = msgspec.structs.replace
    return replace(
        record,
        reference=tail(record.reference) if record.reference else "",
        attributes=tuple(replace(one, value=masked(one.name, one.value)) for one in record.attributes),
        identifiers=tuple(replace(one, value=tail(one.value)) for one in record.identifiers),
    )


def _record(vault: Vault, row: Any) -> HeldRecord:  # noqa: ANN401 - a row
    record, _, source, since, changed_at, body, wrapped = row
    folded = Folded() if wrapped is None or not body else unseal(vault.unwrap(bytes(wrapped)), bytes(body))
    return HeldRecord(
        record,
        source,
        folded.reference,
        since,
        changed_at,
        tuple(HeldAttribute(name, told.value, told.at) for name, told in sorted(folded.attributes.items())),
        tuple(
            HeldIdentifier(one.type, one.scope, one.value, one.role, one.verification, one.first_at, one.last_at)
            for one in folded.identifiers
        ),
    )
