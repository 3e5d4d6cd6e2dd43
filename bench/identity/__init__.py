"""One customer: how well and how fast records of the same person are put together, and segments that are live."""

import importlib
import sys
from types import ModuleType

from bench.postgres import new_database, scratch_server
from bench.report import Measure

PEOPLE, QUICK_PEOPLE = 10_000, 1_000
CUSTOMERS, QUICK_CUSTOMERS = 1_000_000, 20_000


def run(*, quick: bool) -> list[Measure]:
    """All measures. `quick`: fewer people, a fiftieth of the customers, and smaller batches."""
    measures: list[Measure] = []
    with scratch_server() as server:
        online = _part("online", "a labelled set of customers, statement by statement")
        measures += online.measure(new_database(server, "bench_people"), QUICK_PEOPLE if quick else PEOPLE)
        latency = _part("latency", "a graph of many customers")
        known = QUICK_CUSTOMERS if quick else CUSTOMERS
        ones, batches = (500, 10) if quick else (3_000, 60)
        measures += latency.measure(new_database(server, "bench_known"), known, ones, batches)
    measures += _part("pair", "one pair").measure(quick=quick)
    measures += _part("febrl", "files with truth").measure(quick=quick)
    measures += _part("batch", "a batch").measure(quick=quick)
    segments = _part("segments", "segments")
    measures += segments.measure(QUICK_CUSTOMERS, 5) if quick else segments.measure()
    return measures


def _part(name: str, what: str) -> ModuleType:
    """A part of this benchmark, announced. Imported when it is measured: the parts are used one by one as well."""
    sys.stderr.write(f"{what} ...\n")
    return importlib.import_module(f"bench.identity.{name}")
