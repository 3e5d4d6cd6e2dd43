"""The scorer is Splink to 1e-9, on FEBRL and on its own library's comparisons; the shipped model tells people apart."""

import json
import logging
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mainstem.domains.customers import matching
from mainstem.domains.customers.matching import Model, blocking_keys, columns, score
from mainstem.kernel.refusals import RefusedError

pytestmark = pytest.mark.unit

FEBRL = Path(__file__).parents[3] / "shared" / "data" / "febrl" / "dataset3.csv"
SHIPPED = Path(matching.__file__).parent / "default_model.json"


def febrl(connection: duckdb.DuckDBPyConnection, rows: int) -> list[dict[str, Any]]:
    names = [row[0] for row in connection.execute(f"describe select * from '{FEBRL}'").fetchall()]
    cells = ", ".join(f"nullif(trim(\"{name}\"), '') as {name.strip()}" for name in names)
    connection.execute(
        "create table people as select row_number() over () as unique_id, *, string_split(coalesce(address_1, ''), ' ')"
        f" as words from (select {cells} from read_csv('{FEBRL}', all_varchar = true) limit {rows})"
    )
    found = connection.execute("select * from people order by unique_id")
    headers = [column[0] for column in found.description or ()]
    return [dict(zip(headers, row, strict=True)) for row in found.fetchall()]


def comparisons() -> list[Any]:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    dates = cl.CustomComparison(
        output_column_name="born",
        comparison_levels=[
            cll.NullLevel("date_of_birth"),
            cll.ExactMatchLevel("date_of_birth"),
            cll.DamerauLevenshteinLevel("date_of_birth", 1),
            cll.AbsoluteDateDifferenceLevel(
                "date_of_birth", input_is_string=True, threshold=1, metric="year", datetime_format="%Y%m%d"
            ),
            cll.ElseLevel(),
        ],
    )
    return [
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.JaroAtThresholds("address_2", [0.9, 0.7]),
        cl.LevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        cl.NameComparison("suburb"),
        cl.ExactMatch("state").configure(term_frequency_adjustments=True),
        cl.ArrayIntersectAtSizes("words", [2, 1]),
        dates,
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
    ]


@pytest.mark.skipif(not FEBRL.exists(), reason=f"the data set FEBRL 3 is not at {FEBRL}")
def test_weights_are_those_of_splink_on_febrl() -> None:
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect()
    people = febrl(connection, rows=1_200)
    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        "dedupe_only",
        comparisons=comparisons(),
        blocking_rules_to_generate_predictions=[block_on("state"), block_on("surname"), block_on("suburb")],
        retain_intermediate_calculation_columns=True,
    )
    table = api.register(connection.table("people"))
    linker = Linker(table, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=100_000, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("soc_sec_id"))
    saved = json.loads(json.dumps(linker.misc.save_model_to_json()))
    # What Splink saved is what both read: levels that were never seen are saved without parameters.
    again = Linker(table, SettingsCreator.from_path_or_dict(saved))
    frequencies = {}
    for column in ("given_name", "surname", "postcode", "suburb", "state"):
        rows = again.table_management.compute_tf_table(column).as_record_list()
        frequencies[column] = {row[column]: row[f"tf_{column}"] for row in rows}
    model = Model.read(saved, frequencies)
    predicted = again.inference.predict().as_record_list()
    assert len(predicted) > 100_000
    by_id = {row["unique_id"]: row for row in people}
    worst = 0.0
    levels: set[tuple[str, str]] = set()
    for row in predicted:
        found = score(model, by_id[row["unique_id_l"]], by_id[row["unique_id_r"]])
        worst = max(worst, abs(found.weight - row["match_weight"]))
        levels.update((name, label) for name, label, _ in found.levels)
        assert found.probability == pytest.approx(row["match_probability"], abs=1e-9)
        assert model.prior + sum(added for *_, added in found.levels) == pytest.approx(found.weight)
    assert worst <= 1e-9
    assert len(levels) > 25, "too few levels were met to prove anything"


