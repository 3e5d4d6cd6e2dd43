"""Where Splink computes: DuckDB, or Spark when `MAINSTEM_ENGINE=spark` is set and pyspark is installed."""

import importlib.util
import logging
import os
from typing import Any

import duckdb
import msgspec

from mainstem.analytics.identity.comparisons import DUCKDB, SPARK, Functions

MEMORY = "3GB"
"""What DuckDB may use before it writes to a temporary folder."""


class Engine(msgspec.Struct, frozen=True):
    """An engine: its name, its Splink interface, what it calls its functions, and what is to be said of the choice."""

    name: str
    api: Any
    functions: Functions
    notes: list[tuple[str, str]]


def connect(folder: str) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, with a bound on it and a folder for what is beyond."""
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set temp_directory = ?", [folder])
    return connection


def choose(connection: duckdb.DuckDBPyConnection) -> Engine:
    """The engine of the settings; DuckDB, with a note, where Spark is asked for and not installed."""
    from splink import DuckDBAPI  # noqa: PLC0415 - takes half a second, and only resolving needs it

    _silence()
    wanted = os.environ.get("MAINSTEM_ENGINE", "duckdb").strip().lower()
    if wanted != "spark":
        return Engine("duckdb", DuckDBAPI(connection), DUCKDB, [])
    if importlib.util.find_spec("pyspark") is None:
        note = (
            "MAINSTEM_ENGINE=spark is set, but pyspark is not installed: resolving with DuckDB.",
            "已设置 MAINSTEM_ENGINE=spark，但未安装 pyspark：改用 DuckDB 进行解析。",
        )
        return Engine("duckdb", DuckDBAPI(connection), DUCKDB, [note])
    return Engine("spark", _spark(), SPARK, [])


def _spark() -> Any:  # noqa: ANN401 - splink.SparkAPI, published without types
    from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - optional
    from splink import SparkAPI  # noqa: PLC0415 - with pyspark only
    from splink.internals.spark.jar_location import similarity_jar_location  # noqa: PLC0415 - the same

    session = (
        SparkSession.builder.appName("mainstem resolve").config("spark.jars", similarity_jar_location()).getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    api: Any = SparkAPI
    return api(spark_session=session)


def _silence() -> None:
    """What Splink tells of its work goes nowhere: the command says itself what it does."""
    logger = logging.getLogger("splink")
    logger.handlers = [logging.NullHandler()]
    logger.setLevel(logging.ERROR)
    logger.propagate = False
