"""A throw-away cluster of Debian's PostgreSQL 15, the oldest version that is supported."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mainstem.platform.embedded import programs

PROGRAMS = Path("/usr/lib/postgresql/15/bin")


def installed() -> bool:
    """Whether Debian's PostgreSQL 15 is on this machine."""
    return (PROGRAMS / "initdb").is_file()


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The URL of the `postgres` database of a new cluster in a folder that does not exist yet."""
    account = programs.account_for(folder)
    folder.mkdir()
    os.chown(folder, account.uid, account.gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(PROGRAMS / program), "-D", str(folder / "data"), *arguments],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
            user=account.uid if account.switch else None,
            group=account.gid if account.switch else None,
            extra_groups=[] if account.switch else None,
        )

    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
