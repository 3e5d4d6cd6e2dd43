"""What is planned, and what was sold beside it: gross, before cancellations and returns, in minor units."""

from datetime import date, datetime, timedelta

import msgspec

from mainstem.domains.orders.plan.rules import WEIGHT_WEEKS
from mainstem.kernel.moments import day_bounds
from mainstem.platform.query import Query


class PlanRow(msgspec.Struct, frozen=True, gc=False):
    """What is planned for a day by a node and through a channel, by id; None does not narrow."""

    day: date
    node: int | None
    channel: int | None
    currency: str
    amount_minor: int


class SoldRow(msgspec.Struct, frozen=True, gc=False):
    """What a node sold through a channel on a day."""

    day: date
    node: int
    channel: int
    currency: str
    amount_minor: int


_PLAN = """
select day, node, channel, currency, amount_minor from orders.sales_plan
where day >= %b::date and day <= %b::date order by day
"""

_SOLD = """
select (occurred_at at time zone %b::text)::date as day, node, channel, currency, sum(total_minor)::bigint
from orders.customer_order where occurred_at >= %b::timestamptz and occurred_at < %b::timestamptz
group by 1, 2, 3, 4
"""

_WEEKDAYS = """
select extract(isodow from occurred_at at time zone %b::text)::integer as weekday, sum(total_minor)::bigint
from orders.customer_order
where occurred_at >= %b::timestamptz and occurred_at < %b::timestamptz and currency = %b::text
"""


def plan_rows(first: date, last: date) -> Query[list[PlanRow]]:
    """What is planned for the days from the first to the last, in order of the days."""
    return Query(_PLAN, (first, last), lambda rows: [PlanRow(*row) for row in rows])


def sold_rows(start: datetime, end: datetime, zone: str) -> Query[list[SoldRow]]:
    """What was sold in [start, end), by day in a zone, node, channel and currency."""
    return Query(_SOLD, (zone, start, end), lambda rows: [SoldRow(*row) for row in rows])


def weekday_sales(
    today: date, zone: str, currency: str, node: int | None = None, channel: int | None = None
) -> Query[dict[int, int]]:
    """What was sold by weekday in a zone (Monday is 1) in the weeks before today that weigh, `WEIGHT_WEEKS` of them.

    By a node and through a channel if they are named; weekdays without sales are missing.
    """
    start, _ = day_bounds(today - timedelta(weeks=WEIGHT_WEEKS), zone)
    end, _ = day_bounds(today, zone)
    sql, parameters = _WEEKDAYS, (zone, start, end, currency)
    more: list[int] = []
    if node is not None:
        sql, more = sql + " and node = %b::bigint", [*more, node]
    if channel is not None:
        sql, more = sql + " and channel = %b::bigint", [*more, channel]
    return Query(sql + " group by 1", (*parameters, *more), lambda rows: {row[0]: row[1] for row in rows})
