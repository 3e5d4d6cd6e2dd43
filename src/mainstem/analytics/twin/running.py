"""The twin on all cores: slices dealt to processes, tallies added as they come, progress told by slice."""

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from mainstem.analytics.twin.contracts import Draft, TwinResult
from mainstem.analytics.twin.replaying import Slice
from mainstem.analytics.twin.span import read_world, slices_of
from mainstem.analytics.twin.tallying import Tally
from mainstem.analytics.twin.telling import told
from mainstem.platform.collector import relax_collector

Progress = Callable[[int, int], None]
"""Called with slices done and slices in all."""

_slice: Slice | None = None


def replay(folder: Path, draft: Draft, progress: Progress, processes: int | None = None) -> TwinResult:
    """Replay a span under a draft. Uses as many processes as there are cores, unless told otherwise; 1: this one.

    Raises ValueError where a promotion cannot be computed, before anything is replayed.
    """
    started = time.perf_counter()
    world, slices = read_world(folder), slices_of(folder)
    own = Slice(world, draft)
    total = Tally()
    progress(0, len(slices))
    count = min(processes or os.cpu_count() or 1, len(slices))
    if count <= 1:
        for done, path in enumerate(slices, 1):
            total.add(own.replay(path))
            progress(done, len(slices))
        return told(world, draft, total, time.perf_counter() - started)
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin, (folder, draft))
    try:
        for done, future in enumerate(as_completed([pool.submit(_one, path) for path in slices]), 1):
            total.add(future.result())
            progress(done, len(slices))
    finally:
        pool.shutdown(cancel_futures=True)
    return told(world, draft, total, time.perf_counter() - started)


def _begin(folder: Path, draft: Draft) -> None:
    global _slice  # noqa: PLW0603 - of a process of its own, which does nothing else
    relax_collector()
    _slice = Slice(read_world(folder), draft)


def _one(path: Path) -> Tally:
    assert _slice is not None
    return _slice.replay(path)
