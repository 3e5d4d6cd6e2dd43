"""The outermost layer: trace ids, the access log, metrics, and no new requests while the process is shutting down."""

import re
from collections.abc import Callable
from time import perf_counter

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from mainstem.api.access_log import AccessLog
from mainstem.api.exchange import Exchange
from mainstem.api.problems import DRAINING
from mainstem.api.services import Lifecycle
from mainstem.kernel.refusals import refuse
from mainstem.platform import telemetry

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}").fullmatch
_NO_TRACE = b"0" * 32


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle, log: AccessLog) -> None:
        self._app = app
        self._lifecycle = lifecycle
        self._log = log
        self._observe: dict[tuple[str, int], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        headers = dict(scope["headers"])
        trace = trace_of(headers.get(b"traceparent"))
        exchange = Exchange(scope, receive, trace, headers)
        scope["exchange"] = exchange  # type: ignore[typeddict-unknown-key]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"trace-id", trace.encode())]
            await send(message)

        lifecycle = self._lifecycle
        lifecycle.in_flight += 1
        try:
            if lifecycle.draining and not scope["path"].startswith("/health/"):
                await exchange.refused(refuse(DRAINING), (b"connection", b"close"))(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        finally:
            # The two name each other, and would wait for the collector.
            del scope["exchange"]  # type: ignore[typeddict-item]
            lifecycle.in_flight -= 1
            seconds = perf_counter() - began
            self._measure(exchange.route or "page", exchange.status, seconds)
            self._log.write(exchange, seconds)

    def _measure(self, route: str, status: int, seconds: float) -> None:
        observe = self._observe.get((route, status))
        if observe is None:
            observe = self._observe[(route, status)] = telemetry.REQUEST_SECONDS.labels(route, str(status)).observe
        observe(seconds)


def trace_of(traceparent: bytes | None) -> str:
    """The trace id that a `traceparent` header of W3C Trace Context carries, else a new one."""
    match = None if traceparent is None else _TRACEPARENT(traceparent)
    if match is None or match[1] == _NO_TRACE:
        return telemetry.new_trace()
    return match[1].decode()
