"""A served Mainstem on a real database, and a real Chromium."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import psycopg
import pytest
from playwright.async_api import Browser, async_playwright, expect

from mainstem.console import Console
from mainstem.platform.access import ensure_administrator
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.browser.harness import serving
from tests.browser.harness.people import Person, employ
from tests.browser.harness.world import World
from tests.unit.console_shop import Network
from tests.vaults import VAULT

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PATIENCE_MS = 20_000
"""How long a page may take to say what is expected: a machine that does other things too is slow."""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Site:
    """Where Mainstem is served, what happens in it, the administrator's key, and somebody of each role."""

    url: str
    network: Network
    console: Console
    key: str
    people: dict[str, Person]


@dataclass
class Retailer:
    """A whole retailer, served: what many tests look at, and none changes."""

    site: serving.Site
    world: World
    people: dict[str, Person]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def site(executor: Executor) -> AsyncIterator[Site]:
    """A small network of the test's own."""
    key = await ensure_administrator(executor.database)
    assert key is not None
    network = await Network(executor).open()
    people = await employ(executor, node="S1")
    async with serving.served(executor.database) as opened:
        yield Site(opened.url, network, opened.console, key, people)


@pytest.fixture(scope="module")
async def retailer(server_url: str, template: str) -> AsyncIterator[Retailer]:
    """One for all tests of a module."""
    name = f"retailer_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        async with Database(
            psycopg.conninfo.make_conninfo(server_url, dbname=name), pool_size=4, vault=VAULT
        ) as database:
            executor = Executor(database)
            world = await World(executor).make()
            people = await employ(executor)
            async with serving.served(database) as opened:
                yield Retailer(opened, world, people)
        connection.execute(f"drop database {name} with (force)")
