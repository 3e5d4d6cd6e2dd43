"""Jobs: work for later, kept in the database by procrastinate, and the worker that does it.

A job is enqueued in the caller's transaction: it exists if and only if that commits. It runs at least once: what was
cut short by a kill runs again, so a job must bear being repeated. Jobs are short; a million customers who wait are rows
with a due time, not jobs. What happens every few seconds is a loop of the worker: procrastinate counts in minutes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.types import JSONValue

from mainstem.platform import retention, seal, verification
from mainstem.platform.loops import every, pause
from mainstem.platform.postgres import TRANSIENT, Connection, Database

ATTEMPTS_MAX = 5
"""How often a failing job runs; the pauses are 4, 16, 64 and 256 seconds."""

CONCURRENCY = 4
"""Jobs that one worker runs at once."""

SEAL_SECONDS = 1
"""Pause between two seals of the event log, when all of it was sealed."""

SEAL_PAUSE_SECONDS = 0.03

ERROR_LENGTH_MAX = 2_000
"""Characters that are kept of what a failed job said."""

STALLED_SECONDS = 30
"""A worker that has been silent for so long is dead; its jobs run again."""

FINISHED_KEPT_HOURS = 30 * 24
"""How long a job that failed or was cancelled is kept to be looked at; those that succeeded go at once."""

CATCH_UP_SECONDS = 24 * 3600
"""A periodic job whose time passed while no worker ran is made up for if that is no longer ago."""

POLL_SECONDS = 5.0
"""Pause between two looks for jobs, should a notification be lost."""

_OPTIONS = "-c timezone=UTC -c statement_timeout=300s -c idle_in_transaction_session_timeout=120s"

_log = structlog.get_logger(__name__)

Loop = Callable[[asyncio.Event], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job: its name, kept for good, and what it does with the arguments it was enqueued with.

    With `cron` (five fields, UTC) it is enqueued at those times, without arguments, once for all workers.
    """

    name: str
    run: Callable[..., Awaitable[None]]
    cron: str | None = None


class Queue:
    """The jobs of one database. To enqueue it needs no connection of its own and is not opened."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self.app = App(
            connector=PsycopgConnector(
                conninfo=database.url,
                min_size=1,
                max_size=CONCURRENCY + 1,
                kwargs={"options": _OPTIONS, "application_name": "mainstem jobs"},
            ),
            periodic_defaults={"max_delay": CATCH_UP_SECONDS},
        )
        own = [
            Job("platform.revive_jobs", self._revive, cron="* * * * *"),
            Job("platform.delete_finished_jobs", self._delete_finished, cron="37 3 * * *"),
        ]
        for job in (*own, *jobs):
            self._register(job)

    async def enqueue(self, connection: Connection, job: Job, *arguments: Mapping[str, JSONValue]) -> None:
        """Enqueue the job once for each set of arguments, in the caller's transaction and in one statement.

        Commits with enqueued jobs notify the workers and therefore wait for each other: not for the path of an order.
        """
        deferrer = self.app.configure_task(job.name, allow_unknown=False, connection=connection)
        try:
            await deferrer.batch_defer_async(*(dict(each) for each in arguments))
        except ConnectorException as error:
            if isinstance(error.__cause__, psycopg.Error):
                raise error.__cause__ from error  # The caller knows by its class whether to try again.
            raise

    def _register(self, job: Job) -> None:
        async def run(context: JobContext, /, timestamp: int = 0, **arguments: JSONValue) -> None:
            """Procrastinate tells a periodic job its time, which none of ours asks for."""
            del timestamp
            try:
                await job.run(self._database, **arguments)
            except Exception as error:
                _log.exception("job failed", job=job.name)
                await self._note_failure(context.job.id, error)
                raise

        task = self.app.task(
            name=job.name,
            queue="mainstem",
            retry=RetryStrategy(max_attempts=ATTEMPTS_MAX, exponential_wait=4),
            pass_context=True,
        )(run)
        if job.cron is not None:
            self.app.periodic(cron=job.cron)(task)

    async def _note_failure(self, number: int | None, error: Exception) -> None:
        """Keep what a failed attempt said, for who looks at the job."""
        with suppress(*TRANSIENT):
            async with self._database.transaction() as connection:
                await connection.execute(
                    "insert into platform.job_failure (job, error) values (%s, %s)"
                    " on conflict (job) do update set error = excluded.error, failed_at = now()",
                    (number, f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX].replace("\0", "")),
                )

    async def _revive(self, _: Database) -> None:
        for stalled in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            _log.warning("job of a dead worker runs again", job=stalled.task_name, id=stalled.id)
            await self.app.job_manager.retry_job(stalled)

    async def _delete_finished(self, _: Database) -> None:
        await self.app.job_manager.delete_old_jobs(
            nb_hours=FINISHED_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )
        async with self._database.transaction() as connection:
            await connection.execute(
                "delete from platform.job_failure as f"
                " where not exists (select from procrastinate_jobs as j where j.id = f.job)"
            )


def housekeeping(idempotency_retention_days: int) -> list[Job]:
    """What every database needs done: old answers forgotten, the head of the seals written to the log."""

    async def forget_answers(database: Database) -> None:
        count = await retention.forget_answers(database, idempotency_retention_days)
        _log.info("answers forgotten", count=count)

    async def note_head(database: Database) -> None:
        async with database.transaction() as connection:
            head = await seal.head(connection)
        _log.info("event log sealed", number=head.number, hash=head.hash.hex())

    return [
        Job("platform.forget_answers", forget_answers, cron="17 3 * * *"),
        Job("platform.note_seal_head", note_head, cron="5 * * * *"),
        Job(verification.JOB, verification.run),
    ]


async def run_worker(
    database: Database,
    jobs: Sequence[Job],
    stop: asyncio.Event,
    *,
    idempotency_retention_days: int,
    shutdown_seconds: float,
    loops: Sequence[Loop] = (),
) -> None:
    """Do the jobs of all rooms and the platform's own, seal the events and run further loops, until told to stop.

    Then no job is begun, those in flight have `shutdown_seconds`, and what is cut off runs again later. Survives an
    outage of the database. Several workers may run for one database.
    """
    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # At INFO it tells of every periodic job.
    queue = Queue(database, [*housekeeping(idempotency_retention_days), *jobs])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(every(1, partial(_work, queue.app, stop, shutdown_seconds), stop, name="jobs"), name="worker")
        tasks.create_task(every(SEAL_SECONDS, partial(_seal, database, stop), stop, name="seal"))
        for loop in loops:
            tasks.create_task(loop(stop))


async def _work(app: App, stop: asyncio.Event, shutdown_seconds: float) -> None:
    """Run a procrastinate worker until told to stop. Raises when it ends by itself, as it does without a database."""
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL_SECONDS,
                install_signal_handlers=False,
                shutdown_graceful_timeout=shutdown_seconds,
                stalled_worker_timeout=STALLED_SECONDS,
            )
        )
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            worker.cancel()  # which lets the jobs in flight end
            await asyncio.wait({worker})
        if not worker.cancelled():
            worker.result()
            raise RuntimeError("the worker ended by itself; its log says why")


async def _seal(database: Database, stop: asyncio.Event) -> bool:
    more = await seal.seal_pending(database) == seal.SEAL_EVENTS_MAX
    if more:
        await pause(stop, SEAL_PAUSE_SECONDS)  # a burst of events is sealed piece by piece, beside the requests
    return more
