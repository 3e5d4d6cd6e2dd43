"""The way of a command: one batch, one transaction, stored answers, bounded retries.

`execute` guarantees for each call: it takes effect once however often it is sent with the same key; the answer to a
repeated call is the stored one; a call whose key was used for other input is refused; when the answer is returned the
transaction has been committed durably. A defect in one call of a batch fails that call alone.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from mainstem.kernel.refusals import INTERNAL, KEY_REUSED, Refusal, refuse
from mainstem.platform import telemetry
from mainstem.platform.arrays import Bigints, Byteas, Encoded, Moments, Texts
from mainstem.platform.ids import Ids
from mainstem.platform.postgres import TRANSIENT, Database
from mainstem.platform.query import Query, ask
from mainstem.platform.vault import Vault
from mainstem.platform.work import Work

C = TypeVar("C")
R = TypeVar("R")
T = TypeVar("T")

ATTEMPTS_MAX = 8
RETRY_WAIT_SECONDS = 0.01

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode
_decode_refusal = msgspec.json.Decoder(Refusal).decode


class RetryAfter(Exception):  # noqa: N818 - not an error: it asks for something to be done outside this transaction first
    """Raised by a handler: roll back, await the remedy, run the batch again. Counts as an attempt."""

    def __init__(self, remedy: "Callable[[Executor], Awaitable[object]]") -> None:
        super().__init__("retry after a remedy")
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Call(Generic[C]):
    """One command on its way: who sends it, under which idempotency key, within which trace."""

    command: C
    key: bytes
    fingerprint: bytes
    encoded: bytes
    actor: int
    trace: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: the result as JSON when it was accepted, else the refusal as JSON."""

    accepted: bool
    body: bytes
    repeated: bool = False

    def refusal(self) -> Refusal:
        """The refusal of a call that was not accepted."""
        return _decode_refusal(self.body)


@dataclass(frozen=True, slots=True)
class Operation(Generic[C, R]):
    """A kind of command: its name, its input, its result, and the function that decides a batch of them.

    A fact is known by what it says, not by who sends it: `identity` gives its natural key, and `clash` the refusal when
    other content arrives under the same one. What the commands alone let the handler ask, `foresee` asks: it travels
    with the look-up of the keys, for repeated calls too, and its answers are the handler's `work.foreseen`.
    """

    name: str
    command: type[C]
    result: type[R]
    handle: Callable[[Work, Sequence[Call[C]]], Awaitable[Sequence[R | Refusal]]]
    identity: Callable[[C], str] | None = None
    clash: Callable[[C], Refusal] = lambda _: refuse(KEY_REUSED)
    foresee: Callable[[Sequence[C]], Sequence[Query[Any]]] = lambda _: ()

    def call(self, command: C, key: str = "", *, actor: int = 0, trace: str = "") -> Call[C]:
        """Wrap a command; equal keys of one actor and one operation are one call."""
        scoped = f"{actor}\x1f{key}" if self.identity is None else self.identity(command)
        encoded = _encode(command)
        return Call(
            command=command,
            key=hashlib.blake2b(f"{self.name}\x1f{scoped}".encode(), digest_size=16).digest(),
            fingerprint=hashlib.blake2b(encoded, digest_size=16).digest(),
            encoded=encoded,
            actor=actor,
            trace=trace,
        )


