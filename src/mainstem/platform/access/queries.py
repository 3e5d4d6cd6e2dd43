"""All SQL of access that only reads."""

from collections.abc import Iterable, Sequence

import msgspec

from mainstem.platform.access.contracts import KeyRow, PrincipalRow
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.access.store import LAST_USED_STEP_SECONDS
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

_PRINCIPAL = "select id, name, role, node, created_at from platform.principal"


class Credential(msgspec.Struct, frozen=True, gc=False):
    """What decides about a key at this moment of the database's clock; `expires_in_seconds` is None without expiry.

    `use_noted`: its last use was written less than `LAST_USED_STEP_SECONDS` ago.
    """

    key: int
    principal: int
    role: str
    node: int | None
    scopes: frozenset[str]
    prefix: str
    revoked: bool
    expires_in_seconds: float | None
    use_noted: bool


def credentials(hashes: Sequence[bytes]) -> Query[dict[bytes, Credential]]:
    """The keys with these hashes, by hash.

    The index compares hashes, not keys. How long that takes tells nothing of a key: whoever guesses cannot steer the
    hash of what he sends towards a stored one.
    """
    return Query(
        "select k.hash, k.id, k.principal, p.role, p.node, k.scopes, k.prefix, k.revoked_at is not null,"
        " extract(epoch from k.expires_at - now())::float8,"
        " coalesce(k.last_used_at > now() - make_interval(secs => %b::float8), false)"
        " from platform.api_key as k join platform.principal as p on p.id = k.principal"
        " where k.hash = any(%b::bytea[])",
        (LAST_USED_STEP_SECONDS, list(hashes)),
        _credentials,
    )


def has_administrator() -> Query[bool]:
    """Whether any principal is an administrator."""
    return Query(
        "select exists (select from platform.principal where role = %b::text)",
        (ADMINISTRATOR.name,),
        lambda rows: bool(rows[0][0]),
    )


def principals_of_role(role: str, *, limit: int) -> Query[list[PrincipalRow]]:
    """The principals of a role, oldest first."""
    return Query(f"{_PRINCIPAL} where role = %b::text order by id limit %b::bigint", (role, limit), _principals)


def list_principals(*, after: int = 0, limit: int) -> Query[list[PrincipalRow]]:
    """A page of principals with ids above `after`, in the order of their ids."""
    return Query(f"{_PRINCIPAL} where id > %b::bigint order by id limit %b::bigint", (after, limit), _principals)


def roles_of(principals: Iterable[int]) -> Query[dict[int, str]]:
    """The roles that principals have now."""
    return Query(
        "select id, role from platform.principal where id = any(%b::bigint[])",
        (Bigints(sorted(set(principals))),),
        dict,
    )


def list_keys(*, principal: int | None = None, after: int = 0, limit: int) -> Query[list[KeyRow]]:
    """A page of keys with ids above `after`, of one principal or of all, in the order of their ids; never a hash."""
    return Query(
        "select id, principal, prefix, scopes, created_at, expires_at, revoked_at, last_used_at from platform.api_key"
        " where id > %b::bigint and (%b::bigint is null or principal = %b::bigint) order by id limit %b::bigint",
        (after, principal, principal, limit),
        lambda rows: [KeyRow(key, owner, prefix, tuple(scopes), *rest) for key, owner, prefix, scopes, *rest in rows],
    )


def _principals(rows: list[Row]) -> list[PrincipalRow]:
    return [PrincipalRow(*row) for row in rows]


def _credentials(rows: list[Row]) -> dict[bytes, Credential]:
    return {
        stored: Credential(key, principal, role, node, frozenset(scopes), *rest)
        for stored, key, principal, role, node, scopes, *rest in rows
    }
