"""Links to a person's own privacy page: a token in the address, and a code that is told by another way and used once.

Of both the database holds hashes. The token has 256 random bits; the hash of the code contains the token, so that who
reads the database cannot try the codes. A wrong code costs one of a few attempts, and an opened link is open in one
browser, for a short time.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import Literal, NamedTuple

import msgspec

from mainstem.domains.customers.consent import store as consent_store
from mainstem.domains.customers.rights.commands import known
from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform.arrays import Bigints, Byteas
from mainstem.platform.execution import Call, Operation, Outcome
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Event, Work

LINK_HOURS = 24
SESSION_MINUTES = 30
ATTEMPTS_MAX = 5
CODE_DIGITS = 8
TOKEN_LENGTH = 43
PATH = "/privacy/"

_encode = msgspec.json.Encoder().encode

PRIVACY_LINK_UNUSABLE = declare(
    "privacy_link_unusable",
    Kind.NOT_FOUND,
    "This link cannot be used: it is unknown, was used, or its time is up.",
    "Ask us for a new one.",
)
PRIVACY_CODE_WRONG = declare(
    "privacy_code_wrong",
    Kind.FORBIDDEN,
    "That is not the code of this link; attempts left: {left}.",
    "Type the code that you were told.",
)


class MakePrivacyLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a customer open his own privacy page; links he was given before end. `hash` and `code` are hashes."""

    customer: int
    hash: bytes
    code: bytes


class OpenPrivacyPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody typed a code. All are hashes: of link, code, and the session that begins if the code is right."""

    hash: bytes
    code: bytes
    session: bytes


class PrivacyLinkMade(msgspec.Struct, frozen=True):
    """A link; `mark` tells which attempt of the same request made it."""

    link: int
    expires_at: datetime
    mark: str


class PrivacyPageOpened(msgspec.Struct, frozen=True):
    """The page is open, until its session ends."""

    link: int
    ends_at: datetime


class PrivacyLinkEvent(msgspec.Struct, frozen=True):
    """Payload of `customers.privacy_link_made`, `…_opened` and `…_code_wrong` (subject: the record)."""

    link: int


class PrivacySession(NamedTuple):
    """Who has his privacy page open, by which link."""

    link: int
    record: int
    ends_at: datetime


class LinkView(msgspec.Struct, frozen=True):
    """A link that was made for a customer, and what has become of it; nothing that would open it."""

    id: int
    made_by: int
    made_at: datetime
    expires_at: datetime
    state: Literal["waiting", "opened", "locked", "expired", "ended"]


@dataclass(frozen=True, slots=True)
class NewLink:
    """A call that makes a link, on its way; `path` and `code` go to the person, by two ways."""

    call: Call[MakePrivacyLink]
    path: str = field(repr=False)
    code: str = field(repr=False)

    def made(self, outcome: Outcome) -> bool:
        """Whether this attempt made the link: a repeated request learns nothing of it."""
        if not outcome.accepted:
            return False
        return msgspec.json.decode(outcome.body, type=PrivacyLinkMade).mark == _mark(self.call.command.hash)


class _Link(msgspec.Struct):
    id: int
    hash: bytes
    code: bytes
    record: int
    expires_at: datetime
    attempts: int
    ended: bool


def new_link(customer: int, key: str, *, actor: int, trace: str = "") -> NewLink:
    """A link for a customer: submit `.call`, then hand out `.path` and `.code` if it was `.made`."""
    token = secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    command = MakePrivacyLink(customer, token_hash(token), code_hash(token, code))
    call = MAKE_PRIVACY_LINK.call(command, key, actor=actor, trace=trace)
    # Every attempt makes up another token: the same request is one for the same customer.
    terms = blake2b(str(customer).encode(), digest_size=16).digest()
    return NewLink(replace(call, fingerprint=terms), PATH + token, code)


def token_hash(token: str) -> bytes:
    """What is kept of a token, of a link or of a session."""
    return sha256(token.encode()).digest()


def code_hash(token: str, code: str) -> bytes:
    """What is kept of a code."""
    digits = "".join(character for character in code if character.isdigit())
    return sha256(f"{token}\x1f{digits}".encode()).digest()


def usable_link(token: str, now: datetime) -> Query[bool]:
    """Whether the code of a link can still be typed."""
    return Query(
        "select from customers.privacy_link where hash = %b::bytea and ended_at is null and session_hash is null"
        " and attempts < %b::bigint and expires_at > %b::timestamptz",
        (token_hash(token), ATTEMPTS_MAX, now),
        bool,
    )


def session(token: str, session_token: str, now: datetime) -> Query[PrivacySession | None]:
    """Who has opened the page of this link in this browser; None when nobody has, or not any more."""
    return Query(
        "select id, record, session_ends from customers.privacy_link where hash = %b::bytea"
        " and session_hash = %b::bytea and ended_at is null and session_ends > %b::timestamptz",
        (token_hash(token), token_hash(session_token), now),
        lambda rows: PrivacySession(*rows[0]) if rows else None,
    )


_OF_CUSTOMER = """
select l.id, l.made_by, l.made_at, l.expires_at,
    case when l.session_hash is not null then 'opened' when l.ended_at is not null then 'ended'
        when l.attempts >= %b::bigint then 'locked' when l.expires_at <= %b::timestamptz then 'expired'
        else 'waiting' end
