"""Server-sent events (WHATWG HTML, 9.2): what changed on the page, at most once a second."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from litestar.types import Receive, Send

from mainstem.console.home.board import SAY_SECONDS, Board
from mainstem.console.home.render import Edition

LISTENERS_MAX = 500
"""Pages that may be open at one process."""

STREAM_SECONDS_MAX = 900.0
"""Then a stream ends and the page opens a new one, so that a key that was revoked sees no more."""

MESSAGE_SECONDS_MIN = 1.0
"""Pause between two messages to a page."""

RETRY = b"retry: 3000\n\n"
STILL_THERE = b": still there\n\n"


async def stream(
    board: Board,
    current: Callable[[], Edition],
    receive: Receive,
    send: Send,
    headers: tuple[tuple[bytes, bytes], ...],
) -> None:
    """Send the page's parts, then those that change, until the page is closed, its time is up, or the board stops."""
    own = ((b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": RETRY, "more_body": True})
    board.watchers += 1
    gone = asyncio.create_task(_gone(receive))
    telling = asyncio.create_task(_tell(board, current, send))
    try:
        await board.ask()
        await asyncio.wait({gone, telling}, timeout=STREAM_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED)
    finally:
        board.watchers -= 1
        gone.cancel()
        telling.cancel()
        _, told = await asyncio.gather(gone, telling, return_exceptions=True)
    if isinstance(told, Exception) and not isinstance(told, OSError):  # not: the client went away
        raise told
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _tell(board: Board, current: Callable[[], Edition], send: Send) -> None:
    seen = 0
    while True:
        fresh = await board.changed(seen, 2 * SAY_SECONDS)
        if board.stopping:
            return
        if not fresh or board.figures is None:
            await send({"type": "http.response.body", "body": STILL_THERE, "more_body": True})
            continue
        began = monotonic()
        edition = current()
        body = edition.changed if seen and seen == edition.before else edition.whole
        seen = edition.version
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(MESSAGE_SECONDS_MIN - (monotonic() - began))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
