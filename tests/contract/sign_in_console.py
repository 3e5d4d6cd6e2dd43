"""The account's pages over HTTP, without the rest of the console."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from mainstem.api.app import create_app
from mainstem.api.services import OPERATIONS, assemble
from mainstem.console import assets
from mainstem.console.account import PAGES
from mainstem.console.frame import Desk
from mainstem.console.frame.page import handlers
from mainstem.platform.access import people
from mainstem.platform.execution import Executor
from mainstem.platform.settings import Settings
from tests.unit.people_office import PASSWORD, Office


@dataclass
class Console:
    """The account's pages, a browser, and people."""

    client: httpx.AsyncClient
    office: Office

    async def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form as the page that was seen before would."""
        return await self.client.post(
            path, data=form or {}, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    async def sign_in(self, login: str = "ada", **more: str) -> httpx.Response:
        return await self.post("/sign-in", {"login": login, "password": PASSWORD, **more})

    async def csrf(self, path: str = "/account") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.client.get(path)).text)
        assert found is not None
        return found[1]


@asynccontextmanager
async def opened(executor: Executor, settings: Settings) -> AsyncIterator[Console]:
    """The pages on a database."""
    services = assemble(settings, executor.database, operations=tuple(dict.fromkeys((*OPERATIONS, *people.OPERATIONS))))
    sessions = people.Sessions(executor.database)
    desk = Desk(settings=settings, database=executor.database, sessions=sessions, batcher=services.batcher)
    app = create_app(services, [*handlers(desk, PAGES), *assets.handlers()])
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))  # type: ignore[arg-type]  # other annotations
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield Console(client, Office(executor))
    await sessions.close()
