"""Style sheets, scripts and pictures: served under a name that carries the hash of the content, so cached for good.

What comes from npm lies in `static/vendor` and is built by `make assets`, already compressed; what is written here is
compressed once, when a process starts. Pages are compressed as they are sent.
"""

import gzip
import secrets
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any, NamedTuple

from litestar.handlers import asgi
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

PREFIX = "/assets/"
FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")
COMPRESS_BYTES_MIN = 1_000
"""Below this a body fits into the first packet anyway."""
VENDOR = ("vendor/barcode.js", "vendor/charts.js", "vendor/htmx.js", "vendor/icons.svg", "vendor/tabler.css")
"""What `make assets` builds and pages use."""

_HASH_LENGTH = 12
_PAGE_LEVEL = 5
_PADDING_BYTES_MAX = 100
_CODINGS = {"br": ".br", "gzip": ".gz"}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_SAFE: Headers = (
    # Of what is opened by itself, and of workers: the one that reads barcodes compiles WebAssembly.
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'wasm-unsafe-eval'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class AssetMissingError(Exception):
    """A file that pages use is not there; the text says how to make it."""


class Asset(NamedTuple):
    """A file and the path that it is served at; `encoded` holds its compressed forms by content coding."""

    path: str
    media: str
    body: bytes
    encoded: dict[str, bytes]


def asset(name: str) -> str:
    """The path of a file of `static`, as `console.css` or `vendor/htmx.js`; raises AssetMissingError for none."""
    try:
        return assets()[name].path
    except KeyError:
        raise _missing(name) from None


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file of `static` by its name in there."""
    found: dict[str, bytes] = {}
    _collect(files("mainstem.console").joinpath("static"), "", found)
    return {
        name: _asset(name, body, {coding: found.get(name + ending) for coding, ending in _CODINGS.items()})
        for name, body in found.items()
        if not name.endswith(tuple(_CODINGS.values()))
    }


def handlers() -> list[BaseRouteHandler]:
    """One handler a file; raises AssetMissingError when what comes from npm has not been built."""
    known = assets()
    for name in VENDOR:
        if name not in known:
            raise _missing(name)
    return [_handler(found) for found in known.values()]


def compressed(body: bytes, accept_encoding: bytes) -> tuple[bytes, Headers]:
    """A page as the client takes it, and the headers that say so; `Vary` is up to the caller.

    The length of what is sent is blurred by some random bytes, so that it does not tell how well what a stranger put
    into the page compresses with what is secret in it (Palacios and others, "HTB: Heal the BREACH", 2022).
    """
    if len(body) < COMPRESS_BYTES_MIN or _coding(accept_encoding, ("gzip",)) is None:
        return body, ()
    packed = BytesIO()
    padding = secrets.token_hex(_PADDING_BYTES_MAX // 2)[: secrets.randbelow(_PADDING_BYTES_MAX)]
    with gzip.GzipFile(filename=padding, mode="wb", compresslevel=_PAGE_LEVEL, fileobj=packed, mtime=0) as file:
        file.write(body)
    small = packed.getvalue()
    return (small, ((b"content-encoding", b"gzip"),)) if len(small) < len(body) else (body, ())


def _collect(folder: Traversable, prefix: str, found: dict[str, bytes]) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _collect(entry, f"{prefix}{entry.name}/", found)
        elif not entry.name.startswith("."):
            found[prefix + entry.name] = entry.read_bytes()


def _asset(name: str, body: bytes, built: dict[str, bytes | None]) -> Asset:
    stem, dot, suffix = name.rpartition(".")
    encoded = {coding: packed for coding, packed in built.items() if packed is not None}
    if not encoded and len(body) >= COMPRESS_BYTES_MIN:
        encoded["gzip"] = gzip.compress(body, mtime=0)
    smaller = {coding: packed for coding, packed in encoded.items() if len(packed) < len(body)}
    path = f"{PREFIX}{stem}.{sha256(body).hexdigest()[:_HASH_LENGTH]}.{suffix}"
    return Asset(path, _TYPES[dot + suffix], body, smaller)


def _missing(name: str) -> AssetMissingError:
    if name.startswith("vendor/"):
        return AssetMissingError(f"static/{name} of the console has not been built: run `make assets`")
    return AssetMissingError(f"the console has no static/{name}")


def _coding(accept_encoding: bytes, offered: tuple[str, ...]) -> str | None:
    """The first of the codings on offer that the client takes (RFC 9110, 12.5.3)."""
    accepted: dict[str, bool] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, parameters = part.partition(";")
        quality = parameters.strip().removeprefix("q=").strip()
        accepted[coding.strip()] = not quality or bool(quality.strip("0."))
    return next((coding for coding in offered if accepted.get(coding, accepted.get("*", False))), None)


def _handler(served: Asset) -> BaseRouteHandler:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - Litestar asks for the names
        exchange: Any = scope["exchange"]  # type: ignore[typeddict-item]
        exchange.route = PREFIX
        if scope["method"] not in ("GET", "HEAD"):  # type: ignore[typeddict-item]
            await _send(send, 405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")], b"")
            return
        coding = _coding(dict(scope["headers"]).get(b"accept-encoding", b""), tuple(served.encoded))
        body = served.body if coding is None else served.encoded[coding]
        headers = [(b"content-type", served.media.encode()), (b"content-length", b"%d" % len(body)), FOREVER, *_SAFE]
        if served.encoded:
            headers.append((b"vary", b"Accept-Encoding"))
        if coding is not None:
            headers.append((b"content-encoding", coding.encode()))
        await _send(send, 200, headers, body)

    return asgi(served.path, opt={"permission": {"GET": "public"}}, copy_scope=False)(serve)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    with suppress(OSError):  # the client went away
        await send({"type": "http.response.body", "body": body, "more_body": False})
