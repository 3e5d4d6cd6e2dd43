"""How identifiers are used: the numbers by which they are suspended, beside the limits of their types."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from mainstem.domains.customers.identifiers import POLICIES, HubLimits, normalise
from mainstem.domains.customers.resolve.digests import identifier_digest
from mainstem.domains.customers.resolve.store import USES_READ_MAX
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row
from mainstem.platform.vault import Vault

_COUNTED = """
with used as (
    select u.identifier, u.record, u.first_at, u.role, r.source
    from customers.identifier as i
    join customers.identifier_use as u on u.identifier = i.id
    join customers.source_record as r on r.id = u.record
    where i.id = any(%b::bigint[]) and i.uses <= %b::bigint
), claims as (
    select identifier, count(*) over (
        partition by identifier order by first_at range between current row and interval '24 hours' following
    ) as began, count(*) over (partition by identifier, source) as of_source, source
    from used where role = 'identity'
)
select c.identifier, count(*), max(c.began), max(c.of_source),
    (array_agg(c.source order by c.of_source desc, c.source))[1]
from claims as c group by c.identifier
"""

_ONE = """
select id, type, scope, uses, suspended_at, reason, lifted_by from customers.identifier where id = %b::bigint
"""
_BY_DIGEST = "select id from customers.identifier where digest = %b::bytea and type = %b::text"
_USERS = """
select distinct r.customer from customers.identifier_use as u join customers.source_record as r on r.id = u.record
where u.identifier = %b::bigint and r.customer > %b::bigint order by r.customer limit %b::bigint
"""


class Counted(msgspec.Struct, frozen=True):
    """How records use an identifier as identity: how many, at most within 24 hours, at most of one source (which)."""

    claims: int
    within_day: int
    of_source: int
    source: str


class IdentifierStanding(msgspec.Struct, frozen=True):
    """An identifier, of whose value only the type is known here. `lifted_by`: who decided that it is one person's."""

    id: int
    type: str
    scope: str
    uses: int
    suspended_at: datetime | None
    reason: str
    lifted_by: int | None


def limits_of(type_: str) -> HubLimits:
    """How much one person uses an identifier of a type."""
    return POLICIES[type_].hub


def counted(identifiers: Collection[int]) -> Query[dict[int, Counted]]:
    """How these identifiers are used; those with more than 200 uses are left out, as nobody counts them either."""
    return Query(
        _COUNTED, (Bigints(identifiers), USES_READ_MAX), lambda rows: {row[0]: Counted(*row[1:]) for row in rows}
    )


def find_identifier(identifier: int) -> Query[IdentifierStanding | None]:
    """The identifier with this id; None when there is none."""
    return Query(_ONE, (identifier,), lambda rows: IdentifierStanding(*rows[0]) if rows else None)


def identifier_called(vault: Vault, type_: str, scope: str, value: str) -> Query[int | None]:
    """The id of an identifier by its value as people type it; None when nobody uses it, or it can be no value."""
    known = normalise(type_, value) if type_ in POLICIES else None
    if known is None:
        return Query("select 1 where false", (), lambda _: None)
    digest = identifier_digest(vault, type_, scope if POLICIES[type_].scoped else "", known)
    return Query(_BY_DIGEST, (digest, type_), _first)


def users_of(identifier: int, limit: int, after: int = 0) -> Query[list[int]]:
    """The customers whose records use an identifier, in the order of their ids."""
    return Query(_USERS, (identifier, after, limit), lambda rows: [row[0] for row in rows])


def _first(rows: list[Row]) -> int | None:
    return rows[0][0] if rows else None
