"""A follower, or a refresh, that is killed in the middle goes on without loss, and does nothing twice."""

import asyncio
import signal
import subprocess
import sys

import pytest

from mainstem.platform import checkpoint
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes import refresh_customers
from mainstem.processes.refresh_customers import refresh_step
from tests.unit.followed_shop import FollowedShop
from tests.unit.household_people import audit_households, follow, published
from tests.unit.identity_people import rows

pytestmark = [pytest.mark.crash, pytest.mark.anyio]

PEOPLE = 12

FOLLOWER = """
import asyncio, os, signal, sys
from mainstem.platform import execution, outbox
from mainstem.platform.execution import Executor
from mainstem.platform.outbox import Relay
from mainstem.platform.postgres import Database
from mainstem.processes.follow_customers import FollowCustomers
from tests.vaults import VAULT

url, where, fatal, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
outbox.BATCH_EVENTS_MAX = 7
stop = asyncio.Event()
written = 0

class Dying(FollowCustomers):
    async def deliver(self, events):
        await super().deliver(events)
        if where == "delivered" and written == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        if any(event.id == last for event in events):
            stop.set()

real = execution._finish

async def finish(work):
    global written
    written += 1
    if where == "before the commit" and written == fatal:
        await work.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    await real(work)

execution._finish = finish

async def main():
    async with Database(url, vault=VAULT) as database:
        await Relay(database, [Dying(Executor(database))], 0.01).run(stop)

asyncio.run(main())
"""

REFRESH = """
import asyncio, os, signal, sys
from mainstem.platform import checkpoint
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes import refresh_customers
from tests.vaults import VAULT

refresh_customers.CUSTOMERS_MAX = 5
saved = 0
real = checkpoint.save

async def save(database, name, position):
    global saved
    saved += 1
    if saved == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    await real(database, name, position)

checkpoint.save = save

async def main():
    async with Database(sys.argv[1], vault=VAULT) as database:
        executor = Executor(database)
        while await refresh_customers.refresh_step(executor):
            pass

asyncio.run(main())
"""


async def run(program: str, *arguments: str) -> int:
    process = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program, *arguments], check=False, timeout=90
    )
    return process.returncode


async def lived(executor: Executor) -> FollowedShop:
    """A shop in which much has happened, and nothing was followed."""
    shop = await FollowedShop(executor).open()
    for number in range(PEOPLE):
        await shop.identifies(("till", f"c{number}"), number % 3)
        for place in range(number % 3):
            await shop.sells(f"c{number}", 10 * number + place, amount=700 * (place + 1))
    first, *_, last = sorted(shop.done)
    await shop.takes_back(first)
    await shop.takes_back(last)
    records = [await shop.record_of(("till", f"c{number}")) for number in (1, 2, 5)]
    assert records[0] is not None
    assert records[1] is not None
    assert records[2] is not None
    await shop.merges(records[0], records[1])
    await shop.tags_with(records[0], "friend", attach=True)
    await shop.erases(records[2])
    return shop


@pytest.mark.parametrize("where", ["before the commit", "delivered"])
async def test_a_killed_follower_goes_on(executor: Executor, database_url: str, where: str) -> None:
    shop = await lived(executor)
    before = await published(executor)
    last = str(before[-1].id)

    codes = [await run(FOLLOWER, database_url, where, str(fatal), last) for fatal in (1, 2, 3)]
    assert codes == [-signal.SIGKILL] * 3
    if where == "before the commit":
        ((moved,),) = await rows(executor, "select count(*) from platform.event_cursor where id > 0")
        assert moved == 1, "the second got past what the first had begun"
    assert await run(FOLLOWER, database_url, "nowhere", "0", last) == 0

    assert len(before) < len(await published(executor)), "members were told of"
    await shop.agrees()
    await shop.told_once()
    await audit_households(executor)
    kept = await shop.derived()
    await shop.forget_derived()
    await follow(executor)
    assert await shop.derived() == kept


async def test_a_killed_refresh_goes_on_where_it_was(
    executor: Executor, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await lived(executor)
    await follow(executor)
    spenders = shop.segments["spenders"]
    members = await rows(executor, "select customer from customers.segment_member where segment = %s", spenders)
    assert members
    await rows(executor, "update customers.activity set day = day - 400 returning occasion")

    assert await run(REFRESH, database_url, "2") == -signal.SIGKILL
    saved = await checkpoint.load(database, refresh_customers.NAME)
    assert saved["after"] is not None, "the first step was kept, the second done and not noted"
    monkeypatch.setattr(refresh_customers, "CUSTOMERS_MAX", 5)
    steps = 1
    while await refresh_step(executor):
        steps += 1

    assert steps == 2, "what was noted is not done again"
    assert await rows(executor, "select customer from customers.segment_member where segment = %s", spenders) == []
    left = [change for change in await shop.changes() if change[0] == "left" and change[1] == spenders]
    assert sorted(customer for _, _, customer in left) == sorted(row[0] for row in members)
    await shop.told_once()
