"""Who saw what of whom, and what for: a short memory, written wherever personal data leaves in the clear."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from mainstem.platform.arrays import Bigints
from mainstem.platform.checks import Said
from mainstem.platform.jobs import Job
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import Query

_log = structlog.get_logger(__name__)

BATCH_ROWS_MAX = 5_000
"""Rows deleted in one transaction."""

WHAT: dict[str, Said] = {
    "profile": Said("The profile was read", "查看了档案"),
    "search": Said("Shown in a search", "出现在搜索结果中"),
    "export": Said("Part of an export", "包含在导出数据中"),
    "package": Said("A copy was made", "制作了副本"),
    "privacy_page": Said("The privacy page was read", "查看了隐私页面"),
    "request": Said("A request was read", "查看了请求"),
    "message": Said("A message was sent", "发送了消息"),
}
"""What can be disclosed, in words; exports may say more precisely which: `export:<name>`."""


class Disclosure(msgspec.Struct, frozen=True):
    """That somebody was shown what is known of a record. `actor` is a principal, 0 the person himself."""

    id: int
    record: int
    purpose: str
    actor: int
    what: str
    occurred_at: datetime


async def disclose(
    connection: Connection, customers: Collection[int], purpose: str, actor: int, what: str, now: datetime
) -> None:
    """Remember that these customers were shown, in the caller's transaction: it must commit before they are."""
    await connection.execute(
        "insert into customers.disclosure (record, purpose, actor, what, occurred_at)"
        " select record, %b::text, %b::bigint, %b::text, %b::timestamptz from unnest(%b::bigint[]) as n (record)",
        (purpose, actor, what, now, Bigints(sorted(set(customers)))),
        prepare=True,
    )


def disclosures_of(customer: int, limit: int) -> Query[list[Disclosure]]:
    """The latest disclosures of a customer's records, the newest first."""
    return Query(
        "select d.id, d.record, d.purpose, d.actor, d.what, d.occurred_at"
        " from customers.source_record as k join customers.source_record as r on r.customer = k.customer"
        " join customers.disclosure as d on d.record = r.id"
        " where k.id = %b::bigint order by d.id desc limit %b::bigint",
        (customer, limit),
        lambda rows: [Disclosure(*row) for row in rows],
    )


async def forget_disclosures(database: Database, older_than_days: int, batch: int = BATCH_ROWS_MAX) -> int:
    """Delete what is older than that, a batch a transaction; how many."""
    limit = datetime.now(UTC) - timedelta(days=older_than_days)
    deleted = 0
    while True:
        async with database.transaction() as connection:
            done = await connection.execute(
                "delete from customers.disclosure where id = any(array("
                "select id from customers.disclosure where occurred_at < %b::timestamptz limit %b::bigint))",
                (limit, batch),
            )
        deleted += done.rowcount
        if done.rowcount < batch:
            return deleted


def forgetting(older_than_days: int) -> Job:
    """The job that forgets them in time, every night."""

    async def run(database: Database) -> None:
        count = await forget_disclosures(database, older_than_days)
        _log.info("disclosures forgotten", count=count)

    return Job("customers.forget_disclosures", run, cron="47 3 * * *")
