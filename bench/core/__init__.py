"""The core: orders over HTTP against the limit of the database, one hot SKU, the replay, growth, availability."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.core import availability, hot, limit, orders, replay
from bench.report import Measure
from mainstem.platform import embedded
from mainstem.platform.embedded import EmbeddedPostgres
from mainstem.platform.migrations import migrate


@dataclass(frozen=True)
class Sizes:
    """How much is done in a run."""

    seconds: int
    skus: int
    history: int
    whole_year: bool


FULL = Sizes(seconds=5, skus=10_000, history=50_000, whole_year=True)
QUICK = Sizes(seconds=2, skus=2_000, history=2_000, whole_year=False)


def run(*, quick: bool) -> list[Measure]:
    """All measures of the core, in one run on one machine."""
    sizes = QUICK if quick else FULL
    measures: list[Measure] = []
    with _server() as server:
        _tell("the limit: pgbench")
        limits = limit.measure(server.bin_dir, _database(server, "bench_limit"), sizes.skus, sizes.seconds)
        _tell("orders over HTTP")
        databases = _database(server, "bench_orders"), _database(server, "bench_grown")
        measures += orders.measure(*databases, limits, sizes.skus, sizes.history, sizes.seconds)
        _tell("one hot SKU")
        measures += hot.measure(_database(server, "bench_hot"), limits, sizes.seconds)
        _tell("availability")
        measures += availability.measure(_database(server, "bench_availability"), rounds=30 * sizes.seconds)
    if sizes.whole_year:
        _tell("the year's replay")
        measures += replay.measure(limits)
    return measures


def _tell(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")


@contextmanager
def _server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="mainstem-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with embedded.start(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database(server: EmbeddedPostgres, name: str) -> str:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    parts = urlsplit(server.url)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    migrate(url)
    return url
