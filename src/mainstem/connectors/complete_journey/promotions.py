"""The prices and promotions that really ran, derived from what was charged: the data set carries neither.

Everything from here is derived and named so. The rule, in plain words, is in PROMOTIONS.md: what a product cost in a
store in a week (Monday to Sunday, on the store's clock) is one form of price, or two where it changed once within the
week. A form is one that the quote engine has: so much each, so many together for so much, a percentage off goods by
weight, a price by volume, an amount that matches a coupon. What no form reproduces is listed by line, with a reason.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from mainstem.connectors.complete_journey.promotions_fit import (
    Fitted,
    Pumped,
    Sold,
    Weighed,
    fit,
    fit_pump,
    fit_share,
)
from mainstem.connectors.complete_journey.source import TIME_ZONE

DERIVED_PROMOTION = "complete_journey:promotions derived from charged amounts"

VOLUME_STEPS = 100_000
"""A pump's price is held for 100 gallons (of 1,000 steps): it has parts of a cent a gallon."""

WEIGHED_SHARE = 0.5
"""Goods are by weight when at least so many of their single pieces had an amount of their own in a store and week."""

MATCHED_UP_TO = 100
"""A manufacturer's coupon of up to a dollar is doubled, to a dollar at most."""

REASONS = {
    1: ("no_quantity", "charged without a quantity", "计费但没有数量"),
    2: ("two_prices_at_once", "another price at once in store and week", "同店同周同时另有价格"),
    3: ("weight_rounded", "no percentage fits goods by weight in store and week", "同店同周称重商品无统一百分比"),
    4: ("pump_price", "no price by volume fits the pump's day", "油品当日无统一单价"),
    5: ("match_beside_policy", "coupon matched beside the policy of a dollar", "优惠券匹配不符合一美元规则"),
}
"""Why a line is not reproduced: number in the column `reason` (0: it is), code, in English, in Chinese."""


class Derived(NamedTuple):
    """How many lines stand on what."""

    lines: int
    of_their_own: int
    """Lines that are the only one of their product, store and week (or part of it): reproduced by construction."""
    nowhere_else: int
    """Of these, lines whose product was charged that way in no other store in that week."""
    listed: dict[str, int]


def derive(con: duckdb.DuckDBPyConnection) -> Derived:
    """Derive prices and promotions on a connection of `source.connect`.

    Leaves the tables `priced` (each line with its list price, its coupon's code and, where it has one, its reason) and
    `running` (what ran: product, form, stores, from, until).
    """
    con.execute("SET memory_limit = '2GB'")
    con.execute(_SOLD, [TIME_ZONE, TIME_ZONE])
    con.execute(_WEIGHED, [WEIGHED_SHARE])
    con.execute(_KINDS)
    con.execute(_EVEN)
    _lay(con, "shelf", _SHELF_COLUMNS, _shelf(con))
    _lay(con, "cut", _CUT_COLUMNS, _cuts(con))
    con.execute(_MISSED)
    con.execute(_MATCHED, [MATCHED_UP_TO])
    con.execute(_MISMATCHED)
    con.execute(_RUNNING)
    con.execute(_PRICED, [VOLUME_STEPS])
    return _told(con)


_SHELF_COLUMNS = ("product_id", "store_id", "part", "since", "until", "price")
_CUT_COLUMNS = ("product_id", "store_id", "part", "since", "until", "kind", "each", "together", "missed")


