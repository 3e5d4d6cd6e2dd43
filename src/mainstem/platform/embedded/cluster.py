"""One database cluster on disk: create it, start its server, wait until it is ready, stop it.

Everything here is called under the lock of the data directory.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec
import psutil
import psycopg
from psycopg import pq, sql

from mainstem.platform.embedded import machine, programs
from mainstem.platform.embedded.errors import EmbeddedError, StillStartingError, disk_full

START_SECONDS_MAX = 900
STOP_SECONDS_MAX = 600
SURVIVOR_SECONDS_MAX = 10
SURVIVOR_QUIT_SECONDS = 2
SOCKET_BYTES_MAX = 103  # Linux takes 107, macOS 103.
CONFIGURATION = "mainstem.conf"
DATABASE = "mainstem"
USER = "mainstem"
_INCLUDE = f"include = '{CONFIGURATION}'"
_PID_FILE_SOCKET_LINE = 4
_SOCKET = ".s.PGSQL.5432"

Stage = Literal["waiting", "creating", "starting", "recovering", "stopping"]
_STAGES: dict[Stage, tuple[str, str]] = {
    "waiting": ("waiting for another Mainstem process", "正在等待另一个 Mainstem 进程"),
    "creating": ("creating the database", "正在创建数据库"),
    "starting": ("starting the database", "正在启动数据库"),
    "recovering": ("recovering the database after an unclean end", "数据库上次未正常结束，正在恢复"),
    "stopping": ("stopping the database", "正在停止数据库"),
}


class Progress(msgspec.Struct, frozen=True):
    """What a start or a stop is busy with, and for how long; reported about once a second while it lasts."""

    stage: Stage
    seconds: float

    @property
    def en(self) -> str:
        """What is going on, in English."""
        return _STAGES[self.stage][0]

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return _STAGES[self.stage][1]


Report = Callable[[Progress], None]


class Cluster:
    """The folder `postgres` of a data directory, the account that owns it and the programs that serve it."""

    def __init__(self, data_dir: Path, account: programs.Account, bin_dir: Path, report: Report) -> None:
        self.data_dir = data_dir
        self.path = cluster_path(data_dir)
        self.account = account
        self.bin_dir = bin_dir
        self._report = report
        self._alive = data_dir / "postgres.alive"

    def create_if_absent(self) -> None:
        """Make the cluster, whole or not at all; refuse a folder that is something else."""
        if self.path.exists():
            self.check_made_here()
            return
        for left in self.data_dir.glob("postgres.part-*"):
            while self._end_processes(signal.SIGKILL, left):  # The initdb of a killed process goes on.
                time.sleep(0.02)
            shutil.rmtree(left)
        part = Path(tempfile.mkdtemp(prefix="postgres.part-", dir=self.data_dir))
        self._give(part)
        command = ["initdb", f"--username={USER}", "--encoding=UTF8", "--locale=C", "--auth-local=trust"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-host=reject"]
        code, output = self._run(command, "creating", cwd=part)
        if code:
            shutil.rmtree(part, ignore_errors=True)
            raise self._failure("created", "创建", output)
        (part / CONFIGURATION).touch()
        part.rename(self.path)

    def ensure_running(self, found: machine.Machine) -> int:
        """Adopt the live server or start one, and wait until it takes connections. Return its process id."""
        if (pid := self.postmaster()) and self._await_ready(pid, "starting"):
            return pid
        recovering = (self.path / "postmaster.pid").exists()
        alive = self._clear_remains()
        try:
            self._configure(found)
            command = [
                "pg_ctl",
                "start",
                "--wait",
                f"--timeout={START_SECONDS_MAX}",
                "--silent",
                "--log=start.log",
            ]
            code, output = self._run(command, "recovering" if recovering else "starting", inherit=[alive])
        finally:
            os.close(alive)
        pid = self.postmaster()
        if code and pid:
            raise self._still_starting()
        if pid is None or not self._await_ready(pid, "starting"):
            raise self._failure("started", "启动", output)
        return pid

    def prepare_database(self) -> None:
        """Create the database where absent; refuse a server whose commits would not be durable."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(self.url()) as connection:
            rows = connection.execute(
                "SELECT name FROM pg_settings WHERE setting <> 'on' AND name = ANY(%s)",
                [["fsync", "full_page_writes", "synchronous_commit"]],
            ).fetchall()
        if rows:
            names = ", ".join(row[0] for row in rows)
            raise EmbeddedError(
                f"The embedded database in {self.path} has been set to lose data on a crash "
                f"({names} is not on). "
                "Remove that from postgresql.auto.conf, or undo the ALTER ROLE or ALTER DATABASE behind it.",
                f"{self.path} 中的内嵌数据库被设置为崩溃时可能丢失数据（{names} 未开启）。"
                "请从 postgresql.auto.conf 中删除该设置，或撤销相应的 ALTER ROLE 或 ALTER DATABASE。",
            )

    def stop(self) -> None:
        """Shut the server down in order, if there is one: statements are cancelled, all is on disk."""
        if self.postmaster():
            command = ["pg_ctl", "stop", "--mode=fast", "--wait", f"--timeout={STOP_SECONDS_MAX}", "--silent"]
            code, output = self._run(command, "stopping")
            if code and self.postmaster():
                raise self._failure("stopped", "停止", output)
        if self._socket_dir() != self.path:
            with suppress(OSError):
                self._socket_dir().rmdir()

    def end(self) -> None:
        """Stop the server and whatever is left of it, also when its folder has been deleted."""
        if self.path.exists():
            self.stop()
        if self.data_dir.is_dir():
            os.close(self._clear_remains())
        else:
            self._end_processes(signal.SIGKILL)

    def postmaster(self) -> int | None:
        """The process id of the live server of this very folder; a stale or damaged pid file is nothing."""
        lines = self._pid_file()
        if lines and lines[0].strip().isdigit():
            pid = int(lines[0])
            return pid if any(process.pid == pid for process in self._processes([pid])) else None
        return None

    def url(self, database: str = DATABASE) -> str:
        """Where the live server listens, as its starter decided. The port is named, or PGPORT would count."""
        lines = self._pid_file()
        folder = lines[_PID_FILE_SOCKET_LINE] if len(lines) > _PID_FILE_SOCKET_LINE else str(self._socket_dir())
        return f"postgresql://{USER}@/{database}?host={quote(os.fsencode(folder), safe='')}&port=5432"

    def _pid_file(self) -> list[str]:
        try:
            return (self.path / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return []

    def _processes(self, pids: Sequence[int] | None = None, folder: Path | None = None) -> Iterator[psutil.Process]:
        """Server processes of this folder, told by their working directory: ids alone may be reused."""
        place = folder or self.path
        for pid in psutil.pids() if pids is None else pids:
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.name() in {"postgres", "initdb"} and process.cwd() in {
                    str(place),
                    f"{place} (deleted)",
                }:
                    yield process

    def _clear_remains(self) -> int:
        """End what a killed server left: its processes, socket and locks, which would block the next one.

        Return the lock on `postgres.alive`. The server and its children inherit it and so hold it exactly as
        long as one of them lives. If nobody visible from here has it, the server runs in another container.
        """
        alive = os.open(self._alive, os.O_RDWR | os.O_CREAT, 0o644)
        began = time.monotonic()
        while self._end_processes(
            signal.SIGQUIT if time.monotonic() - began < SURVIVOR_QUIT_SECONDS else signal.SIGKILL
        ) or not try_lock(alive, fcntl.LOCK_EX):
            if time.monotonic() - began > SURVIVOR_SECONDS_MAX:
                os.close(alive)
                raise self._unseen()
            time.sleep(0.05)
        sockets = [self._socket_dir() / name for name in (_SOCKET, f"{_SOCKET}.lock")]
        for stale in (self.path / "postmaster.pid", self.path / "start.log", *sockets):
            stale.unlink(missing_ok=True)
        return alive

    def _end_processes(self, how: signal.Signals, folder: Path | None = None) -> bool:
        """Signal every server process of the folder; whether there was one. None has anything to save."""
        found = False
        for process in self._processes(folder=folder):
            with suppress(psutil.Error):
                process.send_signal(how)
                found = True
        return found

    def _configure(self, found: machine.Machine) -> None:
        socket_dir = self._socket_dir()
        if socket_dir != self.path:
            socket_dir.mkdir(mode=0o700, exist_ok=True)
            self._give(socket_dir)
            status = socket_dir.lstat()
            if status.st_uid != self.account.uid or status.st_mode & 0o077 or socket_dir.is_symlink():
                raise PermissionError(1, "the socket folder belongs to somebody else", str(socket_dir))
        part = self.path / f"{CONFIGURATION}.part"
        part.write_text(machine.configuration(found, socket_dir), encoding="utf-8", errors="surrogateescape")
        self._give(part)
        part.replace(self.path / CONFIGURATION)
        main = self.path / "postgresql.conf"
        text = main.read_text(encoding="utf-8")
        if _INCLUDE not in text.splitlines():
            main.write_text(f"{text.rstrip()}\n{_INCLUDE}\n", encoding="utf-8")

    def _socket_dir(self) -> Path:
        """The cluster's folder, unless a socket address cannot hold its path (or a URL's host its comma)."""
        if len(os.fsencode(self.path / _SOCKET)) <= SOCKET_BYTES_MAX and "," not in str(self.path):
            return self.path
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        bases = ("/run",) if self.account.switch else (os.environ.get("XDG_RUNTIME_DIR", ""),)
        base = next((Path(base) for base in bases if base and Path(base).is_dir()), Path(tempfile.gettempdir()))
        return base / f"mainstem-{self.account.uid}-{digest}"

    def _await_ready(self, pid: int, stage: Stage) -> bool:
        """Wait until the server takes connections; False when it ends instead."""
        began = time.monotonic()
        reported = 0
        while any(self._processes([pid])):
            if pq.PGconn.ping(self.url("postgres").encode()) == pq.Ping.OK:
                return True
            seconds = time.monotonic() - began
            if seconds > START_SECONDS_MAX:
                raise self._still_starting()
            if seconds >= reported + 1:
                reported += 1
                self._report(Progress(stage, seconds))
            time.sleep(0.05)
        return False

    def _run(
        self, command: list[str], stage: Stage, *, cwd: Path | None = None, inherit: Sequence[int] = ()
    ) -> tuple[int, str]:
        """Run a program of the wheel to its end, reporting progress. Return exit code and output."""
        began = time.monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            arguments = [str(self.bin_dir / command[0]), *command[1:]]
            with programs.spawn(arguments, cwd or self.path, self.account, output, inherit) as process:
                while True:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(1)
                        break
                    self._report(Progress(stage, time.monotonic() - began))
            output.seek(0)
            return process.returncode, output.read()

    def _give(self, path: Path) -> None:
        if self.account.switch:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def check_made_here(self) -> None:
        """Refuse a folder that Mainstem did not make, or that another version of PostgreSQL must serve."""
        file = self.path / "PG_VERSION"
        if not file.is_file() or not (self.path / CONFIGURATION).is_file():
            raise EmbeddedError(
                f"The folder {self.path} is not a database that Mainstem made: it is left as it is. Move it "
                "away, or choose another folder with MAINSTEM_DATA_DIR.",
                f"目录 {self.path} 不是 Mainstem 创建的数据库，未作任何改动。"
                "请将其移走，或用 MAINSTEM_DATA_DIR 选择另一个目录。",
            )
        version = file.read_text(encoding="utf-8").strip()
        if version != str(programs.VERSION):
            raise EmbeddedError(
                f"The database in {self.path} was made by PostgreSQL {version}; this Mainstem brings "
                f"{programs.VERSION}. Start the Mainstem that made it and dump it with pg_dump, or "
                "run pg_upgrade.",
                f"{self.path} 中的数据库由 PostgreSQL {version} 创建，而此版本的 Mainstem 自带 "
                f"{programs.VERSION}。请用创建它的 Mainstem 启动并以 pg_dump 导出，或运行 pg_upgrade。",
            )

    def _failure(self, done: str, done_zh: str, output: str) -> EmbeddedError:
        logs = sorted((self.path / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
        for log in [self.path / "start.log", *logs[-1:]]:
            if log.is_file():
                output += f"\n{log}:\n" + log.read_text(encoding="utf-8", errors="replace")[-2000:]
        if "No space left on device" in output or "Disk quota exceeded" in output:
            return disk_full(self.data_dir)
        return EmbeddedError(
            f"The embedded database in {self.data_dir} could not be {done}. PostgreSQL says:\n{output.strip()}",
            f"无法{done_zh} {self.data_dir} 中的内嵌数据库。PostgreSQL 的输出：\n{output.strip()}",
        )

    def _still_starting(self) -> StillStartingError:
        return StillStartingError(
            f"The database in {self.path} is still recovering after {START_SECONDS_MAX} seconds. It goes "
            f"on in the background; run the command again later. Its log is in {self.path / 'log'}.",
            f"{self.path} 中的数据库在 {START_SECONDS_MAX} 秒后仍在恢复。恢复会在后台继续；请稍后重试。"
            f"日志位于 {self.path / 'log'}。",
        )

    def _unseen(self) -> EmbeddedError:
        return EmbeddedError(
            f"The database in {self.data_dir} is served by a process that cannot be seen from here, probably "
            "in another container. Run this command there, or end it first.",
            f"{self.data_dir} 中的数据库正由此处看不到的进程提供服务（可能在另一个容器中）。"
            "请在那里运行此命令，或先结束它。",
        )


def cluster_path(data_dir: Path) -> Path:
    """Where in a data directory the cluster lies."""
    return data_dir / "postgres"


def try_lock(fd: int, kind: int) -> bool:
    """Take the lock at once, or say that somebody else has it. Closing the descriptor gives it back."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
