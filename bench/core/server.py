"""A Mainstem server of its own process, and loads against it."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

TIMEOUT_SECONDS = 120

_UNSEALED = """
select exists (
    select from platform.event as e
    where (e.xid, e.id) > (select s.xid, s.id from platform.event_seal as s order by s.number desc limit 1)
)
"""


@dataclass(frozen=True)
class Server:
    """Where it answers, with which key, and its API process."""

    port: int
    key: str
    api_pid: int

    def load(self, **options: object) -> dict[str, Any]:
        """Run the load generator in a process of its own; what it reports."""
        command = [sys.executable, "-m", "bench.core.load", "--port", str(self.port), "--key", self.key]
        command += ["--run", uuid.uuid4().hex[:12]]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS)
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def memory_mib(self) -> float:
        """The most memory that the API process has had resident."""
        for line in Path(f"/proc/{self.api_pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the API process has ended")


def rest(*urls: str) -> None:
    """Do what a load leaves to be done later, so that the next one does not pay for it: seals and a checkpoint."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for url in urls:
        with psycopg.connect(url, autocommit=True) as connection:
            while connection.execute(_UNSEALED).fetchone() == (True,):
                if time.monotonic() > deadline:
                    raise TimeoutError("the events are not sealed")
                time.sleep(0.1)
            connection.execute("checkpoint")


@contextmanager
def served(url: str) -> Iterator[Server]:
    """`mainstem serve` with one API process on a database, until the block ends."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAINSTEM_")},
        "MAINSTEM_DATABASE_URL": url,
        "MAINSTEM_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "mainstem", "serve", "--port", "0", "--workers", "1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        try:
            port = int(ready["url"].rsplit(":", 1)[1])
            yield Server(port, ready["administrator_key"], ready["api"][0])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