class Executor:
    """Runs batches of calls against one database; commands about people need a vault, by default the database's."""

    def __init__(self, database: Database, vault: Vault | None = None) -> None:
        self.database = database
        self._vault = vault or database.own_vault
        self._print_key = b"" if self._vault is None else self._vault.digest("platform.fingerprint", "")
        self._idle_ids: list[Ids] = []
        self._lasting: dict[tuple[Any, ...], Any] = {}

    async def execute(self, operation: Operation[C, Any], calls: Sequence[Call[C]]) -> list[Outcome]:
        """The outcome of each call, in order. Raises a transient error only after the last attempt."""
        outcomes = await self._execute(operation, [self._keyed(call) for call in calls])
        counts = Counter(_word(outcome) for outcome in outcomes)
        for word, count in counts.items():
            telemetry.COMMANDS.labels(operation.name, word).inc(count)
        return outcomes

    def _keyed(self, call: Call[C]) -> Call[C]:
        """The call with the fingerprint under which it is kept: who reads the database cannot try contents on it."""
        kept = hashlib.blake2b(call.fingerprint, key=self._print_key, digest_size=16).digest()
        return Call(call.command, call.key, kept, call.encoded, call.actor, call.trace)

    async def _execute(self, operation: Operation[C, Any], calls: Sequence[Call[C]]) -> list[Outcome]:
        for attempt in range(ATTEMPTS_MAX):
            try:
                return await self._attempt(operation, calls, first_try=attempt == 0)
            except RetryAfter as wanted:
                await wanted.remedy(self)
            except TRANSIENT as error:
                telemetry.RETRIES.labels(operation.name, type(error).__name__).inc()
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(RETRY_WAIT_SECONDS * 2**attempt)
            except Exception:  # noqa: BLE001 - the edge of a command: one defect must not fail its neighbours
                if len(calls) == 1:
                    return [_defect(operation, calls[0])]
                middle = len(calls) // 2
                first = await self._execute(operation, calls[:middle])
                return first + await self._execute(operation, calls[middle:])
        msg = f"{operation.name}: the remedy did not help in {ATTEMPTS_MAX} attempts"
        raise RuntimeError(msg)

    async def rehearse(self, operation: Operation[C, Any], calls: Sequence[Call[C]]) -> list[Outcome]:
        """What would become of each call if the batch were executed now. Nothing is written; locks are let go at once.

        What only the commit would find out, such as a lost race, it cannot tell.
        """
        calls = [self._keyed(call) for call in calls]
        for attempt in range(ATTEMPTS_MAX):
            try:
                async with self.database.transaction() as connection:
                    work = Work(connection, datetime.now(UTC), Ids(), {}, vault=self._vault)
                    outcomes = await _run(operation, calls, work, rehearsal=True)
                    await connection.rollback()
                    return outcomes
            except RetryAfter as wanted:
                await wanted.remedy(self)
            except TRANSIENT:
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(RETRY_WAIT_SECONDS * 2**attempt)
        msg = f"{operation.name}: the remedy did not help in {ATTEMPTS_MAX} attempts"
        raise RuntimeError(msg)

    async def transact(self, name: str, act: Callable[[Work], Awaitable[T]]) -> T:
        """Run work that no caller asked for, such as a sweep: one transaction, its events, bounded retries."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                async with self._work() as work:
                    result = await act(work)
                    await _finish(work)
                    return result
            except TRANSIENT as error:
                telemetry.RETRIES.labels(name, type(error).__name__).inc()
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(RETRY_WAIT_SECONDS * 2**attempt)
        raise AssertionError(name)

    async def _attempt(
        self, operation: Operation[C, Any], calls: Sequence[Call[C]], *, first_try: bool
    ) -> list[Outcome]:
        async with self._work(first_try=first_try) as work:
            return await _run(operation, calls, work)

    @asynccontextmanager
    async def _work(self, *, first_try: bool = False) -> AsyncIterator[Work]:
        ids = self._idle_ids.pop() if self._idle_ids else Ids()
        try:
            async with self.database.transaction() as connection:
                now = datetime.now(UTC)
                yield Work(connection, now, ids, self._lasting, vault=self._vault, first_try=first_try)
        finally:
            self._idle_ids.append(ids)


async def _run(
    operation: Operation[C, Any], calls: Sequence[Call[C]], work: Work, *, rehearsal: bool = False
) -> list[Outcome]:
    known = await _look_up(operation, calls, work)
    fresh: dict[bytes, Call[C]] = {}
    for call in calls:
        if call.key not in known:
            fresh.setdefault(call.key, call)
    if fresh:
        results = await operation.handle(work, list(fresh.values()))
        answers = {
            call.key: (call.fingerprint, _answer(result)) for call, result in zip(fresh.values(), results, strict=True)
        }
        if not rehearsal:
            # A fact that could not be recorded yet may be once what it names exists: that answer is not for ever.
            lasting = operation.identity is None
            _store(work, {key: answer for key, answer in answers.items() if lasting or answer[1][:1] == b"+"})
            await _finish(work)
        known |= answers
    return [_outcome(operation, call, *known[call.key], repeated=fresh.get(call.key) is not call) for call in calls]


async def _look_up(
    operation: Operation[C, Any], calls: Sequence[Call[C]], work: Work
) -> dict[bytes, tuple[bytes, bytes]]:
    """The stored answers of the calls; what the operation foresees is asked with them."""
    known: dict[bytes, tuple[bytes, bytes]]
    known, *work.foreseen = await ask(
        work.connection,
        Query(
            "select key, fingerprint, answer from platform.idempotency where key = any(%b::bytea[])",
            (Byteas(call.key for call in calls),),
            lambda rows: {key: (fingerprint, answer) for key, fingerprint, answer in rows},
        ),
        *operation.foresee([call.command for call in calls]),
    )
    return known


def _answer(result: object) -> bytes:
    return (b"-" if isinstance(result, Refusal) else b"+") + _encode(result)


def _outcome(
    operation: Operation[C, Any], call: Call[C], fingerprint: bytes, answer: bytes, *, repeated: bool
) -> Outcome:
    if fingerprint != call.fingerprint:
        return Outcome(accepted=False, body=_encode(operation.clash(call.command)), repeated=repeated)
    return Outcome(accepted=answer[:1] == b"+", body=answer[1:], repeated=repeated)


def _store(work: Work, answers: dict[bytes, tuple[bytes, bytes]]) -> None:
    if not answers:
        return
    keys = sorted(answers)  # one order for all transactions, so that two batches with the same keys cannot deadlock
    work.write(
        "insert into platform.idempotency (key, fingerprint, answer)"
        " select * from unnest(%b::bytea[], %b::bytea[], %b::bytea[])",
        Byteas(keys),
        Byteas(answers[key][0] for key in keys),
        Byteas(answers[key][1] for key in keys),
    )


async def _finish(work: Work) -> None:
    events = work.events
    if events:
        await work.reserve_ids(len(events))
        work.write(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " select * from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bigint[], %b::text[],"
            " %b::timestamptz[], %b::text[]::json[])",
            Bigints(work.ids.take() for _ in events),
            Texts(event.type for event in events),
            Bigints(event.subject for event in events),
            Bigints(event.actor for event in events),
            Texts(event.trace for event in events),
            Moments(event.occurred_at for event in events),
            Encoded(event.payload for event in events),
        )
    await work.commit()


def _word(outcome: Outcome) -> str:
    """What became of a call, for the counter of commands."""
    if outcome.repeated:
        return "repeated"
    return "accepted" if outcome.accepted else "refused"


def _defect(operation: Operation[Any, Any], call: Call[Any]) -> Outcome:
    telemetry.DEFECTS.labels(operation.name).inc()
    _log.exception("command failed", operation=operation.name, trace=call.trace)
    return Outcome(accepted=False, body=_encode(refuse(INTERNAL, trace=call.trace)))
