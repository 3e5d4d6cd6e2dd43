"""Pages: what an address shows or does, who may, and the edge around it.

The edge finds out who it is, sends strangers to the sign-in, checks that a form was made by this console for this
session, and turns refusals and defects into pages.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, quote, unquote

import structlog
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from mainstem.console.assets import compressed
from mainstem.console.frame.desk import Desk
from mainstem.console.frame.reply import NOTICE_COOKIE, Reply, html, see_other
from mainstem.console.frame.visit import ForbiddenError, MissingError, MovedError, Visit, cookies_of
from mainstem.kernel.refusals import MALFORMED, TOO_LARGE, RefusedError, refuse
from mainstem.platform.access import Permission
from mainstem.platform.access.people.sessions import SESSION_COOKIE, SignedIn
from mainstem.platform.postgres import TRANSIENT
from mainstem.platform.telemetry import DEFECTS
from mainstem.platform.texts import LANGUAGES, Language, negotiate

Headers = tuple[tuple[bytes, bytes], ...]
Respond = Callable[[Visit], Awaitable[Reply]]

LANGUAGE_COOKIE = "mainstem_language"
SIGN_IN = "/sign-in"

POLICY = (
    b"default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    b" object-src 'none'"
)
SAFE: Headers = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
PRIVATE: Headers = ((b"cache-control", b"no-store"), (b"vary", b"Accept-Language, Accept-Encoding, Cookie"))

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One method of one address. `permission` is who may see or do it; `nav` is the entry that stands for it.

    A page that takes files takes as much as `upload_bytes_max` says, and not `body_bytes_max`.
    """

    method: Literal["GET", "POST"]
    path: str
    permission: Permission | Literal["public", "signed_in"]
    respond: Respond
    nav: str = ""
    takes_files: bool = False

    @property
    def permission_code(self) -> str:
        """The code of the permission, `public` or `signed_in`."""
        return self.permission if isinstance(self.permission, str) else self.permission.code


def handlers(desk: Desk, pages: Sequence[Page]) -> list[BaseRouteHandler]:
    """One Litestar handler an address, with the permission of each method in its `opt`."""
    paths: dict[str, dict[str, Page]] = defaultdict(dict)
    for page in pages:
        assert page.method not in paths[page.path], f"{page.method} {page.path} is declared twice"
        paths[page.path][page.method] = page
    return [_handler(desk, path, methods) for path, methods in paths.items()]


def _handler(desk: Desk, path: str, methods: dict[str, Page]) -> BaseRouteHandler:
    by_method = methods | ({"HEAD": methods["GET"]} if "GET" in methods else {})

    async def serve(scope: Scope) -> ASGIApp:
        exchange: Any = scope["exchange"]  # type: ignore[typeddict-item]
        exchange.route = path
        page = by_method.get(scope["method"])  # type: ignore[typeddict-item]

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if page is None:
                await _send(receive, send, Reply(405, ((b"allow", ", ".join(sorted(methods)).encode()),), b""), scope)
                return
            await _answer(desk, page, scope, receive, send)

        return answer

    known = [*map(HttpMethod, by_method), HttpMethod.OPTIONS]  # Litestar would answer OPTIONS, which nobody declared
    opt = {"permission": {method: page.permission_code for method, page in methods.items()}}
    return HTTPRouteHandler(path, http_method=known, status_code=200, opt=opt)(serve)


async def _answer(desk: Desk, page: Page, scope: Scope, receive: Receive, send: Send) -> None:
    visit: Visit | None = None
    try:
        visit = await _visit(desk, page, scope)
        reply = await _respond(page, visit, receive)
    except TRANSIENT as error:
        _log.warning("database unavailable", route=page.path, error=type(error).__name__)
        reply = await _unavailable(visit)
    except Exception:  # noqa: BLE001 - an edge: the person must see something
        DEFECTS.labels(page.path).inc()
        _log.exception("page failed", route=page.path, trace=getattr(scope.get("exchange"), "trace", ""))
        reply = await _failed(visit)
    await _send(receive, send, reply, scope, visit)


async def _respond(page: Page, visit: Visit, receive: Receive) -> Reply:
    turned = _turned_down(page, visit)
    if turned is not None:
        return turned
    try:
        if page.method == "POST":
            limits = visit.desk.settings
            visit.body = await _body(receive, limits.upload_bytes_max if page.takes_files else limits.body_bytes_max)
            if not await _ours(page, visit):
                return html(visit, "frame/templates/expired.html", status=403)
        return await page.respond(visit)
    except ForbiddenError:
        return html(visit, "frame/templates/forbidden.html", status=403)
    except MissingError:
        return html(visit, "frame/templates/missing.html", status=404)
    except MovedError as moved:
        return see_other(moved.url)
    except RefusedError as refused:
        problem = visit.problem(refused.refusal)
        return html(visit, "frame/templates/refused.html", status=problem.status, problem=problem)


async def _visit(desk: Desk, page: Page, scope: Scope) -> Visit:
    headers = dict(scope["headers"])
    cookies = cookies_of(headers)
    token = cookies.get(SESSION_COOKIE, "")
    signed = await desk.sessions.find(token) if token else None
    visit = Visit(desk, scope, signed, token, await desk.network(), _language(scope, headers, cookies, signed))
    visit.nav = page.nav
    return visit


