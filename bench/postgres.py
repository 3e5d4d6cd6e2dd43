"""A PostgreSQL of a benchmark's own, and databases in it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from mainstem.platform import embedded
from mainstem.platform.embedded import EmbeddedPostgres
from mainstem.platform.migrations import migrate


@contextmanager
def scratch_server() -> Iterator[EmbeddedPostgres]:
    """The embedded server in a folder that goes with the block."""
    folder = Path(tempfile.mkdtemp(prefix="mainstem-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with embedded.start(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: EmbeddedPostgres, name: str) -> str:
    """The URL of a new database with every migration applied."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    parts = urlsplit(server.url)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    migrate(url)
    return url
