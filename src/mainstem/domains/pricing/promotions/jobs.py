"""What happens to promotions and coupons by itself."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from mainstem.domains.pricing.coupons import forget_tries
from mainstem.domains.pricing.promotions.commands import end_over
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Job
from mainstem.platform.postgres import Database
from mainstem.platform.work import Work

BATCH = 500
"""Promotions of one transaction."""

_log = structlog.get_logger(__name__)


async def _run(name: str, step: Callable[[Work, int], Awaitable[int]], database: Database) -> None:
    executor = Executor(database)
    total = 0
    while done := await executor.transact(name, lambda work: step(work, BATCH)):
        total += done
        if done < BATCH:
            break
    _log.info("swept", job=name, count=total)


JOBS: tuple[Job, ...] = (
    Job("pricing.end_promotions", partial(_run, "pricing.end_promotions", end_over), cron="*/10 * * * *"),
    Job("pricing.forget_tries", partial(_run, "pricing.forget_tries", forget_tries), cron="22 * * * *"),
)
