"""All SQL of people that only reads."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from mainstem.platform.access.people.contracts import PersonRow, Purpose, SessionRow
from mainstem.platform.access.people.store import LIVE, SEEN_STEP_SECONDS
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.arrays import Byteas
from mainstem.platform.query import Query, Row


class LiveSession(msgspec.Struct, frozen=True, gc=False):
    """A session that has not ended, and whose it is. `seen_noted`: its use was written within `SEEN_STEP_SECONDS`."""

    session: int
    principal: int
    role: str
    node: int | None
    name: str
    language: str
    theme: str
    ends_in_seconds: float
    seen_noted: bool


class Proof(msgspec.Struct, frozen=True):
    """What a person proves himself with, as stored; never shown. `known`: the browser that was asked for is his."""

    principal: int
    login: str
    password_hash: str | None
    password_changed_at: datetime | None
    totp_secret: bytes | None
    disabled: bool
    known: bool

    def __repr__(self) -> str:
        return f"Proof(principal={self.principal})"


class KnownLink(msgspec.Struct, frozen=True):
    """A one-time link, whose it is, and whether it can be used now."""

    principal: int
    purpose: Purpose
    login: str
    name: str
    usable: bool


class Account(msgspec.Struct, frozen=True):
    """What a person sees of his own account. `codes_left`: recovery codes that were not used."""

    principal: int
    login: str
    name: str
    role: str
    language: str
    theme: str
    has_password: bool
    password_changed_at: datetime | None
    has_totp: bool
    has_oidc: bool
    codes_left: int


_PROOF = (
    "select h.principal, h.login, h.password_hash, h.password_changed_at, h.totp_secret, h.disabled_at is not null,"
    " exists (select from platform.known_device as d where d.principal = h.principal and d.hash = %b::bytea)"
    " from platform.person as h"
)
_ROW = (
    "select h.principal, h.login, h.name, p.role, p.node, h.password_hash is not null, h.totp_secret is not null,"
    " h.oidc_subject is not null, h.invited_at, h.disabled_at,"
    " (select max(s.seen_at) from platform.session as s where s.principal = h.principal)"
    " from platform.person as h join platform.principal as p on p.id = h.principal"
)
_LIVE_SESSIONS = (
    "select s.hash, s.id, s.principal, p.role, p.node, h.name, h.language, h.theme,"
    " extract(epoch from s.ends_at - now())::float8,"
    " s.seen_at > now() - make_interval(secs => %b::float8)"
    " from platform.session as s join platform.principal as p on p.id = s.principal"
    " join platform.person as h on h.principal = s.principal"
)


def live_sessions(hashes: Sequence[bytes]) -> Query[dict[bytes, LiveSession]]:
    """The live sessions with these hashes, by hash."""
    return Query(
        f"{_LIVE_SESSIONS} where s.hash = any(%b::bytea[]) and {LIVE}",
        (SEEN_STEP_SECONDS, Byteas(hashes)),
        _live_sessions,
    )


def proof_by_login(login: str, device: bytes | None) -> Query[Proof | None]:
    """What is to be verified of who signs in with a login, in whatever case; None for nobody."""
    return Query(f"{_PROOF} where lower(h.login) = lower(%b::text)", (device or b"", login), _proof)


def proof_of(principal: int, device: bytes | None) -> Query[Proof | None]:
    """The same of a person."""
    return Query(f"{_PROOF} where h.principal = %b::bigint", (device or b"", principal), _proof)


def device_known(device: bytes) -> Query[bool]:
    """Whether anybody is known by a browser."""
    return Query(
        "select exists (select from platform.known_device where hash = %b::bytea)",
        (device,),
        lambda rows: bool(rows[0][0]),
    )


def known_link(hashed: bytes) -> Query[KnownLink | None]:
    """The one-time link with this hash."""
    return Query(
        "select l.principal, l.purpose, h.login, h.name,"
        " l.used_at is null and l.expires_at > now() and h.disabled_at is null from platform.one_time_link as l"
        " join platform.person as h on h.principal = l.principal"
        " where l.hash = %b::bytea",
        (hashed,),
        lambda rows: KnownLink(*rows[0]) if rows else None,
    )


def account(principal: int) -> Query[Account | None]:
    """A person's own account."""
    return Query(
        "select h.principal, h.login, h.name, p.role, h.language, h.theme, h.password_hash is not null,"
        " h.password_changed_at, h.totp_secret is not null, h.oidc_subject is not null,"
        " (select count(*) from platform.recovery_code as c where c.principal = h.principal and c.used_at is null)"
        " from platform.person as h join platform.principal as p on p.id = h.principal where h.principal = %b::bigint",
        (principal,),
        lambda rows: Account(*rows[0]) if rows else None,
    )


def list_sessions(principal: int, *, limit: int) -> Query[list[SessionRow]]:
    """The live sessions of a person, the latest first."""
    return Query(
        "select s.id, s.way, s.agent, s.address, s.created_at, s.seen_at, s.ends_at"  # noqa: S608 - constants
        " from platform.session as s join platform.principal as p on p.id = s.principal"
        f" join platform.person as h on h.principal = s.principal where s.principal = %b::bigint and {LIVE}"
        " order by s.id desc limit %b::bigint",
        (principal, limit),
        lambda rows: [SessionRow(*row) for row in rows],
    )


def list_persons(*, after: int = 0, limit: int) -> Query[list[PersonRow]]:
    """A page of persons with principals above `after`, in their order."""
    return Query(
        f"{_ROW} where h.principal > %b::bigint order by h.principal limit %b::bigint",
        (after, limit),
        lambda rows: [PersonRow(*row) for row in rows],
    )


def person(principal: int) -> Query[PersonRow | None]:
    """One person."""
    return Query(
        f"{_ROW} where h.principal = %b::bigint", (principal,), lambda rows: PersonRow(*rows[0]) if rows else None
    )


def first_administrator() -> Query[tuple[int, bool] | None]:
    """The principal of the first administrator who is a person, else of the first, and whether it is one."""
    return Query(
        "select p.id, h.principal is not null from platform.principal as p"
        " left join platform.person as h on h.principal = p.id and h.disabled_at is null"
        " where p.role = %b::text order by h.principal is null, p.id limit 1",
        (ADMINISTRATOR.name,),
        lambda rows: (rows[0][0], rows[0][1]) if rows else None,
    )


def _live_sessions(rows: list[Row]) -> dict[bytes, LiveSession]:
    return {hashed: LiveSession(*rest) for hashed, *rest in rows}


def _proof(rows: list[Row]) -> Proof | None:
    return Proof(*rows[0]) if rows else None
