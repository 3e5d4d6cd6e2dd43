"""Searching people through keyed hashes: an identifier, the end of a number, a name, pinyin, a reference."""

import msgspec

from mainstem.domains.customers.identifiers import POLICIES, normalise, read_name
from mainstem.domains.customers.profile.golden import masked
from mainstem.domains.customers.resolve.digests import identifier_digest, search_digest
from mainstem.domains.customers.resolve.queries import PAGE_MAX, golden_of, members_of
from mainstem.platform.arrays import Byteas
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault

_BY_KEY = """
select r.customer from customers.search_key as k join customers.source_record as r on r.id = k.record
where k.digest = any(%b::bytea[])
"""

_BY_IDENTIFIER = """
select r.customer from customers.identifier as i join customers.identifier_use as u on u.identifier = i.id
join customers.source_record as r on r.id = u.record where i.digest = any(%b::bytea[])
"""

_ALL = "select customer from customers.source_record where customer = id and customer > %b::bigint"

GUESSED = ("phone", "email")
"""What a value may be that is searched without its type."""


class PeopleFilter(msgspec.Struct, frozen=True):
    """Who is searched: all that is given must fit; nothing given fits everybody.

    `identifier` is a value of `type`, in `scope` where the type has one; without a type a telephone number or an e-mail
    address. `pinyin` is a whole name, or its initials.
    """

    identifier: str | None = None
    type: str | None = None
    scope: str = ""
    phone_tail: str | None = None
    name: str | None = None
    pinyin: str | None = None
    reference: str | None = None


class CustomerRow(msgspec.Struct, frozen=True):
    """A customer that was found: what tells him apart, masked."""

    id: int
    records: int
    sources: list[str]
    golden: dict[str, str]
    erased: bool


async def search(
    connection: Connection, vault: Vault, wanted: PeopleFilter, after: int, limit: int
) -> list[CustomerRow]:
    """Customers whom the filter fits, in the order of their ids, after one."""
    parts = _parts(vault, wanted)
    if parts is None:
        return []
    some = " intersect ".join(sql for sql, _ in parts) or _ALL
    parameters: list[object] = [Byteas(digests) for _, digests in parts] or [after]
    found = f"select distinct customer from ({some}) as found"  # noqa: S608 - constants
    sql = f"{found} where customer > %b::bigint order by customer limit %b::bigint"
    (ids,) = await ask(
        connection, Query(sql, (*parameters, after, min(limit, PAGE_MAX)), lambda rows: [row[0] for row in rows])
    )
    (members,) = await ask(connection, members_of(vault, ids))
    return [
        CustomerRow(
            id=customer,
            records=len(members[customer]),
            sources=sorted({one.source for one in members[customer]}),
            golden={name: masked(name, one.value) for name, one in golden_of(members[customer]).items()},
            erased=any(one.erased_at is not None for one in members[customer]),
        )
        for customer in ids
    ]


def _parts(vault: Vault, wanted: PeopleFilter) -> list[tuple[str, list[bytes]]] | None:
    """The questions whose answers intersect; None when nobody can fit."""
    parts: list[tuple[str, list[bytes]]] = []
    if wanted.identifier is not None:
        digests = _identifier(vault, wanted)
        if not digests:
            return None
        parts.append((_BY_IDENTIFIER, digests))
    name = None if wanted.name is None else read_name(wanted.name)
    named = wanted.name if name is None else name.text
    for kind, text in (
        ("tail", wanted.phone_tail),
        ("name", named),
        ("pinyin", wanted.pinyin),
        ("reference", wanted.reference),
    ):
        if text is not None:
            parts.append((_BY_KEY, [search_digest(vault, kind, text)]))
    return parts


def _identifier(vault: Vault, wanted: PeopleFilter) -> list[bytes]:
    assert wanted.identifier is not None
    types = GUESSED if wanted.type is None else (wanted.type,)
    values = [(type_, normalise(type_, wanted.identifier)) for type_ in types if type_ in POLICIES]
    return [
        identifier_digest(vault, type_, wanted.scope if POLICIES[type_].scoped else "", value)
        for type_, value in values
        if value is not None
    ]