def test_a_record_may_bring_its_own_frequencies() -> None:
    level = {"sql_condition": "n_l = n_r", "m_probability": 0.9, "u_probability": 0.1, "tf_adjustment_column": "n"}
    otherwise = {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}
    settings = {"comparisons": [{"output_column_name": "n", "comparison_levels": [level, otherwise]}]}
    model = Model.read(settings | {"probability_two_random_records_match": 0.5})
    plain = score(model, {"n": "x"}, {"n": "x"}).weight
    assert score(model, {"n": "x", "tf_n": 0.025}, {"n": "x", "tf_n": 0.01}).weight == pytest.approx(plain + 2)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"comparisons": []}, "no comparisons"),
        ({"sql_dialect": "spark"}, "not for DuckDB"),
        ({"probability_two_random_records_match": 1}, "prior"),
        ({"comparisons": [{"comparison_levels": [{"sql_condition": "a_l = a_r"}]}]}, "ELSE"),
        ({"comparisons": [{"comparison_levels": [{"sql_condition": "f(a_l)"}, {"sql_condition": "ELSE"}]}]}, "'f'|F"),
    ],
)
def test_a_model_that_cannot_be_scored_is_refused(change: dict[str, Any], detail: str) -> None:
    settings = json.loads(SHIPPED.read_bytes()) | change
    with pytest.raises(RefusedError, match=detail):
        Model.read(settings)


WANG = {"name": "王小明", "birth_date": "1990-03-07", "gender": "男"}
WANG |= {"city": "上海市", "street": "人民路", "street_number": "12号"}


@pytest.mark.parametrize(
    "other",
    [
        WANG,
        WANG | {"name": "Wang Xiaoming"},
        WANG | {"name": "", "given_name": "小明", "family_name": "王", "gender": ""},
        WANG | {"birth_date": "1990/3/7", "street": "", "street_number": ""},
    ],
)
def test_one_person_links(other: dict[str, str]) -> None:
    found = score(matching.DEFAULT, WANG, other)
    assert found.weight >= matching.LINK
    assert set(blocking_keys(WANG)) & set(blocking_keys(other))


def test_strangers_do_not_link_and_contradict() -> None:
    stranger = {"name": "李娜", "birth_date": "1972-11-30", "gender": "女"}
    stranger |= {"city": "成都", "street": "科技路", "street_number": "7号"}
    assert score(matching.DEFAULT, WANG, stranger).weight <= matching.CONTRADICTION
    assert not set(blocking_keys(WANG)) & set(blocking_keys(stranger))


def test_a_name_alone_links_nobody_and_nothing_known_contradicts_nothing() -> None:
    assert score(matching.DEFAULT, {"name": "王伟"}, {"name": "王伟"}).weight < matching.REVIEW
    assert score(matching.DEFAULT, {}, {}).weight > matching.CONTRADICTION
    assert blocking_keys({"name": "王伟"}) == ()
    assert matching.CONTRADICTION < matching.REVIEW <= matching.LINK


def test_the_order_of_two_records_does_not_matter() -> None:
    swapped = WANG | {"name": "", "given_name": "Wang", "family_name": "Xiaoming"}
    for other in (swapped, WANG | {"birth_date": "1990-07-03"}, {"name": "Wang X"}):
        one, two = score(matching.DEFAULT, WANG, other), score(matching.DEFAULT, other, WANG)
        assert one.weight == pytest.approx(two.weight)


@pytest.mark.parametrize(
    "value", ["", "null", "N/A", "未知", "***", "\x00", "a" * 200, "张**", "\uff19\uff19", "\ud800"]
)
def test_columns_are_made_of_anything(value: str) -> None:
    attributes = dict.fromkeys(("name", "birth_date", "city", "street", "gender", "postal_code", "company"), value)
    found = columns(attributes)
    assert columns(found) == found
    assert score(matching.DEFAULT, attributes, attributes).weight == score(matching.DEFAULT, found, found).weight
    assert len(blocking_keys(attributes)) <= 8
