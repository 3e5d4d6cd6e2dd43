"""The edge of one-time links: the token is made here, goes to the one who asked, and goes nowhere else."""

import secrets
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

from mainstem.kernel.refusals import RefusedError
from mainstem.platform.access.people.commands import ADMIT_PRINCIPAL, INVITE_PERSON, ISSUE_LINK
from mainstem.platform.access.people.commands.telling import mark
from mainstem.platform.access.people.contracts import AdmitPrincipal, InvitePerson, IssueLink, Purpose
from mainstem.platform.access.people.queries import first_administrator
from mainstem.platform.access.people.tokens import new_token
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.execution import Call, Executor, Operation, Outcome
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

C = TypeVar("C", InvitePerson, AdmitPrincipal, IssueLink)

LINK_PATH = "/link/"

_encode = msgspec.json.Encoder().encode


class _Marked(msgspec.Struct, frozen=True):
    link: str


_decode_marked = msgspec.json.Decoder(_Marked).decode


@dataclass(frozen=True, slots=True)
class Entrusted(Generic[C]):
    """A call that issues a link, on its way, and the path of that link if it is accepted."""

    operation: Operation[C, Any]
    call: Call[C]
    _token: str = field(repr=False)

    def path(self, outcome: Outcome) -> str | None:
        """The path of the link, when this call is the one that issued it; None when refused or a repetition."""
        if not outcome.accepted or _decode_marked(outcome.body).link != mark(self.call.command.link):
            return None
        return LINK_PATH + self._token


def invite(
    login: str, name: str, role: str, node: int | None, key: str, *, actor: int, trace: str = ""
) -> Entrusted[InvitePerson]:
    """Invite a person; submit `.call`, then show `.path(outcome)` to the one who asked. `key`: the idempotency key."""
    fresh = new_token()
    command = InvitePerson(login=login, name=name, role=role, node=node, link=fresh.hash)
    return _entrusted(INVITE_PERSON, command, fresh.text, key, actor, trace)


def admit(principal: int, login: str, name: str, key: str, *, actor: int, trace: str = "") -> Entrusted[AdmitPrincipal]:
    """The same for a principal that is there."""
    fresh = new_token()
    command = AdmitPrincipal(principal=principal, login=login, name=name, link=fresh.hash)
    return _entrusted(ADMIT_PRINCIPAL, command, fresh.text, key, actor, trace)


def issue_link(principal: int, purpose: Purpose, key: str, *, actor: int, trace: str = "") -> Entrusted[IssueLink]:
    """A further link for a person."""
    fresh = new_token()
    command = IssueLink(principal=principal, purpose=purpose, link=fresh.hash)
    return _entrusted(ISSUE_LINK, command, fresh.text, key, actor, trace)


async def first_link(database: Database) -> str | None:
    """The path of a link that lets the first administrator set a password; None when one can sign in already.

    For the start of a server, after `access.ensure_administrator`: an administrator who was invited and has no password
    gets another link at each start, until it is used.
    """
    async with database.transaction() as connection:
        (found,) = await ask(connection, first_administrator())
        cursor = await connection.execute(
            "select exists (select from platform.person as h join platform.principal as p on p.id = h.principal"
            " where p.role = %s and (h.password_hash is not null or h.oidc_subject is not null))",
            (ADMINISTRATOR.name,),
        )
        row = await cursor.fetchone()
    if found is None or (row is not None and row[0]):
        return None
    return await _link_of(database, found, "set_password")


async def administrator_link(database: Database, purpose: Purpose) -> str:
    """The path of a link for the first administrator: for an operator who holds the database.

    Raises LookupError when there is no administrator.
    """
    async with database.transaction() as connection:
        (found,) = await ask(connection, first_administrator())
    if found is None:
        raise LookupError("there is no administrator")
    return await _link_of(database, found, purpose)


async def _link_of(database: Database, found: tuple[int, bool], purpose: Purpose) -> str:
    principal, is_person = found
    executor = Executor(database)
    if not is_person:
        admitted = admit(principal, ADMINISTRATOR.name, ADMINISTRATOR.en, secrets.token_hex(16), actor=0)
        (outcome,) = await executor.execute(ADMIT_PRINCIPAL, [admitted.call])
        path = admitted.path(outcome)
        if path is None:
            raise RefusedError(outcome.refusal())
        if purpose == "set_password":
            return path
    issued = issue_link(principal, purpose, secrets.token_hex(16), actor=0)
    (outcome,) = await executor.execute(ISSUE_LINK, [issued.call])
    path = issued.path(outcome)
    if path is None:
        raise RefusedError(outcome.refusal())
    return path


def _entrusted(operation: Operation[C, Any], command: C, token: str, key: str, actor: int, trace: str) -> Entrusted[C]:
    """The fingerprint is that of the command without the link, which every attempt makes up anew."""
    call = operation.call(command, key, actor=actor, trace=trace)
    terms = _encode(msgspec.structs.replace(command, link=b""))
    return Entrusted(operation, replace(call, fingerprint=blake2b(terms, digest_size=16).digest()), token)
