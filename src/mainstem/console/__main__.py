"""Prints every page of the console with who may see or do it, without a database: `python -m mainstem.console`."""

import sys

from mainstem.console import Console, Desk
from mainstem.platform.access.people.sessions import Sessions
from mainstem.platform.batching import Batcher
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load


def pages_text() -> str:
    """Every page with its method and permission, one a line."""
    database = Database("postgresql://nowhere/")
    desk = Desk(settings=load({}), database=database, sessions=Sessions(database), batcher=_none)
    table = sorted((page.path, page.method, page.permission_code) for page in Console(desk).pages)
    first = max(len(path) for path, _, _ in table)
    return "".join(f"{method:6}  {path:{first}}  {permission}\n" for path, method, permission in table)


def _none(_: object) -> Batcher:
    raise AssertionError("nothing is run here")


if __name__ == "__main__":
    sys.stdout.write(pages_text())
