"""The embedded PostgreSQL with a real server: shared, adopted, killed and recovered, started twice at once."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from mainstem.platform import embedded
from mainstem.platform.embedded import EmbeddedError, EmbeddedPostgres, Progress, machine

SMALL = 512 << 20
HOLDER = """
import sys
from pathlib import Path
from mainstem.platform import embedded
server = embedded.start(Path(sys.argv[1]), memory_bytes=512 << 20)
print(server.pid, server.url, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    """A folder every OS user can pass to: pytest's own is closed to the one that runs the server for root."""
    with passable_dir() as folder:
        yield folder


@pytest.fixture(scope="module")
def created() -> Iterator[Path]:
    """A database made once and stopped in order."""
    with passable_dir() as folder:
        start(folder).stop()
        yield folder


@pytest.fixture
def data_dir(created: Path) -> Iterator[Path]:
    """A copy of it: faster than to make one."""
    with passable_dir() as folder:
        subprocess.run(["cp", "-a", created, folder], check=True)
        yield folder


@contextmanager
def passable_dir() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="mainstem-test-", dir="/var/tmp"))
    parent.chmod(0o755)
    yield parent / "data"
    kill_server(parent / "data")
    shutil.rmtree(parent)


def start(data_dir: Path, progress: Callable[[Progress], None] | None = None) -> EmbeddedPostgres:
    return embedded.start(data_dir, memory_bytes=SMALL, progress=progress)


