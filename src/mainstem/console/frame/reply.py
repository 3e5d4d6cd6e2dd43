"""What a page answers with."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from mainstem.console.frame import render

if TYPE_CHECKING:
    from mainstem.console.frame.visit import Visit

Header = tuple[bytes, bytes]

HTML = b"text/html; charset=utf-8"
NOTICE_COOKIE = "mainstem_notice"
NOTICE_SECONDS = 60


class Reply(msgspec.Struct, frozen=True):
    """A status, headers and a body: bytes, or pieces as they come."""

    status: int
    headers: tuple[Header, ...]
    body: bytes | AsyncIterator[bytes]


def html(
    visit: "Visit", template: str, *, status: int = 200, headers: tuple[Header, ...] = (), **values: object
) -> Reply:
    """A page, or a part of one, from a template."""
    body = render.rendered(visit, template, values).encode()
    return Reply(status, ((b"content-type", HTML), *headers), body)


def see_other(url: str, *, notice: str = "", headers: tuple[Header, ...] = ()) -> Reply:
    """The answer to a POST that did what was asked: look there. `notice` is shown there, once."""
    more: tuple[Header, ...] = ()
    if notice:
        cookie = f"{NOTICE_COOKIE}={quote(notice)}; Path=/; Max-Age={NOTICE_SECONDS}; HttpOnly; SameSite=Lax"
        more = ((b"set-cookie", cookie.encode()),)
    return Reply(303, ((b"location", url.encode("latin-1", "strict")), *more, *headers), b"")


def download(name: str, media: str, body: bytes | AsyncIterator[bytes]) -> Reply:
    """A file to keep."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Reply(200, ((b"content-type", media.encode()), (b"content-disposition", disposition.encode())), body)


def stream(pieces: AsyncIterator[bytes]) -> Reply:
    """Server-sent events (WHATWG HTML, 9.2)."""
    return Reply(200, ((b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")), pieces)
