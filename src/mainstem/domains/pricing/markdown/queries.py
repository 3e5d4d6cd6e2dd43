"""All SQL that only reads batches of price changes."""

from datetime import datetime

import msgspec

from mainstem.domains.pricing.markdown.contracts import BatchState, MarkdownRuleView, PriceBatchView
from mainstem.domains.pricing.markdown.form import Why
from mainstem.domains.pricing.markdown.store import KeptRule, rules
from mainstem.platform.query import Query, Row

_why = msgspec.json.Decoder(Why).decode

_BATCH = """
select b.id, l.code, b.state, b.effective_at, b.note, b.rule, b.lines, b.change_max, b.actor, b.created_at,
    b.decided_by, b.decided_at
from pricing.price_batch as b join pricing.price_list as l on l.id = b.list
"""
_LINES = """
select position, variant, before_minor, reference_minor, amount_minor, valid_from, valid_until, reason
from pricing.price_batch_line where batch = %b::bigint and position > %b::integer order by position limit %b::bigint
"""


class BatchLine(msgspec.Struct, frozen=True, gc=False):
    """A line of a batch: what the list says before and after, what is asked without the list, and why."""

    position: int
    variant: int
    before_minor: int | None
    reference_minor: int | None
    amount_minor: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    why: Why


def markdown_rules(codes: list[str] | None = None) -> Query[list[MarkdownRuleView]]:
    """Rules by code: those named, or all."""
    query = rules(codes)
    return Query(query.sql, query.parameters, lambda rows: [_view(one) for one in query.parse(rows).values()])


def price_batches(
    limit: int, state: BatchState | None = None, before: int | None = None
) -> Query[list[PriceBatchView]]:
    """Up to `limit` batches, the latest first, in a state where one is given, before one by its id."""
    sql, values = _BATCH + "where b.id < %b::bigint", list[object]((2**63 - 1 if before is None else before,))
    if state is not None:
        sql += " and b.state = %b::text"
        values.append(state)
    return Query(sql + " order by b.id desc limit %b::bigint", (*values, limit), _batches)


def find_price_batch(batch: int) -> Query[PriceBatchView | None]:
    """The batch with this id, or None."""
    return Query(_BATCH + "where b.id = %b::bigint", (batch,), lambda rows: next(iter(_batches(rows)), None))


def price_batch_lines(batch: int, limit: int, after: int = 0) -> Query[list[BatchLine]]:
    """Up to `limit` lines of a batch behind a position."""
    return Query(_LINES, (batch, after, limit), lambda rows: [BatchLine(*(*row[:7], _why(row[7]))) for row in rows])


def _batches(rows: list[Row]) -> list[PriceBatchView]:
    return [PriceBatchView(*row) for row in rows]


def _view(kept: KeptRule) -> MarkdownRuleView:
    return MarkdownRuleView(kept.id, kept.revision, kept.form, kept.actor, kept.updated_at)
