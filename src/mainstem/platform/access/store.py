"""All SQL of access that locks or writes."""

from collections.abc import Iterable, Sequence

from mainstem.platform.access.contracts import KeyIssued, KeyRevoked
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.access.rules import Principal, StoredKey
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Row
from mainstem.platform.work import Work

_BOOTSTRAP_LOCK = 0x6D73_6163_6365_7373  # "msaccess"

LAST_USED_STEP_SECONDS = 60.0
"""How often at most the last use of a key is written."""

_LOCK_PRINCIPALS = """
select id, name, role, node from platform.principal where id = any(%b::bigint[]) or role = %b::text
order by id for update
"""
_LOCK_KEYS = """
select id, principal, prefix, revoked_at from platform.api_key where id = any(%b::bigint[]) order by id for update
"""


async def names_taken(work: Work, names: Iterable[str]) -> set[str]:
    """Which of the names principals have already."""
    (rows,) = await work.read(("select name from platform.principal where name = any(%b::text[])", (list(names),)))
    return {name for (name,) in rows}


async def principals_and_hashes(
    work: Work, principals: Iterable[int], hashes: Sequence[bytes]
) -> tuple[dict[int, Principal], set[bytes]]:
    """The principals by id, and which of the hashes are stored already."""
    found, known = await work.read(
        ("select id, name, role, node from platform.principal where id = any(%b::bigint[])", (Bigints(principals),)),
        ("select hash from platform.api_key where hash = any(%b::bytea[])", (list(hashes),)),
    )
    return _by_id(found), {stored for (stored,) in known}


async def lock_principals_and_administrators(work: Work, ids: Iterable[int]) -> dict[int, Principal]:
    """The principals, and every administrator, locked in the order of their ids."""
    (rows,) = await work.read(
        (_LOCK_PRINCIPALS, (Bigints(ids), ADMINISTRATOR.name)),
    )
    return _by_id(rows)


async def lock_keys(work: Work, ids: Iterable[int]) -> dict[int, StoredKey]:
    """The keys by id, locked in the order of their ids."""
    (rows,) = await work.read(
        (_LOCK_KEYS, (Bigints(ids),)),
    )
    return {row[0]: StoredKey(*row) for row in rows}


async def lock_bootstrap(work: Work) -> tuple[bool, set[str]]:
    """One bootstrap at a time until commit; whether there is an administrator, and the names that principals have."""
    _, administrators, names = await work.read(
        ("select pg_advisory_xact_lock(%b::bigint)", (_BOOTSTRAP_LOCK,)),
        ("select exists (select from platform.principal where role = %b::text)", (ADMINISTRATOR.name,)),
        ("select name from platform.principal where starts_with(name, %b::text)", (ADMINISTRATOR.name,)),
    )
    return bool(administrators[0][0]), {name for (name,) in names}


def insert_principals(work: Work, principals: Sequence[Principal]) -> None:
    """Queue new principals."""
    work.write(
        "insert into platform.principal (id, name, role, node)"
        " select * from unnest(%b::bigint[], %b::text[], %b::text[], %b::bigint[])",
        Bigints(one.id for one in principals),
        [one.name for one in principals],
        [one.role for one in principals],
        Bigints(one.node for one in principals),
    )


def insert_keys(work: Work, keys: Sequence[KeyIssued], hashes: Sequence[bytes]) -> None:
    """Queue new keys. Scopes travel as one text a key: arrays of unequal arrays do not exist; no code has a blank."""
    work.write(
        "insert into platform.api_key (id, principal, hash, prefix, scopes, expires_at)"
        " select id, principal, hash, prefix, string_to_array(scopes, ' '), expires_at"
        " from unnest(%b::bigint[], %b::bigint[], %b::bytea[], %b::text[], %b::text[], %b::timestamptz[])"
        " as new (id, principal, hash, prefix, scopes, expires_at)",
        Bigints(one.key for one in keys),
        Bigints(one.principal for one in keys),
        list(hashes),
        [one.prefix for one in keys],
        [" ".join(one.scopes) for one in keys],
        Moments(one.expires_at for one in keys),
    )


def update_revoked(work: Work, revoked: Sequence[KeyRevoked]) -> None:
    """Queue the revocation of keys."""
    work.write(
        "update platform.api_key as k set revoked_at = new.revoked_at"
        " from unnest(%b::bigint[], %b::timestamptz[]) as new (id, revoked_at) where k.id = new.id",
        Bigints(one.key for one in revoked),
        Moments(one.revoked_at for one in revoked),
    )


def update_roles(work: Work, principals: Sequence[Principal]) -> None:
    """Queue the new roles and nodes of principals, each named once."""
    work.write(
        "update platform.principal as p set role = new.role, node = new.node"
        " from unnest(%b::bigint[], %b::text[], %b::bigint[]) as new (id, role, node) where p.id = new.id",
        Bigints(one.id for one in principals),
        [one.role for one in principals],
        Bigints(one.node for one in principals),
    )


async def note_used(connection: Connection, keys: Iterable[int]) -> None:
    """Note that keys are in use; each at most once a minute whatever the number of processes, waiting for nobody."""
    await connection.execute(
        "update platform.api_key as k set last_used_at = now()"
        " from (select id from platform.api_key where id = any(%b::bigint[])"
        "  and (last_used_at is null or last_used_at <= now() - make_interval(secs => %b::float8))"
        "  order by id for update skip locked) as due where k.id = due.id",
        (Bigints(keys), LAST_USED_STEP_SECONDS),
        prepare=True,
    )


def _by_id(rows: list[Row]) -> dict[int, Principal]:
    return {row[0]: Principal(*row) for row in rows}
