"""HTTP on the wire: the head and the body of an answer leave in one packet.

uvicorn writes them one after the other: two system calls here, two wake-ups at the client.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

BUFFER_BYTES_MAX = 64 * 1024
"""More than this is written at once, so that the transport's own flow control sees a long answer."""


class _Gathering:
    """A transport whose writes of one turn of the event loop are one."""

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the transport has
        return getattr(self._transport, name)

    def write(self, part: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(part)
        self._size += len(part)
        if self._size > BUFFER_BYTES_MAX:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            whole = b"".join(self._parts)
            self._parts, self._size = [], 0
            if not self._transport.is_closing():
                self._transport.write(whole)


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection over."""
        super().connection_made(cast("asyncio.Transport", _Gathering(transport, self.loop)))
