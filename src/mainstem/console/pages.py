"""The pages of one process: their handlers, their headers, and who may see them."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from litestar.handlers import asgi
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Receive, Scope, Send

from mainstem.console.admission import turned_down
from mainstem.console.assets import FOREVER, Asset, assets
from mainstem.console.home import render
from mainstem.console.home.board import Board
from mainstem.console.home.reading import Reader
from mainstem.console.home.render import Edition
from mainstem.console.home.stream import LISTENERS_MAX, stream
from mainstem.platform.access import Authenticator
from mainstem.platform.access.permissions import REPORTS_READ
from mainstem.platform.postgres import TRANSIENT, Database
from mainstem.platform.texts import LANGUAGES, Language, negotiate

Headers = tuple[tuple[bytes, bytes], ...]

HTML: Headers = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept-Language"),
)
SAFE: Headers = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
CHALLENGE = (b"www-authenticate", b'Basic realm="Mainstem", charset="UTF-8"')
_NOTICES = {
    HTTPStatus.UNAUTHORIZED: "sign_in",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}


class Console:
    """The pages of one process; use as an async context manager, around the server."""

    def __init__(self, database: Database, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._board = Board(Reader(database))
        self._editions: dict[Language, Edition] = {}
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._board.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        assert self._running is not None
        await self._running

    def stop(self) -> None:
        """End all streams to open pages, which would hold up the end of the server. Pages are still answered."""
        self._board.stop()

    def handlers(self) -> list[BaseRouteHandler]:
        """The handlers for the application, each with the permission that it needs."""
        figures, public = {"permission": {"GET": REPORTS_READ.code}}, {"permission": {"GET": "public"}}
        return [
            asgi("/", opt=figures, copy_scope=False)(self._home),
            asgi("/live", opt=figures, copy_scope=False)(self._live),
            *(asgi(asset.path, opt=public, copy_scope=False)(_serve(asset)) for asset in assets().values()),
        ]

    async def _home(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Litestar asks for the name
        language = _language(scope)
        status = await self._turned_down(scope, send, language)
        if status is not None:
            return
        figures = await self._board.ask()
        if figures is None:
            await _send_notice(send, language, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        body = render.page(language, self._edition(language).parts)
        await _send(send, HTTPStatus.OK, body, (*HTML, *SAFE, _content_language(language)))

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        language = _language(scope)
        status = await self._turned_down(scope, send, language)
        if status is not None:
            return
        board = self._board
        if board.stopping or board.watchers >= LISTENERS_MAX:
            await _send_notice(send, language, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        await stream(board, lambda: self._edition(language), receive, send, SAFE)

    async def _turned_down(self, scope: Scope, send: Send, language: Language) -> HTTPStatus | None:
        """Answer who may not see the figures, and methods other than GET; the status then, else None."""
        if scope["method"] not in ("GET", "HEAD"):  # type: ignore[typeddict-item]
            await _send(send, HTTPStatus.METHOD_NOT_ALLOWED, b"", ((b"allow", b"GET"), *SAFE))
            return HTTPStatus.METHOD_NOT_ALLOWED
        try:
            status = await turned_down(scope, dict(scope["headers"]), self._authenticator, REPORTS_READ)
        except TRANSIENT:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        if status is not None:
            await _send_notice(send, language, status)
        return status

    def _edition(self, language: Language) -> Edition:
        """The current figures in a language, rendered when the first page asks for them."""
        known = self._editions.get(language)
        if known is None or known.version != self._board.version:
            assert self._board.figures is not None
            known = render.edition(self._board.figures, language, self._board.version, known)
            self._editions[language] = known
        return known


def _serve(asset: Asset) -> Any:  # noqa: ANN401 - an ASGI application, as Litestar types it
    headers = ((b"content-type", asset.media.encode()), FOREVER, *SAFE)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - Litestar asks for the names
        await _send(send, HTTPStatus.OK, asset.body, headers)

    return serve


def _language(scope: Scope) -> Language:
    """What the address asks for, else what the browser prefers."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    for language in LANGUAGES:
        if asked == language:
            return language
    return negotiate(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))


def _content_language(language: Language) -> tuple[bytes, bytes]:
    return (b"content-language", render.TAGS[language].encode())


async def _send_notice(send: Send, language: Language, status: HTTPStatus) -> None:
    headers: Headers = (*HTML, *SAFE, _content_language(language))
    if status is HTTPStatus.UNAUTHORIZED:
        headers = (*headers, CHALLENGE)
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers = (*headers, (b"retry-after", b"5"))
    await _send(send, status, render.notice(language, _NOTICES[status]), headers)


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    with suppress(OSError):  # the client went away
        await send({"type": "http.response.body", "body": body, "more_body": False})
