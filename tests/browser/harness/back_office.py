"""What the administration of a retailer has to look at: a key, an upload, a verification of the audit trail, jobs."""

from typing import Any

import msgspec

from mainstem.connectors import files
from mainstem.connectors.files.jobs import check_upload
from mainstem.platform import access, verification
from mainstem.platform.execution import Executor, Operation
from mainstem.platform.seal import seal_pending
from tests.browser.harness.people import Person

FILE = """external_id,name,brand,category,sku,unit,gtins
P001,鲜牛奶（新包装）,,食品/乳品,001-1,pc,
NEW,绿豆糕,,食品/烘焙,N-1,pc,
BAD,散装白酒,,食品/饮料,B-1,桶,
"""
"""Rows that change, create and are refused."""
KEY_PREFIX = "k3y00001"
"""The same every time: letters alone can look like an English word."""


async def furnish(executor: Executor, administrator: Person) -> None:
    """All of it, done by this administrator; no worker runs, so one job goes on waiting, and one has failed."""
    actor = administrator.principal
    till = await _done(executor, access.CREATE_PRINCIPAL, access.CreatePrincipal("POS-1", "integration"), actor)
    issuance = access.issue(access.KeyTerms(till.principal), "a key", actor=actor)
    named = msgspec.structs.replace(issuance.call.command, prefix=KEY_PREFIX)
    await _done(executor, access.ISSUE_KEY, named, actor)

    sender = files.Sender(actor, "an upload")
    options = files.UploadOptions(encoding="utf-8", time_zone=None, currency=None, valid_from=None)
    upload = await files.send_upload(executor.database, sender, "products", "商品.csv", options, FILE.encode())
    await check_upload(executor.database, upload=upload)

    while await seal_pending(executor.database):
        pass
    asked = await _done(executor, verification.VERIFY_SEALS, verification.VerifySeals(1, 1), actor)
    await verification.run(executor.database, asked.verification)
    async with executor.database.transaction() as connection:
        await connection.execute(
            "with failed as (update procrastinate_jobs set status = 'failed', attempts = 5 where task_name = %s"
            " returning id) insert into platform.job_failure (job, error) select id, 'OSError: disk full' from failed",
            (verification.JOB,),
        )


async def _done(executor: Executor, operation: Operation[Any, Any], command: object, actor: int) -> Any:  # noqa: ANN401
    (outcome,) = await executor.execute(operation, [operation.call(command, operation.name, actor=actor)])
    assert outcome.accepted, outcome.refusal()
    return msgspec.json.decode(outcome.body, type=operation.result)