def _lay(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """A table of rows."""
    laid = list(zip(*rows, strict=True)) or [()] * len(columns)
    types = {
        "kind": pa.string(),
        "together": pa.list_(pa.int64()),
        "missed": pa.list_(pa.int64()),
    }
    arrays = [pa.array(column, types.get(key, pa.int64())) for key, column in zip(columns, laid, strict=True)]
    con.register("fitted", pa.table(arrays, names=list(columns)))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM fitted")  # noqa: S608 - a name of this module
    con.unregister("fitted")


def _shelf(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Shelf prices where they are not plain: of uneven multiples, of changes within a week, of pumps."""
    for product, store, part, moments, pieces, amounts in con.execute(_UNEVEN_SHELF).fetchall():
        found = fit([Sold(*line) for line in zip(moments, pieces, amounts, strict=True)])
        for one, until in zip(found, _ends(found), strict=True):
            together = one.form.together
            price = one.form.each if one.form.each is not None else -(-together[0][1] // together[0][0])
            yield product, store, part, one.since, until, price
    for product, store, part, _, *columns in con.execute(_PUMPED).fetchall():
        found_by_volume = fit_pump([Pumped(*line) for line in zip(*columns, strict=True)], VOLUME_STEPS)
        for pump, until in zip(found_by_volume, _ends(found_by_volume), strict=True):
            yield product, store, part, pump.since, until, pump.form


def _cuts(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Charged forms where they are not plain, each with the lines it misses."""
    for product, store, part, lines, moments, pieces, amounts in con.execute(_UNEVEN_CUT).fetchall():
        found = fit([Sold(*line) for line in zip(moments, pieces, amounts, strict=True)])
        for one, until in zip(found, _ends(found), strict=True):
            together = [number for pair in one.form.together for number in pair]
            yield product, store, part, one.since, until, "pieces", one.form.each, together, _of(lines, one.missed)
    for product, store, part, lines, moments, before, after in con.execute(_BY_WEIGHT).fetchall():
        shares = fit_share([Weighed(*line) for line in zip(moments, before, after, strict=True)])
        for share, until in zip(shares, _ends(shares), strict=True):
            yield product, store, part, share.since, until, "weight", share.form, [], _of(lines, share.missed)
    for product, store, part, lines, *columns in con.execute(_PUMPED).fetchall():
        for price in fit_pump([Pumped(*line) for line in zip(*columns, strict=True)], VOLUME_STEPS):
            yield product, store, part, price.since, None, "pump", price.form, [], _of(lines, price.missed)


def _ends(found: Sequence[Fitted[Any]]) -> list[int | None]:
    """Until when each holds."""
    return [*(each.since for each in found[1:]), None]


def _of(lines: Sequence[int], indices: Sequence[int]) -> list[int]:
    return [lines[i] for i in indices]


def _told(con: duckdb.DuckDBPyConnection) -> Derived:
    lines, alone, nowhere = con.execute(_STANDING).fetchall()[0]
    listed = dict(con.execute("SELECT reason, count(*) FROM priced WHERE reason > 0 GROUP BY 1").fetchall())
    return Derived(lines, alone, nowhere, {REASONS[number][0]: count for number, count in sorted(listed.items())})


# ---- part: the week, counted from the Monday before the year; of pumped fuel the day. g: at shelf price, k: charged.

_SOLD = """
CREATE OR REPLACE TABLE sold AS
SELECT row_number() OVER (ORDER BY occurred_at, basket_id, store_id, household_id, product_id) AS id,
       basket_id, store_id, household_id, product_id, quantity, epoch_us(occurred_at) AS moment,
       sales_value_minor AS charged, coupon_discount_minor AS coupon, coupon_match_discount_minor AS matched,
       charged + matched AS k, k + retail_discount_minor AS g,
       (((occurred_at AT TIME ZONE 'UTC') AT TIME ZONE ?)::DATE - DATE '2016-12-26') // 7 AS week,
       ((occurred_at AT TIME ZONE 'UTC') AT TIME ZONE ?)::DATE - DATE '2016-12-26' AS day,
       product_id IN (SELECT product_id FROM fuel_products) AS fuel
FROM lines
"""

_WEIGHED = """
CREATE OR REPLACE TABLE weighed AS
WITH single AS (
    SELECT product_id, department, product_category, store_id, week, g
    FROM sold LEFT JOIN catalogue USING (product_id) WHERE quantity = 1 AND NOT fuel
), shared AS (
    SELECT product_id, any_value(department) AS department, any_value(product_category) AS category,
           sum(n) AS n, coalesce(sum(n) FILTER (d > 1), 0) AS differing
    FROM (SELECT product_id, any_value(department) AS department, any_value(product_category) AS product_category,
                 count(*) AS n, count(DISTINCT g) AS d FROM single GROUP BY product_id, store_id, week HAVING n > 1)
    GROUP BY product_id
), kin AS (SELECT department, category, sum(differing) / sum(n) AS share FROM shared GROUP BY ALL),
year AS (
    SELECT product_id, any_value(department) AS department, any_value(product_category) AS category,
           count(*) AS n, count(DISTINCT g) AS amounts FROM single GROUP BY product_id
)
SELECT year.product_id FROM year LEFT JOIN shared USING (product_id)
LEFT JOIN kin ON kin.department IS NOT DISTINCT FROM year.department
             AND kin.category IS NOT DISTINCT FROM year.category
WHERE CASE WHEN shared.n >= 4 THEN shared.differing / shared.n ELSE
      CASE WHEN year.n >= 6 OR kin.share >= $1 THEN year.amounts / year.n ELSE 0 END END >= $1
"""

_KINDS = """
ALTER TABLE sold ADD COLUMN kind VARCHAR; ALTER TABLE sold ADD COLUMN part BIGINT;
ALTER TABLE sold ADD COLUMN rewarded BIGINT;
UPDATE sold SET part = CASE WHEN fuel THEN day ELSE week END,
    rewarded = CASE WHEN fuel AND g - k > 1 THEN 100 * round((g - k) * 1000 / quantity)::BIGINT ELSE 0 END, kind = CASE
    WHEN quantity = 0 THEN 'nothing' WHEN fuel THEN 'pump'
    WHEN product_id IN (FROM weighed) THEN 'weight' ELSE 'pieces' END
"""

# Where every line of a product, store and week has the same price a piece, at the shelf or charged, that is the form.
_EVEN = """
CREATE OR REPLACE TABLE part AS
SELECT product_id, store_id, part, count(*) AS n, min(g // quantity) AS shelf, min(k // quantity) AS each,
       bool_and(g = quantity * shelf_of) AS shelf_even, bool_and(k = quantity * each_of) AS even
FROM (SELECT *, min(g // quantity) OVER w AS shelf_of, min(k // quantity) OVER w AS each_of FROM sold
      WHERE kind = 'pieces' WINDOW w AS (PARTITION BY product_id, store_id, part))
GROUP BY ALL
"""

_UNEVEN_SHELF = """
SELECT product_id, store_id, part, list(moment ORDER BY id), list(quantity ORDER BY id), list(g ORDER BY id)
FROM sold SEMI JOIN (SELECT * FROM part WHERE NOT shelf_even) USING (product_id, store_id, part)
WHERE kind = 'pieces' GROUP BY ALL
"""

_UNEVEN_CUT = """
SELECT product_id, store_id, part, list(id ORDER BY id), list(moment ORDER BY id), list(quantity ORDER BY id),
       list(k ORDER BY id)
FROM sold SEMI JOIN (SELECT * FROM part WHERE NOT even) USING (product_id, store_id, part)
WHERE kind = 'pieces' GROUP BY ALL
"""

_BY_WEIGHT = """
SELECT product_id, store_id, part, list(id ORDER BY id), list(moment ORDER BY id), list(g ORDER BY id),
       list(k ORDER BY id)
FROM sold WHERE kind = 'weight' GROUP BY ALL HAVING bool_or(k < g)
"""

# A cent between the shelf's and the charged amount is the pump's rounding; more is a reward of whole cents a gallon.
_PUMPED = """
SELECT product_id, store_id, part, list(id ORDER BY id), list(moment ORDER BY id), list(quantity ORDER BY id),
       list(CASE WHEN g - k <= 1 THEN k ELSE g END ORDER BY id), list(k ORDER BY id), list(rewarded ORDER BY id)
FROM sold WHERE kind = 'pump' GROUP BY ALL
"""

_MISSED = """
CREATE OR REPLACE TABLE missed AS
SELECT unnest(missed) AS id, CASE kind WHEN 'pieces' THEN 2 WHEN 'weight' THEN 3 ELSE 4 END AS reason FROM cut
UNION ALL SELECT id, 1 FROM sold WHERE quantity = 0 AND charged > 0
"""

# n coupons of one face: the least n at which the policy gives what was matched.
_MATCHED = """
CREATE OR REPLACE TABLE matched AS
SELECT id, product_id, part, coupon, matched, min(n) AS coupons
FROM sold LEFT JOIN range(1, 25) AS numbers(n)
  ON n <= quantity AND coupon % n = 0 AND matched = n * greatest(0, least(coupon // n, $1 - coupon // n))
WHERE matched > 0 GROUP BY ALL
"""

_MISMATCHED = """
INSERT INTO missed SELECT id, 5 FROM matched WHERE coupons IS NULL AND id NOT IN (SELECT id FROM missed)
"""

_RUNNING = """
CREATE OR REPLACE TABLE forms AS
SELECT product_id, store_id, part, NULL::BIGINT AS since, NULL::BIGINT AS until, 'pieces' AS kind, each,
       []::BIGINT[] AS together FROM part WHERE even
UNION ALL
SELECT product_id, store_id, part, since, until, kind, each, together FROM cut;
CREATE OR REPLACE TABLE running AS
SELECT product_id, part, since, until, kind, each, together, plain, list(store_id ORDER BY store_id) AS stores
FROM (SELECT forms.*, coalesce(forms.kind = 'pieces' AND shelf_even AND forms.each >= shelf, false) AS plain
      FROM forms LEFT JOIN part USING (product_id, store_id, part))
WHERE kind <> 'pump' AND (len(together) > 0 OR (kind = 'weight' AND each > 0) OR (kind = 'pieces' AND NOT plain))
GROUP BY ALL
"""

_PRICED = """
CREATE OR REPLACE TABLE priced AS
SELECT sold.id, week, basket_id, store_id, household_id, sold.product_id, moment, charged, g AS listed,
       CASE kind WHEN 'weight' THEN 1 ELSE quantity END AS quantity,
       CASE kind WHEN 'pump' THEN ? ELSE 1 END AS steps,
       CASE kind WHEN 'weight' THEN g WHEN 'nothing' THEN 0 ELSE coalesce(shelf.price, part.shelf) END AS price,
       CASE WHEN matched.coupons IS NOT NULL THEN 'match:' || sold.product_id || ':' || sold.matched
            WHEN rewarded > 0 THEN 'pump:' || sold.product_id || ':' || shelf.price || ':' || rewarded
            ELSE '' END AS coupon,
       coalesce(missed.reason, 0)::TINYINT AS reason, kind, sold.part, k, sold.quantity AS pieces
FROM sold
LEFT JOIN part USING (product_id, store_id, part)
LEFT JOIN shelf ON shelf.product_id = sold.product_id AND shelf.store_id = sold.store_id AND shelf.part = sold.part
     AND (since IS NULL OR moment >= since) AND (until IS NULL OR moment < until)
LEFT JOIN matched USING (id)
LEFT JOIN (SELECT id, min(reason) AS reason FROM missed GROUP BY id) AS missed USING (id)
"""

_STANDING = """
WITH form AS (
    SELECT product_id, store_id, week, part, CASE kind WHEN 'pieces' THEN k * 10_000 // pieces
           WHEN 'weight' THEN k * 100 // greatest(listed, 1) ELSE k * 10_000 // pieces END AS charge
    FROM priced WHERE kind <> 'nothing'
), shops AS (
    SELECT product_id, week, store_id, part, charge, count(*) AS n FROM form GROUP BY ALL
), counted AS (
    SELECT n, sum(n) OVER (PARTITION BY product_id, store_id, part) AS beside,
           sum(n) OVER (PARTITION BY product_id, week, charge) AS alike FROM shops
)
SELECT (SELECT count(*) FROM priced), count(*) FILTER (beside = 1), count(*) FILTER (beside = 1 AND alike = 1)
FROM counted
"""
