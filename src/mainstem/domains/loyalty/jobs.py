"""The room's periodic jobs: what happens by itself."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from mainstem.domains.loyalty.cards.commands import expire_cards
from mainstem.domains.loyalty.members.birthdays import grant_birthdays
from mainstem.domains.loyalty.points.sweeping import expire_points, release_points, review_tiers
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Job
from mainstem.platform.postgres import Database
from mainstem.platform.work import Work

BATCH = 500
"""Rows of one transaction."""

_log = structlog.get_logger(__name__)


async def sweep(executor: Executor, name: str, step: Callable[[Work, int], Awaitable[int]], batch: int = BATCH) -> int:
    """Take a step again and again until nothing is left; how much there was."""
    total = 0
    while done := await executor.transact(name, lambda work: step(work, batch)):
        total += done
        if done < batch:
            break
    return total


async def _run(name: str, step: Callable[[Work, int], Awaitable[int]], database: Database) -> None:
    count = await sweep(Executor(database), name, step)
    _log.info("swept", job=name, count=count)


async def _birthdays(database: Database) -> None:
    count = await grant_birthdays(Executor(database))
    _log.info("birthdays granted", count=count)


JOBS: tuple[Job, ...] = (
    Job("loyalty.release_points", partial(_run, "loyalty.release_points", release_points), cron="*/10 * * * *"),
    Job("loyalty.expire_points", partial(_run, "loyalty.expire_points", expire_points), cron="12 * * * *"),
    Job("loyalty.review_tiers", partial(_run, "loyalty.review_tiers", review_tiers), cron="32 * * * *"),
    Job("loyalty.expire_cards", partial(_run, "loyalty.expire_cards", expire_cards), cron="42 0 * * *"),
    Job("loyalty.grant_birthdays", _birthdays, cron="50 1 * * *"),
)