def _turned_down(page: Page, visit: Visit) -> Reply | None:
    """The answer for who is not signed in, or may not; None for who may."""
    if page.permission == "public":
        return None
    if visit.somebody is None:
        if page.method == "GET" and not visit.htmx:
            target = visit.url_path + (f"?{q}" if (q := visit.scope["query_string"].decode("latin-1")) else "")
            where = SIGN_IN if target == "/" else f"{SIGN_IN}?next={quote(target, safe='')}"
            return Reply(303, ((b"location", where.encode()),), b"")
        return html(visit, "frame/templates/expired.html", status=401)
    if page.permission != "signed_in" and not visit.allowed(page.permission):
        return html(visit, "frame/templates/forbidden.html", status=403)
    return None


async def _ours(page: Page, visit: Visit) -> bool:
    """Whether a form was sent from this console and, where somebody is signed in, made for this session."""
    site = visit.headers.get(b"sec-fetch-site")
    if site is not None and site not in (b"same-origin", b"none"):
        return False
    origin = visit.headers.get(b"origin")
    if origin is not None and origin.partition(b"://")[2] != visit.headers.get(b"host"):
        return False
    if page.permission == "public":
        return True
    sent = visit.headers.get(b"x-csrf-token", b"").decode("latin-1") or (await visit.form()).text("csrf")
    return sent == visit.csrf


async def _body(receive: Receive, bytes_max: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message: Any = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > bytes_max:
            raise RefusedError(refuse(TOO_LARGE, size=f"more than {bytes_max} bytes", limit=f"{bytes_max} bytes"))
        if message["type"] == "http.disconnect":
            raise RefusedError(refuse(MALFORMED, detail="the request ended early"))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _unavailable(visit: Visit | None) -> Reply:
    headers = ((b"retry-after", b"5"),)
    if visit is None:
        return Reply(503, ((b"content-type", b"text/plain; charset=utf-8"), *headers), _DOWN)
    return html(visit, "frame/templates/unavailable.html", status=503, headers=headers)


async def _failed(visit: Visit | None) -> Reply:
    if visit is None:
        return Reply(500, ((b"content-type", b"text/plain; charset=utf-8"),), _DOWN)
    return html(visit, "frame/templates/failed.html", status=500, trace=visit.trace)


_DOWN = "Mainstem cannot answer right now; try again in a moment.\nMainstem 暂时无法响应，请稍后再试。\n".encode()


async def _send(receive: Receive, send: Send, reply: Reply, scope: Scope, visit: Visit | None = None) -> None:
    said = {name for name, _ in reply.headers}  # a page that needs the camera says so itself
    headers: list[tuple[bytes, bytes]] = [*reply.headers, *(one for one in SAFE if one[0] not in said), *PRIVATE]
    if visit is not None:
        headers += _cookies(visit, reply)
        headers.append((b"content-language", b"en" if visit.language == "en" else b"zh-CN"))
        if visit.secure:
            headers.append(STRICT_TRANSPORT)
    body = reply.body
    if isinstance(body, bytes):
        body, encoding = compressed(body, dict(scope["headers"]).get(b"accept-encoding", b""))
        headers += [*encoding, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    with suppress(OSError):  # the client went away
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body, "more_body": False})
        else:
            await _pour(receive, send, body)


async def _pour(receive: Receive, send: Send, pieces: AsyncIterator[bytes]) -> None:
    """Send the pieces as they come, until there are no more or the client goes away."""
    gone = asyncio.create_task(_gone(receive))
    pouring = asyncio.create_task(_pieces(send, pieces))
    try:
        await asyncio.wait({gone, pouring}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        pouring.cancel()
        _, poured = await asyncio.gather(gone, pouring, return_exceptions=True)
    if isinstance(poured, Exception) and not isinstance(poured, OSError):  # not: the client went away
        raise poured
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pieces(send: Send, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cookies(visit: Visit, reply: Reply) -> list[tuple[bytes, bytes]]:
    """A notice that has been shown goes; a language that was asked for stays."""
    found = []
    shown = NOTICE_COOKIE in visit.cookies and reply.status != 303 and not visit.htmx  # noqa: PLR2004 - see other
    if shown:
        found.append((b"set-cookie", f"{NOTICE_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".encode()))
    asked = visit.query.get("lang")
    if asked in LANGUAGES:
        cookie = f"{LANGUAGE_COOKIE}={asked}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
        found.append((b"set-cookie", cookie.encode()))
    return found


def _language(scope: Scope, headers: dict[bytes, bytes], cookies: dict[str, str], signed: SignedIn | None) -> Language:
    """What the address asks for, else what was chosen before, else what the browser prefers."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    for wanted in (asked, "" if signed is None else signed.language, unquote(cookies.get(LANGUAGE_COOKIE, ""))):
        for language in LANGUAGES:
            if wanted == language:
                return language
    return negotiate(headers.get(b"accept-language", b"").decode("latin-1"))
