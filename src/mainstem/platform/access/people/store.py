"""All SQL of people that locks or writes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from mainstem.platform.access.people.contracts import SessionOpened
from mainstem.platform.access.people.rules import Link, Person
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.arrays import Bigints, Byteas, Moments
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row
from mainstem.platform.work import Work

IDLE_SECONDS = 12 * 3600.0
"""A session that was not used for so long has ended."""

LIFE_SECONDS = 14 * 86400.0
"""A session ends so long after it began, however much it is used."""

SEEN_STEP_SECONDS = 60.0
"""How often at most the use of a session is written."""

KEPT_DAYS = 30
"""How long the rows of what has ended are kept."""

DEVICE_DAYS = 400
"""How long a browser is known that nobody has signed in with."""

SWEPT_MAX = 20
"""Old rows that one write takes away."""

LIVE = (
    "s.ended_at is null and s.ends_at > now()"
    f" and s.seen_at > now() - interval '{IDLE_SECONDS:.0f} seconds'"
    " and h.disabled_at is null and s.role = p.role and s.node is not distinct from p.node"
)
"""That a session `s` of the person `h` and principal `p` has not ended."""

_PERSON = (
    "select h.principal, h.login, h.name, p.role, p.node, h.password_changed_at, h.totp_secret is not null,"
    " h.totp_step, h.oidc_subject, h.language, h.theme, h.disabled_at"
    " from platform.person as h join platform.principal as p on p.id = h.principal"
)

_END_SESSIONS = """
with ended as (
    update platform.session set ended_at = %b::timestamptz
    where principal = any(%b::bigint[]) and ended_at is null
    and (%b::bigint is null or id = %b::bigint) and (%b::bigint is null or id <> %b::bigint)
    returning principal
)
select principal, count(*) from ended group by principal
"""


def lock_persons(principals: Iterable[int]) -> Query[dict[int, Person]]:
    """The persons by principal, locked in the order of their principals."""
    return Query(
        f"{_PERSON} where h.principal = any(%b::bigint[]) order by h.principal for update of h",
        (Bigints(sorted(set(principals))),),
        _by_principal,
    )


def lock_persons_and_administrators(principals: Iterable[int]) -> Query[dict[int, Person]]:
    """The persons, and every administrator who signs in, locked in the order of their principals."""
    return Query(
        f"{_PERSON} where h.principal = any(%b::bigint[]) or p.role = %b::text order by h.principal for update of h",
        (Bigints(sorted(set(principals))), ADMINISTRATOR.name),
        _by_principal,
    )


def persons_known(logins: Sequence[str], subjects: Sequence[str]) -> Query[list[Person]]:
    """The persons with these logins, in whatever case, or subjects of the identity provider, locked."""
    return Query(
        f"{_PERSON} where lower(h.login) = any(select lower(one) from unnest(%b::text[]) as one)"  # noqa: S608 - constants
        " or h.oidc_subject = any(%b::text[]) order by h.principal for update of h",
        (list(logins), list(subjects)),
        lambda rows: [Person(*row) for row in rows],
    )


def lock_links(hashes: Iterable[bytes]) -> Query[dict[bytes, Link]]:
    """The one-time links by hash, locked in the order of their hashes."""
    return Query(
        "select hash, principal, purpose, expires_at, used_at from platform.one_time_link"
        " where hash = any(%b::bytea[]) order by hash for update",
        (Byteas(sorted(set(hashes))),),
        lambda rows: {row[0]: Link(*row) for row in rows},
    )


async def owners_of_links(work: Work, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """Whose the one-time links are, by hash; that never changes."""
    (rows,) = await work.read(
        (
            "select hash, principal from platform.one_time_link where hash = any(%b::bytea[])",
            (Byteas(sorted(set(hashes))),),
        )
    )
    return dict(rows)


def lock_unused_codes(hashes: Iterable[bytes]) -> Query[set[tuple[int, bytes]]]:
    """Which recovery codes with these hashes were not used, by principal, locked."""
    return Query(
        "select principal, hash from platform.recovery_code where hash = any(%b::bytea[]) and used_at is null"
        " order by principal, hash for update",
        (Byteas(sorted(set(hashes))),),
        lambda rows: {(principal, hashed) for principal, hashed in rows},
    )


def insert_persons(work: Work, persons: Sequence[Person]) -> None:
    """Queue new persons, whose principals are there or queued before."""
    work.write(
        "insert into platform.person (principal, login, name, oidc_subject)"
        " select * from unnest(%b::bigint[], %b::text[], %b::text[], %b::text[])",
        Bigints(one.principal for one in persons),
        [one.login for one in persons],
        [one.name for one in persons],
        [one.oidc_subject for one in persons],
    )


def insert_links(work: Work, links: Sequence[Link]) -> None:
    """Queue new one-time links; earlier ones of the same person and purpose end, and old rows go."""
    principals = Bigints(one.principal for one in links)
    purposes: list[str] = [one.purpose for one in links]
    work.write(
        "update platform.one_time_link as l set used_at = now()"
        " from unnest(%b::bigint[], %b::text[]) as new (principal, purpose)"
        " where l.principal = new.principal and l.purpose = new.purpose and l.used_at is null",
        principals,
        purposes,
    )
    work.write(
        "delete from platform.one_time_link where principal = any(%b::bigint[])"  # noqa: S608 - constants
        f" and expires_at < now() - interval '{KEPT_DAYS} days'",
        principals,
    )
    work.write(
        "insert into platform.one_time_link (hash, principal, purpose, expires_at)"
        " select * from unnest(%b::bytea[], %b::bigint[], %b::text[], %b::timestamptz[])",
        Byteas(one.hash for one in links),
        principals,
        purposes,
        Moments(one.expires_at for one in links),
    )


def update_used_links(work: Work, hashes: Sequence[bytes], now: datetime) -> None:
    """Queue that links were used."""
    work.write(
        "update platform.one_time_link set used_at = %b::timestamptz where hash = any(%b::bytea[])", now, Byteas(hashes)
    )


def update_used_codes(work: Work, used: Sequence[tuple[int, bytes]], now: datetime) -> None:
    """Queue that recovery codes were used."""
    work.write(
        "update platform.recovery_code as c set used_at = %b::timestamptz"
        " from unnest(%b::bigint[], %b::bytea[]) as used (principal, hash)"
        " where c.principal = used.principal and c.hash = used.hash",
        now,
        Bigints(principal for principal, _ in used),
        Byteas(hashed for _, hashed in used),
    )


def update_passwords(work: Work, hashes: dict[int, str], now: datetime) -> None:
    """Queue new passwords, by principal."""
    work.write(
        "update platform.person as h set password_hash = new.hash, password_changed_at = %b::timestamptz"
        " from unnest(%b::bigint[], %b::text[]) as new (principal, hash) where h.principal = new.principal",
        now,
        Bigints(hashes),
        list(hashes.values()),
    )


def update_renewed(work: Work, hashes: dict[int, str]) -> None:
    """Queue the same passwords hashed with other parameters, by principal."""
    work.write(
        "update platform.person as h set password_hash = new.hash"
        " from unnest(%b::bigint[], %b::text[]) as new (principal, hash) where h.principal = new.principal",
        Bigints(hashes),
        list(hashes.values()),
    )


def update_steps(work: Work, steps: dict[int, int]) -> None:
    """Queue the latest steps whose codes were used, by principal."""
    work.write(
        "update platform.person as h set totp_step = new.step"
        " from unnest(%b::bigint[], %b::bigint[]) as new (principal, step) where h.principal = new.principal",
        Bigints(steps),
        Bigints(steps.values()),
    )


def update_totp(work: Work, principal: int, secret: bytes | None, step: int, recovery: Sequence[bytes]) -> None:
    """Queue another second factor of a person, or none, and its recovery codes."""
    work.write(
        "update platform.person set totp_secret = %b::bytea, totp_step = greatest(totp_step, %b::bigint)"
        " where principal = %b::bigint",
        secret,
        step,
        principal,
    )
    work.write("delete from platform.recovery_code where principal = %b::bigint", principal)
    work.write(
        "insert into platform.recovery_code (principal, hash) select %b::bigint, unnest(%b::bytea[])",
        principal,
        Byteas(recovery),
    )


def update_persons(work: Work, persons: Sequence[Person]) -> None:
    """Queue what persons are called, see and may: names, languages, themes, standing and subjects."""
    work.write(
        "update platform.person as h set name = new.name, language = new.language, theme = new.theme,"
        " disabled_at = new.disabled_at, oidc_subject = new.oidc_subject"
        " from unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])"
        " as new (principal, name, language, theme, disabled_at, oidc_subject) where h.principal = new.principal",
        Bigints(one.principal for one in persons),
        [one.name for one in persons],
        [one.language for one in persons],
        [one.theme for one in persons],
        Moments(one.disabled_at for one in persons),
        [one.oidc_subject for one in persons],
    )


def insert_session(
    work: Work, opened: SessionOpened, person: Person, token: bytes, agent: str, address: str, ends_at: datetime
) -> None:
    """Queue a new session; old rows go."""
    work.write(
        "insert into platform.session"
        " (id, principal, hash, way, role, node, agent, address, created_at, seen_at, ends_at)"
        " values (%b::bigint, %b::bigint, %b::bytea, %b::text, %b::text, %b::bigint, %b::text, %b::text,"
        " now(), now(), %b::timestamptz)",
        opened.session,
        opened.principal,
        token,
        opened.way,
        person.role,
        person.node,
        agent,
        address,
        ends_at,
    )
    work.write(
        "delete from platform.session where id in (select id from platform.session"  # noqa: S608 - constants
        f" where ends_at < now() - interval '{KEPT_DAYS} days' limit {SWEPT_MAX} for update skip locked)"
    )


def insert_device(work: Work, principal: int, device: bytes) -> None:
    """Queue that a browser is known; those not seen for long are known no more."""
    work.write(
        "insert into platform.known_device (hash, principal) values (%b::bytea, %b::bigint)"
        " on conflict (hash, principal) do update set seen_at = now()",
        device,
        principal,
    )
    work.write(
        "delete from platform.known_device where principal = %b::bigint"  # noqa: S608 - constants
        f" and seen_at < now() - interval '{DEVICE_DAYS} days'",
        principal,
    )


async def end_sessions(
    work: Work, principals: Sequence[int], *, only: int | None = None, keep: int | None = None
) -> dict[int, int]:
    """End the sessions of persons now, all, `only` one, or all but `keep`; how many, by principal."""
    (rows,) = await work.read(
        (
            _END_SESSIONS,
            (work.now, Bigints(principals), only, only, keep, keep),
        )
    )
    return dict(rows)


def end_links(work: Work, principals: Sequence[int], now: datetime) -> None:
    """Queue that unused one-time links of persons can be used no more."""
    work.write(
        "update platform.one_time_link set used_at = %b::timestamptz"
        " where principal = any(%b::bigint[]) and used_at is null",
        now,
        Bigints(principals),
    )


async def note_seen(connection: Connection, sessions: Iterable[int]) -> None:
    """Note that sessions are in use; each at most once a minute in all processes together, waiting for nobody."""
    await connection.execute(
        "update platform.session as s set seen_at = now()"
        " from (select id from platform.session where id = any(%b::bigint[])"
        "  and seen_at <= now() - make_interval(secs => %b::float8)"
        "  order by id for update skip locked) as due where s.id = due.id",
        (Bigints(sessions), SEEN_STEP_SECONDS),
        prepare=True,
    )


def _by_principal(rows: list[Row]) -> dict[int, Person]:
    return {row[0]: Person(*row) for row in rows}
