"""The scorer's SQL is DuckDB's: function by function and condition by condition, on texts of every script."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains.customers.matching import functions
from mainstem.domains.customers.matching.expressions import compiled, exact_column
from mainstem.kernel.refusals import RefusedError

pytestmark = pytest.mark.unit

TEXTS = st.text(alphabet=st.sampled_from("abcdeAB -'9张伟小明éüß😀"), max_size=12)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute("set threads = 1")
    return found


def asked(connection: duckdb.DuckDBPyConnection, sql: str, **columns: object) -> Any:  # noqa: ANN401 - any SQL value
    names = ", ".join(f"${name} as {name}" for name in columns)
    return connection.execute(f"select {sql} from (select {names})", columns).fetchall()[0][0]


@given(TEXTS, TEXTS)
@settings(max_examples=400, deadline=None)
def test_similarities_are_those_of_duckdb(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> None:
    got = connection.execute(
        "select jaro_winkler_similarity(a, b), jaro_similarity(a, b), levenshtein(a, b), damerau_levenshtein(a, b)"
        " from (select $a::varchar as a, $b::varchar as b)",
        {"a": one, "b": other},
    ).fetchall()[0]
    own = (
        functions.jaro_winkler(one, other),
        functions.jaro(one, other),
        functions.levenshtein(one, other),
        functions.damerau_levenshtein(one, other),
    )
    assert own == pytest.approx(got, abs=1e-12)


DATES = [
    "1999-02-03",
    "1999-2-3",
    " 1999-02-03 ",
    "99-02-03",
    "1999-02-30",
    "0000-01-01",
    "10000-01-01",
    "1999-13-01",
    "x",
]
DATES += ["2000-02-29", "1900-02-29", "1969-12-31", "9999-12-31", "1999-02-03x", "19990203", ""]


@pytest.mark.parametrize("value", DATES)
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%SZ"])
def test_dates_are_read_as_duckdb_reads_them(connection: duckdb.DuckDBPyConnection, value: str, form: str) -> None:
    got = connection.execute("select epoch(try_strptime($v::varchar, $f))", {"v": value, "f": form}).fetchall()[0][0]
    assert functions.moment_reader(form)(value) == got


CONDITIONS = [
    "a_l = a_r",
    "a_l <> b_r OR b_l IS NULL",
    "NOT (a_l = a_r) AND b_l IS NOT NULL",
    "(a_l = b_r) AND (b_l = a_r)",
    "jaro_winkler_similarity(a_l, a_r) >= 0.8",
    "jaro_similarity(a_l, b_r) > 0.5",
    "levenshtein(a_l, a_r) <= 2 OR damerau_levenshtein(b_l, b_r) < 1",
    "substring(a_l, 1, 2) = substring(a_r, 1, 2)",
    "left(a_l, 1) = left(b_r, 1)",
    "starts_with(a_l, b_r)",
    "split_part(a_l, ' ', 2) = split_part(a_r, ' ', 2)",
    "lower(a_l) = lower(a_r)",
    "coalesce(a_l, b_l) = coalesce(a_r, b_r)",
    "nullif(a_l, '') = nullif(a_r, '')",
    "a_l || b_l = b_r || a_r",
    "length(a_l) >= length(a_r)",
    "a_l IN ('a', 'b', '')",
    "regexp_extract(a_l, '^[^ ]+', 0) = regexp_extract(a_r, '^[^ ]+', 0)",
    "abs(epoch(try_strptime(a_l, '%Y-%m-%d')) - epoch(try_strptime(b_r, '%Y-%m-%d'))) <= 86400",
]

CELLS = st.none() | TEXTS | st.sampled_from(["1999-02-03", "1999-02-04", ""])


@pytest.mark.parametrize("condition", CONDITIONS)
@given(cells=st.tuples(CELLS, CELLS, CELLS, CELLS))
@settings(max_examples=60, deadline=None)
def test_conditions_are_those_of_duckdb(
    connection: duckdb.DuckDBPyConnection, condition: str, cells: tuple[str | None, ...]
) -> None:
    left, right = {"a": cells[0], "b": cells[1]}, {"a": cells[2], "b": cells[3]}
    sides = {f"{name}_l": value for name, value in left.items()} | {f"{name}_r": value for name, value in right.items()}
    values = ", ".join(f"${name}::varchar as {name}" for name in sides)
    used = {name: value for name, value in sides.items() if name in values}
    got = connection.execute(f"select {condition} from (select {values})", used).fetchall()[0][0]
    assert compiled(condition)(left, right) == got


def test_lists_are_intersected_as_duckdb_does(connection: duckdb.DuckDBPyConnection) -> None:
    condition = "array_length(list_intersect(a_l, a_r)) >= 2"
    for one, other in ((["x", "y", "y"], ["y", "x"]), (["x"], ["x", "x"]), (["x", None], [None, "x"]), ([], ["x"])):
        got = connection.execute(
            f"select {condition} from (select $l::varchar[] as a_l, $r::varchar[] as a_r)", {"l": one, "r": other}
        ).fetchall()[0][0]
        assert compiled(condition)({"a": one}, {"a": other}) == got
    assert compiled(condition)({}, {"a": ["x"]}) is None


@pytest.mark.parametrize(
    "condition",
    [
        "jaccard(a_l, a_r) >= 0.9",
        "my_distance(a_l, a_r) > 1",
        "a_l = ",
        "a = b",
        "x.a_l = a_r",
        "cast(a_l as integer) = 1",
        "a_l similar to 'x'",
        "regexp_extract(a_l, '(?i)x', 0) = 'x'",
        "try_strptime(a_l, '%b %d') is null",
        "a_l = (select 1)",
        "a_l is true",
        "substring(a_l, -2, 1) = 'x'",
    ],
)
def test_what_is_not_known_is_refused(condition: str) -> None:
    with pytest.raises(RefusedError, match="matching_model_unusable"):
        compiled(condition)


@pytest.mark.parametrize(("left", "right"), [({"a": 1}, {"a": "1"}), ({"a": "1"}, {"a": 1}), ({"a": 1.0}, {"a": "x"})])
def test_values_that_sql_would_convert_are_refused(left: dict[str, object], right: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match="matching_model_unusable"):
        compiled("a_l = a_r")(left, right)


def test_the_column_of_an_equality_is_found() -> None:
    assert exact_column('"given_name_l" = given_name_R') == "given_name"
    assert exact_column("a_l = b_r") is None
    assert exact_column("a_l = a_l") is None
    assert exact_column("lower(a_l) = lower(a_r)") is None
