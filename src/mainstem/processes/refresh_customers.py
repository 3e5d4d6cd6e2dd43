"""What time alone changes: once a day every customer's traits and segments are looked at again.

It begins with the bounds of recency, frequency and money in the whole population. It goes through the customers a batch
a transaction, beside the requests; cut short, it goes on where it was. New and changed segments are filled meanwhile.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial

import msgspec

from mainstem.domains import customers
from mainstem.platform import checkpoint
from mainstem.platform.execution import Executor
from mainstem.platform.loops import pause
from mainstem.platform.work import Work

NAME = "customers.refresh"
CUSTOMERS_MAX = 500
"""Customers of one transaction."""

PAUSE_SECONDS = 0.05
"""Left to others between two transactions."""


class Walk(msgspec.Struct, frozen=True):
    """How far the walk of a day has come: the last customer who was looked at; None when it is over."""

    day: str
    after: int | None


async def refresh_step(executor: Executor, stop: asyncio.Event | None = None) -> bool:
    """Look at the next customers, if there are any left today; whether there are more."""
    today = datetime.now(UTC).date().isoformat()
    saved = await checkpoint.load(executor.database, NAME)
    walk = msgspec.convert(saved, Walk) if saved is not None else Walk("", None)
    if walk.day != today or (walk.after is None and await executor.transact(NAME, customers.rfm_bounds_outgrown)):
        await executor.transact(NAME, _bounds)
        walk = Walk(today, -1)
    if walk.after is None:
        return False
    last = await executor.transact(NAME, partial(_next, after=walk.after))
    await checkpoint.save(executor.database, NAME, Walk(today, last))
    if last is not None and stop is not None:
        await pause(stop, PAUSE_SECONDS)
    return last is not None


async def fill_step(executor: Executor) -> bool:
    """Bring a piece of the members of a segment to its condition; whether there is more to do."""
    return await executor.transact("customers.fill", customers.fill_segments)


async def _bounds(work: Work) -> None:
    customers.compute_rfm_bounds(work)


async def _next(work: Work, after: int) -> int | None:
    ids = await customers.customers_behind(work, after, CUSTOMERS_MAX)
    if ids:
        await customers.keep_current(work, ids)
    return ids[-1] if len(ids) == CUSTOMERS_MAX else None
