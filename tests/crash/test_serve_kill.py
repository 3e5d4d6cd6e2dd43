"""Kill the API process, the worker, the database and the whole of a running Mainstem under load.

Nothing acknowledged is lost, nothing is there twice, a repeated key gets its answer, and the doctor finds nothing.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from mainstem.platform import embedded

pytestmark = [pytest.mark.crash, pytest.mark.anyio, pytest.mark.timeout(180)]

MAINSTEM = str(Path(sys.executable).with_name("mainstem"))
CLIENTS = 12
BETWEEN = 150
"""Orders that are answered before and after each blow."""

SHUTDOWN_SECONDS = 3

SCARCE = 150
"""Units of the SKU that runs out, so that refusals are among the answers."""


class Served:
    """A running `mainstem serve` and what it said when it was ready."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any]) -> None:
        self.process = process
        self.url: str = ready["url"]
        self.api: list[int] = ready["api"]
        self.worker: int = ready["worker"]
        self.key: str | None = ready["administrator_key"]
        self.children = len(psutil.Process(process.pid).children())

    def everything(self, data_dir: Path) -> list[int]:
        """The process ids of the parent and of all that it started, the database included."""
        own = [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        return [self.process.pid, *own, *_database(data_dir)]


def _database(data_dir: Path) -> list[int]:
    """The process ids of the database server that runs now and of its children."""
    postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    return [postmaster, *(child.pid for child in psutil.Process(postmaster).children(recursive=True))]


def _kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTEM_")}
    return kept | {
        "MAINSTEM_DATA_DIR": str(data_dir),
        "MAINSTEM_LOG_LEVEL": "warning",
        "MAINSTEM_SHUTDOWN_SECONDS_MAX": str(SHUTDOWN_SECONDS),
    }


def _start(data_dir: Path, log: Path, port: int = 0, workers: int = 1) -> Served:
    """Start a server and wait until it is ready."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [MAINSTEM, "serve", "--port", str(port), "--workers", str(workers), "--json"],
            env=_environment(data_dir),
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    with process.stdout as output:
        line = output.readline()
    assert line, log.read_text()
    return Served(process, json.loads(line))


async def _furnish(client: httpx.AsyncClient) -> None:
    async def write(method: str, path: str, body: object) -> None:
        answer = await client.request(method, path, json=body, headers={"Idempotency-Key": path})
        assert answer.status_code in {200, 201}, answer.text

    await write("PUT", "/v1/nodes/N1", {"name": "N1", "kind": "store", "time_zone": "Asia/Shanghai"})
    await write("PUT", "/v1/channels/web", {"name": "web", "kind": "web", "currency": "CNY", "nodes": ["N1"]})
    for sku in ("A", "B", "SCARCE"):
        await write("PUT", f"/v1/products/{sku}", {"name": sku, "variants": [{"sku": sku}]})
    lines = [{"sku": sku, "quantity": count} for sku, count in (("A", 10**6), ("B", 10**6), ("SCARCE", SCARCE))]
    await write("POST", "/v1/stock/deliveries", {"node": "N1", "source": "opening", "lines": lines})


def _order(key: str, *, scarce: bool) -> dict[str, Any]:
    skus = ("A", "B", "SCARCE") if scarce else ("A", "B")
    lines = [{"sku": sku, "quantity": 1, "unit_price_minor": 500} for sku in skus]
    return {"channel": "web", "external_id": key, "lines": lines}


class Load:
    """Clients that order and insist on an answer, repeating with the same key whatever happens."""

    def __init__(self, url: str, key: str) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.repeated = 0
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._stop = False

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Order from now on."""
        for number in range(CLIENTS):
            tasks.create_task(self._client(f"client{number}"))

    def end(self) -> None:
        """Wait for the answers that are due and order no more."""
        self._stop = True

    async def grown(self) -> None:
        """Wait until so many more orders were answered."""
        wanted = len(self.answers) + BETWEEN
        await _until(lambda: len(self.answers) >= wanted)

    async def repeat_all(self) -> None:
        """Ask again for every answer: it is the one that was given before."""
        keys = list(self.answers)
        before, self.repeated = self.repeated, 0

        async def ask_again(share: list[str]) -> None:
            async with httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=20) as client:
                for key in share:
                    assert await self.insist(client, key) == self.answers[key], key

        async with asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(ask_again(keys[number::CLIENTS]))
        assert self.repeated == len(keys)
        self.repeated = before

    async def _client(self, name: str) -> None:
        async with httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=20) as client:
            number = 0
            while not self._stop:
                number += 1
                key = f"{name}-{number}"
                self.answers[key] = await self.insist(client, key)

    async def insist(self, client: httpx.AsyncClient, key: str) -> tuple[int, bytes]:
        """The answer to an order, asked for until there is one."""
        body = _order(key, scarce=key.endswith(("1", "2")))
        while True:
            try:
                answer = await client.post("/v1/orders", json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code in {201, 409}:
                self.repeated += "idempotency-replayed" in answer.headers
                return answer.status_code, _without_trace(answer)
            assert answer.status_code >= 500, answer.text
            await asyncio.sleep(0.05)


def _without_trace(answer: httpx.Response) -> bytes:
    """The body; a problem names the trace of the request that it answers, which differs."""
    if answer.status_code == 201:
        return answer.content
    problem = answer.json()
    del problem["trace_id"]
    return json.dumps(problem).encode()


def _replaced(served: Served, killed: int) -> bool:
    """Whether the parent has as many children as before, without the one that was killed."""
    children = [child.pid for child in psutil.Process(served.process.pid).children()]
    return killed not in children and len(children) == served.children


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():  # noqa: ASYNC110 - it is another process that changes
            await asyncio.sleep(0.02)


async def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(scratch: Path, tmp_path: Path) -> None:
    data_dir, log = scratch / "killed", tmp_path / "serve.log"
    served = _start(data_dir, log)
    try:
        assert served.key is not None
        async with httpx.AsyncClient(base_url=served.url, headers={"Authorization": f"Bearer {served.key}"}) as client:
            await _furnish(client)
        load = Load(served.url, served.key)
        async with asyncio.TaskGroup() as tasks:
            load.begin(tasks)
            for victims in (served.api, [served.worker], _database(data_dir)):
                await load.grown()
                _kill(*victims)
                await load.grown()
                await _until(lambda: _replaced(served, victims[0]))  # noqa: B023 - used up before the next turn
            _kill(*served.everything(data_dir))
            served.process.wait(10)
            served = await asyncio.to_thread(_start, data_dir, log, int(served.url.rsplit(":", 1)[1]))
            assert served.key is None
            await load.grown()
            load.end()
        await load.repeat_all()
        served.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(served.process.wait, 40) == 0
    finally:
        served.process.kill()
        served.process.wait(10)
    await asyncio.to_thread(_check_orders, data_dir, load)
    await asyncio.to_thread(_check_health, data_dir)


def _check_orders(data_dir: Path, load: Load) -> None:
    accepted = {key: json.loads(body)["id"] for key, (status, body) in load.answers.items() if status == 201}
    refused = {key: json.loads(body)["code"] for key, (status, body) in load.answers.items() if status == 409}
    assert set(refused.values()) == {"out_of_stock"}
    with embedded.start(data_dir) as server, psycopg.connect(server.url) as connection:
        orders = connection.execute("select external_id, id from orders.customer_order").fetchall()
        held = connection.execute(
            "select coalesce(sum(h.quantity), 0) from ledger.hold as h join catalog.variant as v on v.id = h.asset"
            " where v.sku = 'SCARCE'"
        ).fetchone()
    assert len(orders) == len(accepted)
    assert dict(orders) == accepted
    assert held == (SCARCE,)


def _check_health(data_dir: Path) -> None:
    doctor = subprocess.run(
        [MAINSTEM, "doctor", "--json"], env=_environment(data_dir), capture_output=True, check=False, timeout=60
    )
    assert doctor.returncode == 0, doctor.stdout.decode() + doctor.stderr.decode()
    assert json.loads(doctor.stdout)["sealed_events"] > 0


def _ask_without_end(served: Served, data_dir: Path) -> socket.socket:
    """A request that is in flight for as long as it is not closed: its body never comes."""
    command = [MAINSTEM, "key", "issue", "--json"]
    issued = subprocess.run(command, env=_environment(data_dir), capture_output=True, check=True, timeout=30)
    key = json.loads(issued.stdout)["secret"]
    host, port = served.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(
        f"POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\nidempotency-key: x\r\ncontent-length: 100\r\n\r\n{".encode()
    )
    time.sleep(0.5)
    return connection


def _is_listening(served: Served) -> bool:
    host, port = served.url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_stop_is_in_order_and_bounded(scratch: Path, tmp_path: Path) -> None:
    data_dir = scratch / "stopped"
    served = _start(data_dir, tmp_path / "serve.log")
    try:
        with _ask_without_end(served, data_dir):
            began = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert not _is_listening(served)
            assert served.process.poll() is None  # It waits for the request,
            assert served.process.wait(30) == 0  # but not for ever.
        assert SHUTDOWN_SECONDS - 1 < time.monotonic() - began < SHUTDOWN_SECONDS + 10
        assert not (data_dir / "postgres" / "postmaster.pid").exists()
    finally:
        served.process.kill()
        served.process.wait(10)


def test_the_second_signal_stops_at_once(scratch: Path, tmp_path: Path) -> None:
    data_dir = scratch / "stopped"
    served = _start(data_dir, tmp_path / "serve.log")
    try:
        with _ask_without_end(served, data_dir):
            served.process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            began = time.monotonic()
            served.process.send_signal(signal.SIGINT)
            assert served.process.wait(30) == 0
        assert time.monotonic() - began < SHUTDOWN_SECONDS
        assert not (data_dir / "postgres" / "postmaster.pid").exists()
    finally:
        served.process.kill()
        served.process.wait(10)


def test_orphans_leave_and_the_next_start_takes_over(scratch: Path, tmp_path: Path) -> None:
    data_dir, log = scratch / "stopped", tmp_path / "serve.log"
    served = _start(data_dir, log)
    children = psutil.Process(served.process.pid).children(recursive=True)
    (postmaster, *_) = _database(data_dir)
    served.process.kill()
    served.process.wait(10)
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
    served = _start(data_dir, log)
    try:
        assert _database(data_dir)[0] == postmaster
        assert httpx.get(f"{served.url}/health/ready").status_code == 200
    finally:
        served.process.terminate()
        assert served.process.wait(30) == 0


def test_several_api_processes_share_one_port(scratch: Path, tmp_path: Path) -> None:
    served = _start(scratch / "stopped", tmp_path / "serve.log", workers=2)
    try:
        assert len(served.api) == 2
        for victim in served.api:
            _kill(victim)
            assert httpx.get(f"{served.url}/health/live", timeout=20).status_code == 200
    finally:
        served.process.terminate()
        assert served.process.wait(30) == 0
