"""Loops that run beside the requests until they are told to stop, whatever fails meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

BACKOFF_SECONDS = (1, 2, 4, 8, 16, 32, 60)
"""Pauses after failures in a row; the last one goes on."""

_log = structlog.get_logger(__name__)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until told to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def every(
    seconds: float, step: Callable[[], Awaitable[bool | None]], stop: asyncio.Event, *, name: str = ""
) -> None:
    """Run a step again and again with a pause between; at once when it answers that there is more to do.

    A step in flight is finished when told to stop. A step that raises is logged and tried again after a growing pause.
    """
    failures = 0
    while not stop.is_set():
        try:
            wait = 0 if await step() else seconds
            failures = 0
        except Exception:  # noqa: BLE001 - an edge: the loop outlives what it runs
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            _log.exception("loop failed", loop=name or getattr(step, "__qualname__", ""), retry_seconds=wait)
        await pause(stop, wait)
