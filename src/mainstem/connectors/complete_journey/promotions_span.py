"""The year as a span of the twin: weeks of lines at derived prices, with the derived promotions that ran in them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from mainstem.analytics.twin import Place, SpanWriter, Through, World
from mainstem.connectors.complete_journey import commands, source
from mainstem.connectors.complete_journey.promotions import DERIVED_PROMOTION, REASONS
from mainstem.domains import pricing

_FIRST_MONDAY = date(2016, 12, 26)
_LAYER_EACH, _LAYER_TOGETHER = 10, 12
"""Packs are computed on what single pieces cost after their own promotion."""


def write_span(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the year, on a connection of `promotions.derive`, as slices of a week each."""
    con.execute(_WORLD)
    writer = SpanWriter(folder)
    with con.cursor() as cursor:
        for (week,) in cursor.execute("SELECT DISTINCT week FROM priced ORDER BY week").fetchall():
            lines = cursor.sql(_LINES, params=[week]).to_arrow_table()
            writer.slice(lines, list(_promotions(cursor, week)))
    writer.close(_world(con))


def _promotions(con: duckdb.DuckDBPyConnection, week: int) -> Iterator[pricing.form.Promotion]:
    """The promotions of a week; codes begin with their family: card, pack, weight, match, pump."""
    begin, end = _midnight(week * 7), _midnight(week * 7 + 7)
    for number, (product, since, until, kind, each, together, plain, stores) in enumerate(
        con.execute(_RAN, [week]).fetchall()
    ):
        place: tuple[pricing.form.Condition, ...] = ()
        if stores is not None:
            place = (pricing.form.Nodes(codes=tuple([commands.node_code(store) for store in stores])),)
        goods = pricing.form.Selector(skus=(str(product),))
        common: dict[str, Any] = {
            "when": place,
            "valid_from": begin if since is None else _moment(since),
            "valid_until": end if until is None else _moment(until),
        }
        if kind == "weight":
            share = pricing.form.Percent(percent=each / 10_000, of=goods)
            yield _promotion(f"weight:{product}:{week}:{number}", share, **common)
            continue
        if each is not None and not plain:
            yield _promotion(f"card:{product}:{week}:{number}", pricing.form.FixedPrice(each, goods), **common)
        for pieces, cents in zip(together[::2], together[1::2], strict=True):
            pack = pricing.form.Bundle((pricing.form.Part(goods, pieces),), pricing.form.Cut(price_minor=cents))
            common["stacking"] = pricing.form.Stacking(layer=_LAYER_TOGETHER)
            yield _promotion(f"pack:{product}:{week}:{number}:{pieces}", pack, **common)
    for code, product, cents, volume in con.execute(_COUPONS, [week]).fetchall():
        goods = pricing.form.Selector(skus=(str(product),))
        if volume is None:
            yield _promotion(code, pricing.form.Amount(cents, goods), coupon=True)
        else:
            reward = pricing.form.FixedPrice(volume - cents, goods)
            yield _promotion(code, reward, coupon=True, stacking=pricing.form.Stacking(layer=_LAYER_EACH))


def _promotion(code: str, reward: pricing.form.Reward, **more: Any) -> pricing.form.Promotion:  # noqa: ANN401 - fields of a promotion
    return pricing.form.Promotion(code=code, name=_NAME, reward=reward, description=DERIVED_PROMOTION, **more)


_NAME = pricing.form.Text("Derived from charged amounts", "由计费金额推算")


def _midnight(days: int) -> datetime:
    day = _FIRST_MONDAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(source.TIME_ZONE)).astimezone(UTC)


def _moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _world(con: duckdb.DuckDBPyConnection) -> World:
    stores = con.execute("SELECT store_id FROM twin_store ORDER BY position").fetchall()
    goods = con.execute(_GOODS).fetchall()
    return World(
        source=DERIVED_PROMOTION,
        currency=source.CURRENCY,
        channels=[Through(commands.CHANNEL, "till")],
        nodes=[Place(commands.node_code(store), "", source.TIME_ZONE) for (store,) in stores],
        goods=[
            pricing.quoting.Goods(i, str(product), str(product), category or "", brand or "", {})
            for i, (product, category, brand) in enumerate(goods)
        ],
        reasons=["", *(REASONS[number][0] for number in sorted(REASONS))],
    )


_WORLD = """
CREATE OR REPLACE TABLE twin_store AS
SELECT store_id, row_number() OVER (ORDER BY store_id) - 1 AS position FROM (SELECT DISTINCT store_id FROM priced);
CREATE OR REPLACE TABLE twin_goods AS
SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS position
FROM (SELECT DISTINCT product_id FROM priced);
CREATE OR REPLACE TABLE seller AS SELECT product_id, part, count(DISTINCT store_id) AS stores
FROM priced WHERE kind <> 'nothing' GROUP BY ALL
"""

_GOODS = """
SELECT product_id, concat_ws('/', replace(department, '/', '-'), replace(product_category, '/', '-'),
       replace(product_type, '/', '-')), brand
FROM twin_goods LEFT JOIN catalogue USING (product_id) ORDER BY position
"""

_LINES = """
SELECT basket_id AS basket, moment, 0 AS channel, twin_store.position AS node, twin_goods.position AS goods,
       household_id AS customer, quantity, steps, price, -1 AS cost, charged, coupon, reason
FROM priced JOIN twin_store USING (store_id) JOIN twin_goods USING (product_id)
WHERE week = ? ORDER BY moment, basket_id, store_id, household_id, product_id
"""

# Where all stores that sold a product had one form, it ran in all stores.
_RAN = """
SELECT product_id, since, until, kind, each, together, plain,
       CASE WHEN len(running.stores) < seller.stores THEN running.stores END
FROM running JOIN seller USING (product_id, part) WHERE part = ? ORDER BY ALL
"""

_COUPONS = """
SELECT coupon, product_id, any_value(CASE WHEN steps = 1 THEN split_part(coupon, ':', 3)
       ELSE split_part(coupon, ':', 4) END::BIGINT), any_value(CASE WHEN steps > 1 THEN price END)
FROM priced WHERE week = ? AND coupon <> '' GROUP BY coupon, product_id ORDER BY coupon
"""
