"""One request and its answer: what a route sees of HTTP."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from mainstem.api.problems import RETRY_AFTER_SECONDS, problem, status_of
from mainstem.kernel.refusals import KEY_MISSING, NOT_FOUND, TOO_LARGE, Refusal, RefusedError, refuse
from mainstem.platform.access import Caller
from mainstem.platform.reading import INTEGER_MAX, NOT_UTF8, ZERO_CHARACTER, malformed
from mainstem.platform.texts import Language, negotiate

JSON = (b"content-type", b"application/json")
PROBLEM = (b"content-type", b"application/problem+json")
REPLAYED = (b"idempotency-replayed", b"true")
KEY_LENGTH_MAX = 255

__all__ = [
    "GONE",
    "JSON",
    "KEY_LENGTH_MAX",
    "PROBLEM",
    "REPLAYED",
    "Answer",
    "DisconnectedError",
    "Exchange",
    "malformed",
]

_encode = msgspec.json.Encoder().encode


class DisconnectedError(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


class Answer:
    """A status, headers and a whole body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes = b"", *headers: tuple[bytes, bytes]) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send it, as an ASGI application; the length is always told."""
        length = (b"content-length", b"%d" % len(self.body))
        headers = [length, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class _Gone(Answer):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """There is nobody to send anything to."""


GONE = _Gone(499)
"""The answer to a client that went away."""


class Exchange:
    """A request on its way, with its trace id, its caller once known, and, at the end, the status of its answer."""

    __slots__ = ("caller", "headers", "receive", "route", "scope", "status", "trace")

    def __init__(self, scope: Scope, receive: Receive, trace: str, headers: dict[bytes, bytes]) -> None:
        self.scope: Any = scope
        self.receive: Any = receive
        self.trace = trace
        self.headers = headers
        self.caller: Caller | None = None
        self.status = 499
        self.route = ""

    @property
    def principal(self) -> int:
        """Who acts; 0 when nobody is known."""
        return 0 if self.caller is None else self.caller.principal

    @property
    def language(self) -> Language:
        """The language that the client reads best."""
        header = self.headers.get(b"accept-language")
        return "en" if header is None else negotiate(header.decode("latin-1"))

    def path_id(self, name: str) -> int:
        """An id from the path; what does not fit into 64 bits is nobody's."""
        value: int = self.scope["path_params"][name]
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise RefusedError(refuse(NOT_FOUND, f"/{name}", what=name, id=str(value)[:80]))
        return value

    def path_values(self) -> dict[str, int | str]:
        """All values from the path, by name."""
        names: dict[str, int | str] = self.scope["path_params"]
        return {
            name: self.path_id(name) if isinstance(value, int) else self.path_code(name)
            for name, value in names.items()
        }

    def path_code(self, name: str) -> str:
        """A code from the path; refused when its bytes are no UTF-8, for which the server puts U+FFFD."""
        value: str = self.scope["path_params"][name]
        if "\ufffd" in value or "\0" in value:
            raise malformed(NOT_UTF8 if "\ufffd" in value else ZERO_CHARACTER, f"/{name}")
        return value

    def idempotency_key(self) -> str | None:
        """The key of this write, None when there is none; refused when it is not 1 to 255 visible ASCII characters."""
        raw = self.headers.get(b"idempotency-key")
        if raw is None:
            return None
        if not 0 < len(raw) <= KEY_LENGTH_MAX or not raw.isascii() or not raw.decode().isprintable() or b" " in raw:
            raise RefusedError(refuse(KEY_MISSING, "/headers/Idempotency-Key"))
        return raw.decode()

    def required_key(self) -> str:
        """The key of this write; refused when it is missing."""
        key = self.idempotency_key()
        if key is None:
            raise RefusedError(refuse(KEY_MISSING, "/headers/Idempotency-Key"))
        return key

    async def body(self, bytes_max: int) -> bytes:
        """The whole body; refused as too large before it is read where its length is told, else as soon as it is."""
        told = self.headers.get(b"content-length")
        if told is not None and told.isdigit() and int(told) > bytes_max:
            raise RefusedError(_too_large(bytes_max))
        message = await self.receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body", False):
            parts, size = [body], len(body)
            while message.get("more_body", False):
                message = await self.receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > bytes_max:
                    raise RefusedError(_too_large(bytes_max))
            body = b"".join(parts)
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        if len(body) > bytes_max:
            raise RefusedError(_too_large(bytes_max))
        return body

    def refused(self, refusal: Refusal, *headers: tuple[bytes, bytes]) -> Answer:
        """The problem details of a refusal as the answer."""
        status = status_of(refusal)
        extra = list(headers)
        if status == HTTPStatus.UNAUTHORIZED:
            extra.append((b"www-authenticate", b"Bearer"))
        elif status == HTTPStatus.SERVICE_UNAVAILABLE:
            extra.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
        elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            extra.append((b"connection", b"close"))  # what was not read cannot be the next request
        language = self.language
        extra += [
            (b"content-language", b"en" if language == "en" else b"zh-CN"),
            (b"vary", b"Accept-Language"),
        ]
        body = _encode(problem(refusal, language, instance=self.scope["path"], trace=self.trace))
        return Answer(status, body, PROBLEM, *extra)

    def found(self, value: object) -> Answer:
        """A value as the answer to a read."""
        return Answer(HTTPStatus.OK, _encode(value), JSON)

    def tagged(self, body: bytes, tag: bytes) -> Answer:
        """A body with its ETag as the answer to a read that polls; 304 without a body when the client has it."""
        headers = ((b"etag", tag), (b"cache-control", b"private, no-cache"))
        if self.knows(tag):
            return Answer(HTTPStatus.NOT_MODIFIED, b"", *headers)
        return Answer(HTTPStatus.OK, body, JSON, *headers)

    def knows(self, tag: bytes) -> bool:
        """Whether If-None-Match names the tag (weak comparison, RFC 9110, 13.1.2)."""
        given = self.headers.get(b"if-none-match")
        if given is None:
            return False
        return any(one.strip().removeprefix(b"W/") in (tag, b"*") for one in given.split(b","))


def _too_large(bytes_max: int) -> Refusal:
    return refuse(TOO_LARGE, size=f"more than {bytes_max} bytes", limit=f"{bytes_max} bytes")
