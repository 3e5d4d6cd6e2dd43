"""What 200 pages that are open and live cost the server, while orders come in."""

import asyncio
import http.client
import json
import time
import uuid
from contextlib import closing, suppress

import psutil

from bench.console.visitors import Visited
from bench.core.server import Server
from bench.report import Measure, at_most, inform
from mainstem.platform.access.people.sessions import SESSION_COOKIE
from tests.browser.harness.addresses import Address
from tests.browser.harness.names import MINI

OPEN = 200
CORE_SHARE = 0.10
ORDERS_A_SECOND = 2
SETTLE_SECONDS = 3.0


def measure(visited: Visited, server: Server, *, seconds: int) -> list[Measure]:
    """The share of a core that they take, beyond what the orders alone take."""
    return asyncio.run(_measure(visited, server, seconds))


async def _measure(visited: Visited, server: Server, seconds: int) -> list[Measure]:
    process = psutil.Process(server.api_pid)
    alone = await _share(process, server, seconds)
    counts = [0]
    opened = [visited.live[number % len(visited.live)] for number in range(OPEN)]
    streams = [asyncio.create_task(_stream(visited, address, counts)) for address in opened]
    await asyncio.sleep(SETTLE_SECONDS)
    broken = sum(stream.done() for stream in streams)
    before = counts[0]
    watched = await _share(process, server, seconds)
    received = counts[0] - before
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return [
        at_most(f"{OPEN} open live pages, {ORDERS_A_SECOND} orders a second", "cores", watched - alone, bar=CORE_SHARE),
        inform("bytes sent to a live page", "B/s", received / OPEN / seconds),
        at_most("live pages that broke off", "", broken, bar=0),
    ]


async def _share(process: psutil.Process, server: Server, seconds: int) -> float:
    """Processor seconds a second of the process, while orders come in."""

    def spent() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    before, started = spent(), time.perf_counter()
    for number in range(seconds * ORDERS_A_SECOND):
        await asyncio.to_thread(_order, server)
        await asyncio.sleep(max(0.0, started + (number + 1) / ORDERS_A_SECOND - time.perf_counter()))
    return (spent() - before) / (time.perf_counter() - started)


def _order(server: Server) -> None:
    order = {"channel": MINI, "lines": [{"sku": "021-1", "quantity": 1}]}
    headers = {
        "authorization": f"Bearer {server.key}",
        "content-type": "application/json",
        "idempotency-key": uuid.uuid4().hex,
    }
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("POST", "/v1/orders", json.dumps(order), headers)
        answer = connection.getresponse()
        if answer.status != http.client.CREATED:
            raise RuntimeError(f"an order is answered {answer.status}: {answer.read().decode()}")


async def _stream(visited: Visited, address: Address, counts: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", visited.port)
    cookie = f"{SESSION_COOKIE}={visited.tokens[address.role]}"
    head = f"GET {address.path} HTTP/1.1\r\nhost: 127.0.0.1:{visited.port}\r\ncookie: {cookie}\r\n\r\n"
    writer.write(head.encode())
    try:
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"{address.path}: {status.decode().strip()}")
        while piece := await reader.read(65_536):
            counts[0] += len(piece)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
