"""What the document allows and what it forbids, generated: nothing ends in a failure on our side.

Every answer has a status, a media type and a body that the document names.
"""

import asyncio
import json
import os
import threading
from collections.abc import Iterator

import psycopg
import pytest
import schemathesis
import uvicorn
from hypothesis import settings
from schemathesis import Case, checks
from schemathesis.specs.openapi import checks as openapi_checks

from mainstem.api.__main__ import openapi_text
from mainstem.api.app import create_app
from mainstem.api.services import assemble
from mainstem.platform.access import ensure_administrator
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from tests.contract.conftest import Json, furnish_over
from tests.vaults import VAULT

pytestmark = pytest.mark.contract

EXAMPLES = 12
"""Requests for each operation; with 67 operations they take about half a minute."""

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]

KNOWN = {
    "sku": "K1",
    "skus": ["K1", "K2"],
    "node": "S1",
    "nodes": ["S1", "S2"],
    "source": "S1",
    "target": "S2",
    "channel": "web",
    "unit": "pc",
    "currency": "CNY",
}
"""What there is: random codes alone would never get past "there is no such node"."""

# Readiness answers 503 when the database is slow: that is what it is for.
schema = schemathesis.openapi.from_dict(json.loads(openapi_text())).exclude(path="/health/ready")


@schema.hook
def map_body(context: schemathesis.HookContext, body: Json) -> Json:  # noqa: ARG001 - the hook's signature
    """Name what there is in what would otherwise be a random code."""
    return known(body)


def known(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            name: KNOWN[name] if isinstance(inner, type(KNOWN.get(name, 0))) and name in KNOWN else known(inner)
            for name, inner in value.items()
        }
    return [known(inner) for inner in value] if isinstance(value, list) else value


class _Server(threading.Thread):
    """Uvicorn in a thread of its own, on a port of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.key = ""
        self.port = 0
        self.began = threading.Event()
        self.server: uvicorn.Server | None = None

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with Database(self._url, pool_size=4, vault=VAULT) as database:
            self.key = await ensure_administrator(database) or ""
            app = create_app(assemble(load({}), database))
            config = uvicorn.Config(app, port=0, log_level="warning", access_log=False)
            self.server = uvicorn.Server(config)
            serving = asyncio.create_task(self.server.serve())
            while not self.server.started:  # noqa: ASYNC110 - Uvicorn tells it so
                await asyncio.sleep(0.01)
            self.port = self.server.servers[0].sockets[0].getsockname()[1]
            self.began.set()
            await serving


@pytest.fixture(scope="module")
def server(server_url: str, template: str) -> Iterator[_Server]:
    name = f"test_schema_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        serving = _Server(psycopg.conninfo.make_conninfo(server_url, dbname=name))
        serving.start()
        assert serving.began.wait(30)
        furnish_over(f"http://127.0.0.1:{serving.port}", serving.key)
        yield serving
        assert serving.server is not None
        serving.server.should_exit = True
        serving.join(30)
        assert not serving.is_alive()
        connection.execute(f"drop database {name} with (force)")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_no_request_fails_on_our_side(case: Case[Json], server: _Server) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    response = case.call(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=20)
    case.validate_response(response, checks=CHECKS)
