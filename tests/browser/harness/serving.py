"""Mainstem served on a database the way the entrypoint does it, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from litestar.handlers.base import BaseRouteHandler

from mainstem.api.app import create_app
from mainstem.api.services import assemble
from mainstem.console import Console, Desk
from mainstem.console.assets import PREFIX
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load

QUIET = {"MAINSTEM_LOG_FORMAT": "json", "MAINSTEM_LOG_LEVEL": "error"}


@dataclass(frozen=True)
class Declared:
    """One method of one address of the console, and the permission that it asks for."""

    method: str
    path: str
    permission: str

    @property
    def varies(self) -> bool:
        """Whether the address has parameters."""
        return "{" in self.path


@dataclass(frozen=True)
class Site:
    """Where Mainstem is served, and every page of its console."""

    url: str
    console: Console
    pages: tuple[Declared, ...]


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[Site]:
    """Served until the block ends."""
    settings = load(QUIET)
    services = assemble(settings, database)
    desk = Desk(settings=settings, database=database, sessions=services.sessions, batcher=services.batcher)
    console = Console(desk)
    handlers = console.handlers()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            create_app(services, handlers),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(config)
        async with console:
            serving = asyncio.create_task(server._serve([listener]))
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", console, declared(handlers))
            server.should_exit = True
            console.stop()
            await serving


def declared(handlers: list[BaseRouteHandler]) -> tuple[Declared, ...]:
    """What the handlers of a console declare, without its assets."""
    found = [
        Declared(method, path, permission)
        for handler in handlers
        for path in handler.paths
        for method, permission in handler.opt["permission"].items()
        if not path.startswith(PREFIX)
    ]
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))
