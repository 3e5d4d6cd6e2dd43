"""A load generator of its own process: many connections, one request at a time on each, as lean as Python allows.

Requests are cut from a template before the clock starts; a response is recognised by its length header, its status
counted, its latency kept. Prints one JSON object.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from typing import Any, cast

import uvloop

_JSON_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    "Idempotency-Key: {idempotency}\r\nContent-Length: {length}\r\n\r\n"
)

BODIES, BODIES_BULK = 4000, 100
"""Bodies prepared; few repetitions of a body run at a time."""


class Load:
    """What to send, how often, and what came of it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.statuses: Counter[int] = Counter()
        self.items: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.bodies: list[bytes] = []
        self.sent = 0
        self.open = 0
        self.stop_at = 0.0
        self.first = 0.0
        self.last = 0.0

    def prepare(self) -> None:
        """Make the bodies before the clock starts; they are sent again and again, each time under a new key."""
        a = self.arguments
        for _ in range(BODIES_BULK if a.bulk else BODIES):
            body: Any = {"items": [self.order() for _ in range(a.bulk)]} if a.bulk else self.order()
            self.bodies.append(json.dumps(body, separators=(",", ":")).encode())

    def request(self) -> bytes:
        """The next request, with a key nobody used before."""
        a = self.arguments
        self.sent += 1
        body = self.bodies[self.sent % len(self.bodies)]
        key = f"{a.run}-{a.seed}-{self.sent}"
        return _JSON_HEAD.format(path=a.path, key=a.key, idempotency=key, length=len(body)).encode() + body

    def order(self) -> dict[str, Any]:
        """An order of the wanted number of lines over the wanted SKUs."""
        a = self.arguments
        skus = self.random.sample(range(1, a.skus + 1), a.lines)
        body: dict[str, Any] = {
            "channel": "web",
            "node": "N1",
            "lines": [{"sku": f"B{sku}", "quantity": 1} for sku in skus],
            "tenders": [],
        }
        if a.customers:
            body["customer"] = f"member-{self.random.randrange(a.customers)}"
        if a.coupon:
            body["coupons"] = [a.coupon]
        if a.points:
            body["points"] = a.points
        return body


class Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again."""

    def __init__(self, load: Load, done: asyncio.Event) -> None:
        self.load = load
        self.done = done
        self.buffer = b""
        self.started = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin at once."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it
        self.load.open += 1
        self.send()

    def send(self) -> None:
        """The next request, or the end."""
        load, now = self.load, time.perf_counter()
        limit = load.arguments.requests
        if now >= load.stop_at or (limit and load.sent >= limit):
            assert self.transport is not None
            self.transport.close()
            return
        request = load.request()
        self.started = time.perf_counter()
        load.first = load.first or self.started
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count an answer when all of it is there."""
        self.buffer = self.buffer + data if self.buffer else data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.buffer.lower().find(b"content-length:", 0, head)
        end = self.buffer.find(b"\r", at)
        if len(self.buffer) < head + 4 + int(self.buffer[at + 15 : end]):
            return
        load = self.load
        load.last = time.perf_counter()
        load.latencies.append(load.last - self.started)
        status = int(self.buffer[9:12])
        load.statuses[status] += 1
        if load.arguments.bulk and status < 300:
            load.items[201] += self.buffer.count(b'"status":201,')
        self.buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The last one out ends the run."""
        self.load.open -= 1
        if exc is not None:
            sys.stderr.write(f"connection lost: {exc}\n")
        if self.load.open == 0:
            self.done.set()


async def _run(load: Load) -> None:
    a = load.arguments
    load.stop_at = time.perf_counter() + a.seconds
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for _ in range(a.connections):
        await loop.create_connection(lambda: Connection(load, done), a.host, a.port)
    await done.wait()


def main() -> None:
    """Run the load that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("path", "/v1/orders"), ("key", ""), ("host", "127.0.0.1"), ("run", "r"), ("coupon", "")):
        parser.add_argument(f"--{name}", default=default)
    for name, number in (
        ("port", 8000),
        ("connections", 64),
        ("lines", 3),
        ("skus", 10_000),
        ("bulk", 0),
        ("requests", 0),
        ("customers", 0),
        ("points", 0),
        ("seed", 1),
    ):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--seconds", type=float, default=5.0)
    load = Load(parser.parse_args())
    load.prepare()
    uvloop.run(_run(load))
    latencies = sorted(load.latencies)
    seconds = max(load.last - load.first, 1e-9)
    json.dump(
        {
            "requests": len(latencies),
            "seconds": seconds,
            "per_second": len(latencies) / seconds,
            "p50_ms": latencies[len(latencies) // 2] * 1000 if latencies else None,
            "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000 if latencies else None,
            "statuses": dict(load.statuses),
            "items": dict(load.items),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
