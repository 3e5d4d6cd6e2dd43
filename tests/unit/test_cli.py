"""The command line: what it prints where, how it ends, and how quickly it answers."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from mainstem.entrypoints.cli import COMMANDS, main
from mainstem.entrypoints.exits import Exit
from mainstem.platform.migrations.runner import LOCK_KEY

MAINSTEM = Path(sys.executable).with_name("mainstem")
HEAVY = {"psycopg", "litestar", "uvicorn", "sqlalchemy", "rich", "msgspec", "structlog", "babel", "duckdb"}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - whatever the command prints
        return json.loads(self.out)


class Terminal:
    """Runs command lines in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self.patch.setattr(sys, "argv", ["mainstem", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, said.out, said.err)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    for name in [name for name in os.environ if name.startswith(("MAINSTEM_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MAINSTEM_DATA_DIR", str(tmp_path))
    return Terminal(monkeypatch, capsys)


def _as_url(conninfo: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    host = quote(str(parts["host"]), safe="")
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={host}&port={parts.get('port', 5432)}"


@pytest.fixture
def connected(terminal: Terminal, database_url: str) -> Terminal:
    """A terminal whose settings name a fresh database."""
    terminal.patch.setenv("MAINSTEM_DATABASE_URL", _as_url(database_url))
    return terminal


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; sys.argv = ['mainstem', '--help']; from mainstem.entrypoints.cli import main\n"
    script += "try: main()\nexcept SystemExit: print('\\n', *sorted(sys.modules))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    *shown, modules = output.splitlines()
    assert HEAVY.isdisjoint(modules.split())
    assert {name for name in COMMANDS if any(line.startswith(f"  {name} ") for line in shown)} == COMMANDS.keys()


def test_help_answers_hardly_later_than_its_parser_can_be_imported() -> None:
    def best(*command: str | Path) -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times.append(time.perf_counter() - began)
        return min(times)

    assert best(MAINSTEM, "--help") < best(sys.executable, "-c", "import click") + 0.05


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "demo"])
def test_every_command_explains_itself(terminal: Terminal, command: str) -> None:
    ran = terminal(command, "--help")
    assert (ran.code, ran.err) == (Exit.OK, "")
    assert f"Usage: mainstem {command}" in ran.out


def test_version(terminal: Terminal) -> None:
    ran = terminal("--version")
    assert ran.code == Exit.OK
    assert ran.out.startswith("mainstem 0.")


@pytest.mark.parametrize(
    "arguments", [(), ("sell",), ("doctor", "--jsn"), ("import", "people", "x.csv"), ("serve", "--port", "99999")]
)
def test_an_unreadable_command_line_is_a_usage_error(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    ran = terminal(*arguments)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert "Usage:" in ran.err


def test_a_refused_setting_is_one_line_that_says_what_to_do(terminal: Terminal) -> None:
    terminal.patch.setenv("MAINSTEM_PORT", "eighty")
    ran = terminal("config")
    assert (ran.code, ran.out) == (Exit.SETTINGS, "")
    assert ran.err.startswith("mainstem: environment variable MAINSTEM_PORT: 'eighty' is not")
    assert ran.err.count("\n") == 1


def test_errors_are_said_in_the_language_of_the_person(terminal: Terminal) -> None:
    terminal.patch.setenv("MAINSTEM_PORT", "eighty")
    terminal.patch.setenv("LANG", "zh_CN.UTF-8")
    assert "环境变量 MAINSTEM_PORT" in terminal("config").err
    terminal.patch.setenv("LC_ALL", "en_GB.UTF-8")
    assert "environment variable MAINSTEM_PORT" in terminal("config").err


def test_a_traceback_comes_with_debug_only(terminal: Terminal) -> None:
    terminal.patch.setenv("MAINSTEM_PORT", "eighty")
    assert "Traceback" not in terminal("config").err
    terminal.patch.setenv("MAINSTEM_LOG_LEVEL", "debug")
    assert "Traceback" in terminal("config").err


@pytest.mark.parametrize("command", [("migrate",), ("doctor",), ("export", "nodes", "nodes.csv"), ("key", "list")])
def test_an_unreachable_database_is_one_line(terminal: Terminal, tmp_path: Path, command: tuple[str, ...]) -> None:
    terminal.patch.setenv("MAINSTEM_DATABASE_URL", f"postgresql://me:tulip9@/shop?host={quote(str(tmp_path), safe='')}")
    ran = terminal(*command)
    assert (ran.code, ran.out) == (Exit.DATABASE, "")
    assert ran.err.startswith("mainstem: The database cannot be reached:")
    assert ran.err.count("\n") == 1
    assert "tulip9" not in ran.err


def test_config_shows_every_setting_where_it_came_from_and_no_password(terminal: Terminal, tmp_path: Path) -> None:
    terminal.patch.setenv("MAINSTEM_DATABASE_URL", "postgresql://me:tulip9@db/shop")
    (tmp_path / "mainstem.toml").write_text("port = 8111\n")
    ran = terminal("config", "--json")
    assert (ran.code, ran.err) == (Exit.OK, "")
    rows = {row["name"]: row for row in ran.json()}
    assert rows["database_url"]["value"] == "postgresql://me:***@db/shop"
    assert (rows["port"]["value"], rows["port"]["origin"]) == (8111, "file")
    assert (rows["host"]["value"], rows["host"]["origin"]) == ("127.0.0.1", "default")
    for_a_person = terminal("config").out
    assert "tulip9" not in for_a_person
    assert f"8111  [file {tmp_path}/mainstem.toml]" in for_a_person


def test_migrate_says_what_it_applied_and_nothing_the_second_time(terminal: Terminal, server_url: str) -> None:
    name = f"test_cli_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"create database {name}")
        try:
            url = _as_url(psycopg.conninfo.make_conninfo(server_url, dbname=name))
            terminal.patch.setenv("MAINSTEM_DATABASE_URL", url)
            refused = terminal("doctor")
            assert (refused.code, refused.out) == (Exit.DATABASE, "")
            assert "Run `mainstem migrate` first" in refused.err
            applied = terminal("migrate", "--json").json()["applied"]
            assert applied[0] == "0001_platform"
            assert terminal("migrate", "--json").json() == {"applied": []}
            assert "Nothing to do" in terminal("migrate").out
        finally:
            server.execute(f"drop database {name} with (force)")


def test_doctor_reports_a_healthy_and_a_damaged_database(connected: Terminal, database_url: str) -> None:
    healthy = connected("doctor", "--json")
    assert (healthy.code, healthy.err, healthy.json()["healthy"]) == (Exit.OK, "", True)
    assert "checks hold" in connected("doctor").out
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into ledger.balance (asset, place, posted, held, floor) values (1, 2, 3, 0, 0)")
    damaged = connected("doctor", "--json")
    assert damaged.code == Exit.FOUND
    assert {check["name"] for check in damaged.json()["checks"] if check["violations"]} == {
        "ledger.conservation",
        "ledger.replay",
        "ledger.orphans",
    }
    told = connected("doctor")
    assert told.code == Exit.FOUND
    assert "asset 1 at place 2: the balance says 3, its movements say 0; off by +3" in told.out
    connected.patch.setenv("LANG", "zh_CN.UTF-8")
    assert "资产 1 在位置 2：余额为 3" in connected("doctor").out


def test_what_is_imported_can_be_exported_again(connected: Terminal, tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.csv"
    nodes.write_text("code,name,kind,time_zone\nN1,First,store,Asia/Shanghai\nN2,Second,castle,Asia/Shanghai\n")
    dry = connected("import", "nodes", nodes, "--dry-run", "--json")
    assert (dry.code, dry.json()["dry_run"], dry.json()["accepted"]) == (Exit.FOUND, True, 1)
    rejects = tmp_path / "rejects.csv"
    ran = connected("import", "nodes", nodes, "--rejects", rejects)
    assert ran.code == Exit.FOUND
    assert ran.out.startswith(f"{nodes}: 2 rows, 1 accepted, 1 refused")
    assert f"{nodes}:3, kind: castle is not known here" in ran.err
    assert rejects.exists()
    out = tmp_path / "out.csv"
    exported = connected("export", "nodes", out, "--json")
    assert (exported.code, exported.json()["rows"]) == (Exit.OK, 1)
    with out.open(newline="") as file:
        assert [(row["code"], row["name"]) for row in csv.DictReader(file)] == [("N1", "First")]
    assert connected("import", "nodes", out, "--json").code == Exit.OK


def test_a_file_that_cannot_be_read_is_one_line(connected: Terminal, tmp_path: Path) -> None:
    empty = tmp_path / "nodes.csv"
    empty.touch()
    ran = connected("import", "nodes", empty)
    assert (ran.code, ran.out) == (Exit.FOUND, "")
    assert ran.err == "mainstem: The file is empty. Send a file with a header line.\n"
    connected.patch.setenv("LANG", "zh_CN.UTF-8")
    assert "文件" in connected("import", "nodes", empty).err


def test_keys_are_issued_listed_and_revoked(connected: Terminal) -> None:
    first = connected("key", "issue")
    assert (first.code, first.out[:3], "\n" in first.out.strip()) == (Exit.OK, "ms_", False)
    again = connected("key", "issue", "--json").json()["secret"]
    assert again != first.out.strip()
    assert connected("key", "issue", "reports").code == Exit.FOUND
    assert connected("key", "issue", "--role", "analyst").code == Exit.USAGE
    assert connected("key", "issue", "reports", "--role", "analyst", "--days", "30").code == Exit.OK
    assert connected("key", "issue", "reports").code == Exit.OK
    listed = connected("key", "list", "--json").json()
    assert [row["principal"]["role"] for row in listed] == ["administrator"] * 2 + ["analyst"] * 2
    assert listed[2]["key"]["expires_at"] is not None
    assert again not in json.dumps(listed)
    number = str(listed[0]["key"]["key"])
    assert connected("key", "revoke", number).code == Exit.OK
    assert "revoked" in connected("key", "list").out.splitlines()[0]
    unknown = connected("key", "revoke", "1")
    assert (unknown.code, unknown.out) == (Exit.FOUND, "")


def test_a_port_in_use_is_told_before_anything_is_started(terminal: Terminal, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = terminal("serve", "--port", str(port))
    assert (ran.code, ran.out) == (Exit.SETTINGS, "")
    assert f"Port {port} of 127.0.0.1 is in use" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_more_connections_than_the_embedded_database_has_are_refused(terminal: Terminal) -> None:
    ran = terminal("serve", "--port", "0", "--workers", "20")
    assert ran.code == Exit.SETTINGS
    assert "MAINSTEM_POOL_SIZE" in ran.err


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("connected")
def test_an_interrupted_command_ends_with_130_and_no_traceback(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK_KEY,))
        with subprocess.Popen(
            [MAINSTEM, "migrate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as waiting:
            assert waiting.stderr is not None
            assert waiting.stderr.readline() == "waiting for another Mainstem to migrate\n"
            waiting.send_signal(signal.SIGINT)
            out, err = waiting.communicate(timeout=20)
    assert (waiting.returncode, out) == (Exit.INTERRUPTED, "")
    assert err.splitlines()[-1] == "mainstem: Interrupted."
    assert "Traceback" not in err


def test_a_reader_that_has_left_is_no_error() -> None:
    with subprocess.Popen([MAINSTEM, "config"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
        assert shown.stdout is not None
        shown.stdout.close()
        assert shown.stderr is not None
        assert shown.stderr.read() == ""
    assert shown.returncode == Exit.OK
