"""A million records, end to end: a file is drawn with a seed, and `mainstem resolve` finds its people.

The people are those of `crowd.py`: Chinese and Western, with a phone and an e-mail that are left out, mistyped or moved
on as everything else. The resolving runs in a process of its own on two cores, and its largest memory is read from the
system when it has ended.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.identity import crowd
from bench.report import Measure, at_most, inform, no_less

RECORDS = 1_000_000
QUICK = 100_000
MINUTES_MAX = 4
MEMORY_GIB_MAX = 6
F1_MIN = 0.95
CORES = 2
SEED = 7

_CHUNK = 50_000


def write(path: Path, records: int, seed: int = SEED) -> None:
    """A Parquet file of so many records, each with `person`, the truth; in an order that says nothing."""
    names: list[str] = ["record", *crowd.person(random.Random(0)), "person"]
    schema = pa.schema([(name, pa.string()) for name in names])
    people = crowd.records(10 * records, seed)
    found = [next(people) for _ in range(records)]
    random.Random(seed + 1).shuffle(found)
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, records, _CHUNK):
            part = found[start : start + _CHUNK]
            columns: dict[str, list[str | None]] = {
                "record": [f"r{start + at}" for at in range(len(part))],
                "person": [str(n) for n, _ in part],
            }
            columns |= {name: [said[name] or None for _, said in part] for name in names[1:-1]}
            writer.write_table(pa.table({name: columns[name] for name in names}, schema=schema))


def resolved(path: Path, truth: str = "person") -> tuple[dict[str, Any], float]:
    """What `mainstem resolve` says of a file, and the most memory that it had, in GiB."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    ran = subprocess.run(
        [sys.executable, "-m", "mainstem", "resolve", path, "--truth", truth, "--json"],
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    most = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return json.loads(ran.stdout), most / 2**20


def measure(*, quick: bool = False) -> list[Measure]:
    """Time, memory and quality of a million records, or of a tenth of them."""
    records = QUICK if quick else RECORDS
    with tempfile.TemporaryDirectory(prefix="mainstem-bench-") as folder:
        path = Path(folder) / "people.parquet"
        write(path, records)
        said, memory = resolved(path)
    label = f"batch, {records:,} records"
    share = records / RECORDS
    return [
        at_most(f"{label}: end to end", "s", said["seconds"], bar=60 * MINUTES_MAX * share + (30 if quick else 0)),
        at_most(f"{label}: memory", "GiB", memory, bar=MEMORY_GIB_MAX),
        no_less(f"{label}: pairwise F1, no labels used", "", said["quality"]["f1"], bar=F1_MIN),
        inform(f"{label}: pairwise precision", "", said["quality"]["precision"]),
        inform(f"{label}: pairwise recall", "", said["quality"]["recall"]),
        inform(f"{label}: pairs compared", "pairs", said["candidate_pairs"]),
    ]
