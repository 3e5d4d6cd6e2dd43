"""Routes: what a path does, who may, and how it is documented. One declaration feeds the server, document and tests.

A route runs as a plain ASGI application below Litestar's router: a typed handler of Litestar costs twice as much.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler, asgi
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from mainstem.api.auth import authorise
from mainstem.api.exchange import GONE, Answer, DisconnectedError, Exchange
from mainstem.api.problems import METHOD_NOT_ALLOWED, UNAVAILABLE
from mainstem.api.services import Services
from mainstem.kernel.refusals import INTERNAL, RefusedError, refuse
from mainstem.platform import telemetry
from mainstem.platform.access import Permission
from mainstem.platform.postgres import TRANSIENT

Public = Literal["public"]
Respond = Callable[[Exchange], Awaitable[Answer]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path.

    `permission` is who may call it. `body`, `query` and `result` are the types of what goes in and comes out, `status`
    is that of the success; `key` says whether the header Idempotency-Key is required, possible or unknown. A body or
    result that is a list of a type stands for a bulk body, `{"items": [...]}`. `held_back` is the type of the answer
    202. `polled` reads carry an ETag.
    """

    method: str
    path: str
    permission: Permission | Public
    respond: Respond
    summary: str
    status: int = 200
    body: Any = None
    query: Any = None
    result: Any = None
    key: Literal["required", "optional", "none"] = "none"
    body_optional: bool = False
    held_back: Any = None
    polled: bool = False
    media: str = "application/json"

    @property
    def permission_code(self) -> str:
        """The code of the permission, or `public`."""
        return self.permission if isinstance(self.permission, str) else self.permission.code


def handlers(services: Services, routes: Sequence[Route]) -> list[BaseRouteHandler]:
    """One Litestar handler a path, with the permission of each method in its `opt`."""
    paths: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in routes:
        assert route.method not in paths[route.path], f"{route.method} {route.path} is declared twice"
        paths[route.path][route.method] = route
    return [_handler(services, path, methods) for path, methods in paths.items()]


def _handler(services: Services, path: str, methods: dict[str, Route]) -> BaseRouteHandler:
    """A plain ASGI handler for a path without parameters, as the hot ones are.

    Litestar's router fails (KeyError) on parameters in the path of an ASGI handler: those paths get HTTP handlers.
    """
    allowed = sorted(methods)
    by_method = methods | ({"HEAD": methods["GET"]} if "GET" in methods else {})

    async def respond(scope: Scope) -> Answer:
        exchange: Exchange = scope["exchange"]  # type: ignore[typeddict-item]
        exchange.route = path
        route = by_method.get(exchange.scope["method"])
        if route is None:
            return not_allowed(exchange, allowed)
        return await _answer(services, route, exchange)

    opt = {"permission": {method: route.permission_code for method, route in methods.items()}}
    if "{" not in path:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            await (await respond(scope))(scope, receive, send)

        return asgi(path, opt=opt, copy_scope=False)(serve)

    async def serve_parametrised(scope: Scope) -> ASGIApp:
        return await respond(scope)

    known = [*map(HttpMethod, by_method), HttpMethod.OPTIONS]  # Litestar would answer OPTIONS, which nobody declared
    return HTTPRouteHandler(path, http_method=known, status_code=200, opt=opt)(serve_parametrised)


def not_allowed(exchange: Exchange, methods: Sequence[str]) -> Answer:
    """The answer to a method that a path does not know."""
    allowed = ", ".join(methods)
    refusal = refuse(METHOD_NOT_ALLOWED, method=exchange.scope["method"], path=exchange.scope["path"], methods=allowed)
    return exchange.refused(refusal, (b"allow", allowed.encode()))


async def _answer(services: Services, route: Route, exchange: Exchange) -> Answer:
    """The edge: refusals become problems, a database out of reach 503, and what nobody expected 500 with a trace id."""
    try:
        if not isinstance(route.permission, str):
            refusal = await authorise(services, exchange, route.permission)
            if refusal is not None:
                return exchange.refused(refusal)
        return await route.respond(exchange)
    except RefusedError as refused:
        return exchange.refused(refused.refusal)
    except TRANSIENT as error:
        _log.warning("database unavailable", route=route.path, trace=exchange.trace, error=type(error).__name__)
        return exchange.refused(refuse(UNAVAILABLE))
    except DisconnectedError:
        return GONE
    except Exception:  # noqa: BLE001 - an edge: the client must hear of it
        telemetry.DEFECTS.labels(route.path).inc()
        _log.exception("request failed", route=route.path, trace=exchange.trace)
        return exchange.refused(refuse(INTERNAL, trace=exchange.trace))
