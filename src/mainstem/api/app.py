"""The application: every route, behind the edge."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from mainstem.api import (
    access,
    catalog,
    checkouts,
    consent,
    coupons,
    customers,
    events,
    gift_cards,
    health,
    households,
    labels,
    loyalty,
    markdowns,
    openapi,
    orders,
    price_differences,
    price_lists,
    prices,
    privacy,
    promotions,
    quarantine,
    quotes,
    sales,
    segments,
    stock,
    taxes,
    timeline,
    traits,
    twins,
)
from mainstem.api.access_log import AccessLog
from mainstem.api.edge import Edge
from mainstem.api.exchange import JSON, Answer, Exchange, malformed
from mainstem.api.problems import UNKNOWN_ROUTE
from mainstem.api.routes import Route, handlers, not_allowed
from mainstem.api.services import Services
from mainstem.kernel.refusals import INTERNAL, refuse

ROOMS = (
    orders,
    quotes,
    checkouts,
    price_differences,
    sales,
    stock,
    catalog,
    prices,
    price_lists,
    taxes,
    markdowns,
    labels,
    promotions,
    coupons,
    twins,
    customers,
    households,
    timeline,
    traits,
    segments,
    loyalty,
    gift_cards,
    consent,
    privacy,
    quarantine,
    events,
    access,
    health,
)
"""The rooms of the API, in the order of the document."""


class UndeclaredPermissionError(Exception):
    """A route says neither which permission it needs nor that it is public."""


def create_app(services: Services, pages: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """The application of one process. `pages` are further Litestar handlers, such as those of the console.

    Raises `UndeclaredPermissionError` unless every route declares its permission, or `public`, as `opt["permission"]`.
    When the application ends, what was accepted is finished first; the database stays open.
    """
    log = AccessLog(services.settings.log_format)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await services.close()
            log.flush()

    app = Litestar(
        route_handlers=[*handlers(services, all_routes(services)), *pages],
        lifespan=[lifespan],
        exception_handlers={HTTPException: _unrouted, Exception: _failed},
        openapi_config=None,
        logging_config=None,
    )
    _require_permissions(app)
    # Around everything, what Litestar answers itself (no such path) included: its middleware runs behind the router.
    app.asgi_handler = Edge(app.asgi_handler, services.lifecycle, log)
    return app


def all_routes(services: Services) -> list[Route]:
    """Every route of the API."""
    routes = [route for room in ROOMS for route in room.routes(services)]

    @lru_cache(maxsize=1)
    def document() -> bytes:
        return msgspec.json.encode(openapi.document(routes))

    async def respond(_: Exchange) -> Answer:
        return Answer(200, document(), JSON)

    routes.append(
        Route(
            method="GET",
            path="/openapi.json",
            permission="public",
            respond=respond,
            summary="This document.",
            result=dict[str, Any],
        )
    )
    return routes


def route_table(app: Litestar) -> list[tuple[str, str, str]]:
    """(method, path, permission) of every route, sorted by path."""
    table = []
    for path, handler in _handlers(app):
        declared = handler.opt.get("permission")
        if isinstance(declared, dict):
            table += [(method, path, permission) for method, permission in declared.items()]
        else:
            table += [(str(method), path, str(declared)) for method in getattr(handler, "http_methods", ("GET",))]
    return sorted(table, key=lambda row: (row[1], row[0]))


def _require_permissions(app: Litestar) -> None:
    for path, handler in _handlers(app):
        declared = handler.opt.get("permission")
        if not declared or (isinstance(declared, dict) and not all(declared.values())):
            raise UndeclaredPermissionError(f"{path} does not declare its permission")


def _handlers(app: Litestar) -> list[tuple[str, BaseRouteHandler]]:
    found: list[tuple[str, BaseRouteHandler]] = []
    for route in app.routes:
        own = getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
        found += [(route.path, handler) for handler in own if getattr(handler, "http_methods", None) != {"OPTIONS"}]
    return found


def _unrouted(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the router turns down: a path that is not there, a header it cannot read."""
    exchange: Exchange = request.scope["exchange"]  # type: ignore[typeddict-item]
    if isinstance(error, NotFoundException):
        return _response(exchange.refused(refuse(UNKNOWN_ROUTE, path=request.scope["path"])))
    if isinstance(error, MethodNotAllowedException):
        methods = (error.headers or {}).get("allow", "").split(", ")
        return _response(not_allowed(exchange, sorted(set(methods) - {"HEAD", "OPTIONS"})))
    return _response(exchange.refused(malformed(error.detail.lower()).refusal))


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    exchange: Exchange = request.scope["exchange"]  # type: ignore[typeddict-item]
    structlog.get_logger(__name__).error("request failed", trace=exchange.trace, exc_info=error)
    return _response(exchange.refused(refuse(INTERNAL, trace=exchange.trace)))


def _response(answer: Answer) -> Response[bytes]:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=headers["content-type"])
