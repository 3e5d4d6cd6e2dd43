"""The console of one process: the handlers of its pages and assets, and what runs beside them."""

import asyncio
from types import TracebackType
from typing import Self

from litestar.handlers.base import BaseRouteHandler

from mainstem.console import assets
from mainstem.console.frame import Desk, Page
from mainstem.console.frame.page import handlers
from mainstem.console.overview import Overview
from mainstem.console.rooms import PAGES


class Console:
    """The pages of one process; use as an async context manager, around the server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._overview = Overview(desk)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._overview.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        assert self._running is not None
        await self._running

    def stop(self) -> None:
        """End all streams to open pages, which would hold up the end of the server. Pages are still answered."""
        self._overview.stop()

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every page there is."""
        return (*self._overview.pages, *PAGES)

    def handlers(self) -> list[BaseRouteHandler]:
        """The handlers for the application, each with the permission that it needs."""
        return [*handlers(self._desk, self.pages), *assets.handlers()]