from customers.source_record as k join customers.source_record as r on r.customer = k.customer
join customers.privacy_link as l on l.record = r.id
where k.id = %b::bigint order by l.id desc limit %b::bigint
"""


def links_of(customer: int, now: datetime, limit: int) -> Query[list[LinkView]]:
    """The latest links of a customer, the newest first."""
    return Query(_OF_CUSTOMER, (ATTEMPTS_MAX, now, customer, limit), lambda rows: [LinkView(*row) for row in rows])


def end_links(work: Work, records: Sequence[int]) -> None:
    """Queue the end of all links of these records."""
    work.write(
        "update customers.privacy_link set ended_at = %b::timestamptz"
        " where record = any(%b::bigint[]) and ended_at is null",
        work.now,
        Bigints(sorted(records)),
    )


async def _make(work: Work, calls: Sequence[Call[MakePrivacyLink]]) -> list[PrivacyLinkMade | Refusal]:
    (people,) = await ask(work.connection, consent_store.lock_people({call.command.customer for call in calls}))
    await work.reserve_ids(len(calls))
    answers: list[PrivacyLinkMade | Refusal] = []
    for call in calls:
        command = call.command
        person = known(people, command.customer)
        if isinstance(person, Refusal):
            answers.append(person)
            continue
        end_links(work, [one.record for one in people.values() if one.customer == person.customer])
        link, expires_at = work.ids.take(), work.now + timedelta(hours=LINK_HOURS)
        work.write(
            "insert into customers.privacy_link (id, hash, code_hash, record, made_by, made_at, expires_at)"
            " values (%b, %b, %b, %b, %b, %b, %b)",
            link,
            command.hash,
            command.code,
            person.record,
            call.actor,
            work.now,
            expires_at,
        )
        _tell(work, "customers.privacy_link_made", person.record, link, call.actor, call.trace)
        answers.append(PrivacyLinkMade(link, expires_at, _mark(command.hash)))
    return answers


async def _open(work: Work, calls: Sequence[Call[OpenPrivacyPage]]) -> list[PrivacyPageOpened | Refusal]:
    (links,) = await ask(work.connection, _lock_links({call.command.hash for call in calls}))
    answers: list[PrivacyPageOpened | Refusal] = []
    for call in calls:
        command = call.command
        link = links.get(command.hash)
        if link is None or link.ended or link.expires_at <= work.now or link.attempts >= ATTEMPTS_MAX:
            answers.append(refuse(PRIVACY_LINK_UNUSABLE))
            continue
        link.attempts += 1
        right = secrets.compare_digest(link.code, command.code)
        link.ended = right
        ends_at = work.now + timedelta(minutes=SESSION_MINUTES)
        work.write(
            "update customers.privacy_link set attempts = %b, session_hash = %b::bytea, session_ends = %b::timestamptz"
            " where id = %b",
            link.attempts,
            command.session if right else None,
            ends_at if right else None,
            link.id,
        )
        told = "customers.privacy_page_opened" if right else "customers.privacy_code_wrong"
        _tell(work, told, link.record, link.id, call.actor, call.trace)
        left = ATTEMPTS_MAX - link.attempts
        answers.append(PrivacyPageOpened(link.id, ends_at) if right else refuse(PRIVACY_CODE_WRONG, "/code", left=left))
    return answers


def _lock_links(hashes: set[bytes]) -> Query[dict[bytes, _Link]]:
    return Query(
        "select id, hash, code_hash, record, expires_at, attempts, ended_at is not null or session_hash is not null"
        " from customers.privacy_link where hash = any(%b::bytea[]) order by id for update",
        (Byteas(sorted(hashes)),),
        lambda rows: {bytes(row[1]): _Link(row[0], bytes(row[1]), bytes(row[2]), *row[3:]) for row in rows},
    )


def _tell(work: Work, kind: str, record: int, link: int, actor: int, trace: str) -> None:
    work.emit(Event(kind, record, actor, trace, work.now, _encode(PrivacyLinkEvent(link))))


def _mark(link_hash: bytes) -> str:
    return blake2b(link_hash, digest_size=8).hexdigest()


MAKE_PRIVACY_LINK: Operation[MakePrivacyLink, PrivacyLinkMade] = Operation(
    "customers.make_privacy_link", MakePrivacyLink, PrivacyLinkMade, _make
)
OPEN_PRIVACY_PAGE: Operation[OpenPrivacyPage, PrivacyPageOpened] = Operation(
    "customers.open_privacy_page", OpenPrivacyPage, PrivacyPageOpened, _open
)
