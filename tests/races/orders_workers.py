"""Processes that send commands at once: each has its own pool of connections and its own executor."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from typing import Any

import msgspec

from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.processes import lapse_due
from tests.spec.orders_shop import OPERATIONS
from tests.vaults import VAULT

Sent = tuple[Any, str]
"""A command and its idempotency key."""

SWEEP = "sweep"
"""In place of a command: lapse what is due."""


def race(url: str, shares: Sequence[Sequence[Sent | str]], lanes: int) -> list[list[Any]]:
    """What became of each share, sent by a process of its own over `lanes` connections; all begin together.

    A result is what the operation answers, a `Refusal`, or the name of an exception that reached the caller.
    """
    context = multiprocessing.get_context("forkserver")  # imports once; its processes share nothing of the test's
    context.set_forkserver_preload([__name__])
    start = context.Barrier(len(shares))
    queue = context.Queue()
    processes = [
        context.Process(target=_work, args=(number, url, share, lanes, start, queue))
        for number, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    answers: dict[int, list[Any]] = dict(queue.get(timeout=120) for _ in processes)
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    return [answers[number] for number in range(len(shares))]


def _work(number: int, url: str, share: Sequence[Sent | str], lanes: int, start: Any, queue: Any) -> None:  # noqa: ANN401 - multiprocessing's own
    queue.put((number, asyncio.run(_send(url, share, lanes, start))))


async def _send(url: str, share: Sequence[Sent | str], lanes: int, start: Any) -> list[Any]:  # noqa: ANN401
    async with Database(url, pool_size=lanes, lock_timeout_seconds=30, vault=VAULT) as database:
        executor = Executor(database)
        await asyncio.gather(*[database.ping() for _ in range(lanes)])
        await asyncio.to_thread(start.wait, 60)
        waiting = list(enumerate(share))[::-1]
        answers: dict[int, Any] = {}

        async def lane() -> None:
            while waiting:
                place, sent = waiting.pop()
                answers[place] = await _one(executor, sent)

        await asyncio.gather(*[lane() for _ in range(lanes)])
        return [answers[place] for place in range(len(share))]


async def _one(executor: Executor, sent: Sent | str) -> Any:  # noqa: ANN401 - any result
    if isinstance(sent, str):
        return await lapse_due(executor)
    command, key = sent
    operation = OPERATIONS[type(command)]
    try:
        (outcome,) = await executor.execute(operation, [operation.call(command, key)])
    except Exception as error:  # noqa: BLE001 - the test wants to see whatever reaches a caller
        return f"{type(error).__name__}: {error}"
    return msgspec.json.decode(outcome.body, type=operation.result if outcome.accepted else Refusal)
