"""Real PostgreSQL for tests: one server a session, one database for each test that wants one."""

import itertools
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from mainstem.platform import embedded
from mainstem.platform.execution import Executor
from mainstem.platform.migrations import migrate
from mainstem.platform.postgres import Database
from tests import debian_postgres
from tests.vaults import VAULT

# The same examples every time, so that a run says something of the change; `thorough` looks for new ones.
settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("thorough", parent=settings.get_profile("tests"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

_numbers = itertools.count(1)
_TEMPLATE = "mainstem_template"

IN_MEMORY_BYTES_MIN = 6 * 1024**3
"""Free memory for files with which databases of tests are kept there."""


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that starts a command in this process leaves no handler that writes to its closed output."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder that the database's own user can reach, unlike pytest's; in memory where there is plenty.

    A database of its own for each test is hundreds of files, which a disk takes half a second to make.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder in it
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= IN_MEMORY_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix="mainstem-test-", dir=memory if roomy else "/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", choices=("18", "15"), default="18", help="the embedded PostgreSQL 18, or Debian's 15"
    )


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest, scratch: Path) -> Iterator[str]:
    """The URL of the `postgres` database of the server that the session runs on."""
    if request.config.getoption("--postgres") == "15":
        yield request.getfixturevalue("postgres_15")
        return
    with embedded.start(scratch / "session", memory_bytes=2 * 1024**3) as server:
        yield _with_database(server.url, "postgres")


@pytest.fixture(scope="session")
def postgres_15(scratch: Path) -> Iterator[str]:
    """The URL of a PostgreSQL 15, the oldest that is supported."""
    if not debian_postgres.installed():
        pytest.skip("there is no PostgreSQL 15 on this machine: apt-get install postgresql-15")
    with debian_postgres.cluster(scratch / "fifteen") as url:
        yield url


def _with_database(url: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """A database with every migration applied, to be copied."""
    name = f"{_TEMPLATE}_{secrets.token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    migrate(_with_database(server_url, name))
    return name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
        yield _with_database(server_url, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url, pool_size=4, vault=VAULT) as opened:
        yield opened


@pytest.fixture
def executor(database: Database) -> Executor:
    return Executor(database, database.vault)
