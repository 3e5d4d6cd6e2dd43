"""Who is signed in? Answered from memory not older than 5 seconds, as `access/authentication.py` does for keys.

A session is a token in a cookie. It ends when its person signs out, is disabled, or gets another role or node; when
somebody revokes it; `IDLE_SECONDS` after it was last used, and `LIFE_SECONDS` after it began. A request that begins
more than `TRUST_SECONDS` after the commit of its end does not find it, in any process; in the process whose operations
run through `forgetting`, it is not found at once.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from mainstem.platform.access.authentication import Run
from mainstem.platform.access.contracts import Caller
from mainstem.platform.access.lane import Lane
from mainstem.platform.access.people.queries import LiveSession, live_sessions
from mainstem.platform.access.people.store import note_seen
from mainstem.platform.access.people.tokens import digest, well_formed
from mainstem.platform.access.roles import granted
from mainstem.platform.execution import Call, Outcome
from mainstem.platform.postgres import TRANSIENT, Database
from mainstem.platform.query import ask

SESSION_COOKIE = "mainstem_session"

TRUST_SECONDS = 5.0
"""How long an answer of the database is believed, counted from before it was asked."""

REMEMBERED_MAX = 8192
"""Sessions that a process remembers; a session that is not known is not remembered."""

STRANGERS_PAUSE_SECONDS = 0.02
STRANGERS_WAITING_MAX = 1024

_log = structlog.get_logger(__name__)


class SignedIn(msgspec.Struct, frozen=True):
    """Who sends a request of the console. `name` is shown; `language` and `theme` are "" where nothing was chosen."""

    session: int
    caller: Caller
    name: str
    language: str
    theme: str


class Sessions:
    """Knows who is signed in to one database, for one process and event loop. `clock` gives monotonic seconds."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._remembered: dict[bytes, tuple[float, SignedIn]] = {}  # by SHA-256: the tokens are not kept in memory
        self._generation = 0
        self._known = Lane(self._look_up, pause_seconds=0, waiting_max=REMEMBERED_MAX)
        self._strangers = Lane(self._look_up, pause_seconds=STRANGERS_PAUSE_SECONDS, waiting_max=STRANGERS_WAITING_MAX)
        self._seen: set[int] = set()
        self._noting: asyncio.Task[None] | None = None

    async def find(self, token: str) -> SignedIn | None:
        """Who holds this token; None when it is unknown, ended or expired, or when too many strangers ask.

        Raises a transient error of the database when it had to be asked and could not answer.
        """
        if not well_formed(token):
            return None
        hashed = digest(token)
        remembered = self._remembered.get(hashed)
        if remembered is not None and self._clock() < remembered[0]:
            return remembered[1]
        return await (self._strangers if remembered is None else self._known).ask(hashed)

    def forget(self) -> None:
        """Believe nothing that is remembered, nor any answer on its way: the next request of each session asks."""
        self._generation += 1
        self._remembered = {hashed: (0.0, signed) for hashed, (_, signed) in self._remembered.items()}

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

    async def _look_up(self, hashes: Sequence[bytes]) -> list[SignedIn | None]:
        generation = self._generation
        asked_at = self._clock()
        async with self._database.transaction() as connection:
            (found,) = await ask(connection, live_sessions(hashes))
        answers = [_signed_in(found.get(hashed)) for hashed in hashes]
        if generation == self._generation:
            for hashed, answer in zip(hashes, answers, strict=True):
                self._remember(hashed, answer, asked_at, found.get(hashed))
        self._seen |= {live.session for live in found.values() if not live.seen_noted}
        if self._seen and self._noting is None:
            self._noting = asyncio.create_task(self._note_seen())
        return answers

    def _remember(self, hashed: bytes, answer: SignedIn | None, asked_at: float, live: LiveSession | None) -> None:
        self._remembered.pop(hashed, None)
        if answer is None or live is None:
            return
        while len(self._remembered) >= REMEMBERED_MAX:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[hashed] = (asked_at + min(TRUST_SECONDS, live.ends_in_seconds), answer)

    async def _note_seen(self) -> None:
        while self._seen:
            seen, self._seen = self._seen, set()
            try:
                async with self._database.transaction() as connection:
                    await note_seen(connection, sorted(seen))
            except TRANSIENT as error:
                _log.warning("use of sessions not noted", sessions=len(seen), error=type(error).__name__)
        self._noting = None


def _signed_in(live: LiveSession | None) -> SignedIn | None:
    if live is None:
        return None
    caller = Caller(
        principal=live.principal, key=0, role=live.role, permissions=granted(live.role, frozenset()), node=live.node
    )
    return SignedIn(session=live.session, caller=caller, name=live.name, language=live.language, theme=live.theme)
