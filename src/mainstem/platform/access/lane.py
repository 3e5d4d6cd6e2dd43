"""Questions that wait together and are asked together: one statement in flight, a bounded number waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Lane(Generic[Q, A]):
    """Asks what has gathered as one batch, then pauses; equal questions that wait are one question.

    A question never joins a batch that was asked before it came: its answer is not older than itself.
    """

    def __init__(
        self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, pause_seconds: float, waiting_max: int
    ) -> None:
        self._answer = answer
        self._pause_seconds = pause_seconds
        self._waiting_max = waiting_max
        self._waiting: dict[Q, asyncio.Future[A]] = {}
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A | None:
        """The answer, or None when too many others wait. Raises what the answering function raises."""
        future = self._waiting.get(question)
        if future is None:
            if len(self._waiting) >= self._waiting_max:
                return None
            future = self._waiting[question] = asyncio.get_running_loop().create_future()
            if self._task is None:
                self._task = asyncio.create_task(self._run())
        return await asyncio.shield(future)  # one who gives up must not cancel the others who share the future

    async def close(self) -> None:
        """Wait until everything asked so far is answered."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                answers = await self._answer(list(batch))
            except Exception as error:  # noqa: BLE001 - an edge: everyone who waits must hear of it
                for future in batch.values():
                    future.set_exception(error)
            else:
                for future, answer in zip(batch.values(), answers, strict=True):
                    future.set_result(answer)
            await asyncio.sleep(self._pause_seconds)
        self._task = None
