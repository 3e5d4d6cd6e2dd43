"""The processes of a running Mainstem: what the API process and the worker process do until they are told to stop.

Each has its own event loop, pool and log. The parent tells them to stop by SIGTERM; that the parent has died tells them
too. SIGINT is the parent's business: a terminal sends it to all of them.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import structlog

from mainstem.platform.collector import relax_collector
from mainstem.platform.execution import Executor
from mainstem.platform.loops import BACKOFF_SECONDS, every, pause
from mainstem.platform.outbox import Relay, Subscriber
from mainstem.platform.postgres import Database
from mainstem.platform.settings import Settings
from mainstem.platform.telemetry import configure_logging
from mainstem.platform.vault_keys import vault

Extra = Callable[[Executor, asyncio.Event], Awaitable[None]]
"""What else the worker does until the event is set; a function of a module, so that another process can import it."""

SWEEP_SECONDS = 1.0
"""Pause between two looks for promises whose time is up, and for segments that are to be filled."""

REFRESH_SECONDS = 30.0
"""Pause between two looks whether a new day has begun for the traits and segments of customers."""

SWEEP_MAX = 500
"""Reservations that expire in one transaction."""

BACKLOG = 2048
"""Connections that wait to be accepted."""

_log = structlog.get_logger(__name__)


def api_process(settings: Settings, url: str, listener: socket.socket, ready: Connection) -> None:
    """Serve HTTP on the listener; says when it is ready."""
    configure_logging(settings.log_level, settings.log_format)
    _run(_serve(settings, url, listener, ready))


def worker_process(settings: Settings, url: str, extra: Sequence[Extra], ready: Connection) -> None:
    """Do what nobody waits for: jobs, the relay, the sweeps, the seals."""
    configure_logging(settings.log_level, settings.log_format)
    _run(_work(settings, url, extra, ready))


def open_database(settings: Settings, url: str, application: str, *, sealed: bool = True) -> Database:
    """The pool of one process, with the limits of the settings; `sealed`: with the vault of what is encrypted."""
    return Database(
        url,
        pool_size=settings.pool_size,
        application=application,
        statement_timeout_seconds=settings.statement_timeout_seconds,
        lock_timeout_seconds=settings.lock_timeout_seconds,
        vault=vault(settings, url) if sealed else None,
    )


async def _serve(settings: Settings, url: str, listener: socket.socket, ready: Connection) -> None:
    import uvicorn

    from mainstem.api.app import create_app
    from mainstem.api.services import assemble
    from mainstem.console import Console, Desk
    from mainstem.entrypoints.wire import Protocol

    class Server(uvicorn.Server):
        """Uvicorn whose signals are ours."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.send("ready")

    async with open_database(settings, url, "mainstem api") as database:
        services = assemble(settings, database)
        desk = Desk(settings=settings, database=database, sessions=services.sessions, batcher=services.batcher)
        console = Console(desk)
        server = Server(
            uvicorn.Config(
                create_app(services, console.handlers()),
                loop="uvloop",
                http=Protocol,
                lifespan="on",
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # the peer is who connects: what a proxy says of others is not believed
                backlog=BACKLOG,
                timeout_graceful_shutdown=settings.shutdown_seconds_max,
            )
        )

        def stop() -> None:
            server.should_exit = True
            console.stop()

        _when_told_to_stop(stop)
        async with console:
            await server._serve([listener])  # noqa: SLF001 - `serve` would take the signals over


async def _work(settings: Settings, url: str, extra: Sequence[Extra], ready: Connection) -> None:
    from mainstem.analytics import traits, twin
    from mainstem.connectors import files
    from mainstem.domains import customers, loyalty, pricing
    from mainstem.platform.jobs import run_worker

    stop = asyncio.Event()
    _when_told_to_stop(stop.set)
    async with open_database(settings, url, "mainstem worker") as database:
        executor = Executor(database)
        relay = Relay(database, subscribers(executor), settings.outbox_poll_seconds)
        ready.send("ready")
        await run_worker(
            database,
            [
                *files.JOBS,
                *traits.JOBS,
                *twin.JOBS,
                *pricing.JOBS,
                *pricing.markdown.JOBS,
                *loyalty.JOBS,
                customers.rights.forgetting(settings.disclosure_retention_days),
            ],
            stop,
            idempotency_retention_days=settings.idempotency_retention_days,
            shutdown_seconds=settings.shutdown_seconds_max,
            loops=[
                relay.run,
                partial(_sweep, partial(_lapse, executor), "lapse orders"),
                partial(_sweep, partial(_expire, executor), "expire reservations"),
                partial(_sweep, partial(_fill, executor), "fill segments"),
                partial(_refresh, executor),
                *(partial(_persist, executor, each) for each in extra),
            ],
        )


def subscribers(executor: Executor) -> tuple[Subscriber, ...]:
    """Who gets every event, at least once and in order."""
    from mainstem.processes.compare_sales import CompareSales
    from mainstem.processes.follow_customers import FollowCustomers

    return (FollowCustomers(executor), CompareSales(executor))


async def _sweep(step: Callable[[], Awaitable[bool | None]], name: str, stop: asyncio.Event) -> None:
    await every(SWEEP_SECONDS, step, stop, name=name)


async def _lapse(executor: Executor) -> None:
    from mainstem.processes.lapse_orders import lapse_due

    await lapse_due(executor)


async def _expire(executor: Executor) -> bool:
    from mainstem.domains import inventory

    expired = await executor.transact("inventory.expire", lambda work: inventory.expire_due(work, SWEEP_MAX))
    return expired == SWEEP_MAX


async def _fill(executor: Executor) -> bool:
    from mainstem.processes.refresh_customers import fill_step

    return await fill_step(executor)


async def _refresh(executor: Executor, stop: asyncio.Event) -> None:
    from mainstem.processes.refresh_customers import refresh_step

    await every(REFRESH_SECONDS, partial(refresh_step, executor, stop), stop, name="refresh customers")


async def _persist(executor: Executor, extra: Extra, stop: asyncio.Event) -> None:
    """Run something until it returns; when it fails, again after a growing pause."""
    failures = 0
    while not stop.is_set():
        try:
            await extra(executor, stop)
        except Exception:  # noqa: BLE001 - an edge: the worker outlives what it runs
            wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
            failures += 1
            _log.exception("background task failed", task=getattr(extra, "__qualname__", ""), retry_seconds=wait)
            await pause(stop, wait)
        else:
            return


def _run(main: Coroutine[Any, Any, None]) -> None:
    import uvloop

    relax_collector()
    uvloop.run(main)


def _when_told_to_stop(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    parent = multiprocessing.parent_process()
    assert parent is not None
    sentinel = parent.sentinel

    def orphaned() -> None:
        loop.remove_reader(sentinel)
        _log.warning("the parent process has ended; stopping", pid=os.getpid())
        stop()

    loop.add_reader(sentinel, orphaned)
