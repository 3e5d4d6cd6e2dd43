"""One scored pair, by our scorer and by Splink's `score_pair`, under one model on the same pairs in the same run."""

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bench.identity import crowd
from bench.report import Measure, at_least, at_most
from mainstem.domains.customers import matching
from mainstem.domains.customers.matching import Model, columns, score

PAIRS = 20_000
SPLINK_PAIRS = 30
TIMES_MIN = 1_000
DIFFERENCE_MAX = 1e-9

_NAMES: tuple[str, ...] = (
    *("given_name", "family_name", "given_name_latin", "family_name_latin", "gender", "birth_date", "street", "city"),
    *("postal_code", "company"),
)


def measure(*, quick: bool = False) -> list[Measure]:
    """Microseconds a pair of both, and the largest difference of their weights."""
    said = [columns(record) for _, record in crowd.records(2_000, seed=3)]
    settings = json.loads((Path(matching.__file__).parent / "default_model.json").read_bytes())
    records = [{name: found.get(name) for name in _NAMES} for found in said]
    splink_seconds, weights, frequencies = _splink(settings, records)
    model = Model.read(settings, frequencies)
    pairs = list(pairwise(records)) * 10
    taken = pairs[: PAIRS // 4 if quick else PAIRS]
    started = time.perf_counter()
    for left, right in taken:
        score(model, left, right)
    own_seconds = (time.perf_counter() - started) / len(taken)
    differences = [
        abs(score(model, left, right).weight - weight) for (left, right), weight in zip(pairs, weights, strict=False)
    ]
    return [
        at_least(
            "one scored pair",
            "pairs/s",
            1 / own_seconds,
            against="Splink's score_pair",
            of=1 / splink_seconds,
            times=TIMES_MIN,
        ),
        at_most("largest difference of weight to Splink", "bits", max(differences), bar=DIFFERENCE_MAX),
    ]


def _splink(
    settings: dict[str, Any], records: list[dict[str, str | None]]
) -> tuple[float, list[float], dict[str, dict[str, float]]]:
    """Seconds a pair, the weights of the first pairs, and the frequencies that Splink computed."""
    from mainstem.analytics.identity import engines  # noqa: PLC0415 - Splink takes a moment
    from mainstem.analytics.identity.training import linker_of  # noqa: PLC0415 - the same

    connection = duckdb.connect()
    rows = pa.table({name: pa.array([row[name] for row in records], pa.string()) for name in _NAMES})
    connection.register("drawn", rows.append_column("unique_id", pa.array(range(len(records)), pa.int64())))
    connection.execute("create table people as select * from drawn")
    engine = engines.on_duckdb(connection)
    linker = linker_of(settings | {"link_type": "dedupe_only"}, engine.api.register(connection.table("people")))
    frequencies = {}
    for level in (level for part in settings["comparisons"] for level in part["comparison_levels"]):
        if column := level.get("tf_adjustment_column"):
            table = linker.table_management.compute_tf_table(column).as_record_list()
            frequencies[column] = {row[column]: row[f"tf_{column}"] for row in table}
    sides = [row | {"unique_id": at} for at, row in enumerate(records[: SPLINK_PAIRS + 1])]
    linker.inference.score_pair(sides[0], sides[1])  # Splink prepares with the first.
    started = time.perf_counter()
    scored = [linker.inference.score_pair(left, right) for left, right in pairwise(sides)]
    seconds = (time.perf_counter() - started) / len(scored)
    return seconds, [found.as_record_list()[0]["match_weight"] for found in scored], frequencies
