"""`mainstem resolve` on files with a known truth, and on files that nobody wants."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mainstem.analytics.identity.contracts import Role
from mainstem.analytics.identity.dates import iso_sql
from mainstem.analytics.identity.fields import MACROS
from mainstem.analytics.identity.truth import people_of
from mainstem.analytics.identity.vocabulary import role_of

pytestmark = pytest.mark.contract

MAINSTEM = Path(sys.executable).with_name("mainstem")
DATA = Path(__file__).parents[3] / "shared" / "data"
HEADER = "id,first_name,last_name,dob,email,city\n"
PEOPLE = HEADER + "".join(
    f"{2 * n + twice},{given},{family},19{60 + n}-0{1 + n % 9}-1{n % 10},{given.lower()}{n}@example.com,Town {n}\n"
    for n, (given, family) in enumerate(
        [("Anna", "Schmidt"), ("Jim", "Miller"), ("Wei", "Zhang"), ("Olga", "Petrova")] * 5
    )
    for twice in (0, 1)
)


def run(*arguments: object, language: str = "C", **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAINSTEM_", "LC_", "LANG"))}
    return subprocess.run(
        [MAINSTEM, "resolve", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=kept | {"LC_ALL": language, "PYTHONUTF8": "1"} | more,
        timeout=280,
        check=False,
    )


def resolved(*arguments: object, code: int = 0) -> Any:  # noqa: ANN401 - the JSON of the command
    ran = run(*arguments, "--json")
    assert ran.returncode == code, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("name", "truth", "least"),
    [
        ("febrl/dataset1.csv", "rec_id", 0.999),
        ("febrl/dataset3.csv", "rec_id", 0.997),
        ("splink/fake_1000.csv", "cluster", 0.95),
    ],
)
def test_known_files_are_resolved_without_labels(name: str, truth: str, least: float) -> None:
    file = DATA / name
    if not file.exists():
        pytest.skip(f"the data set {name} is not at {DATA}")
    found = resolved(file, "--truth", truth)
    assert found["quality"]["f1"] >= least
    assert found["quality"]["rows"] == found["rows"]
    assert sum(int(size) * times for size, times in found["cluster_sizes"].items()) == found["rows"]
    used = {use["column"]: use["role"] for use in found["columns"]}
    assert used[truth] == "ignore"


def test_the_output_names_the_cluster_of_every_row(tmp_path: Path) -> None:
    file, output = tmp_path / "people.csv", tmp_path / "clusters.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    found = resolved(file, "--output", output)
    with output.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [row["row"] for row in rows] == [str(number) for number in range(1, found["rows"] + 1)]
    assert all(rows[at]["cluster"] == rows[at + 1]["cluster"] == rows[at]["row"] for at in range(0, len(rows), 2))


def _tables(text: str) -> dict[str, bytes]:
    rows = list(csv.DictReader(text.splitlines()))
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return {
        "semicolon.csv": text.replace(",", ";").encode(),
        "tab.tsv": text.replace(",", "\t").encode("utf-16"),
        "marked.csv": b"\xef\xbb\xbfsep=,\r\n" + text.replace("\n", "\r\n").encode(),
        "chinese.csv": text.replace("first_name", "名").replace("last_name", "姓").encode("gb18030"),
        "lines.jsonl": "\n".join(json.dumps(row) for row in rows).encode(),
        "table.parquet": buffer.getvalue().to_pybytes(),
    }


@pytest.mark.parametrize("name", sorted(_tables(PEOPLE)))
def test_every_usual_form_of_a_file_is_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(_tables(PEOPLE)[name])
    assert resolved(file)["cluster_sizes"] == {"2": 20}


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\n", "it is empty"),
    "header": (HEADER.encode(), "no rows"),
    "binary": (b"\x00\x01\x02\x03" * 50, "it is binary"),
    "parquet": (b"PAR1 and nothing", "cannot be read"),
    "json": (b'{"a": \n{"b"\n', "no line of it is a JSON object"),
    "ids": (b"id,row\n1,2\n2,3\n", "No column of"),
    "nulls": (b"name,email\nnull,N/A\n-,NULL\n", "No column of"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_file_that_cannot_be_used_is_one_clear_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.csv"
    content, expected = BROKEN[name]
    file.write_bytes(content)
    ran = run(file)
    assert ran.returncode == 1
    assert ran.stdout == ""
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("mainstem: ")
    assert expected in last


def test_one_column_puts_equal_rows_together(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("email\na@example.com\nb@example.com\nA@example.com\n\n", encoding="utf-8")
    found = resolved(file)
    assert found["cluster_sizes"] == {"1": 1, "2": 1}
    assert any("One column" in note for note in found["notes"])


def test_rows_of_the_wrong_width_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE + "1,2,3\n", encoding="utf-8")
    assert resolved(file, code=1)["refused_rows"] == 1


def test_a_file_without_header_is_understood_by_content(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE.removeprefix(HEADER), encoding="utf-8")
    found = resolved(file)
    assert found["rows"] == 40
    assert {use["column"]: use["role"] for use in found["columns"]}["column_5"] == "email"


def test_the_truth_must_be_there_and_a_mapping_readable(tmp_path: Path) -> None:
    file, mapping = tmp_path / "people.csv", tmp_path / "mapping.toml"
    file.write_text(PEOPLE, encoding="utf-8")
    assert "There is no column who" in run(file, "--truth", "who").stderr
    for text in ("columns = 1", "[columns]\nfirst_name = 'nonsense'", "[columns]\nnobody = 'text'", "= ="):
        mapping.write_text(text, encoding="utf-8")
        ran = run(file, "--mapping", mapping)
        assert ran.returncode == 1
        assert "cannot be used" in ran.stderr


def test_constraints_of_a_mapping_keep_rows_apart(tmp_path: Path) -> None:
    file, mapping = tmp_path / "people.csv", tmp_path / "mapping.toml"
    file.write_text(PEOPLE, encoding="utf-8")
    mapping.write_text('unique = ["id"]\n', encoding="utf-8")
    found = resolved(file, "--mapping", mapping)
    assert found["cluster_sizes"] == {"1": 40}
    assert found["vetoed_pairs"] > 0


def test_it_speaks_chinese(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    ran = run(file, language="zh_CN.UTF-8")
    assert ran.returncode == 0
    assert "聚类" in ran.stdout


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("First Name", Role.GIVEN_NAME),
        ("customer_last_name", Role.FAMILY_NAME),
        ("Geburtsdatum", Role.BIRTH_DATE),
        ("Prénom", Role.GIVEN_NAME),
        ("手机号码", Role.PHONE),
        ("fname_c1", Role.GIVEN_NAME),
        ("by", Role.BIRTH_YEAR),
        ("Straße", Role.STREET),
        ("soc_sec_id", Role.PERSONAL_ID),
        ("zip_code", Role.POSTAL_CODE),
        ("colour", None),
    ],
)
def test_columns_are_known_by_name(name: str, role: Role | None) -> None:
    assert role_of(name) is role


@pytest.mark.parametrize(
    ("value", "column", "iso"),
    [
        ("1980-2-3", ["1980-02-03"], "1980-02-03"),
        ("19800203", ["19800203"], "1980-02-03"),
        ("31/01/1980", ["31/01/1980", "05/06/1980"], "1980-01-31"),
        ("01/31/1980", ["01/31/1980", "05/06/1980"], "1980-01-31"),
        ("1980年2月3日", ["1980年2月3日"], "1980-02-03"),
        ("3 Feb 1980", ["3 Feb 1980"], "1980-02-03"),
        ("1980-02-03T10:00:00", ["1980-02-03"], "1980-02-03"),
        ("19800431", ["19800431"], "1980-04-31"),
    ],
)
def test_dates_become_one_form(value: str, column: list[str], iso: str) -> None:
    import duckdb

    connection = duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    sql = iso_sql("d", column)
    assert connection.execute(f"select {sql} from (select $v::varchar as d)", {"v": value}).fetchall()[0][0] == iso


def test_the_truth_is_read_in_its_forms() -> None:
    assert people_of(["rec-1-org", "rec-1-dup-0", "rec-2-org"])[0] == ["1", "1", "2"]
    assert people_of(["a", "a", " ", None])[0] == ["a", "a", None, None]
