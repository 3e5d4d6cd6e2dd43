"""Is the process alive, is it ready, how is it doing; and what the problem codes mean.

Metrics need a key with `metrics:read`, from wherever they are asked: behind a proxy on the same machine every caller
would come from the loopback address. Prometheus sends the key by `authorization: credentials_file`.
"""

import asyncio

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from mainstem.api.exchange import JSON, Answer, Exchange
from mainstem.api.problems import ProblemType, problem_types
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform import migrations
from mainstem.platform.access.permissions import METRICS_READ
from mainstem.platform.migrations import MigrationError
from mainstem.platform.postgres import TRANSIENT

_encode = msgspec.json.Encoder().encode


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok`, or why not: `draining`, `database`, `migrations`."""

    status: str


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._migrated = False

    async def live(self, _exchange: Exchange) -> Answer:
        """The event loop answers."""
        return Answer(200, _encode(Health("ok")), JSON)

    async def ready(self, _exchange: Exchange) -> Answer:
        """Requests can be served: not draining, the database answers, its migrations are those of this program."""
        status = await self._status()
        return Answer(200 if status == "ok" else 503, _encode(Health(status)), JSON, (b"cache-control", b"no-store"))

    async def _status(self) -> str:
        if self._services.lifecycle.draining:
            return "draining"
        try:
            await self._services.database.ping()
            if not self._migrated:
                url = self._services.database.url
                self._migrated = not await asyncio.to_thread(migrations.pending, url)
        except TRANSIENT:
            return "database"
        except MigrationError:
            return "migrations"
        return "ok" if self._migrated else "migrations"

    async def metrics(self, _exchange: Exchange) -> Answer:
        """The metrics of this process in the text format of Prometheus."""
        return Answer(200, generate_latest(), (b"content-type", CONTENT_TYPE_LATEST.encode()))

    async def problems(self, exchange: Exchange) -> Answer:
        """Every problem code."""
        return exchange.found({"items": problem_types(exchange.language)})

    async def problem(self, exchange: Exchange) -> Answer:
        """One problem code."""
        code: str = exchange.path_code("code")
        for known in problem_types(exchange.language):
            if known.code == code:
                return exchange.found(known)
        raise RefusedError(refuse(NOT_FOUND, "/code", what="code", id=code[:64]))


def routes(services: Services) -> list[Route]:
    """The routes for operators, and of the problem codes."""
    room = _Room(services)
    return [
        Route(
            method="GET",
            path="/health/live",
            permission="public",
            respond=room.live,
            summary="Whether the process is alive.",
            result=Health,
        ),
        Route(
            method="GET",
            path="/health/ready",
            permission="public",
            respond=room.ready,
            summary="Whether requests can be served.",
            result=Health,
        ),
        Route(
            method="GET",
            path="/metrics",
            permission=METRICS_READ,
            respond=room.metrics,
            summary="The metrics of this process.",
            media="text/plain",
        ),
        Route(
            method="GET",
            path="/problems",
            permission="public",
            respond=room.problems,
            summary="List the codes a request can be refused with.",
            result=msgspec.defstruct("ProblemTypeList", [("items", list[ProblemType])], frozen=True),
        ),
        Route(
            method="GET",
            path="/problems/{code:str}",
            permission="public",
            respond=room.problem,
            summary="Read what a code means.",
            result=ProblemType,
        ),
    ]
