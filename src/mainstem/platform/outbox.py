"""The relay: publishes the events that were written in the transactions of the commands.

A sequence alone is not commit order: a lower number may become visible after a higher one was read. Every event carries
the id of its transaction, and only events of transactions below the snapshot's xmin are read: all of those have ended,
so reading in (xid, id) order skips nothing. The price: the oldest running write anywhere in the server delays all
events behind it, so imports commit in batches.

Durable subscribers get every event at least once, in order, in one process at a time. Listeners get the events of the
present, in their own process, as fast as they take them.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import msgspec

from mainstem.platform import telemetry
from mainstem.platform.loops import every
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Row, read

BATCH_EVENTS_MAX = 500
"""Events handed to a subscriber at once."""

DELIVERY_SECONDS_MAX = 60
"""How long a subscriber may take for a batch; then it has failed. The session's own idle limit is twice that."""

LISTENER_EVENTS_MAX = 1_000
"""Events that wait for a slow listener; beyond it all are dropped and the listener is told to read the state anew."""

LAG_SECONDS = 5
"""Pause between two measurements of a subscriber's lag."""

LAG_EVENTS_MAX = 10_000
"""The lag is counted up to this."""

_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('mainstem.outbox.' || %b::text, 0))"

_COLUMNS = "e.xid::text, e.id, e.type, e.subject, e.actor, e.trace, e.occurred_at, e.recorded_at, e.payload::text"

_AFTER_CURSOR = f"""
select {_COLUMNS}
from platform.event_cursor c
cross join lateral (
    select * from platform.event
    where (xid, id) > (c.xid, c.id) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid, id
    limit %b::integer
) e
where c.subscriber = %b::text
order by e.xid, e.id
"""  # noqa: S608 - the columns are above

_AFTER_POSITION = f"""
select {_COLUMNS}
from platform.event e
where (e.xid, e.id) > (%b::text::xid8, %b::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
order by e.xid, e.id
limit %b::integer
"""  # noqa: S608 - the columns are above

_LAG = """
select count(*)
from (
    select from platform.event_cursor c
    cross join lateral (
        select from platform.event where (xid, id) > (c.xid, c.id) order by xid, id limit %b::integer
    ) e
    where c.subscriber = %b::text
) behind
"""


class Published(msgspec.Struct, frozen=True, gc=False):
    """An event as it was committed; `payload` is JSON text. (xid, id) is its place in the order of publication."""

    xid: int
    id: int
    type: str
    subject: int
    actor: int
    trace: str
    occurred_at: datetime
    recorded_at: datetime
    payload: str


class Subscriber(Protocol):
    """Who must get every event. The name is kept for good: the progress in the database belongs to it."""

    @property
    def name(self) -> str:
        """Unique among all subscribers of a database."""

    async def deliver(self, events: Sequence[Published]) -> None:
        """Take the next events, in order. What raises, or is killed before it returns, gets them again."""


class News(msgspec.Struct, frozen=True):
    """The next events for a listener. With `resync` it has missed some before them: it reads the state anew."""

    events: list[Published]
    resync: bool


class RestoredElsewhereError(Exception):
    """The events come from a server whose transactions were numbered further than this one's (`en`, `zh`)."""

    def __init__(self) -> None:
        self.en = (
            "The events in the database are numbered ahead of the server's transactions: it was restored from a dump "
            "into another server. New events would be skipped. Restore it as a physical backup, or advance the "
            "server's transaction id with `pg_resetwal --next-transaction-id` and `--epoch`."
        )
        self.zh = (
            "数据库中事件的编号超前于服务器的事务编号：它是从转储恢复到另一台服务器的，新事件会被跳过。"
            "请用物理备份恢复，或用 `pg_resetwal --next-transaction-id` 和 `--epoch` 推进服务器的事务编号。"
        )
        super().__init__(self.en)


class Listener:
    """The events of the present for one reader in this process; made by `Relay.listen`."""

    def __init__(self, events_max: int) -> None:
        self._waiting: deque[Published] = deque()
        self._events_max = events_max
        self._resync = False
        self._arrived = asyncio.Event()

    async def take(self) -> News:
        """What arrived since the last call; waits until something has."""
        await self._arrived.wait()
        news = News(list(self._waiting), self._resync)
        self._waiting.clear()
        self._resync = False
        self._arrived.clear()
        return news

    def offer(self, events: Sequence[Published]) -> None:
        """Hand over events without waiting; when they do not fit, everything waiting is dropped."""
        if len(self._waiting) + len(events) > self._events_max:
            self._waiting.clear()
            self._resync = True
        else:
            self._waiting.extend(events)
        self._arrived.set()


