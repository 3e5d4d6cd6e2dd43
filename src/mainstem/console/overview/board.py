"""Keeps the figures of one process fresh while somebody looks, and says when they changed."""

import asyncio
import time

import msgspec

from mainstem.console.overview.figures import Figures
from mainstem.console.overview.reading import Count, Look, Reader
from mainstem.platform.loops import every, pause

LOOK_SECONDS = 1.0
"""Pause between two looks for what is new."""

COUNT_SECONDS = 5.0
"""Pause between two counts of all stock; it grows so that counting takes at most `COUNT_SHARE` of the time."""

COUNT_SHARE = 0.05

SAY_SECONDS = 10.0
"""How long a page may wait to hear that nothing has changed."""

WATCHED_SECONDS = 60.0
"""How long after the last request the figures are still kept fresh; then nothing is read until somebody asks."""

OLD_SECONDS = 3.0
"""Figures older than this are waited for: `PATIENCE_SECONDS` when a page of a minute ago could be shown instead."""

COUNT_PATIENCE_SECONDS = 0.25
"""How long a page waits for the first count of stock; then it is shown without, and gets it when it is there."""

PATIENCE_SECONDS = 0.03
STALE_SECONDS = 60.0
STALE_PATIENCE_SECONDS = 5.0


class Board:
    """The latest figures, numbered; `run` keeps them fresh until told to stop."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._look: Look | None = None
        self.counted: Count | None = None
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._stop = asyncio.Event()
        self._asked_at = -WATCHED_SECONDS
        self._looked_at = -STALE_SECONDS
        self._said_at = -SAY_SECONDS
        self.figures: Figures | None = None
        self.version = 0
        self.watchers = 0

    @property
    def stopping(self) -> bool:
        """Whether no figures will come any more."""
        return self._stop.is_set()

    async def run(self) -> None:
        """Keep the figures fresh until told to stop, whatever the database does meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(LOOK_SECONDS, self._look_again, self._stop, name="figures of today"))
            tasks.create_task(every(COUNT_SECONDS, self._count_again, self._stop, name="figures of stock"))

    def stop(self) -> None:
        """End the loops, and what waits for figures."""
        self._stop.set()
        self._wanted.set()
        self._tell()

    async def ask(self) -> Figures | None:
        """The figures for a page: fresh ones if they come soon enough; None when there are none at all yet."""
        self._asked_at = time.monotonic()
        self._wanted.set()
        age = self._asked_at - self._looked_at
        if self.figures is None or age > OLD_SECONDS:
            stale = self.figures is None or age > STALE_SECONDS
            await self.changed(self.version, STALE_PATIENCE_SECONDS if stale else PATIENCE_SECONDS)
        if self.counted is None:
            await self.changed(self.version, COUNT_PATIENCE_SECONDS)
        return self.figures

    async def changed(self, version: int, seconds_max: float) -> bool:
        """Wait until the figures have another version than this; False when the time was too short."""
        try:
            async with asyncio.timeout(seconds_max):
                while self.version == version and not self.stopping:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _look_again(self) -> None:
        await self._needed()
        if self.stopping:
            return
        look = await self._reader.look(self._look)
        self._looked_at = time.monotonic()
        before, self._look = self._look, look
        quiet = self._looked_at - self._said_at < SAY_SECONDS
        if (
            before is None
            or not quiet
            or msgspec.structs.replace(look, as_of=before.as_of, snapshot="")
            != (msgspec.structs.replace(before, snapshot=""))
        ):
            self._publish()

    async def _count_again(self) -> None:
        await self._needed()
        while self._look is None and not self.stopping:  # which says when demand ended
            await self._changed.wait()
        if self.stopping or self._look is None:
            return
        began = time.monotonic()
        self.counted = await self._reader.count(min(self._look.day.end, self._look.as_of))
        self._publish()
        await pause(self._stop, (time.monotonic() - began) / COUNT_SHARE - COUNT_SECONDS)

    async def _needed(self) -> None:
        if not self.watchers and time.monotonic() - self._asked_at > WATCHED_SECONDS:
            self._wanted.clear()
            if self.stopping:
                return
            await self._wanted.wait()

    def _publish(self) -> None:
        if self._look is None:
            return
        look = self._look
        self.figures = Figures(
            as_of=look.as_of,
            names=look.names,
            today=look.today,
            last_day=look.last_day,
            week=look.week,
            feed=look.feed,
            stock=None if self.counted is None else self.counted.stock,
            plan=look.plan,
        )
        self.version += 1
        self._said_at = time.monotonic()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
