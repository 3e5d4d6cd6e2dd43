"""The year's replay, as `mainstem demo` does it: fresh data directory, to the page served."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.core.limit import BASKET_LINES, Limits
from bench.report import Measure, at_most, exactly, no_less

LINES_PER_SECOND_BAR = 25_000
WHOLE_BAR_SECONDS = 150
PORT = 18_437


def measure(limits: Limits) -> list[Measure]:
    """Lines a second with all rules on, the whole demo from start to page, and whether it reconciles."""
    folder = Path(tempfile.mkdtemp(prefix="mainstem-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTEM_")}
    environ["MAINSTEM_DATA_DIR"] = str(folder)
    command = [sys.executable, "-m", "mainstem", "demo", "--fresh", "--no-traffic", "--json", "--port", str(PORT)]
    started = time.perf_counter()
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) as process:
            try:
                _wait_for_page(process)
                whole = time.perf_counter() - started
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            summary, _ = json.JSONDecoder().raw_decode(process.stdout.read())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        no_less(
            "replay of the year, all rules on", "lines/s", summary["lines_per_second"], bar=LINES_PER_SECOND_BAR,
            against=f"pgbench, baskets of {BASKET_LINES} lines, one a transaction", of=limits.basket_lines,
        ),
        at_most("demo from start to served page", "s", whole, bar=WHOLE_BAR_SECONDS),
        exactly("replay reconciles with the source", "", int(summary["reconciled"]), against="true", of=1),
    ]  # fmt: skip


def _wait_for_page(process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"mainstem demo ended with {process.returncode}")
