"""A relay that is killed between a delivery and the move of its cursor delivers again after the restart."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.crash

EVENTS = 20
RELAY = """
import asyncio, os, signal, sys
from mainstem.platform import outbox
from mainstem.platform.outbox import Relay
from mainstem.platform.postgres import Database

url, path, fatal = sys.argv[1], sys.argv[2], int(sys.argv[3])
outbox.BATCH_EVENTS_MAX = 5
stop = asyncio.Event()

class Journal:
    name = "journal"

    async def deliver(self, events):
        with open(path, "a") as journal:
            journal.writelines(f"{event.id}\\n" for event in events)
        if any(event.id == fatal for event in events):
            os.kill(os.getpid(), signal.SIGKILL)
        if events[-1].id == 20:
            stop.set()

async def main():
    async with Database(url) as database:
        await Relay(database, [Journal()], 0.01).run(stop)

asyncio.run(main())
"""


def test_what_was_not_confirmed_is_delivered_again(database_url: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " select n, 'test.written', 1, 1, '', now(), '{}' from generate_series(1, %s) n",
            (EVENTS,),
        )

    def relay(fatal: int) -> tuple[int, list[int]]:
        journal.write_text("")
        code = subprocess.run(
            [sys.executable, "-c", RELAY, database_url, str(journal), str(fatal)], check=False, timeout=60
        ).returncode
        return code, [int(line) for line in journal.read_text().splitlines()]

    assert relay(fatal=8) == (-signal.SIGKILL, list(range(1, 11)))
    assert relay(fatal=13) == (-signal.SIGKILL, list(range(6, 16)))
    assert relay(fatal=0) == (0, list(range(11, EVENTS + 1)))
