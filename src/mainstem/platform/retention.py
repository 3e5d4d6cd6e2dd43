"""What is kept for a time only, and deleted after it."""

from datetime import UTC, datetime, timedelta

from mainstem.platform.postgres import Database

BATCH_ROWS_MAX = 5_000
"""Rows deleted in one transaction."""


async def forget_answers(database: Database, older_than_days: int, batch: int = BATCH_ROWS_MAX) -> int:
    """Delete the stored answers of idempotency keys older than that, a batch a transaction; how many.

    The old rows are read once, through the index on their age. That reader's snapshot keeps vacuum from giving their
    places to other rows, so that a row can be deleted by its place. Cut short, the next run goes on.
    """
    limit = datetime.now(UTC) - timedelta(days=older_than_days)
    deleted = 0
    async with database.snapshot() as reader, reader.cursor(name="old_answers") as cursor:
        await cursor.execute("select ctid::text from platform.idempotency where created_at < %s", (limit,))
        while rows := await cursor.fetchmany(batch):
            async with database.transaction() as connection:
                done = await connection.execute(
                    "delete from platform.idempotency where ctid = any(%s::text[]::tid[]) and created_at < %s",
                    ([place for (place,) in rows], limit),
                )
                deleted += done.rowcount
    return deleted
