"""A running API on a real database: a small shop, its keys, and a client that speaks HTTP to the application."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
import pytest
from litestar import Litestar

from mainstem.api.app import create_app
from mainstem.api.services import Services, assemble
from mainstem.platform.access import ensure_administrator
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load

Json: TypeAlias = Any
_numbers = itertools.count(1)


_STOCK = [{"sku": f"K{number}", "quantity": 100} for number in (1, 2, 3)]
FURNITURE: list[tuple[str, str, Json]] = [
    *(
        ("PUT", f"/v1/nodes/{code}", {"name": code, "kind": "store", "time_zone": "Asia/Shanghai", "city": "上海"})
        for code in ("S1", "S2")
    ),
    ("PUT", "/v1/channels/web", {"name": "Web", "kind": "web", "currency": "CNY", "nodes": ["S1", "S2"]}),
    ("PUT", "/v1/channels/till", {"name": "Till", "kind": "till", "currency": "CNY"}),
    *(
        (
            "PUT",
            f"/v1/products/P{number}",
            {"name": f"Product {number}", "category": "Food/Milk", "variants": [{"sku": f"K{number}"}]},
        )
        for number in (1, 2, 3)
    ),
    *(
        ("POST", "/v1/prices", {"sku": f"K{number}", "currency": "CNY", "amount_minor": 100 * number})
        for number in (1, 2, 3)
    ),
    *(("POST", "/v1/stock/deliveries", {"node": code, "lines": _STOCK}) for code in ("S1", "S2")),
]
"""Two stores, two channels, three products with prices and stock."""


def furnish_over(url: str, key: str) -> None:
    """Put the small shop into a server."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}) as client:
        for number, (method, path, body) in enumerate(FURNITURE):
            answer = client.request(method, path, json=body, headers={"idempotency-key": f"furniture-{number}"})
            assert answer.is_success, answer.text


@dataclass
class Shop:
    """The API, and who may use it: `administrator` is a key."""

    app: Litestar
    services: Services
    client: httpx.AsyncClient
    administrator: str
    keys: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, body: Json = None, *, key: str | None = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send as the administrator, with another key, or none (None); writes get an idempotency key of their own."""
        sent = {"idempotency-key": f"test-{next(_numbers)}"} if method != "GET" else {}
        if key is not None:
            sent["authorization"] = f"Bearer {key or self.administrator}"
        sent |= headers or {}
        content = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        return await self.client.request(method, path, headers=sent, **content)

    async def done(self, method: str, path: str, body: Json = None) -> Json:
        """What a request that must succeed answers."""
        answer = await self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def furnish(self) -> None:
        """Put the small shop into it."""
        for method, path, body in FURNITURE:
            await self.done(method, path, body)

    async def key_of(self, role: str, *, node: str | None = None, scopes: tuple[str, ...] = ()) -> str:
        """The secret of a new key of a new principal."""
        name = f"{role} {next(_numbers)}"
        made = await self.done("POST", "/v1/principals", {"name": name, "role": role, "node": node})
        issued = await self.done("POST", "/v1/keys", {"principal": made["principal"], "scopes": scopes})
        secret: str = issued["secret"]
        return secret


@pytest.fixture
async def bare(database: Database) -> AsyncIterator[Shop]:
    """The API on an empty database."""
    services = assemble(load({"MAINSTEM_LOG_FORMAT": "json"}), database)
    secret = await ensure_administrator(database)
    assert secret is not None
    app = create_app(services)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # other annotations
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield Shop(app, services, client, secret)


@pytest.fixture
async def shop(bare: Shop) -> Shop:
    """The API with a small shop in it."""
    await bare.furnish()
    return bare
