"""The embedded PostgreSQL: a real server from a wheel, shared by all Mainstem processes of a data directory.

Durable, on a Unix socket only, sized for the machine. Every process that uses it holds a shared lock, which
the kernel releases however the process ends: the last holder to leave stops the server, and a server whose
holders were all killed is adopted by the next start. As root the server runs as the OS user `mainstem`, made
when absent.
"""

import atexit
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from mainstem.platform.embedded import machine, programs
from mainstem.platform.embedded.cluster import Cluster, Progress, Report, cluster_path, try_lock
from mainstem.platform.embedded.errors import EmbeddedError, StillStartingError, explained

__all__ = ["EmbeddedError", "EmbeddedPostgres", "Progress", "StillStartingError", "destroy", "start"]

LOCK_SECONDS_MAX = 1200


class EmbeddedPostgres:
    """A hold on the running server. Leave with `stop()`, as a context manager, or by ending the process."""

    def __init__(self, cluster: Cluster, holder: int, pid: int, report: Report) -> None:
        self.url = cluster.url()
        """libpq URL of the database `mainstem`, over the Unix socket."""
        self.bin_dir = cluster.bin_dir
        """Folder of psql, pg_dump, pgbench and the other programs."""
        self.pid = pid
        """Process id of the server (postmaster)."""
        self.data_dir = cluster.data_dir
        self._cluster = cluster
        self._holder: int | None = holder
        self._owner = os.getpid()
        self._report = report
        atexit.register(self.stop)

    def stop(self) -> None:
        """Leave; the last holder shuts the server down. Again, or in a forked child, it does nothing."""
        if self._holder is None or os.getpid() != self._owner:
            return
        holder, self._holder = self._holder, None
        atexit.unregister(self.stop)
        with explained(self.data_dir):
            _leave(self._cluster, holder, self._report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    data_dir: Path,
    *,
    cpus: int | None = None,
    memory_bytes: int | None = None,
    progress: Report | None = None,
) -> EmbeddedPostgres:
    """Hold the server of the data directory; create, start, recover or adopt it as needed.

    `cpus` and `memory_bytes` size it in place of what the machine has. `progress` is called about once a
    second while something takes long. Raises `EmbeddedError`: unusable folder, other version, full disk,
    settings that lose data; `StillStartingError` when recovery takes more than 15 minutes.
    """
    report = progress or _silent
    folder = data_dir.expanduser().resolve()
    with explained(folder):
        account = programs.account_for(cluster_path(folder))
        programs.make_reachable(folder, account)
        with _exclusive(folder, report):
            cluster = Cluster(folder, account, programs.find(folder, account), report)
            holder = _holders(folder)
            fcntl.flock(holder, fcntl.LOCK_SH)  # Free to take: who locks it otherwise has the exclusive lock.
            try:
                cluster.create_if_absent()
                pid = cluster.ensure_running(machine.detect(folder, cpus=cpus, memory_bytes=memory_bytes))
                cluster.prepare_database()
            except StillStartingError:
                os.close(holder)
                raise
            except BaseException:
                with suppress(EmbeddedError, OSError):
                    _stop_if_last(cluster, holder)
                os.close(holder)
                raise
            return EmbeddedPostgres(cluster, holder, pid, report)


def destroy(data_dir: Path) -> bool:
    """Delete the embedded database of a data directory for good, nothing else there. False if there is none.

    Raises `EmbeddedError` when a process uses it, or when the folder was not made by Mainstem.
    """
    folder = data_dir.expanduser().resolve()
    path, doomed = cluster_path(folder), folder / "postgres.doomed"
    with explained(folder):
        if not path.exists() and not doomed.exists():
            return False
        with _exclusive(folder, _silent):
            holder = _holders(folder)
            try:
                if not try_lock(holder, fcntl.LOCK_EX):
                    raise EmbeddedError(
                        f"The database in {folder} is in use by a running Mainstem. Stop that first.",
                        f"{folder} 中的数据库正被运行中的 Mainstem 使用。请先将其停止。",
                    )
                if path.exists():
                    account = programs.account_for(path)
                    cluster = Cluster(folder, account, programs.find(folder, account), _silent)
                    cluster.check_made_here()
                    cluster.end()
                    shutil.rmtree(doomed, ignore_errors=True)
                    path.rename(doomed)  # First: a deletion cut short leaves no half of a database behind.
                shutil.rmtree(doomed)
            finally:
                os.close(holder)
    return True


def _leave(cluster: Cluster, holder: int, report: Report) -> None:
    try:
        if not cluster.path.exists():
            cluster.end()  # Deleted under the running server, which has nothing to save.
            return
        with _exclusive(cluster.data_dir, report):
            _stop_if_last(cluster, holder)
    finally:
        os.close(holder)


def _stop_if_last(cluster: Cluster, holder: int) -> None:
    if try_lock(holder, fcntl.LOCK_EX):
        cluster.stop()


def _holders(data_dir: Path) -> int:
    return os.open(data_dir / "postgres.holders", os.O_RDWR | os.O_CREAT, 0o644)


@contextmanager
def _exclusive(data_dir: Path, report: Report) -> Iterator[None]:
    """One process at a time creates, starts, stops or deletes; the others wait, even through a recovery."""
    fd = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o644)
    began = time.monotonic()
    reported = 0
    try:
        while not try_lock(fd, fcntl.LOCK_EX):
            seconds = time.monotonic() - began
            if seconds > LOCK_SECONDS_MAX:
                raise EmbeddedError(
                    f"Another Mainstem has been starting or stopping the database in {data_dir} for "
                    f"{LOCK_SECONDS_MAX} seconds. See what it does, end it, and start again.",
                    f"另一个 Mainstem 启动或停止 {data_dir} 中的数据库已超过 {LOCK_SECONDS_MAX} 秒。"
                    "请检查并结束它，然后重新启动。",
                )
            if seconds >= reported + 1:
                reported += 1
                report(Progress("waiting", seconds))
            time.sleep(0.05)
        yield
    finally:
        os.close(fd)


def _silent(progress: Progress) -> None:
    """Report to nobody."""