class Relay:
    """Delivers events to durable subscribers and listeners; several processes may run one for the same database.

    A subscriber holds one connection of `database` while it is delivered to: the pool needs one for each and one
    more. `poll_seconds` is the pause after everything has been delivered, and so the delay of an event when idle.
    """

    def __init__(self, database: Database, subscribers: Sequence[Subscriber], poll_seconds: float) -> None:
        names = [subscriber.name for subscriber in subscribers]
        assert len(names) == len(set(names)), f"two subscribers have one name: {names}"
        self._database = database
        self._deliveries = [_Delivery(database, subscriber) for subscriber in subscribers]
        self._present = _Present(database)
        self._poll_seconds = poll_seconds

    @contextmanager
    def listen(self, events_max: int = LISTENER_EVENTS_MAX) -> Iterator[Listener]:
        """A listener for as long as the block lasts; while the relay runs, it hears of all that is committed then."""
        listener = Listener(events_max)
        self._present.listeners.add(listener)
        try:
            yield listener
        finally:
            self._present.listeners.discard(listener)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; a delivery in flight is finished. Survives failures of sinks and database.

        Raises `RestoredElsewhereError` when the transaction ids of the events cannot be trusted.
        """
        async with self._database.transaction() as connection:
            await _check_transaction_ids(connection)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(self._poll_seconds, self._present.inform, stop, name="listeners"))
            for delivery in self._deliveries:
                tasks.create_task(every(self._poll_seconds, delivery.step, stop, name=delivery.name))


class _Delivery:
    """The way of the events to one durable subscriber."""

    def __init__(self, database: Database, subscriber: Subscriber) -> None:
        self.name = subscriber.name
        self._database = database
        self._subscriber = subscriber
        self._registered = False
        self._measured = -float(LAG_SECONDS)

    async def step(self) -> bool:
        """Deliver one batch; whether there may be more."""
        if not self._registered:
            await self._register()
        count = await self._deliver()
        now = asyncio.get_running_loop().time()
        if count is not None and now - self._measured >= LAG_SECONDS:
            self._measured = now
            await self._measure_lag()
        return count == BATCH_EVENTS_MAX

    async def _register(self) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                "insert into platform.event_cursor (subscriber, xid, id) values (%s, '0', 0) on conflict do nothing",
                (self.name,),
            )
        self._registered = True

    async def _deliver(self) -> int | None:
        """Deliver the next events and move the cursor; how many, None if another process serves the subscriber.

        The lock is an advisory one: a locked row would give this transaction an id, and the wait for a slow sink would
        hold everybody's events back. The transaction gets its id with its last statement.
        """
        async with self._database.transaction() as connection:
            ((locked,),), rows = await read(
                connection, (_LOCK, (self.name,)), (_AFTER_CURSOR, (BATCH_EVENTS_MAX, self.name))
            )
            if not locked:
                return None
            if not rows:
                return 0
            events = [_published(row) for row in rows]
            async with asyncio.timeout(DELIVERY_SECONDS_MAX):
                await self._subscriber.deliver(events)
            await connection.execute(
                "update platform.event_cursor set xid = %s::text::xid8, id = %s, moved_at = now()"
                " where subscriber = %s",
                (str(events[-1].xid), events[-1].id, self.name),
            )
        return len(events)

    async def _measure_lag(self) -> None:
        async with self._database.transaction() as connection:
            (((count,),),) = await read(connection, (_LAG, (LAG_EVENTS_MAX, self.name)))
        telemetry.EVENT_LAG.labels(self.name).set(count)


class _Present:
    """What is published from now on, read once for all listeners of this process."""

    def __init__(self, database: Database) -> None:
        self.listeners: set[Listener] = set()
        self._database = database
        self._position: tuple[str, int] | None = None

    async def inform(self) -> bool:
        """Hand one batch to the listeners; whether there may be more.

        Without listeners the position follows the present, so that a new one misses nothing from then on.
        """
        async with self._database.transaction() as connection:
            if self._position is None or not self.listeners:
                (((xmin,),),) = await read(connection, ("select pg_snapshot_xmin(pg_current_snapshot())::text", ()))
                self._position = (xmin, -1)
                return False
            (rows,) = await read(connection, (_AFTER_POSITION, (*self._position, BATCH_EVENTS_MAX)))
        if rows:
            events = [_published(row) for row in rows]
            self._position = (str(events[-1].xid), events[-1].id)
            for listener in self.listeners:
                listener.offer(events)
        return len(rows) == BATCH_EVENTS_MAX


async def _check_transaction_ids(connection: Connection) -> None:
    cursor = await connection.execute(
        "select xid >= pg_snapshot_xmax(pg_current_snapshot()) from platform.event order by xid desc, id desc limit 1"
    )
    newest = await cursor.fetchone()
    if newest is not None and newest[0]:
        raise RestoredElsewhereError


def _published(row: Row) -> Published:
    return Published(int(row[0]), *row[1:])
