"""How long a page takes: from the request to the last byte of the answer, over one connection on this machine."""

import http.client
import time
from collections import defaultdict

from bench.console.visitors import Visited
from bench.report import Measure, at_most
from mainstem.platform.access.people.sessions import SESSION_COOKIE

WARM_UP = 3


def measure(visited: Visited, on: str, bar_ms: float, *, rounds: int) -> list[Measure]:
    """The 95th percentile of each page over its addresses."""
    taken: dict[str, list[float]] = defaultdict(list)
    connection = http.client.HTTPConnection("127.0.0.1", visited.port, timeout=60)
    try:
        for address in visited.shown:
            cookie = f"{SESSION_COOKIE}={visited.tokens[address.role]}"
            headers = {"cookie": cookie, "accept-encoding": "gzip"}
            for number in range(WARM_UP + rounds):
                started = time.perf_counter()
                connection.request("GET", address.path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                milliseconds = (time.perf_counter() - started) * 1000
                if answer.status >= http.client.INTERNAL_SERVER_ERROR:
                    raise RuntimeError(f"{address.path} answers {answer.status}")
                if number >= WARM_UP:
                    taken[address.page.path].append(milliseconds)
    finally:
        connection.close()
    return [at_most(f"{path}, p95, {on}", "ms", _p95(times), bar=bar_ms) for path, times in sorted(taken.items())]


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
