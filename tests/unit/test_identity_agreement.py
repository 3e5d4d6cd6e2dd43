"""What the model takes from counts over all pairs: agreements, what implies what, keys for the names of many."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from mainstem.analytics.identity.agreement import both, counted, fewest, implied, joined, sizes
from mainstem.analytics.identity.blocking import BLOCK_ROWS_MAX, choose_keys, write_keys
from mainstem.analytics.identity.fields import Field, Kind

pytestmark = pytest.mark.unit

ROWS = 6_000


def people(**columns: list[str | None]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    rows = len(next(iter(columns.values())))
    numbered = {"unique_id": pa.array(range(rows), pa.int64())}
    connection.register("given", pa.table(numbered | {name: pa.array(c, pa.string()) for name, c in columns.items()}))
    connection.execute("create table people as select * from given")
    return connection


def towns() -> duckdb.DuckDBPyConnection:
    """Postal codes lie in towns and towns in regions; every second row has the phone of the one before it."""
    codes = [n * 7919 % 300 for n in range(ROWS)]
    return people(
        postal_code=[f"{code:03}" for code in codes],
        city=[f"town {code // 10}" for code in codes],
        region=[f"region {code // 100}" for code in codes],
        phone=[None if n % 3 == 2 else str(n // 2) for n in range(ROWS)],
    )


def test_agreements_are_counted_over_the_pairs_that_have_the_fields() -> None:
    connection = people(a=["x", "x", "y", None], b=["1", "1", "1", "1"])
    found = counted(connection, ["a", "b"], rows_max=100)

    assert (found["a",].agreeing, found["a",].known, found["a",].rows) == (1, 3, 2)
    assert (found["b",].agreeing, found["b",].known, found["b",].rows) == (6, 6, 4)
    assert both(found, "b", "a") == found["a", "b"]
    assert (found["a", "b"].agreeing, found["a", "b"].known) == (1, 3)


def test_values_that_are_not_there_are_never_equal() -> None:
    one = np.array([0, 0, 5, 5], dtype=np.uint64)
    other = np.array([7, 7, 7, 0], dtype=np.uint64)

    assert sizes(one).tolist() == [2]
    assert sizes(joined([one, other])).tolist() == [1]


def test_a_code_implies_its_town_and_its_region_and_a_phone_implies_nothing() -> None:
    names = ["postal_code", "city", "region", "phone"]
    found = counted(towns(), names, rows_max=100)

    assert implied(found, names, 30) == {"city": ("postal_code",), "region": ("postal_code", "city")}
    assert fewest(found, 30) <= found["phone",].rate


def test_a_name_of_too_many_is_looked_for_with_a_third_field() -> None:
    """Ten given and ten family names make a hundred whole ones, of six hundred rows each."""
    count = 10 * ROWS
    connection = people(
        given_name=[f"given{n % 10}" for n in range(count)],
        family_name=[f"family{n // 10 % 10}" for n in range(count)],
        city=[f"town{n // 100 % 40}" for n in range(count)],
    )
    kinds = {"given_name": Kind.GIVEN, "family_name": Kind.FAMILY, "city": Kind.TEXT}
    fields = [Field(name, kind, name, (name,)) for name, kind in kinds.items()]
    keys = choose_keys(connection, fields, frozenset(), count)

    said = " ".join(atom.sql for atom in keys[0])
    assert all(name in said for name in kinds)
    columns = write_keys(connection, keys)
    for column in columns:
        most = connection.execute(f"select max(n) from (select count(*) n from people group by {column})").fetchall()
        assert most[0][0] <= BLOCK_ROWS_MAX
