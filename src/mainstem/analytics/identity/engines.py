"""Where Splink compares pairs: DuckDB in this process, or Spark, as the setting `engine` says.

The model is always learned on DuckDB: it takes a bounded sample of pairs, whatever the size of the file. So both
engines weigh every pair by the same model, and answer with the same clusters.
"""

import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
import typing
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from mainstem.analytics.identity.comparisons import DUCKDB, SPARK, Functions
from mainstem.analytics.identity.contracts import ENGINE_MISSING, ENGINE_SILENT
from mainstem.kernel.refusals import RefusedError, refuse

MEMORY = "3GB"
"""What DuckDB may use before it writes to a temporary folder."""

JAVA_LEAST = 17
"""The oldest Java that Spark 4 runs on."""

JAVA_SECONDS_MAX = 30

LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "4",
    "spark.default.parallelism": "4",
}
"""Spark in this process: nothing listens but on this machine, and there are no more parts than cores have use for."""


class Engine(msgspec.Struct, frozen=True):
    """An engine: its Splink interface, and what it calls its functions."""

    api: Any
    functions: Functions


def connect(folder: str) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, with a bound on it and a folder for what is beyond."""
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set temp_directory = ?", [folder])
    return connection


def on_duckdb(connection: duckdb.DuckDBPyConnection) -> Engine:
    """Splink in this process."""
    from splink import DuckDBAPI  # noqa: PLC0415 - takes half a second, and only resolving needs it

    _silence()
    return Engine(DuckDBAPI(connection), DUCKDB)


def require_spark() -> None:
    """Raises RefusedError with what to do when pyspark or a Java for it is not here."""
    if importlib.util.find_spec("pyspark") is None:
        raise RefusedError(refuse(ENGINE_MISSING, missing="pyspark", install="pip install 'mainstem[spark]'"))
    if java_version() < JAVA_LEAST:
        install = "apt-get install openjdk-17-jre-headless"
        raise RefusedError(refuse(ENGINE_MISSING, missing=f"Java {JAVA_LEAST}", install=install))


def java_version() -> int:
    """The version of the Java that Spark would start: that of `JAVA_HOME`, else the one on PATH; 0 for none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return 0
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=JAVA_SECONDS_MAX, check=True)  # noqa: S603 - found on PATH
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else 0


@contextmanager
def on_spark(master: str, folder: Path) -> Iterator[Engine]:
    """Splink on Spark, which is stopped afterwards. `folder` takes what it logs and writes for itself.

    Raises RefusedError when Spark does not start.
    """
    require_spark()
    with warnings.catch_warnings():
        # Both say on import that pandas 3 is new to them.
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, which takes a second
        from splink import SparkAPI  # noqa: PLC0415 - with pyspark only

        from mainstem.analytics.identity.spark_functions import register  # noqa: PLC0415 - the same

        _silence()
        log = folder / "spark.log"
        builder = SparkSession.builder.appName("mainstem resolve").master(master)
        options = {
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            **(LOCAL | {"spark.local.dir": str(folder)} if master.startswith("local") else {}),
        }
        if master.startswith("local"):
            # Spark's workers are of the Python that has what they need, and not of the first on PATH.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        for name, value in options.items():
            builder = builder.config(name, value)
        try:
            with _errors_into(log):
                session = builder.getOrCreate()
        except Exception as error:  # py4j and pyspark raise many kinds
            said = log.read_text(errors="replace").strip() or str(error)
            detail = said.splitlines()[-1][:300].rstrip(".")
            raise RefusedError(refuse(ENGINE_SILENT, master=master, detail=detail)) from error
        try:
            register(session, SPARK)
            # Splink brings functions of its own for Spark, which measure a little otherwise than DuckDB's.
            api = typing.cast("Any", SparkAPI)(
                spark_session=session, break_lineage_method="persist", register_udfs_automatically=False
            )
            yield Engine(api, SPARK)
        finally:
            session.stop()


@contextmanager
def _errors_into(log: Path) -> Iterator[None]:
    """Let a process that is started meanwhile write its errors to a file: Java tells of much that nobody asked for."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _silence() -> None:
    """What Splink tells of its work goes nowhere: the command says itself what it does."""
    logger = logging.getLogger("splink")
    logger.handlers = [logging.NullHandler()]
    logger.setLevel(logging.ERROR)
    logger.propagate = False
