"""Several programs start at once on an empty database: one migrates it, the others find it done."""

import secrets
import subprocess
import sys

import psycopg
import pytest

from mainstem.platform.migrations import history, pending

pytestmark = pytest.mark.races

STARTERS = 4
START = "import sys; from mainstem.platform.migrations import migrate; print(*migrate(sys.argv[1]))"


def test_one_starter_migrates_and_the_others_wait(server_url: str) -> None:
    name = f"starters_{secrets.token_hex(4)}"
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        starters = [
            subprocess.Popen([sys.executable, "-c", START, url], stdout=subprocess.PIPE, text=True)
            for _ in range(STARTERS)
        ]
        answers = [starter.communicate(timeout=60)[0].split() for starter in starters]

        assert [starter.returncode for starter in starters] == [0] * STARTERS
        assert sorted(answers) == [[]] * (STARTERS - 1) + [[migration.revision for migration in history.shipped()]]
        assert pending(url) == []
        connection.execute(f"drop database {name} with (force)")
