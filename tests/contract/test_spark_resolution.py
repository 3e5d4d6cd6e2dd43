"""`mainstem resolve` on Spark: a real one in this machine, and what is said where there is none."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bench.identity.batch import write
from mainstem.analytics.identity.engines import JAVA_LEAST, java_version

pytestmark = pytest.mark.contract

MAINSTEM = Path(sys.executable).with_name("mainstem")
RECORDS = 2_400
"""More than are compared each with each, so that both engines look for pairs by keys."""

spark = pytest.mark.skipif(
    java_version() < JAVA_LEAST, reason=f"Spark needs Java {JAVA_LEAST} (Debian package openjdk-17-jre-headless)"
)


def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAINSTEM_", "LC_", "LANG"))}
    return subprocess.run(
        [MAINSTEM, "resolve", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=kept | {"LC_ALL": "C", "PYTHONUTF8": "1"} | more,
        timeout=580,
        check=False,
    )


def answered(*arguments: object, **more: str) -> dict[str, Any]:
    ran = run(*arguments, "--json", **more)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@spark
@pytest.mark.timeout(600)
def test_the_same_file_has_the_same_clusters_on_duckdb_and_on_spark(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    file = tmp_path / "people.parquet"
    write(file, RECORDS)
    # A small file: Java need not make its code fast first.
    quick = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    said = {
        engine: answered(file, "--truth", "person", "--output", tmp_path / engine, "--engine", engine, **quick)
        for engine in ("duckdb", "spark")
    }

    assert [said[engine]["engine"] for engine in said] == ["duckdb", "spark"]
    assert (tmp_path / "spark").read_bytes() == (tmp_path / "duckdb").read_bytes()
    for figure in ("candidate_pairs", "threshold_weight", "review_pairs", "cluster_sizes", "quality"):
        assert said["spark"][figure] == said["duckdb"][figure]
    assert said["spark"]["quality"]["f1"] >= 0.95
    assert said["spark"]["candidate_pairs"] < RECORDS * (RECORDS - 1) / 4


def test_spark_without_java_is_one_clear_line(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    file = tmp_path / "people.csv"
    file.write_text("name,email\nAnna,a@example.com\n", encoding="utf-8")
    for ran in (
        run(file, "--engine", "spark", JAVA_HOME=str(tmp_path)),
        run(file, MAINSTEM_ENGINE="spark", JAVA_HOME=str(tmp_path)),
    ):
        assert ran.returncode == 1
        assert ran.stdout == ""
        assert "Java 17 is not here" in ran.stderr
        assert "openjdk-17-jre-headless" in ran.stderr
    assert run(file, "--engine", "duckdb", MAINSTEM_ENGINE="spark", JAVA_HOME=str(tmp_path)).returncode == 0


def test_texts_are_as_far_apart_on_spark_as_on_duckdb() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    import duckdb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 is new to pyspark
        from mainstem.analytics.identity.spark_functions import damerau_levenshtein, jaro_winkler
    words = ["Lonon", "nLonon", "王小明", "王晓明", "ca", "abc", "Müller", "Muller", "1980-02-03", "1980-03-02"]
    pairs = pa.table({"l": [one for one in words for _ in words], "r": words * len(words)})
    connection = duckdb.connect()
    connection.register("pairs", pairs)
    told = connection.execute(
        "select jaro_winkler_similarity(l, r) as close, damerau_levenshtein(l, r) as edits from pairs"
    ).fetchnumpy()
    left, right = pairs["l"].combine_chunks(), pairs["r"].combine_chunks()
    assert jaro_winkler(left, right).to_pylist() == pytest.approx(told["close"].tolist(), abs=1e-12)
    assert damerau_levenshtein(left, right).to_pylist() == told["edits"].tolist()
    nothing = pa.array([None] * len(left), pa.string())
    assert jaro_winkler(left, nothing).null_count == damerau_levenshtein(nothing, right).null_count == len(left)
