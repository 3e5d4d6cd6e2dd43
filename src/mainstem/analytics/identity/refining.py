"""The model once more from the pairs that are to be compared, and not only from those that are equal in some field.

Pairs that are equal in a field are often of one source, which writes everything alike; how records of two sources
differ is then never learned. Of names, dates and addresses it is about known how they differ; of a column that nobody
knows it is not. So for these m is learned by expectation maximisation over all candidate pairs at once, together with
the prior, from where the training left it. u stays as it is.
"""

import warnings
from typing import Any

import numpy as np

from mainstem.analytics.identity.training import Settings, bounded, linker_of, prior_weight, unnamed

ROWS_MAX = 20_000
"""Larger files have enough pairs for the rules of the training, and candidates that take long to look at twice."""

ROUNDS = 12


def refined(table: Any, settings: Settings, rows: int) -> Settings:  # noqa: ANN401 - Splink has no types
    """The model with m of its unnamed fields learned from the candidate pairs; as it is for a large file."""
    if rows > ROWS_MAX or not any(unnamed(part["output_column_name"]) for part in settings["comparisons"]):
        return settings
    kept = {"retain_intermediate_calculation_columns": True, "retain_matching_columns": True}
    linker = linker_of(settings | kept, table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = linker.inference.predict(warning_mode="never").as_pyarrow_table()
    start = settings["probability_two_random_records_match"]
    for _ in range(ROUNDS):
        weights = np.zeros(pairs.num_rows)
        for part in settings["comparisons"]:
            weights += _weights(part, pairs)
        odds = prior_weight(weights, rows * (rows - 1) / 2, start)
        chances = 1 / (1 + np.exp2(-np.clip(weights + odds, -60, 60)))
        comparisons = [
            _learned(part, pairs, chances) if unnamed(part["output_column_name"]) else part
            for part in settings["comparisons"]
        ]
        settings = settings | {"comparisons": comparisons}
    return settings


def _levels(part: dict[str, Any]) -> list[dict[str, Any]]:
    """The levels that say something, in the order of Splink's numbers: what differs is 0."""
    return [level for level in reversed(part["comparison_levels"]) if not level.get("is_null_level")]


def _weights(part: dict[str, Any], pairs: Any) -> "np.ndarray[Any, Any]":  # noqa: ANN401 - a pyarrow.Table
    """The evidence of a comparison for each pair, in bits: 0 where a value is missing, whose number is -1."""
    name = part["output_column_name"]
    bits = [np.log2(level["m_probability"] / level["u_probability"]) for level in _levels(part)]
    gamma = pairs.column(f"gamma_{name}").to_numpy()
    found: np.ndarray[Any, Any] = np.append(bits, 0.0)[gamma]
    if f"mw_tf_adj_{name}" in pairs.column_names:
        found = found + pairs.column(f"mw_tf_adj_{name}").to_numpy().astype(np.float64)
    return found


def _learned(part: dict[str, Any], pairs: Any, chances: "np.ndarray[Any, Any]") -> dict[str, Any]:  # noqa: ANN401
    gamma = pairs.column(f"gamma_{part['output_column_name']}").to_numpy()
    known = gamma >= 0
    levels = _levels(part)
    counts = np.bincount(gamma[known], weights=chances[known], minlength=len(levels))
    if counts.sum() < 1:
        return part
    shares = iter(reversed(((counts + 0.5 / len(levels)) / (counts.sum() + 0.5)).tolist()))
    return part | {
        "comparison_levels": [
            level
            if level.get("is_null_level")
            else bounded(part["output_column_name"], level, next(shares), level["u_probability"])
            for level in part["comparison_levels"]
        ]
    }
