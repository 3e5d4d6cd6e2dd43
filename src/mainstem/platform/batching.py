"""The batcher: single requests become batches while earlier batches are in flight.

No timer: an idle batcher starts at once with whatever arrived in the same turn of the event loop. While `lanes` batches
are in flight, arrivals wait and go together. The queue is bounded; beyond it a request is refused as busy.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mainstem.kernel.refusals import BUSY, RefusedError, refuse
from mainstem.platform import telemetry
from mainstem.platform.execution import Call, Outcome

Run = Callable[[Sequence[Call[Any]]], Awaitable[list[Outcome]]]


class Batcher:
    """Coalesces the calls of one operation."""

    def __init__(self, name: str, run: Run, *, size_max: int, lanes: int, queue_max: int) -> None:
        self._name = name
        self._run = run
        self._size_max = size_max
        self._lanes = lanes
        self._queue_max = queue_max
        self._waiting: deque[tuple[Call[Any], asyncio.Future[Outcome]]] = deque()
        self._flying: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def submit(self, call: Call[Any]) -> Outcome:
        """The outcome of a call once it is committed; refused as busy when the queue is full."""
        return await self._enqueue(call)

    async def submit_many(self, calls: Sequence[Call[Any]]) -> list[Outcome]:
        """The outcomes of several calls, in order; all are taken or none."""
        if len(self._waiting) + len(calls) > self._queue_max:
            raise RefusedError(refuse(BUSY))
        futures = [self._enqueue(call) for call in calls]
        return [await future for future in futures]

    async def drain(self) -> None:
        """Wait until everything accepted so far has its outcome."""
        while self._flying or self._waiting:
            await asyncio.wait(self._flying) if self._flying else await asyncio.sleep(0)

    def _enqueue(self, call: Call[Any]) -> asyncio.Future[Outcome]:
        if len(self._waiting) >= self._queue_max:
            raise RefusedError(refuse(BUSY))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((call, future))
        if not self._scheduled and len(self._flying) < self._lanes:
            self._scheduled = True
            loop.call_soon(self._start)
        return future

    def _start(self) -> None:
        self._scheduled = False
        while self._waiting and len(self._flying) < self._lanes:
            size = min(len(self._waiting), self._size_max)
            batch = [self._waiting.popleft() for _ in range(size)]
            task = asyncio.create_task(self._fly(batch))
            self._flying.add(task)
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._start()

    async def _fly(self, batch: list[tuple[Call[Any], asyncio.Future[Outcome]]]) -> None:
        telemetry.BATCH_SIZE.labels(self._name).observe(len(batch))
        try:
            outcomes = await self._run([call for call, _ in batch])
        except Exception as error:  # noqa: BLE001 - an edge: every waiter must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)
