"""The quarantine: what could not be read or placed is seen, corrected and resubmitted, or set aside; data quality."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from mainstem.api.commands import answered
from mainstem.api.exchange import JSON, Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.problems import Problem, problem
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import OPERATIONS, Services
from mainstem.domains import catalog, inventory, orders
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform import quarantine
from mainstem.platform.access.permissions import QUARANTINE_READ, QUARANTINE_WRITE, REPORTS_READ
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work

PLACEHOLDERS_MAX = 10_000
"""Placeholder products are counted up to this."""

_OPERATIONS = {operation.name: operation for operation in OPERATIONS}

_encode = msgspec.json.Encoder().encode


class Held(msgspec.Struct, frozen=True):
    """What is to be held back: the bytes as they came, and why."""

    payload: bytes
    refusal: Any


class QuarantineList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the entries that wait, oldest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class QuarantineEntry(msgspec.Struct, frozen=True):
    """What arrived, as text or, where it is not UTF-8, in Base64: for which operation, from where, what was wrong."""

    id: int
    operation: str
    source: str
    payload: str
    payload_base64: str
    problem: Problem
    state: str
    arrived_at: datetime
    settled_at: datetime | None
    settled_by: int | None


class Resubmit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The corrected command; without it what arrived is tried again as it is."""

    payload: dict[str, Any] | None = None


class Settled(msgspec.Struct, frozen=True):
    """An entry that is settled."""

    id: int
    state: str


class DataQuality(msgspec.Struct, frozen=True):
    """What is to be looked at: findings on recorded facts by code, and how much there is of the rest."""

    findings: dict[str, int]
    quarantine_waiting: int
    discrepancies_open: int
    placeholder_products: int


async def hold_back(
    services: Services, exchange: Exchange, operation: Operation[Any, Any], held: Sequence[Held]
) -> list[int]:
    """Keep what could not be applied; the id of each entry, in order."""
    if not held:
        return []
    source = f"api/{exchange.principal}"

    async def act(work: Work) -> list[int]:
        await work.reserve_ids(len(held))
        arrivals = [
            quarantine.Arrival(work.ids.take(), operation.name, source, one.payload, one.refusal) for one in held
        ]
        return await quarantine.hold_back(work.connection, arrivals)

    return await services.executor.transact("quarantine.hold_back", act)


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database
        self._resubmit: Reader[Resubmit] = Reader(Resubmit)

    async def list(self, exchange: Exchange) -> Answer:
        """The entries that wait."""
        asked = read_query(QuarantineList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.transaction() as connection:
            (entries,) = await ask(connection, quarantine.waiting(after[0], asked.limit))
        rows = [_view(exchange, entry) for entry in entries]
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def one(self, exchange: Exchange) -> Answer:
        """One entry."""
        return exchange.found(_view(exchange, await self._entry(exchange)))

    async def resubmit(self, exchange: Exchange) -> Answer:
        """Run the command again, corrected or as it arrived; once it is accepted the entry is settled."""
        body = await exchange.body(self._services.settings.body_bytes_max)
        corrected = self._resubmit.read(body).payload if body else None
        entry = await self._entry(exchange)
        if entry.state != "waiting":
            raise RefusedError(refuse(quarantine.QUARANTINE_SETTLED, id=entry.id, state=entry.state))
        operation = _OPERATIONS.get(entry.operation)
        if operation is None:
            raise RefusedError(refuse(NOT_FOUND, what="operation", id=entry.operation))
        reader: Reader[Any] = Reader(operation.command)
        command = reader.read(entry.payload if corrected is None else _encode(corrected))
        # The key includes what is sent, so that a refused attempt can be followed by a corrected one.
        key = f"quarantine\x1f{entry.id}\x1f{_encode(command).hex()}"
        call = operation.call(command, key, actor=exchange.principal, trace=exchange.trace)
        outcome = await self._services.batcher(operation).submit(call)
        if outcome.accepted:
            await self._settle(exchange, entry.id, "resubmitted")
        return answered(exchange, outcome, 200)

    async def set_aside(self, exchange: Exchange) -> Answer:
        """Settle the entry without applying it."""
        number: int = exchange.path_id("entry")
        await self._settle(exchange, number, "set_aside")
        return Answer(200, _encode(Settled(number, "set_aside")), JSON)

    async def quality(self, exchange: Exchange) -> Answer:
        """The counts of what somebody should look at."""
        async with self._database.snapshot() as connection:
            findings, waiting, open_ones, placeholders = await ask(
                connection,
                orders.queries.count_findings(),
                quarantine.count_waiting(),
                inventory.count_discrepancies(),
                catalog.list_products(catalog.ProductFilter(placeholder=True), PLACEHOLDERS_MAX),
            )
        return exchange.found(DataQuality(findings, waiting, open_ones, len(placeholders)))

    async def _entry(self, exchange: Exchange) -> quarantine.Entry:
        number: int = exchange.path_id("entry")
        async with self._database.transaction() as connection:
            (entry,) = await ask(connection, quarantine.entry(number))
        if entry is None:
            raise RefusedError(refuse(NOT_FOUND, what="quarantine entry", id=number))
        return entry

    async def _settle(self, exchange: Exchange, number: int, state: Literal["resubmitted", "set_aside"]) -> None:
        async with self._database.transaction() as connection:
            refusal = await quarantine.settle(connection, number, state, exchange.principal)
        if refusal is not None:
            raise RefusedError(refusal)


def _view(exchange: Exchange, entry: quarantine.Entry) -> QuarantineEntry:
    try:
        text, base64 = entry.payload.decode(), ""
    except UnicodeDecodeError:
        text, base64 = "", b64encode(entry.payload).decode()
    return QuarantineEntry(
        id=entry.id,
        operation=entry.operation,
        source=entry.source,
        payload=text,
        payload_base64=base64,
        problem=problem(entry.refusal, exchange.language),
        state=entry.state,
        arrived_at=entry.arrived_at,
        settled_at=entry.settled_at,
        settled_by=entry.settled_by,
    )


def routes(services: Services) -> list[Route]:
    """The routes of the quarantine."""
    room = _Room(services)
    one = "/v1/quarantine/{entry:int}"
    return [
        Route(
            method="GET",
            path="/v1/quarantine",
            permission=QUARANTINE_READ,
            respond=room.list,
            summary="List what waits to be corrected, oldest first.",
            query=QuarantineList,
            result=page_of(QuarantineEntry),
        ),
        Route(
            method="GET",
            path=one,
            permission=QUARANTINE_READ,
            respond=room.one,
            summary="Read an entry of the quarantine.",
            result=QuarantineEntry,
        ),
        Route(
            method="POST",
            path=f"{one}/resubmission",
            permission=QUARANTINE_WRITE,
            respond=room.resubmit,
            summary="Apply an entry again, corrected or as it arrived.",
            body=Resubmit,
            body_optional=True,
            result=dict[str, Any],
        ),
        Route(
            method="POST",
            path=f"{one}/set-aside",
            permission=QUARANTINE_WRITE,
            respond=room.set_aside,
            summary="Settle an entry without applying it.",
            result=Settled,
        ),
        Route(
            method="GET",
            path="/v1/data-quality",
            permission=REPORTS_READ,
            respond=room.quality,
            summary="Count what somebody should look at.",
            result=DataQuality,
        ),
    ]
