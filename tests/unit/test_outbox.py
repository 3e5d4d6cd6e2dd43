"""The relay on one writer: order, retries, cursors, listeners."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from mainstem.platform import loops, outbox, telemetry
from mainstem.platform.outbox import Published, Relay, RestoredElsewhereError
from mainstem.platform.postgres import Database

pytestmark = pytest.mark.anyio

SOON = 10.0
POLL = 0.01


class Collector:
    """A subscriber that keeps what it gets, after failing as often as told."""

    def __init__(self, name: str, failures: int = 0) -> None:
        self.name = name
        self.failures = failures
        self.got: list[int] = []

    async def deliver(self, events: Sequence[Published]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the sink is away")
        self.got += [event.id for event in events]


async def write(database: Database, ids: Sequence[int], payload: str = "{}") -> None:
    async with database.transaction() as connection:
        await connection.cursor().executemany(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " values (%s, 'test.written', 7, 3, 'trace', %s, %s)",
            [(number, datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), payload) for number in ids],
        )


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, SOON)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.005)


async def cursor_of(database: Database, name: str) -> int:
    async with database.transaction() as connection:
        cursor = await connection.execute("select id from platform.event_cursor where subscriber = %s", (name,))
        row = await cursor.fetchone()
    return -1 if row is None else int(row[0])


async def test_every_event_is_delivered_once_and_in_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH_EVENTS_MAX", 4)
    collector = Collector("all")
    await write(database, [5, 2, 9])
    await write(database, range(10, 30))

    async with running(Relay(database, [collector], POLL)):
        await until(lambda: len(collector.got) == 23)
        await write(database, [3])
        await until(lambda: len(collector.got) == 24)
        await until(lambda: cursor_is(database, "all", 3))

    assert collector.got == [2, 5, 9, *range(10, 30), 3]


async def cursor_is(database: Database, name: str, event: int) -> bool:
    return await cursor_of(database, name) == event


async def test_an_event_is_delivered_as_it_was_written(database: Database) -> None:
    kept: list[Published] = []

    class Keeper:
        name = "keeper"

        async def deliver(self, events: Sequence[Published]) -> None:
            kept.extend(events)

    await write(database, [1], '{"b": 1,  "a": "库存"}')
    async with running(Relay(database, [Keeper()], POLL)):
        await until(lambda: bool(kept))

    (event,) = kept
    assert (event.id, event.type, event.subject, event.actor, event.trace) == (1, "test.written", 7, 3, "trace")
    assert event.occurred_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert event.payload == '{"b": 1,  "a": "库存"}'
    assert event.xid > 0


async def test_a_second_run_goes_on_from_the_cursor(database: Database) -> None:
    first, second = Collector("same"), Collector("same")
    await write(database, [1, 2])
    async with running(Relay(database, [first], POLL)):
        await until(lambda: cursor_is(database, "same", 2))
    await write(database, [3])
    async with running(Relay(database, [second], POLL)):
        await until(lambda: bool(second.got))

    assert (first.got, second.got) == ([1, 2], [3])


async def test_a_failing_subscriber_gets_them_again_and_holds_nobody_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "BACKOFF_SECONDS", (0.05,))
    failing, well = Collector("failing", failures=3), Collector("well")
    await write(database, [1, 2])

    async with running(Relay(database, [failing, well], POLL)):
        await until(lambda: well.got == [1, 2])
        assert failing.got == []
        await until(lambda: failing.got == [1, 2])


async def test_a_slow_subscriber_holds_nobody_up(database: Database) -> None:
    go_on = asyncio.Event()

    class Slow(Collector):
        async def deliver(self, events: Sequence[Published]) -> None:
            await go_on.wait()
            await super().deliver(events)

    slow, well = Slow("slow"), Collector("well")
    await write(database, [1])
    async with running(Relay(database, [slow, well], POLL)):
        await until(lambda: well.got == [1])
        # Written while the delivery to the slow one is in flight: its transaction must not hide what follows.
        await write(database, [2])
        await until(lambda: well.got == [1, 2])
        assert slow.got == []
        go_on.set()
        await until(lambda: slow.got == [1, 2])


async def test_a_subscriber_that_never_returns_has_failed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "BACKOFF_SECONDS", (0.05,))
    monkeypatch.setattr(outbox, "DELIVERY_SECONDS_MAX", 0.05)

    class Hanging(Collector):
        async def deliver(self, events: Sequence[Published]) -> None:
            if self.failures:
                self.failures -= 1
                await asyncio.sleep(3600)
            await super().deliver(events)

    hanging = Hanging("hanging", failures=1)
    await write(database, [1])
    async with running(Relay(database, [hanging], POLL)):
        await until(lambda: hanging.got == [1])


async def test_a_stop_lets_the_delivery_in_flight_end(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Collector):
        async def deliver(self, events: Sequence[Published]) -> None:
            begun.set()
            await go_on.wait()
            await super().deliver(events)

    slow, stop = Slow("slow"), asyncio.Event()
    await write(database, [1])
    run = asyncio.create_task(Relay(database, [slow], POLL).run(stop))
    await asyncio.wait_for(begun.wait(), SOON)
    stop.set()
    go_on.set()
    await asyncio.wait_for(run, SOON)

    assert await cursor_of(database, "slow") == 1


async def test_listeners_hear_of_the_present_only(database: Database) -> None:
    relay = Relay(database, [], POLL)
    await write(database, [1, 2])

    async with running(relay):
        await asyncio.sleep(0.1)
        with relay.listen() as one, relay.listen() as other:
            await write(database, [3])
            await write(database, [4])
            heard: list[int] = []
            while len(heard) < 2:
                news = await asyncio.wait_for(one.take(), SOON)
                assert not news.resync
                heard += [event.id for event in news.events]
            assert heard == [3, 4]
            await until(lambda: len(other._waiting) == 2)


async def test_a_slow_listener_is_told_to_read_anew(database: Database) -> None:
    relay = Relay(database, [], POLL)
    async with running(relay):
        await asyncio.sleep(0.1)
        with relay.listen(events_max=3) as slow, relay.listen() as quick:
            await write(database, [1, 2, 3])
            await until(lambda: len(quick._waiting) == 3)
            await write(database, [4])
            await until(lambda: len(quick._waiting) == 4)
            await write(database, [5])
            await until(lambda: len(quick._waiting) == 5)

            news = await asyncio.wait_for(slow.take(), SOON)
            assert news.resync
            assert [event.id for event in news.events] == [5]
            await write(database, [6])
            news = await asyncio.wait_for(slow.take(), SOON)
            assert not news.resync
            assert [event.id for event in news.events] == [6]


async def test_the_lag_is_measured(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH_EVENTS_MAX", 2)
    monkeypatch.setattr(outbox, "LAG_SECONDS", 0)
    gauge = telemetry.EVENT_LAG.labels("behind")
    seen: list[float] = []

    class Behind(Collector):
        async def deliver(self, events: Sequence[Published]) -> None:
            seen.append(gauge._value.get())
            await super().deliver(events)

    await write(database, range(1, 7))
    async with running(Relay(database, [Behind("behind")], POLL)):
        await until(lambda: cursor_is(database, "behind", 6))
        await until(lambda: gauge._value.get() == 0)

    assert seen == [0, 4, 2]


async def test_events_numbered_ahead_of_the_server_are_noticed(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload)"
            " values ('9000000000', 1, 'test.written', 1, 1, '', now(), '{}')"
        )

    with pytest.raises(RestoredElsewhereError, match="restored from a dump"):
        await Relay(database, [], POLL).run(asyncio.Event())


@pytest.mark.parametrize(
    ("sql", "parameters"), [("_AFTER_CURSOR", (500, "reader")), ("_AFTER_POSITION", ("5", 7, 500)), ("_LAG", (9, "x"))]
)
async def test_the_events_are_found_by_the_primary_key(
    database: Database, sql: str, parameters: tuple[object, ...]
) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload)"
            " select (n / 3)::text::xid8, n, 'test.written', n, 1, '', now(), '{}' from generate_series(1, 20000) n"
        )
        await connection.execute("insert into platform.event_cursor values ('reader', '6000', 18000)")
        await connection.execute("analyze platform.event")
        cursor = await connection.execute("explain " + getattr(outbox, sql), parameters)
        plan = "\n".join(line for (line,) in await cursor.fetchall())

    assert "event_pkey" in plan
    assert re.search(r"Index Cond: \(+ROW\(xid, id\) > ROW\(", plan)
    assert "Seq Scan on event" not in plan.replace("Seq Scan on event_cursor", "")
