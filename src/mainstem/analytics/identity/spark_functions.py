"""The similarity and the distance of texts for Spark: those of rapidfuzz, which DuckDB measures by as well.

They run in Spark's Python workers, a batch of pairs a call. They are sent there whole: a cluster's workers need numpy,
pyarrow and rapidfuzz, and nothing of ours.
"""

import sys
import typing
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.sql.functions import arrow_udf  # type: ignore[attr-defined,unused-ignore]
from pyspark.sql.types import DoubleType, IntegerType
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from mainstem.analytics.identity.comparisons import Functions


def jaro_winkler(left: pa.Array, right: pa.Array) -> pa.Array:
    """Similarities from 0 to 1, null where a text is."""
    return _of_pairs(JaroWinkler.normalized_similarity, left, right, pa.float64())


def damerau_levenshtein(left: pa.Array, right: pa.Array) -> pa.Array:
    """Distances in edits, null where a text is."""
    return _of_pairs(DamerauLevenshtein.distance, left, right, pa.int32())


def _of_pairs(measure: Any, left: pa.Array, right: pa.Array, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - a scorer
    texts = [[b"" if text is None else text.encode() for text in side.to_pylist()] for side in (left, right)]
    unknown = [one is None or other is None for one, other in zip(left.to_pylist(), right.to_pylist(), strict=True)]
    dtype = np.float64 if pa.types.is_floating(kind) else np.int32
    return pa.array(process.cpdist(*texts, scorer=measure, dtype=dtype), kind, mask=np.array(unknown, dtype=bool))


def register(session: Any, functions: Functions) -> None:  # noqa: ANN401 - published without types
    """Make them known to a Spark session under their names."""
    typing.cast("Any", cloudpickle).register_pickle_by_value(sys.modules[__name__])
    session.udf.register(functions.jaro_winkler, arrow_udf(jaro_winkler, DoubleType()))
    session.udf.register(functions.damerau_levenshtein, arrow_udf(damerau_levenshtein, IntegerType()))
