"""What happened: the event log in commit order, the history of one thing, and the verification of the audit trail."""

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import BUSY, RefusedError, refuse
from mainstem.platform import seal
from mainstem.platform.access.permissions import AUDIT_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

HISTORY_MAX = 10_000
"""Events of one thing."""

_COLUMNS = "id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"

# Only what every later read will find before it: see platform.outbox on commit order.
_AFTER = f"""
select xid::text, {_COLUMNS} from platform.event
where (xid, id) > (%b::text::xid8, %b::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by xid, id limit %b::bigint
"""  # noqa: S608 - the columns are above
_AFTER_OF_SUBJECT = f"""
select xid::text, {_COLUMNS} from platform.event
where (xid, id) > (%b::text::xid8, %b::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
  and subject = %b::bigint
order by xid, id limit %b::bigint
"""  # noqa: S608 - the columns are above
_OF_SUBJECT = f"""
select xid::text, {_COLUMNS} from platform.event where subject = %b::bigint order by xid, id limit %b::bigint
"""  # noqa: S608 - the columns are above


class EventView(msgspec.Struct, frozen=True):
    """An event as it was committed; `actor` is the principal, 0 the system itself."""

    id: int
    type: str
    subject: int
    actor: int
    trace: str
    occurred_at: datetime
    recorded_at: datetime
    payload: msgspec.Raw


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
    (rows,) = await ask(connection, Query(_OF_SUBJECT, (subject, HISTORY_MAX), lambda found: found))
    return exchange.found(page([_event(row) for row in rows], HISTORY_MAX, None))


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._verifying = asyncio.Lock()

    async def list(self, exchange: Exchange) -> Answer:
        """The events behind a cursor, in commit order: who reads on from there misses none."""
        asked = read_query(EventList, exchange.scope["query_string"])
        xid, number = position_of(asked.cursor, tuple[XID, int]) or ("0", 0)
        query: Query[list[Row]] = (
            Query(_AFTER, (xid, number, asked.limit), lambda found: found)
            if asked.subject is None
            else Query(_AFTER_OF_SUBJECT, (xid, number, asked.subject, asked.limit), lambda found: found)
        )
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, query)
        position = (rows[-1][0], rows[-1][1]) if rows else (xid, number)
        # A cursor although the page is not full: more will be there later.
        return exchange.found(page([_event(row) for row in rows], len(rows), position))

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


def _event(row: Row) -> EventView:
    _, number, name, subject, actor, trace, occurred_at, recorded_at, payload = row
    return EventView(number, name, subject, actor, trace, occurred_at, recorded_at, msgspec.Raw(payload))


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
