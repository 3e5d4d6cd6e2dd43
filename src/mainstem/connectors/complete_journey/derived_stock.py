"""Stock for the Complete Journey, derived from its own demand: the data set carries none.

Everything from here is derived and must be named so wherever it shows. The rule is a periodic-review (r, nQ)
policy (Hadley and Whitin, Analysis of Inventory Systems, 1963), stated in plain words in README.md: r and the
pack Q of a product in a store, and with them the opening stock, come from the year's mean demand; what is
delivered and when follows from past sales only.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb

from mainstem.connectors.complete_journey.source import TIME_ZONE, integer_columns
from mainstem.kernel.moments import day_bounds, local_day

DELIVERY_WEEKDAY = 4
"""Friday, before the two busiest days; no Friday of the year is a day on which the stores are shut."""
DELIVERY_TIME = time(5)
ORDER_LEAD = timedelta(hours=24)
"""What was sold later than this before a delivery waits for the next one."""

SERVICE_FACTOR = 1.65
"""Standard deviations of (Poisson) demand kept as safety stock: a cycle service level of 95 %."""
PACK_WEEKS = 2
PACK_MIN = 3
FUEL_PACK_MIN = 1_000_000
"""A tank compartment of 1,000 US gallons, in thousandths."""

ROWS_PER_CHUNK = 16_384


class StockChunk(NamedTuple):
    """Equally long columns by (store, product), each pair once; quantities positive, in smallest steps."""

    store_ids: list[int]
    product_ids: list[int]
    quantities: list[int]


class Delivery(NamedTuple):
    """What all stores receive at one moment, before any sale at that moment or later."""

    delivered_at: datetime
    stock: StockChunk


class DerivedStock:
    """Opening stock and weekly deliveries of a source opened by `source.connect`, computed on construction.

    Deterministic: equal data gives equal rows in equal order. The source's connection must outlive it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        first, last = con.execute("SELECT min(occurred_at), max(occurred_at) FROM lines").fetchall()[0]
        first_day, last_day = (local_day(moment.replace(tzinfo=UTC), TIME_ZONE) for moment in (first, last))
        self.opened_at = day_bounds(first_day, TIME_ZONE)[0]
        """The first instant of the first day with sales, in store time."""
        self._delivered_at = _delivery_moments(first_day, last_day)
        weeks = ((last_day - first_day).days + 1) / 7
        con.execute(
            "CREATE OR REPLACE TABLE derived_week AS SELECT unnest(?::BIGINT[]) AS week,"
            " unnest(?::TIMESTAMP[]) AS delivered_at, unnest(?::TIMESTAMP[]) AS ordered_at",
            [
                list(range(len(self._delivered_at))),
                [moment.replace(tzinfo=None) for moment in self._delivered_at],
                [(moment - ORDER_LEAD).replace(tzinfo=None) for moment in self._delivered_at],
            ],
        )
        cover_weeks = 1 + ORDER_LEAD / timedelta(weeks=1)
        con.execute(_PLAN, [SERVICE_FACTOR, FUEL_PACK_MIN, PACK_MIN, PACK_WEEKS, weeks, cover_weeks])
        con.execute(_DELIVERIES)

    def opening(self) -> Iterator[StockChunk]:
        """Stock at `opened_at` of every pair that sells anything in the year, in chunks of ROWS_PER_CHUNK."""
        with self._con.cursor() as cursor:
            rows = cursor.sql("SELECT store_id, product_id, opening FROM derived_plan ORDER BY ALL")
            for batch in rows.to_arrow_reader(ROWS_PER_CHUNK):
                yield StockChunk(*integer_columns(batch))

    def deliveries(self, after: datetime | None = None) -> Iterator[Delivery]:
        """The weekly deliveries after `after` in time order, one chunk each; empty ones are left out."""
        with self._con.cursor() as cursor:
            for week, moment in enumerate(self._delivered_at):
                if after is not None and moment <= after:
                    continue
                table = cursor.sql(_ONE_WEEK, params=[week]).to_arrow_table().combine_chunks()
                for batch in table.to_batches():
                    yield Delivery(moment, StockChunk(*integer_columns(batch)))

    def lines_short(self) -> int:
        """How many sale lines ask for more than is on hand, where sales may take stock below zero."""
        return int(self._con.execute(_LINES_SHORT).fetchall()[0][0])


def _delivery_moments(first_day: date, last_day: date) -> list[datetime]:
    day = first_day + timedelta(days=(DELIVERY_WEEKDAY - first_day.weekday()) % 7)
    moments = []
    while day <= last_day:
        moments.append(datetime.combine(day, DELIVERY_TIME, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC))
        day += timedelta(weeks=1)
    return moments


_PLAN = """
CREATE OR REPLACE TABLE derived_plan AS
SELECT store_id, product_id, sold, reorder_point, pack, reorder_point + pack AS opening
FROM (
    SELECT store_id, product_id, sold, ceil(expected + $1 * sqrt(expected))::BIGINT AS reorder_point,
           greatest(CASE WHEN fuel THEN $2 ELSE $3 END, ceil($4 * weekly))::BIGINT AS pack
    FROM (
        SELECT store_id, product_id, sum(quantity)::BIGINT AS sold, sold / $5 AS weekly,
               weekly * $6 AS expected, product_id IN (SELECT product_id FROM fuel_products) AS fuel
        FROM lines WHERE quantity > 0 GROUP BY store_id, product_id
    )
)
"""

# Starting at r + Q, the position falls to r or below exactly when another whole pack has been sold, so the
# packs delivered so far are the packs sold so far: no recursion over weeks.
_DELIVERIES = """
CREATE OR REPLACE TABLE derived_delivery AS
SELECT week, store_id, product_id, delivered, delivered - lag(delivered, 1, 0::BIGINT) OVER (
           PARTITION BY store_id, product_id ORDER BY week) AS quantity
FROM (
    SELECT week, store_id, product_id, (observed // pack * pack)::BIGINT AS delivered
    FROM (
        SELECT week, store_id, product_id,
               sum(sum(quantity)) OVER (PARTITION BY store_id, product_id ORDER BY week)::BIGINT AS observed
        FROM lines ASOF JOIN derived_week ON lines.occurred_at < derived_week.ordered_at
        WHERE quantity > 0 GROUP BY week, store_id, product_id
    ) JOIN derived_plan USING (store_id, product_id)
) QUALIFY quantity > 0
"""

_ONE_WEEK = """
SELECT store_id, product_id, quantity FROM derived_delivery WHERE week = ? ORDER BY store_id, product_id
"""

_LINES_SHORT = """
SELECT count(*) FILTER (sold_so_far > opening + coalesce(delivered, 0))
FROM (
    SELECT store_id, product_id, coalesce(week, -1) AS week,
           sum(quantity) OVER (PARTITION BY store_id, product_id ORDER BY occurred_at, basket_id
                               ROWS UNBOUNDED PRECEDING) AS sold_so_far
    FROM lines ASOF LEFT JOIN derived_week ON lines.occurred_at >= derived_week.delivered_at
    WHERE quantity > 0
) AS sale
JOIN derived_plan USING (store_id, product_id)
ASOF LEFT JOIN derived_delivery
  ON sale.store_id = derived_delivery.store_id AND sale.product_id = derived_delivery.product_id
 AND sale.week >= derived_delivery.week
"""