def server_processes(data_dir: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd().startswith(f"{data_dir}{os.sep}"):
                found.append(process)
        except psutil.Error:
            continue
    return found


def alive(pid: int) -> bool:
    """Whether it runs: under a plain init, as in containers, an ended orphan stays listed as a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_server(data_dir: Path) -> None:
    """SIGKILL to the postmaster and all of its children, until none is left."""
    while processes := server_processes(data_dir):
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.02)


def hold_in_another_process(data_dir: Path) -> tuple["subprocess.Popen[str]", int, str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", HOLDER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    pid, url = process.stdout.readline().split()
    return process, int(pid), url


def end(process: "subprocess.Popen[str]", *, kill: bool = False) -> None:
    if kill:
        process.kill()
    with process:  # Closes its standard input, which is what it waits for, and waits for it.
        pass


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_starts_durable_sized_and_closed_and_stops(empty_dir: Path) -> None:
    with start(empty_dir) as server:
        assert alive(server.pid)
        for name, expected in {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "shared_buffers": "128MB",
            "listen_addresses": "",
            "TimeZone": "UTC",
            "jit": "off",
            "wal_compression": "off",
            "server_encoding": "UTF8",
            "max_connections": str(machine.CONNECTIONS_MAX),
        }.items():
            assert value(server.url, f"SHOW {name}") == expected, name
        assert value(server.url, "SELECT current_database()") == "mainstem"
        assert value(server.url, "SELECT datlocale FROM pg_database WHERE datname = 'mainstem'") == "C.UTF-8"
        assert (server.bin_dir / "pgbench").is_file()
        dump = subprocess.run([server.bin_dir / "pg_dump", server.url], capture_output=True, text=True, check=True)
        assert "PostgreSQL database dump complete" in dump.stdout
    assert server_processes(empty_dir) == []
    server.stop()
    with start(empty_dir):
        pass
    text = (empty_dir / "postgres" / "postgresql.conf").read_text()
    assert text.count("include = 'mainstem.conf'") == 1


def test_the_last_holder_stops_the_server(data_dir: Path) -> None:
    other, pid, url = hold_in_another_process(data_dir)
    with start(data_dir) as second:
        assert (second.pid, second.url) == (pid, url)
        third = start(data_dir)
    assert value(url, "SELECT 1") == 1, "a holder in the same process remains"
    third.stop()
    assert value(url, "SELECT 1") == 1, "a holder in another process remains"
    end(other)
    assert other.returncode == 0
    assert server_processes(data_dir) == []


def test_a_killed_holder_leaves_a_server_that_the_next_adopts_and_stops(data_dir: Path) -> None:
    other, pid, _ = hold_in_another_process(data_dir)
    end(other, kill=True)
    assert alive(pid)
    with start(data_dir) as server:
        assert server.pid == pid
    assert not alive(pid)
    assert server_processes(data_dir) == []


def test_a_killed_holder_does_not_keep_the_server_alive(data_dir: Path) -> None:
    other, pid, _ = hold_in_another_process(data_dir)
    with start(data_dir):
        end(other, kill=True)
    assert not alive(pid)


def test_acknowledged_rows_survive_the_kill_of_the_whole_server_under_load(data_dir: Path) -> None:
    first = start(data_dir)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE line (lane int, number int, PRIMARY KEY (lane, number))")
    acknowledged = [0, 0, 0, 0]

    def load(lane: int) -> None:
        try:
            with psycopg.connect(first.url, autocommit=True) as connection:
                while True:
                    connection.execute("INSERT INTO line VALUES (%s, %s)", [lane, acknowledged[lane] + 1])
                    acknowledged[lane] += 1
        except psycopg.OperationalError:
            return

    lanes = [threading.Thread(target=load, args=[lane]) for lane in range(4)]
    for thread in lanes:
        thread.start()
    while min(acknowledged) < 100:
        time.sleep(0.01)
    kill_server(data_dir)
    for thread in lanes:
        thread.join()
    assert (data_dir / "postgres" / "postmaster.pid").exists()
    with start(data_dir) as server:
        assert server.pid != first.pid
        for lane, count in enumerate(acknowledged):
            stored = value(server.url, f"SELECT count(*) FROM line WHERE lane = {lane}")
            assert stored in {count, count + 1}, "at most the one that was not acknowledged is there as well"
        first.stop()
        assert value(server.url, "SELECT 1") == 1, "the hold on the killed server counted, but is not the last"
    assert server_processes(data_dir) == []


def test_children_that_outlive_a_killed_postmaster_do_not_block_the_next(data_dir: Path) -> None:
    first = start(data_dir)
    stopped = [process for process in server_processes(data_dir) if process.pid != first.pid]
    for process in stopped:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that had come for a moment only
            process.suspend()  # So that they do not notice and end by themselves.
    os.kill(first.pid, signal.SIGKILL)
    with start(data_dir) as server:
        assert value(server.url, "SELECT 1") == 1
        assert not any(alive(process.pid) for process in stopped)
    first.stop()


@pytest.mark.parametrize("content", ["", "12", "{own}\n", "{whole}"])
def test_a_stale_or_damaged_pid_file_does_not_block_starting(data_dir: Path, content: str) -> None:
    user = (data_dir / "postgres").stat().st_uid if os.geteuid() == 0 else None
    bystander = subprocess.Popen(["sleep", "60"], user=user)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    whole = f"{bystander.pid}\n{data_dir}/postgres\n{int(time.time())}\n5432\n{data_dir}/postgres\n\n   1  2\nready\n"
    pid_file.write_text(content.format(own=bystander.pid, whole=whole))
    (data_dir / "postgres" / ".s.PGSQL.5432.lock").write_text(whole)
    try:
        with start(data_dir) as server:
            assert value(server.url, "SELECT 1") == 1
            assert bystander.poll() is None, "a process that merely got the same id is left alone"
    finally:
        bystander.kill()
        bystander.wait()


def test_two_processes_starting_at_once_share_one_server(empty_dir: Path) -> None:
    results: list[tuple[subprocess.Popen[str], int, str]] = []
    starters = [threading.Thread(target=lambda: results.append(hold_in_another_process(empty_dir))) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len({(pid, url) for _, pid, url in results}) == 1
    enders = [threading.Thread(target=end, args=[process]) for process, _, _ in results]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
    assert [process.returncode for process, _, _ in results] == [0, 0, 0]
    assert server_processes(empty_dir) == []


@pytest.mark.parametrize("name", ["d" * 120, "a b'c\"d$HOME`e`,f", "数据"])
def test_long_and_odd_paths(empty_dir: Path, name: str) -> None:
    folder = empty_dir / name
    with start(folder) as server:
        assert value(server.url, "SELECT 1") == 1
        assert value(server.url, "SHOW data_directory") == str(folder / "postgres")
        socket_dir = Path(str(value(server.url, "SHOW unix_socket_directories")).strip('"').replace('""', '"'))
        assert socket_dir.stat().st_mode & 0o077 == 0, "authentication is the folder: nobody else may enter"
    assert socket_dir == folder / "postgres" or not socket_dir.exists()


def test_settings_that_lose_data_are_refused_and_the_server_is_not_left_running(data_dir: Path) -> None:
    automatic = data_dir / "postgres" / "postgresql.auto.conf"
    automatic.write_text("fsync = off\n")
    with pytest.raises(EmbeddedError, match=r"lose data on a crash \(fsync is not on\)"):
        start(data_dir)
    assert server_processes(data_dir) == []
    automatic.write_text("max_connections = nonsense\n")
    with pytest.raises(EmbeddedError, match=r"could not be started.*\n(.*\n)*.*max_connections"):
        start(data_dir)


def test_another_version_and_a_foreign_folder_are_refused(data_dir: Path) -> None:
    version = data_dir / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 16"):
        start(data_dir)
    (data_dir / "postgres" / "mainstem.conf").unlink()
    for refused in (start, embedded.destroy):
        with pytest.raises(EmbeddedError, match="is not a database that Mainstem made"):
            refused(data_dir)
    assert version.exists()


def test_a_start_cut_short_leaves_nothing_half_made(empty_dir: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", HOLDER, str(empty_dir)], stdin=subprocess.DEVNULL)
    while not list(empty_dir.glob("postgres.part-*/PG_VERSION")):
        time.sleep(0.005)
    starter.kill()
    starter.wait()
    assert not (empty_dir / "postgres").exists()
    with start(empty_dir) as server:
        assert value(server.url, "SELECT 1") == 1
    assert list(empty_dir.glob("postgres.part-*")) == []


def test_destroy_removes_the_database_alone_and_never_under_a_holder(empty_dir: Path) -> None:
    assert not embedded.destroy(empty_dir)
    assert not empty_dir.exists()
    other, pid, _ = hold_in_another_process(empty_dir)
    (empty_dir / "lake").mkdir()
    with pytest.raises(EmbeddedError, match="in use"):
        embedded.destroy(empty_dir)
    end(other, kill=True)
    assert embedded.destroy(empty_dir), "a server without a holder is stopped first"
    assert not alive(pid)
    assert not (empty_dir / "postgres").exists()
    assert (empty_dir / "lake").is_dir()
    with start(empty_dir) as server:
        assert value(server.url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another OS user")
def test_a_folder_that_the_other_user_cannot_pass_is_refused_by_name(empty_dir: Path) -> None:
    closed = empty_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=f"The folder {closed} cannot be passed by the OS user"):
        start(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_place_of_the_folder_is_refused(empty_dir: Path) -> None:
    empty_dir.write_text("")
    with pytest.raises(EmbeddedError, match="Not a directory"):
        start(empty_dir)


SLOW_RECOVERY_SECONDS = 2.5


def test_a_recovery_that_takes_long_is_waited_for_and_reported(data_dir: Path) -> None:
    first = start(data_dir)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE line AS SELECT i, repeat('x', 200) FROM generate_series(1, 200000) i")
    kill_server(data_dir)
    first.stop()
    heard: list[Progress] = []

    def slow_down() -> None:
        while not (found := [one for one in server_processes(data_dir) if "startup" in "".join(one.cmdline())]):
            time.sleep(0.001)
        found[0].suspend()
        time.sleep(SLOW_RECOVERY_SECONDS)
        found[0].resume()

    slowing = threading.Thread(target=slow_down, daemon=True)
    slowing.start()
    with start(data_dir, heard.append) as server:
        assert value(server.url, "SELECT count(*) FROM line") == 200_000
    slowing.join()
    assert len(heard) >= int(SLOW_RECOVERY_SECONDS)
    assert {progress.stage for progress in heard} == {"recovering"}


def test_long_waits_are_reported(data_dir: Path) -> None:
    heard: list[Progress] = []
    lock = data_dir / "postgres.lock"
    holder = subprocess.Popen(["flock", str(lock), "sleep", "1.5"])
    while "sleep" not in {child.name() for child in psutil.Process(holder.pid).children()}:
        time.sleep(0.01)
    start(data_dir, heard.append).stop()
    holder.wait()
    assert [progress.stage for progress in heard] == ["waiting"]
    assert heard[0].en
    assert heard[0].zh
