"""Findings: what was odd about recorded facts, by its code."""

from datetime import datetime

import msgspec

from mainstem.platform.query import Query

PAGE_MAX = 200


class FindingRow(msgspec.Struct, frozen=True):
    """A finding and the order it is about; `position` is the line, None for the whole order."""

    id: int
    order: int
    position: int | None
    detail: str
    kind: str
    external_id: str
    channel: int
    node: int
    occurred_at: datetime


def list_findings(
    code: str, limit: int, *, node: int | None = None, before: int | None = None
) -> Query[list[FindingRow]]:
    """Up to `limit` findings of a code, the latest first, made before one; of the orders of one node, or of all."""
    return Query(
        "select f.id, f.order_id, f.position, coalesce(f.detail, ''), o.kind, coalesce(o.external_id, ''), o.channel,"
        " o.node, o.occurred_at from orders.finding as f join orders.customer_order as o on o.id = f.order_id"
        " where f.code = %b::text and f.id < %b::bigint and (%b::bigint is null or o.node = %b::bigint)"
        " order by f.id desc limit %b::bigint",
        (code, 2**63 - 1 if before is None else before, node, node, min(limit, PAGE_MAX)),
        lambda rows: [FindingRow(*row) for row in rows],
    )
