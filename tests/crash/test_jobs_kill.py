"""A job whose worker was killed runs again."""

import asyncio
import signal
import subprocess
import sys

import pytest

from mainstem.platform.jobs import Job, Queue, run_worker
from mainstem.platform.postgres import Database

pytestmark = [pytest.mark.crash, pytest.mark.anyio]

WORKER = """
import asyncio, os, signal, sys
from mainstem.platform.jobs import Job, run_worker
from mainstem.platform.postgres import Database

async def die(database):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with Database(sys.argv[1]) as database:
        await run_worker(
            database, [Job("test.die", die)], asyncio.Event(), idempotency_retention_days=30, shutdown_seconds=1
        )

asyncio.run(main())
"""


async def test_the_job_of_a_killed_worker_runs_again(database: Database, database_url: str) -> None:
    ran = asyncio.Event()

    async def survive(_: Database) -> None:
        ran.set()

    kind = Job("test.die", survive)
    queue = Queue(database, [kind])
    async with database.transaction() as connection:
        await queue.enqueue(connection, kind, {})

    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", WORKER, database_url], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    async with database.transaction() as connection:
        cursor = await connection.execute("select status::text from procrastinate_jobs where task_name = 'test.die'")
        assert await cursor.fetchall() == [("doing",)]
        await connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
        # Its time comes each minute; a test does not wait for it.
        await queue.enqueue(connection, Job("platform.revive_jobs", survive), {})

    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(database, [kind], stop, idempotency_retention_days=30, shutdown_seconds=5))
    await asyncio.wait_for(ran.wait(), 30)
    stop.set()
    await asyncio.wait_for(worker, 15)
