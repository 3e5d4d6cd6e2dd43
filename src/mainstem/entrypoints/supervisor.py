"""The parent of a running Mainstem: starts its processes, starts again what died, and stops them in order."""

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any

import structlog

from mainstem.entrypoints import runtime
from mainstem.entrypoints.exits import CommandError, Exit
from mainstem.entrypoints.storage import Storage
from mainstem.platform.loops import BACKOFF_SECONDS
from mainstem.platform.settings import Settings

WATCH_SECONDS = 0.5
"""Pause between two looks at the embedded server."""

READY_SECONDS_MAX = 60
"""How long the processes may take until they serve."""

STEADY_SECONDS = 60
"""A process that ran for so long has not failed in a row."""

LEAVE_SECONDS = 5
"""What a process gets beyond the limit for what is in flight, to close its connections and leave."""

_log = structlog.get_logger(__name__)
_spawn = multiprocessing.get_context("spawn")


class AtOnceError(BaseException):
    """Told to stop for the second time: at once."""


class Child:
    """One process, started again with a growing pause when it dies."""

    def __init__(self, name: str, target: Callable[..., None], arguments: Sequence[Any]) -> None:
        self.name = name
        self.ready = False
        self.process = self._start(target, arguments)
        self._again = (target, arguments)
        self._began = time.monotonic()
        self._failures = 0
        self._due: float | None = None

    def _start(self, target: Callable[..., None], arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - a SpawnProcess
        self.said, says = _spawn.Pipe(duplex=False)
        process = _spawn.Process(target=target, args=(*arguments, says), name=f"mainstem {self.name}")
        with _ignoring_interrupts():
            process.start()
        says.close()
        return process

    def hear(self) -> None:
        """Take note that it is ready."""
        if not self.ready and self.said.poll():
            try:
                self.ready = bool(self.said.recv())
            except EOFError:
                return

    def waits(self) -> list[int | Connection]:
        """What to wait for of it."""
        return [self.process.sentinel, *([] if self.ready else [self.said])]

    def look_after(self) -> None:
        """Start it again when it has died and its pause is over."""
        now = time.monotonic()
        if self._due is None and not self.process.is_alive():
            if now - self._began > STEADY_SECONDS:
                self._failures = 0
            pause = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)] if self._failures else 0
            _log.error("process died", process=self.name, exit_code=self.process.exitcode, restart_seconds=pause)
            self._failures += 1
            self._due = now + pause
        if self._due is not None and now >= self._due:
            self._due = None
            self.said.close()
            self.ready = False
            self.process = self._start(*self._again)
            self._began = now

    @property
    def down(self) -> bool:
        """Whether it waits to be started again."""
        return self._due is not None

    def end(self, how: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process.is_alive():
            os.kill(self.process.pid, how)


class Supervisor:
    """Runs the API processes and the worker on one database until told to stop."""

    def __init__(
        self, settings: Settings, storage: Storage, listener: socket.socket, extra: Sequence[runtime.Extra]
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._listener = listener
        self._stopping = False
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        url = storage.url
        self.apis = [
            Child(f"api {number}", runtime.api_process, (settings, url, listener))
            for number in range(1, settings.workers + 1)
        ]
        self.worker = Child("worker", runtime.worker_process, (settings, url, tuple(extra)))

    @property
    def _children(self) -> list[Child]:
        return [*self.apis, self.worker]

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until told to stop; raises `CommandError` when the processes do not come up."""
        with self._signals():
            try:
                self._await_ready()
                if not self._stopping:
                    _log.info("serving", **self.pids())
                    on_ready()
                while not self._stopping:
                    self._watch()
                self._stop()
            except AtOnceError:
                _log.warning("stopping at once")
            finally:
                for child in self._children:
                    child.end(signal.SIGKILL)
                    child.process.join()
                    child.said.close()

    def pids(self) -> dict[str, Any]:
        """The process ids of this parent and its children."""
        return {
            "pid": os.getpid(),
            "api": [child.process.pid for child in self.apis],
            "worker": self.worker.process.pid,
        }

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._stopping and not all(child.ready for child in self._children):
            self._sleep()
            for child in self._children:
                child.hear()
                if not child.ready and (not child.process.is_alive() or time.monotonic() > deadline):
                    code = child.process.exitcode
                    raise CommandError(
                        Exit.DEFECT,
                        f"The process `{child.name}` did not come up (exit code {code}). Its log above says why.",
                        f"进程 `{child.name}` 未能启动（退出码 {code}）。原因见上方日志。",
                    )

    def _watch(self) -> None:
        self._sleep()
        for child in self._children:
            child.hear()
            if not self._stopping:
                child.look_after()
        if not self._stopping and not self._storage.alive():
            _log.error("the embedded database died; starting it again")
            try:
                self._storage.revive()
            except Exception:  # noqa: BLE001 - an edge: it is tried again
                _log.exception("the embedded database cannot be started")
            else:
                _log.info("the embedded database is back")

    def _stop(self) -> None:
        """Stop accepting and finish what is in flight, requests and jobs alike, within the limit of the settings."""
        _log.info("stopping")
        self._listener.close()
        for child in self._children:
            child.end(signal.SIGTERM)
        deadline = time.monotonic() + self._settings.shutdown_seconds_max + LEAVE_SECONDS
        for child in self._children:
            child.process.join(max(0.0, deadline - time.monotonic()))
            if child.process.is_alive():
                _log.error("process did not stop in time", process=child.name)

    def _sleep(self) -> None:
        """Until something happens, or it is time to look again."""
        watched: list[Any] = [self._wake]
        for child in self._children:
            if not child.down:
                watched += child.waits()
        wait(watched, timeout=WATCH_SECONDS)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def told(_number: int, _frame: FrameType | None) -> None:
            if self._stopping:
                for each in before:
                    signal.signal(each, signal.SIG_IGN)
                raise AtOnceError
            self._stopping = True
            os.write(self._waker, b"!")

        before = {each: signal.signal(each, told) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            # Once told to stop, what is left is to stop the database, which nothing should cut short.
            for each, handler in before.items():
                signal.signal(each, signal.SIG_IGN if self._stopping else handler)
            os.close(self._wake)
            os.close(self._waker)


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """What is started meanwhile ignores SIGINT from its first moment."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
