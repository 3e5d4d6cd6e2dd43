"""Who sends this request? Answered from memory in about a microsecond, and never from memory older than 5 seconds.

Guarantees:

- A request that begins more than `TRUST_SECONDS` after the commit of a revocation, an expiry or a change of role sees
  it, in every process: what is remembered counts from before the database was asked. In the process whose
  operations run through `forgetting` it is seen at once.
- Strings that are no key (wrong length, alphabet, checksum) never reach the database. Well-formed wrong keys cost at
  most one statement per `STRANGERS_PAUSE_SECONDS` and process, however many come; keys that were verified before do
  not wait behind them.
- Outside this module a revoked key looks like one that never existed. Expiry is told, but only to whoever holds the
  whole key.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any

import structlog
from prometheus_client import Counter

from mainstem.kernel.refusals import BUSY, Refusal, refuse
from mainstem.platform.access.contracts import KEY_EXPIRED, UNAUTHENTICATED, Caller
from mainstem.platform.access.keys import KEY_LENGTH, public_prefix
from mainstem.platform.access.lane import Lane
from mainstem.platform.access.queries import Credential, credentials
from mainstem.platform.access.roles import granted
from mainstem.platform.access.store import note_used
from mainstem.platform.execution import Call, Outcome
from mainstem.platform.postgres import TRANSIENT, Database
from mainstem.platform.query import ask

TRUST_SECONDS = 5.0
"""How long an answer of the database is believed, counted from before it was asked."""

REMEMBERED_MAX = 8192
"""Verified keys, and apart from them wrong ones, that a process remembers."""

STRANGERS_PAUSE_SECONDS = 0.02
STRANGERS_WAITING_MAX = 1024

_SCHEME = "bearer "
_HEADER_LENGTH = len(_SCHEME) + KEY_LENGTH

_log = structlog.get_logger(__name__)
_refused = Counter("mainstem_authentication_refusals_total", "Requests without a valid API key", ["reason"])
_UNAUTHENTICATED = refuse(UNAUTHENTICATED)
_KEY_EXPIRED = refuse(KEY_EXPIRED)

Run = Callable[[Sequence[Call[Any]]], Awaitable[list[Outcome]]]
Answer = Caller | Refusal


class Authenticator:
    """Verifies API keys against one database, for one process and event loop. `clock` gives monotonic seconds."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        # Keyed by SHA-256, so that the secrets are not kept in memory. Timing of the lookup tells nothing: Python
        # compares the keys of a dict in full only when their hashes agree, and what is compared is a digest that a
        # guesser cannot steer. A near miss of a key is as far from it as any other string.
        self._verified: dict[bytes, tuple[float, Caller]] = {}
        self._wrong: dict[bytes, tuple[float, Refusal]] = {}
        self._generation = 0
        self._known = Lane(self._look_up, pause_seconds=0, waiting_max=REMEMBERED_MAX)
        self._strangers = Lane(self._look_up, pause_seconds=STRANGERS_PAUSE_SECONDS, waiting_max=STRANGERS_WAITING_MAX)
        self._used: set[int] = set()
        self._noting: asyncio.Task[None] | None = None

    async def authenticate(self, header_value: str | None) -> Answer:
        """The caller that an Authorization header of this value proves (`Bearer <key>`, one blank), or a refusal.

        Refusals: `unauthenticated`, `key_expired`, `busy` (too many unknown keys wait to be checked). Raises a
        transient error of the database when it had to be asked and could not answer.
        """
        if header_value is None or len(header_value) != _HEADER_LENGTH or not header_value.isascii():
            return _stranger("missing" if header_value is None else "malformed")
        secret = header_value[-KEY_LENGTH:]
        digest = sha256(secret.encode()).digest()
        verified = self._verified.get(digest)
        if verified is not None and self._clock() < verified[0] and header_value[:7].lower() == _SCHEME:
            return verified[1]
        return await self._ask(header_value, digest, known=verified is not None)

    def forget(self) -> None:
        """Believe nothing that is remembered, nor any answer on its way: the next request of each key asks."""
        self._generation += 1
        self._verified.clear()
        self._wrong.clear()

    def forgetting(self, run: Run) -> Run:
        """`run`, after which, whatever came of it, everything is forgotten: wrap the runs of all access operations."""

        async def wrapped(calls: Sequence[Call[Any]]) -> list[Outcome]:
            try:
                return await run(calls)
            finally:
                self.forget()

        return wrapped

    async def close(self) -> None:
        """Wait for what is under way; call before the database is closed."""
        await self._known.close()
        await self._strangers.close()
        if self._noting is not None:
            await self._noting

    async def _ask(self, header_value: str, digest: bytes, *, known: bool) -> Answer:
        wrong = self._wrong.get(digest)
        if wrong is not None and self._clock() < wrong[0]:
            _refused.labels("remembered").inc()
            return wrong[1]
        if header_value[:7].lower() != _SCHEME or public_prefix(header_value[7:]) is None:
            return _stranger("malformed")
        answer = await (self._known if known else self._strangers).ask(digest)
        if answer is None:
            _refused.labels("busy").inc()
            return refuse(BUSY)
        return answer

    async def _look_up(self, digests: Sequence[bytes]) -> list[Answer]:
        generation = self._generation
        asked_at = self._clock()
        async with self._database.transaction() as connection:
            (found,) = await ask(connection, credentials(digests))
        answers = [_judge(found.get(digest)) for digest in digests]
        if generation == self._generation:
            for digest, answer in zip(digests, answers, strict=True):
                self._remember(digest, answer, asked_at, found.get(digest))
        self._used |= {
            found[digest].key
            for digest, answer in zip(digests, answers, strict=True)
            if isinstance(answer, Caller) and not found[digest].use_noted
        }
        if self._used and self._noting is None:
            self._noting = asyncio.create_task(self._note_used())
        return answers

    def _remember(self, digest: bytes, answer: Answer, asked_at: float, credential: Credential | None) -> None:
        self._verified.pop(digest, None)
        self._wrong.pop(digest, None)
        until = asked_at + TRUST_SECONDS
        if isinstance(answer, Refusal):
            _make_room(self._wrong)
            self._wrong[digest] = (until, answer)
            return
        if credential is not None and credential.expires_in_seconds is not None:
            until = min(until, asked_at + credential.expires_in_seconds)
        _make_room(self._verified)
        self._verified[digest] = (until, answer)

    async def _note_used(self) -> None:
        while self._used:
            used, self._used = self._used, set()
            try:
                async with self._database.transaction() as connection:
                    await note_used(connection, sorted(used))
            except TRANSIENT as error:
                _log.warning("last use of keys not noted", keys=len(used), error=type(error).__name__)
        self._noting = None


def _judge(credential: Credential | None) -> Answer:
    if credential is None:
        return _stranger("unknown")
    if credential.revoked:
        _log.warning("revoked key used", prefix=credential.prefix, key=credential.key)
        return _stranger("revoked")
    if credential.expires_in_seconds is not None and credential.expires_in_seconds <= 0:
        _refused.labels("expired").inc()
        return _KEY_EXPIRED
    return Caller(
        principal=credential.principal,
        key=credential.key,
        role=credential.role,
        permissions=granted(credential.role, credential.scopes),
        node=credential.node,
    )


def _stranger(reason: str) -> Refusal:
    _refused.labels(reason).inc()
    return _UNAUTHENTICATED


def _make_room(remembered: dict[bytes, Any]) -> None:
    while len(remembered) >= REMEMBERED_MAX:
        del remembered[next(iter(remembered))]
