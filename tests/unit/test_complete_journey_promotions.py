"""On a small made journey every derived form is one of the engine's, and what none reproduces is listed with a code."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mainstem.analytics import twin
from mainstem.connectors.complete_journey import promotions, promotions_span, source

pytestmark = pytest.mark.unit

MONDAY, FUEL = "2017-03-06 15:00:00", 99
# household, store, basket, product, quantity, sales value, retail, coupon, match, moment
LINES = (
    (1, 1, 11, 5, 1, 2.00, 0.50, 0, 0, MONDAY),  # card price 2.00 of 2.50 in both stores
    (2, 1, 12, 5, 2, 4.00, 1.00, 0, 0, "2017-03-07 15:00:00"),
    (3, 2, 13, 5, 1, 2.00, 0.50, 0, 0, MONDAY),
    (1, 1, 11, 6, 2, 2.99, 2.99, 0, 0, MONDAY),  # two for the price of one
    (2, 1, 12, 6, 1, 2.99, 0, 0, 0, "2017-03-07 15:00:00"),
    (3, 2, 13, 7, 1, 0.50, 0, 0.50, 0.50, MONDAY),  # a coupon of half a dollar, doubled
    (4, 2, 14, 7, 1, 0.90, 0, 0.50, 0.10, MONDAY),  # a match beside the policy
    (4, 2, 14, 8, 0, 1.00, 0, 0, 0, MONDAY),  # charged without a quantity
    (1, 1, 11, FUEL, 10_000, 24.00, 1.00, 0, 0, MONDAY),  # 2.50 a gallon, 10 cents a gallon off
    (5, 1, 15, FUEL, 5_000, 12.50, 0.01, 0, 0, MONDAY),  # a cent of rounding
    (1, 3, 21, 9, 1, 3.00, 0, 0, 0, MONDAY),  # comes and goes within a week
    (2, 3, 22, 9, 1, 2.50, 0.50, 0, 0, "2017-03-07 15:00:00"),
    (3, 3, 23, 9, 1, 3.00, 0, 0, 0, "2017-03-08 15:00:00"),
    (4, 3, 24, 9, 1, 3.00, 0, 0, 0, "2017-03-09 15:00:00"),
)


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE t (household_id BIGINT, store_id BIGINT, basket_id BIGINT, product_id BIGINT,"
            " quantity BIGINT, sales_value DOUBLE, retail_disc DOUBLE, coupon_disc DOUBLE, coupon_match_disc DOUBLE,"
            " transaction_timestamp TIMESTAMP)"
        )
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [list(line) for line in LINES])
        con.execute(f"COPY t TO '{tmp_path}/transactions.parquet'")
        con.execute(
            "CREATE TABLE p AS SELECT DISTINCT product_id, 1 AS manufacturer_id, 'GROCERY' AS department,"
            " 'N' AS brand, 'C' AS product_category,"
            f" CASE WHEN product_id = {FUEL} THEN 'GASOLINE-REG UNLEADED' ELSE 'T' END"
            " AS product_type, '' AS package_size FROM t"
        )
        con.execute(f"COPY p TO '{tmp_path}/products.parquet'")
        con.execute(f"COPY (SELECT 1 AS household_id) TO '{tmp_path}/demographics.parquet'")
    with source.connect(tmp_path) as con:
        yield con


def test_a_made_journey_is_reproduced_but_for_what_is_listed(
    journey: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    derived = promotions.derive(journey)
    folder = tmp_path / "span"
    folder.mkdir()
    promotions_span.write_span(journey, folder)

    result = twin.replay(folder, twin.Draft(as_ran=True), lambda _done, _total: None, processes=1)

    expected = {"no_quantity": 1, "two_prices_at_once": 1, "match_beside_policy": 1}
    assert derived.listed == result.reasons == expected
    assert result.reproduced_lines == len(LINES) - sum(expected.values())
    assert {one.sku for one in result.unlike} == {"7", "8", "9"}
    assert {effect.code: effect.amount_minor for effect in result.families} == {
        "card": 200 + 0,
        "pack": 299,
        "match": 50,
        "pump": 100,
    }


def test_a_price_of_all_stores_is_one_promotion_without_a_place(
    journey: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    promotions.derive(journey)
    promotions_span.write_span(journey, tmp_path)

    ran = twin.read_promotions(tmp_path / "00000.parquet")

    (card,) = [one for one in ran if one.code.startswith("card:5:")]
    assert card.when == ()
    assert {one.description for one in ran} == {promotions.DERIVED_PROMOTION}
