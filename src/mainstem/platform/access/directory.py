"""Who there is: principals and, where they sign in, the people they are, as a list to look through."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from mainstem.kernel.refusals import Kind, declare
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query

PAGE_MAX = 200

PRINCIPAL_CHANGED = declare(
    "principal_changed",
    Kind.CONFLICT,
    "Somebody else has changed the role or node of this principal meanwhile.",
    "Look at what it is now, and change it again if that is still wanted.",
)


class Listed(msgspec.Struct, frozen=True):
    """A principal in the directory. `login` is None for who or what only has keys.

    `seen_at` is when it last used a session or a key, about a minute behind at most; None when it never did.
    """

    principal: int
    name: str
    role: str
    node: int | None
    created_at: datetime
    login: str | None
    disabled_at: datetime | None
    has_password: bool
    has_totp: bool
    has_oidc: bool
    keys: int
    sessions: int
    seen_at: datetime | None


class DirectoryFilter(msgspec.Struct, frozen=True):
    """Who is wanted: `text` is part of a name or login; `kind` is `person` or `key`; `disabled` only those who are."""

    text: str | None = None
    role: str | None = None
    node: int | None = None
    kind: str | None = None
    disabled: bool | None = None


_SELECT = """
select p.id, coalesce(h.name, p.name), p.role, p.node, p.created_at, h.login, h.disabled_at,
    h.password_hash is not null, h.totp_secret is not null, h.oidc_subject is not null,
    (select count(*) from platform.api_key as k
     where k.principal = p.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())),
    (select count(*) from platform.session as s
     where s.principal = p.id and s.ended_at is null and s.ends_at > now()
       and s.role = p.role and s.node is not distinct from p.node),
    greatest((select max(k.last_used_at) from platform.api_key as k where k.principal = p.id),
        (select max(s.seen_at) from platform.session as s where s.principal = p.id))
from platform.principal as p left join platform.person as h on h.principal = p.id
"""


def directory(wanted: DirectoryFilter, limit: int, before: int | None = None) -> Query[list[Listed]]:
    """Up to `limit` principals, the latest first, made before one."""
    conditions = ["true"]
    parameters: list[object] = []
    if before is not None:
        conditions.append("p.id < %b::bigint")
        parameters.append(before)
    if wanted.text:
        conditions.append("(p.name ilike %b::text or h.name ilike %b::text or h.login ilike %b::text)")
        parameters += [_containing(wanted.text)] * 3
    if wanted.role is not None:
        conditions.append("p.role = %b::text")
        parameters.append(wanted.role)
    if wanted.node is not None:
        conditions.append("p.node = %b::bigint")
        parameters.append(wanted.node)
    if wanted.kind is not None:
        conditions.append("h.principal is not null" if wanted.kind == "person" else "h.principal is null")
    if wanted.disabled is not None:
        conditions.append("h.disabled_at is not null" if wanted.disabled else "h.disabled_at is null")
    return Query(
        f"{_SELECT} where {' and '.join(conditions)} order by p.id desc limit %b::bigint",
        (*parameters, min(limit, PAGE_MAX)),
        lambda rows: [Listed(*row) for row in rows],
    )


def listed(principal: int) -> Query[Listed | None]:
    """One principal."""
    return Query(f"{_SELECT} where p.id = %b::bigint", (principal,), lambda rows: Listed(*rows[0]) if rows else None)


def names(principals: Iterable[int]) -> Query[dict[int, str]]:
    """What principals are called; who is not there is missing."""
    return Query(
        "select p.id, coalesce(h.name, p.name) from platform.principal as p"
        " left join platform.person as h on h.principal = p.id where p.id = any(%b::bigint[])",
        (Bigints(principals),),
        dict,
    )


def choices(limit: int) -> Query[list[tuple[int, str]]]:
    """The ids and names of the latest principals, for a list to choose from."""
    return Query(
        "select p.id, coalesce(h.name, p.name) from platform.principal as p"
        " left join platform.person as h on h.principal = p.id order by p.id desc limit %b::bigint",
        (limit,),
        lambda rows: [(row[0], row[1]) for row in rows],
    )


def owner_of(key: int) -> Query[int | None]:
    """The principal of a key."""
    return Query(
        "select principal from platform.api_key where id = %b::bigint",
        (key,),
        lambda rows: rows[0][0] if rows else None,
    )


def _containing(text: str) -> str:
    """A LIKE pattern of everything that contains the text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
