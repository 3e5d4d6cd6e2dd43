"""The database that a command works on: the configured one, or the embedded one, held while it is used."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from mainstem.entrypoints.language import say
from mainstem.entrypoints.output import tell
from mainstem.platform import embedded
from mainstem.platform.migrations import Progress, migrate
from mainstem.platform.settings import Settings


class Storage:
    """A database that can be connected to at `url`."""

    def __init__(self, url: str, held: embedded.EmbeddedPostgres | None) -> None:
        self.url = url
        self._held = held
        self._process = None if held is None else psutil.Process(held.pid)

    @property
    def pid(self) -> int | None:
        """The process id of the embedded server."""
        return None if self._held is None else self._held.pid

    def alive(self) -> bool:
        """Whether the embedded server still runs; a configured one is somebody else's to watch."""
        if self._process is None:
            return True
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def revive(self) -> None:
        """Start the embedded server again after its end; what was committed is recovered, under the same URL."""
        assert self._held is not None
        former, self._held = self._held, embedded.start(self._held.data_dir, progress=_report)
        former.stop()  # Gives back its hold only: the new one keeps the server.
        self._process = psutil.Process(self._held.pid)

    def close(self) -> None:
        """Leave; the last holder stops the embedded server."""
        if self._held is not None:
            self._held.stop()


@contextmanager
def opened(settings: Settings) -> Iterator[Storage]:
    """The database of the settings for as long as the block lasts; the embedded one is started where none is named."""
    if settings.database_url is not None:
        yield Storage(settings.database_url, None)
        return
    storage = start_embedded(settings.data_dir)
    try:
        yield storage
    finally:
        storage.close()


def start_embedded(data_dir: Path) -> Storage:
    """Hold the embedded server of a data directory."""
    held = embedded.start(data_dir, progress=_report)
    return Storage(held.url, held)


def bring_up_to_date(url: str) -> list[str]:
    """Migrate the database; the revisions applied."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # At INFO it tells of every step that went well.
    return migrate(url, _report_migration)


def _report(progress: embedded.Progress) -> None:
    tell(f"{say(progress.en, progress.zh)} ({progress.seconds:.0f} s)")


def _report_migration(progress: Progress) -> None:
    if progress.stage == "waiting":
        tell(say("waiting for another Mainstem to migrate", "正在等待另一个 Mainstem 完成迁移"))
    elif progress.stage == "retrying":
        tell(say(f"{progress.revision}: locked, trying again", f"{progress.revision}：被锁定，正在重试"))
