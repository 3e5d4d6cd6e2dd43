"""The edge of issuing a key: the secret is made here, goes to the one who asked, and goes nowhere else.

The command, and with it the stored answer, the event and every log, knows only the public prefix and the hash. So a
repeated request cannot be answered with the secret again: whoever lost the answer revokes that key and issues another.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace

import msgspec

from mainstem.kernel.refusals import RefusedError
from mainstem.platform.access.commands import BOOTSTRAP, ISSUE_KEY
from mainstem.platform.access.contracts import ADMINISTRATOR_EXISTS, Bootstrap, IssueKey, KeyIssued, KeyTerms
from mainstem.platform.access.keys import new_key
from mainstem.platform.access.queries import has_administrator, principals_of_role
from mainstem.platform.access.roles import ADMINISTRATOR
from mainstem.platform.execution import Call, Executor, Outcome
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

_encode = msgspec.json.Encoder().encode
_decode_issued = msgspec.json.Decoder(KeyIssued).decode


@dataclass(frozen=True, slots=True)
class Issuance:
    """A call of ISSUE_KEY on its way, and the secret that its owner gets if it is accepted."""

    call: Call[IssueKey]
    _secret: str = field(repr=False)

    def secret(self, outcome: Outcome) -> str | None:
        """The secret, when this call is the one that issued the key; None when it was refused or is a repetition.

        The stored prefix tells which call it was: `outcome.repeated` alone is also set when a commit succeeded, its
        confirmation was lost, and the executor found its own answer.
        """
        if not outcome.accepted or _decode_issued(outcome.body).prefix != self.call.command.prefix:
            return None
        return self._secret


def issue(terms: KeyTerms, key: str, *, actor: int, trace: str = "") -> Issuance:
    """Make a secret and the call that issues it; submit `.call`, then give `.secret(outcome)` to the one who asked.

    `key` is the idempotency key. The fingerprint is that of the terms alone, so that the same request sent again gets
    the stored answer (without a secret) although every attempt makes up a secret of its own.
    """
    fresh = new_key()
    call = ISSUE_KEY.call(IssueKey(terms=terms, prefix=fresh.prefix, hash=fresh.hash), key, actor=actor, trace=trace)
    fingerprint = hashlib.blake2b(_encode(terms), digest_size=16).digest()
    return Issuance(replace(call, fingerprint=fingerprint), fresh.secret)


async def ensure_administrator(database: Database) -> str | None:
    """The secret of the first administrator's key, made now; None when there is an administrator already.

    However many processes start at once, one of them gets a secret. Print it once: it is kept nowhere.
    """
    async with database.transaction() as connection:
        (exists,) = await ask(connection, has_administrator())
    if exists:
        return None
    fresh = new_key()
    call = BOOTSTRAP.call(Bootstrap(prefix=fresh.prefix, hash=fresh.hash), fresh.prefix)
    (outcome,) = await Executor(database).execute(BOOTSTRAP, [call])
    if outcome.accepted:
        return fresh.secret
    if outcome.refusal().code != ADMINISTRATOR_EXISTS.code:
        raise RefusedError(outcome.refusal())
    return None


async def recover_administrator(database: Database) -> str:
    """The secret of a further key of the first administrator: for an operator who holds the database but lost the keys.

    Raises LookupError when there is no administrator: `ensure_administrator` makes one.
    """
    async with database.transaction() as connection:
        (administrators,) = await ask(connection, principals_of_role(ADMINISTRATOR.name, limit=1))
    if not administrators:
        raise LookupError("there is no administrator")
    terms = KeyTerms(principal=administrators[0].principal)
    issuance = issue(terms, secrets.token_hex(16), actor=0)
    (outcome,) = await Executor(database).execute(ISSUE_KEY, [issuance.call])
    secret = issuance.secret(outcome)
    if secret is None:
        raise RefusedError(outcome.refusal())
    return secret
