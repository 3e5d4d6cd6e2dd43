"""A served Mainstem on a real database, and a real Chromium."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from mainstem.api.app import create_app
from mainstem.api.services import assemble
from mainstem.console import Console
from mainstem.platform.access import ensure_administrator
from mainstem.platform.execution import Executor
from mainstem.platform.settings import load
from tests.unit.console_shop import Network

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Site:
    """Where Mainstem is served, what happens in it, and the administrator's key."""

    url: str
    network: Network
    console: Console
    key: str


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def site(executor: Executor) -> AsyncIterator[Site]:
    """Served the way the entrypoint does it."""
    key = await ensure_administrator(executor.database)
    assert key is not None
    network = await Network(executor).open()
    services = assemble(load({"MAINSTEM_LOG_FORMAT": "json", "MAINSTEM_LOG_LEVEL": "error"}), executor.database)
    console = Console(executor.database, services.authenticator)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            create_app(services, console.handlers()),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(config)
        async with console:
            serving = asyncio.create_task(server._serve([listener]))
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", network, console, key)
            server.should_exit = True
            console.stop()
            await serving
