"""The command that asks for a twin, and the job that replays it.

A job that was cut short runs again from the beginning, in a folder of its own: what it says changes nothing until the
whole result is there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from procrastinate import App, PsycopgConnector

from mainstem.analytics.twin import store
from mainstem.analytics.twin.contracts import TwinResult
from mainstem.analytics.twin.history import write_history
from mainstem.analytics.twin.running import replay
from mainstem.analytics.twin.store import State, TwinAsk
from mainstem.domains import catalog, orders, pricing
from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.jobs import Job
from mainstem.platform.loops import pause
from mainstem.platform.postgres import TRANSIENT, Connection, Database
from mainstem.platform.query import ask
from mainstem.platform.work import Work

PROGRESS_SECONDS = 1.0
NAME_LENGTH_MAX = 200

BAD_TWIN = declare(
    "bad_twin",
    Kind.INVALID,
    "This cannot be tried on history: {problem}.",
    "Correct the draft or the span.",
)


class TwinAsked(msgspec.Struct, frozen=True):
    """The id of a twin that waits for its turn."""

    id: int


async def _handle(work: Work, calls: Sequence[Call[TwinAsk]]) -> list[TwinAsked | Refusal]:
    await work.reserve_ids(len(calls))
    results: list[TwinAsked | Refusal] = []
    for call in calls:
        refusal = _wrong(call.command)
        if refusal is not None:
            results.append(refusal)
            continue
        number = work.ids.take()
        store.add(work, number, call.actor, call.command)
        await _enqueue(work.connection, number)
        results.append(TwinAsked(number))
    return results


def _wrong(asked: TwinAsk) -> Refusal | None:
    if not 0 < len(asked.name.strip()) <= NAME_LENGTH_MAX or "\0" in asked.name:
        return refuse(BAD_TWIN, "/name", problem=f"a name has 1 to {NAME_LENGTH_MAX} characters")
    if asked.since.tzinfo is None or asked.until.tzinfo is None:
        return refuse(BAD_TWIN, "/since", problem="moments need their offset from UTC")
    if asked.since >= asked.until:
        return refuse(BAD_TWIN, "/until", problem="the span ends before it begins")
    try:
        pricing.engine.compile_book(asked.draft.promotions)
    except ValueError as error:
        return refuse(BAD_TWIN, "/draft/promotions", problem=str(error)[:200])
    return None


ASK_TWIN: Operation[TwinAsk, TwinAsked] = Operation("twins.ask", TwinAsk, TwinAsked, _handle)


async def run_twin(database: Database, *, twin: int) -> None:
    """Replay a twin that was asked for, from its beginning; what is done already stays."""
    async with database.transaction() as connection:
        (view,) = await ask(connection, store.find(twin))
    if view is None or view.state in ("done", "failed"):
        return
    result: TwinResult | None = None
    problem: str | None = None
    try:
        with TemporaryDirectory(prefix="mainstem-twin-") as folder:
            async with _noting(database, twin) as note:
                result = await replayed(database, view.ask, Path(folder), note)
    except ValueError as error:
        problem = str(error)[:500]
    async with database.transaction() as connection:
        await store.close(connection, twin, result, problem)


async def replayed(database: Database, asked: TwinAsk, folder: Path, note: "Noted") -> TwinResult:
    """Lay the span down in a folder and replay it. Raises ValueError for what cannot be tried."""
    async with database.transaction() as connection:
        span = await _span(connection, asked)
    note("reading", 0, 0)
    await write_history(database, span, folder, stocked=asked.draft.elasticity is not None)
    return await asyncio.to_thread(replay, folder, asked.draft, lambda done, total: note("replaying", done, total))


Noted = Callable[[State, int, int], None]
"""Called with how far a twin has come."""


class Note:
    """How far a twin has come; the latest word counts."""

    def __init__(self) -> None:
        self.latest: tuple[State, int, int] = ("reading", 0, 0)

    def __call__(self, state: State, done: int, total: int) -> None:
        """Remember how far it is."""
        self.latest = (state, done, total)


@contextlib.asynccontextmanager
async def _noting(database: Database, twin: int) -> AsyncIterator[Note]:
    """Write down how far a twin has come, every PROGRESS_SECONDS while the block runs."""
    note = Note()

    # Told to stop, not cancelled: a statement that is cancelled looks like a passing failure.
    stop = asyncio.Event()

    async def run() -> None:
        while not stop.is_set():
            with contextlib.suppress(*TRANSIENT):  # the next note is soon
                async with database.transaction() as connection:
                    await store.move(connection, twin, *note.latest)
            await pause(stop, PROGRESS_SECONDS)

    task = asyncio.create_task(run())
    try:
        yield note
    finally:
        stop.set()
        await task


async def _span(connection: Connection, asked: TwinAsk) -> orders.Span:
    channels, nodes = await ask(
        connection,
        catalog.channels_by_code(() if asked.channel is None else (asked.channel,)),
        catalog.nodes_by_code(() if asked.node is None else (asked.node,)),
    )
    for code, known, what in ((asked.channel, channels, "channel"), (asked.node, nodes, "node")):
        if code is not None and code not in known:
            raise ValueError(f"there is no {what} {code}")
    return orders.Span(
        since=asked.since,
        until=asked.until,
        currency=asked.currency,
        channel=None if asked.channel is None else channels[asked.channel].id,
        node=None if asked.node is None else nodes[asked.node].id,
    )


JOB = "twins.run"
JOBS = (Job(JOB, run_twin),)


async def _enqueue(connection: Connection, number: int) -> None:
    """In the caller's transaction; one twin at a time, as each takes all cores."""
    deferrer = App(connector=PsycopgConnector()).configure_task(JOB, queue="mainstem", lock=JOB, connection=connection)
    await deferrer.defer_async(twin=number)
