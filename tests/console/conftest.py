"""The console on a real database with the small shop in it, and a browser-like client for each role."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from mainstem.api.app import create_app
from mainstem.api.services import Services, assemble
from mainstem.console import Console, Desk
from mainstem.platform.access import ensure_administrator
from mainstem.platform.access.people.sessions import SESSION_COOKIE
from mainstem.platform.access.people.tokens import new_token
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from tests.contract.conftest import FURNITURE

_numbers = itertools.count(1)


@dataclass
class Place:
    """The console and the API over one database; `administrator` is an API key."""

    app: Litestar
    services: Services
    database: Database
    console: Console
    administrator: str
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def api(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """What the API answers to the administrator; must succeed."""
        headers = {"authorization": f"Bearer {self.administrator}", "idempotency-key": f"place-{next(_numbers)}"}
        answer = await self.stranger().request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def stranger(self, language: str = "en") -> httpx.AsyncClient:
        """A browser in which nobody is signed in."""
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]  # other annotations
        client = httpx.AsyncClient(
            transport=transport, base_url="http://shop", headers={"accept-language": language}, follow_redirects=False
        )
        self.clients.append(client)
        return client

    async def visitor(self, role: str = "operations_manager", node: str | None = None, language: str = "en") -> Any:  # noqa: ANN401
        """A browser in which somebody with this role is signed in; `client.csrf` is what his forms carry."""
        name = f"{role} {next(_numbers)}"
        body: dict[str, Any] = {"name": name, "role": role}
        if node is not None:
            body["node"] = node
        made = await self.api("POST", "/v1/principals", body)
        token = new_token()
        async with self.database.transaction() as connection:
            await connection.execute(
                "insert into platform.person (principal, login, name) values (%s, %s, %s)",
                (made["principal"], f"{name}@example.com", name),
            )
            await connection.execute(
                "insert into platform.session (id, principal, hash, way, role, node, agent, address, ends_at)"
                " select %s, id, %s, 'password', role, node, 'test', '127.0.0.1', now() + %s"
                " from platform.principal where id = %s",
                (made["principal"] * 1000, token.hash, timedelta(days=1), made["principal"]),
            )
        client = self.stranger(language)
        client.cookies.set(SESSION_COOKIE, token.text)
        return client


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    """Two stores, two channels, three products with prices and stock, and the console over them."""
    settings = load({"MAINSTEM_LOG_FORMAT": "json"})
    services = assemble(settings, database)
    secret = await ensure_administrator(database)
    assert secret is not None
    desk = Desk(settings=settings, database=database, sessions=services.sessions, batcher=services.batcher)
    console = Console(desk)
    app = create_app(services, console.handlers())
    made = Place(app, services, database, console, secret)
    async with app.lifespan(), console:
        for method, path, body in FURNITURE:
            await made.api(method, path, body)
        yield made
        for client in made.clients:
            await client.aclose()
