"""Jobs in the caller's transaction, the worker's loops, and what is kept for a time only."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import psycopg
import pytest
from procrastinate.exceptions import TaskNotFound

from mainstem.platform import jobs, loops
from mainstem.platform.jobs import Job, Queue, run_worker
from mainstem.platform.loops import every
from mainstem.platform.postgres import Database
from mainstem.platform.retention import forget_answers

pytestmark = pytest.mark.anyio

SOON = 15.0


async def nothing(_: Database) -> None:
    pass


async def scalar(database: Database, sql: str) -> object:
    async with database.transaction() as connection:
        cursor = await connection.execute(sql)
        row = await cursor.fetchone()
    return None if row is None else row[0]


@contextlib.asynccontextmanager
async def working(database: Database, *kinds: Job, **options: object) -> AsyncIterator[None]:
    stop = asyncio.Event()
    settings = {"idempotency_retention_days": 30, "shutdown_seconds": 5.0} | options
    task = asyncio.create_task(run_worker(database, kinds, stop, **settings))  # type: ignore[arg-type]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, SOON)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON):
        while not await condition():  # noqa: ASYNC110 - it is the database that changes
            await asyncio.sleep(0.02)


async def test_a_job_exists_if_and_only_if_the_transaction_commits(database: Database) -> None:
    greet = Job("test.greet", nothing)
    queue = Queue(database, [greet])

    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as connection:
            await queue.enqueue(connection, greet, {"name": "lost"})
            raise ZeroDivisionError
    async with database.transaction() as connection:
        await queue.enqueue(connection, greet, {"name": "kept"}, {"name": "also"})

    assert await scalar(database, "select count(*) from procrastinate_jobs") == 2
    assert await scalar(database, "select bool_and(args->>'name' <> 'lost') from procrastinate_jobs") is True


async def test_an_unknown_job_is_a_mistake(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(TaskNotFound):
            await Queue(database, []).enqueue(connection, Job("test.unknown", nothing), {})


async def test_a_database_error_keeps_its_class(database: Database) -> None:
    greet = Job("test.greet", nothing)
    async with database.transaction() as connection:
        await connection.execute("set local lock_timeout = '50ms'")
        async with database.transaction() as other:
            await other.execute("lock table procrastinate_jobs")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await Queue(database, [greet]).enqueue(connection, greet, {})
        await connection.rollback()


async def test_the_worker_runs_a_job_with_its_arguments_and_forgets_it(database: Database) -> None:
    got: list[tuple[str, int]] = []

    async def greet(seen: Database, *, name: str, times: int) -> None:
        assert seen is database
        got.append((name, times))

    kind = Job("test.greet", greet)
    async with working(database, kind):
        async with database.transaction() as connection:
            await Queue(database, [kind]).enqueue(connection, kind, {"name": "茶", "times": 3})

        async def done() -> bool:
            return await scalar(
                database,
                "select count(*) from procrastinate_jobs where queue_name = 'mainstem' and task_name = 'test.greet'",
            ) == 0 and bool(got)

        await until(done)

    assert got == [("茶", 3)]


async def test_a_failing_job_is_tried_again_later(database: Database) -> None:
    async def fail(_: Database) -> None:
        raise ConnectionError("the carrier is away")

    kind = Job("test.fail", fail)
    async with database.transaction() as connection:
        await Queue(database, [kind]).enqueue(connection, kind, {})

    async def tried() -> bool:
        return await scalar(database, "select attempts from procrastinate_jobs where task_name = 'test.fail'") == 1

    async with working(database, kind):
        await until(tried)

    assert (
        await scalar(
            database,
            "select status::text || (scheduled_at > now()) from procrastinate_jobs where task_name = 'test.fail'",
        )
        == "todotrue"
    )


async def test_a_stop_lets_the_job_in_flight_end_and_begins_no_other(database: Database) -> None:
    begun = asyncio.Event()
    ended: list[int] = []

    async def slow(_: Database, *, number: int) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        ended.append(number)

    kind = Job("test.slow", slow)
    async with database.transaction() as connection:
        await Queue(database, [kind]).enqueue(connection, kind, *({"number": number} for number in range(20)))
    async with working(database, kind):
        await asyncio.wait_for(begun.wait(), SOON)

    assert 0 < len(ended) <= jobs.CONCURRENCY
    assert await scalar(
        database, "select count(*) from procrastinate_jobs where status = 'todo' and task_name = 'test.slow'"
    ) == 20 - len(ended)
    assert await scalar(database, "select count(*) from procrastinate_jobs where status = 'doing'") == 0


async def test_a_job_that_outlasts_the_stop_is_cut_off_and_runs_again(database: Database) -> None:
    begun = asyncio.Event()

    async def endless(_: Database) -> None:
        begun.set()
        await asyncio.sleep(3600)

    kind = Job("test.endless", endless)
    async with database.transaction() as connection:
        await Queue(database, [kind]).enqueue(connection, kind, {})
    async with working(database, kind, shutdown_seconds=0.1):
        await asyncio.wait_for(begun.wait(), SOON)

    assert (
        await scalar(database, "select status::text from procrastinate_jobs where task_name = 'test.endless'") == "todo"
    )


async def test_the_worker_seals_and_runs_further_loops(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " values (1, 'test.written', 1, 1, '', now(), '{}')"
        )
    looped = asyncio.Event()

    async def step() -> None:
        looped.set()

    async def sealed() -> bool:
        return await scalar(database, "select count(*) from platform.event_seal") == 1

    async with working(database, loops=[partial(every, 60, step)]):
        await asyncio.wait_for(looped.wait(), SOON)
        await until(sealed)


@pytest.fixture
async def unheard() -> AsyncIterator[None]:
    """A worker of procrastinate that loses the database may leave an exception of a side task to the event loop."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, _context: None)
    yield
    gc.collect()
    loop.set_exception_handler(handler)


@pytest.mark.usefixtures("unheard")
async def test_the_worker_survives_an_outage(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "BACKOFF_SECONDS", (0.1,))
    ran = asyncio.Event()

    async def note(_: Database) -> None:
        ran.set()

    kind = Job("test.note", note)

    async def connected() -> bool:
        return bool(
            await scalar(database, "select count(*) > 1 from pg_stat_activity where application_name = 'mainstem jobs'")
        )

    async with working(database, kind):
        await until(connected)
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'mainstem jobs'"
            )
            await asyncio.sleep(0.2)
            async with await psycopg.AsyncConnection.connect(database_url) as connection:
                await Queue(database, [kind]).enqueue(connection, kind, {})
        await asyncio.wait_for(ran.wait(), SOON)


async def test_a_loop_goes_on_after_a_failure_and_at_once_when_there_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "BACKOFF_SECONDS", (0.01,))
    stop = asyncio.Event()
    answers: list[bool | Exception | None] = [True, ZeroDivisionError(), True, None]

    async def step() -> bool | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if not answers:
            stop.set()
        return answer

    async with asyncio.timeout(SOON):
        await every(3600, step, stop)

    assert answers == []


async def test_old_answers_are_forgotten_in_batches(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.idempotency (key, fingerprint, answer, created_at)"
            " select int4send(n), '', '', now() - make_interval(days => case when n <= 1000 then 31 else 29 end)"
            " from generate_series(1, 1500) n"
        )

    assert await forget_answers(database, 30, batch=300) == 1000
    assert await forget_answers(database, 30, batch=300) == 0

    assert await scalar(database, "select count(*) from platform.idempotency") == 500
