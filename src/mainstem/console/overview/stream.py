"""Server-sent events (WHATWG HTML, 9.2): what changed on the page, at most once a second."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic

from mainstem.console.overview.board import SAY_SECONDS, Board
from mainstem.console.overview.render import Edition

LISTENERS_MAX = 500
"""Pages that may be open at one process."""

STREAM_SECONDS_MAX = 900.0
"""Then a stream ends and the page opens a new one, so that a session that was ended sees no more."""

MESSAGE_SECONDS_MIN = 1.0
"""Pause between two messages to a page."""

RETRY = b"retry: 3000\n\n"
STILL_THERE = b": still there\n\n"


async def messages(board: Board, current: Callable[[], Edition]) -> AsyncIterator[bytes]:
    """The page's parts, then those that change, until its time is up or the board stops."""
    ends = monotonic() + STREAM_SECONDS_MAX
    seen = 0
    board.watchers += 1
    try:
        yield RETRY
        await board.ask()
        while monotonic() < ends:
            fresh = await board.changed(seen, 2 * SAY_SECONDS)
            if board.stopping:
                return
            if not fresh or board.figures is None:
                yield STILL_THERE
                continue
            began = monotonic()
            edition = current()
            body = edition.changed if seen and seen == edition.before else edition.whole
            seen = edition.version
            yield body
            await asyncio.sleep(MESSAGE_SECONDS_MIN - (monotonic() - began))
    finally:
        board.watchers -= 1
