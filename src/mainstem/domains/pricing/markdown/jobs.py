"""Rules at work: each proposes by itself, as long as nothing that it proposed waits for somebody."""

from uuid import uuid4

import msgspec
import structlog

from mainstem.domains.pricing.markdown.batches import PROPOSE_PRICE_BATCH
from mainstem.domains.pricing.markdown.contracts import PriceBatchDecided, ProposePriceBatch
from mainstem.domains.pricing.markdown.queries import markdown_rules, price_batches
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Job
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

WAITING_MAX = 1_000
"""Batches that wait, beyond which no rule proposes any more."""

_log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder(PriceBatchDecided).decode


async def run_rules(executor: Executor) -> int:
    """Let every active rule propose what it would change now; how many proposed something."""
    async with executor.database.snapshot() as connection:
        rules, waiting = await ask(connection, markdown_rules(), price_batches(WAITING_MAX, "waiting"))
    busy = {batch.rule for batch in waiting}
    proposed = 0
    for one in rules:
        if not one.rule.active or one.rule.code in busy or len(waiting) + proposed >= WAITING_MAX:
            continue
        call = PROPOSE_PRICE_BATCH.call(ProposePriceBatch(rule=one.rule.code), uuid4().hex)
        (outcome,) = await executor.execute(PROPOSE_PRICE_BATCH, [call])
        if not outcome.accepted:
            _log.warning("rule proposed nothing", rule=one.rule.code, refusal=outcome.refusal().code)
            continue
        proposed += _decode(outcome.body).id is not None
    return proposed


async def _run(database: Database) -> None:
    count = await run_rules(Executor(database))
    _log.info("markdown rules ran", proposed=count)


JOBS: tuple[Job, ...] = (Job("pricing.run_markdown_rules", _run, cron="*/15 * * * *"),)
