"""Somebody who may see every page, and the addresses of all of them."""

import asyncio
from typing import NamedTuple

from bench.core.server import Server
from mainstem.api.services import assemble
from mainstem.console import Console, Desk
from mainstem.platform.access.people.sessions import Sessions
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from tests.browser.harness.addresses import GUEST, HTML, Address, addresses
from tests.browser.harness.people import Person, employ, sign_in
from tests.browser.harness.serving import Declared, declared

EACH = 4
"""Addresses of one page: the list, and the list as links on it filter it or go on with it."""

EVENTS = "text/event-stream"
LOOKING = ("administrator", "store_associate")


STARTS = ("/store/return?q=W000210",)
"""A search for something that is there, where the page behind it stands on no list."""


class Visited(NamedTuple):
    """Where, the sessions by role, what is shown, what is live, and the pages that nobody got to."""

    url: str
    port: int
    tokens: dict[str, str]
    shown: list[Address]
    live: list[Address]
    lost: list[str]


def opened(url: str, server: Server) -> Visited:
    """Sign in to a server on this database, and go wherever links lead."""
    return asyncio.run(_opened(url, server))


async def _opened(url: str, server: Server) -> Visited:
    async with Database(url, pool_size=2, application="mainstem bench") as database:
        people = await _people(Executor(database))
        pages = _pages(database)
    where = f"http://127.0.0.1:{server.port}"
    found, lost = await addresses(where, pages, list(people.values()), starts=STARTS, each=EACH)
    shown = [address for address in found if address.media == HTML]
    streams = [address for address in found if address.media == EVENTS]
    tokens = {GUEST.role: GUEST.token, **{role: person.token for role, person in people.items()}}
    return Visited(where, server.port, tokens, shown, streams, list(lost))


async def _people(executor: Executor) -> dict[str, Person]:
    """Who looks, by role; they are there from the second time on, and sign in again."""
    async with executor.database.transaction() as connection:
        cursor = await connection.execute(
            "select p.role, h.principal from platform.person as h join platform.principal as p on p.id = h.principal"
            " where h.login like '%@example.com'"
        )
        known: dict[str, int] = dict(await cursor.fetchall())
    if not known:
        employed = await employ(executor)
        return {role: employed[role] for role in LOOKING}
    return {role: Person(role, known[role], await sign_in(executor, known[role])) for role in LOOKING}


def _pages(database: Database) -> tuple[Declared, ...]:
    settings = load({})
    services = assemble(settings, database)
    desk = Desk(settings=settings, database=database, sessions=Sessions(database), batcher=services.batcher)
    return declared(Console(desk).handlers())
