"""One line a request: when, which route, what came of it, how long, for whom. Never bodies, queries or names."""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
import structlog

from mainstem.api.exchange import Exchange

FLUSH_SECONDS = 0.1
"""How long a line may wait to be written together with others."""

LINES_MAX = 1_000
"""Lines that may wait."""

_log = structlog.get_logger("mainstem.access")


class Line(msgspec.Struct, frozen=True, gc=False):
    """A request that was answered; `principal` is 0 when nobody is known."""

    timestamp: datetime
    level: str
    event: str
    method: str
    route: str
    status: int
    ms: float
    principal: int
    trace: str
    logger: str = "mainstem.access"


_encode = msgspec.json.Encoder().encode


class AccessLog:
    """Writes the lines. As JSON they are encoded directly and written a few at a time: thousands come a second.

    At log level `warning` only requests that failed on our side are logged, at `error` none.
    """

    def __init__(self, form: str) -> None:
        self._json = form == "json"
        self._lines: list[bytes] = []

    def write(self, exchange: Exchange, seconds: float) -> None:
        """Log a request."""
        failed = exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if not logging.root.isEnabledFor(logging.WARNING if failed else logging.INFO):
            return
        line = Line(
            datetime.now(UTC),
            "warning" if failed else "info",
            "request",
            exchange.scope["method"],
            exchange.route,
            exchange.status,
            round(seconds * 1000, 2),
            exchange.principal,
            exchange.trace,
        )
        if self._json:
            self._wait(_encode(line))
        else:
            fields = msgspec.structs.asdict(line)
            for name in ("timestamp", "level", "logger", "event"):
                del fields[name]
            (_log.warning if failed else _log.info)("request", **fields)

    def flush(self) -> None:
        """Write what waits."""
        if self._lines:
            sys.stderr.write(b"\n".join([*self._lines, b""]).decode())
            self._lines.clear()

    def _wait(self, line: bytes) -> None:
        self._lines.append(line)
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        elif len(self._lines) >= LINES_MAX:
            self.flush()
