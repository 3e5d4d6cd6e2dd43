"""Many writers commit out of order, some roll back: the relay skips nothing and repeats nothing."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from contextlib import suppress

import pytest

from mainstem.platform import outbox
from mainstem.platform.outbox import Published, Relay
from mainstem.platform.postgres import Database

pytestmark = [pytest.mark.races, pytest.mark.anyio]

WRITERS = 24
TRANSACTIONS = 40
PROCESSES = 2


class RolledBack(Exception):  # noqa: N818 - not an error
    pass


class Collector:
    def __init__(self, name: str, into: list[Published]) -> None:
        self.name = name
        self.into = into

    async def deliver(self, events: Sequence[Published]) -> None:
        await asyncio.sleep(random.uniform(0, 0.002))
        self.into += events


async def test_every_committed_event_is_seen_once_in_order(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH_EVENTS_MAX", 7)
    ids = itertools.count(1)
    committed: set[int] = set()
    seen: dict[str, list[Published]] = {"one": [], "two": []}
    heard: list[Published] = []
    stop = asyncio.Event()

    async def write(database: Database) -> None:
        for _ in range(TRANSACTIONS):
            written: list[int] = []
            with suppress(RolledBack):
                async with database.transaction() as connection:
                    for _ in range(random.randint(1, 4)):
                        written.append(next(ids))
                        await connection.execute(
                            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
                            " values (%s, 'test.written', 1, 1, '', now(), '{}')",
                            (written[-1],),
                        )
                        await asyncio.sleep(random.choice((0, 0, 0.001, 0.02)))
                    if random.random() < 0.2:
                        raise RolledBack
                committed.update(written)

    async with Database(database_url, pool_size=WRITERS) as writing, Database(database_url, pool_size=8) as reading:
        relays = [
            Relay(reading, [Collector(name, events) for name, events in seen.items()], 0.001) for _ in range(PROCESSES)
        ]
        running = [asyncio.create_task(relay.run(stop)) for relay in relays]
        await asyncio.sleep(0.1)
        with relays[0].listen(events_max=100_000) as listener:
            await asyncio.gather(*(write(writing) for _ in range(WRITERS)))
            async with asyncio.timeout(30):
                while any(len(events) < len(committed) for events in seen.values()):  # noqa: ASYNC110 - a bound on the test
                    await asyncio.sleep(0.01)
                while len(heard) < len(committed):
                    heard += (await listener.take()).events
        stop.set()
        await asyncio.gather(*running)

    assert len(committed) > WRITERS * TRANSACTIONS
    for events in (*seen.values(), heard):
        places = [(event.xid, event.id) for event in events]
        assert places == sorted(set(places))
        assert {event.id for event in events} == committed
    # The test would not notice a skipping reader if ids had become visible in their own order.
    assert [event.id for event in seen["one"]] != sorted(committed)
