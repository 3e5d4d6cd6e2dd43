"""What happened: the event log in commit order, the history of one thing, and the verification of the audit trail."""

import asyncio
from typing import Annotated

import msgspec

from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import BUSY, RefusedError, refuse
from mainstem.platform import audit, seal
from mainstem.platform.access.permissions import AUDIT_READ
from mainstem.platform.audit import EventView
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask


class EventPage(msgspec.Struct, frozen=True):
    """Events in commit order; `next` is where to go on, also when nothing is there yet."""

    items: list[EventView]
    next: str | None


class EventList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events are listed: those behind the cursor, of one subject when it is given."""

    subject: int | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class SealVerification(msgspec.Struct, frozen=True):
    """How many seals and events fit, up to which head; `fault` says what does not, None when all does."""

    intact: bool
    seals: int
    events: int
    head: str
    fault: str | None


async def history(exchange: Exchange, connection: Connection, subject: int) -> Answer:
    """Everything that happened to a subject, oldest first."""
    (found,) = await ask(connection, audit.history(subject))
    return exchange.found(page([entry.event for entry in found], audit.HISTORY_MAX, None))


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._verifying = asyncio.Lock()

    async def list(self, exchange: Exchange) -> Answer:
        """The events behind a cursor, in commit order: who reads on from there misses none."""
        asked = read_query(EventList, exchange.scope["query_string"])
        position = position_of(asked.cursor, tuple[XID, int]) or audit.BEGIN
        async with self._database.transaction() as connection:
            (found,) = await ask(connection, audit.following(position, asked.limit, asked.subject))
        last = found[-1].position if found else position
        # A cursor although the page is not full: more will be there later.
        return exchange.found(page([entry.event for entry in found], len(found), last))

    async def verify(self, exchange: Exchange) -> Answer:
        """Compute every seal anew; one verification at a time, as it reads the whole log."""
        if self._verifying.locked():
            raise RefusedError(refuse(BUSY))
        async with self._verifying, self._database.snapshot() as connection:
            report = await seal.verify(connection)
        fault = None if report.fault is None else getattr(report.fault, exchange.language)
        head = report.head.hash.hex()
        return exchange.found(SealVerification(report.fault is None, report.seals, report.events, head, fault))


XID = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}$")]


def routes(services: Services) -> list[Route]:
    """The routes of events and of the audit trail."""
    reads = _Reads(services)
    return [
        Route(
            method="GET",
            path="/v1/events",
            permission=AUDIT_READ,
            respond=reads.list,
            summary="Read events in commit order, on from a cursor.",
            query=EventList,
            result=EventPage,
        ),
        Route(
            method="GET",
            path="/v1/audit/verification",
            permission=AUDIT_READ,
            respond=reads.verify,
            summary="Verify that nothing in the audit trail was edited.",
            result=SealVerification,
        ),
    ]
