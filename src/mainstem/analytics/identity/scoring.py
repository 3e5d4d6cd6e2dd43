"""The pairs of a file with their evidence, as Splink predicts them."""

import math
import warnings
from typing import Any

import numpy as np

from mainstem.analytics.identity.clustering import ABSENT, Floats, Ints

KEPT_ROWS_MAX = 200_000
"""Files with more rows keep only pairs that say something for a match: the others are many and count as absent."""

LEAST_OF_MANY = -2.0

DECIMALS = 9
"""Of the evidence of a pair."""


def predicted(linker: Any, rows: int, prior: float) -> tuple[Ints, Ints, Floats]:  # noqa: ANN401 - Splink has no types
    """Candidate pairs: left row, right row, evidence in bits without the prior that the model has."""
    start = math.log2(prior / (1 - prior))
    least = ABSENT if rows <= KEPT_ROWS_MAX else LEAST_OF_MANY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = linker.inference.predict(threshold_match_weight=start + least, warning_mode="never").as_pyarrow_table()
    left = table.column("unique_id_l").to_numpy().astype(np.int64)
    right = table.column("unique_id_r").to_numpy().astype(np.int64)
    # Engines add in different orders: what is left of that is no evidence.
    weight = np.round(table.column("match_weight").to_numpy().astype(np.float64) - start, DECIMALS)
    return np.minimum(left, right), np.maximum(left, right), weight
