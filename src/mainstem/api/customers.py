"""Customers: who somebody is, what is known of him, why, and what people say of who is who.

Personal data is masked. Who may see it in the clear asks for it with `clear=true`, and each time is recorded.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from mainstem.api.commands import answered, bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN
from mainstem.platform.access.permissions import (
    CUSTOMERS_MERGE,
    CUSTOMERS_READ,
    CUSTOMERS_UNMASK,
    CUSTOMERS_WRITE,
)
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask

ROOM = "/v1/customers"
ONE = f"{ROOM}/{{customer:int}}"

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=customers.TEXT_LENGTH_MAX)]


class ClearQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether personal data is wanted in the clear: that needs the permission `customers:unmask` and is recorded."""

    clear: bool = False


class PeopleQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is searched: all that is given must fit.

    `identifier` is a value of `type` (in `scope` where the type has one); without a type a telephone number or an
    e-mail address. `pinyin` is a whole name or its initials.
    """

    identifier: Text | None = None
    type: Text | None = None
    scope: str = ""
    phone_tail: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")] | None = None
    name: Text | None = None
    pinyin: Text | None = None
    reference: Text | None = None
    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class ReviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reviews in a state, in the order in which they were opened."""

    state: Literal["open", "joined", "kept_apart", "moot"] = "open"
    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list."""

    cursor: str | None = None
    limit: Limit = PAGE_DEFAULT


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def one(self, exchange: Exchange) -> Answer:
        """The customer that an id means today."""
        number = exchange.path_id("customer")
        clear = self._clear(exchange)
        async with self._database.snapshot() as connection:
            found = await customers.profile(connection, self._database.vault, number, clear=clear)
        if found is None:
            raise _missing("customer", number)
        if clear:
            await customers.note_unmasked(self._database, [found.id], exchange.principal, exchange.trace)
        return exchange.found(found)

    async def records(self, exchange: Exchange) -> Answer:
        """Of what records a customer is made, and why."""
        number = exchange.path_id("customer")
        clear = self._clear(exchange)
        async with self._database.snapshot() as connection:
            found = await customers.records_and_why(connection, self._database.vault, number, clear=clear)
        if found is None:
            raise _missing("customer", number)
        if clear:
            await customers.note_unmasked(self._database, [found.customer], exchange.principal, exchange.trace)
        return exchange.found(found)

    async def list(self, exchange: Exchange) -> Answer:
        """A page of customers."""
        asked = read_query(PeopleQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        wanted = customers.PeopleFilter(
            identifier=asked.identifier,
            type=asked.type,
            scope=asked.scope,
            phone_tail=asked.phone_tail,
            name=asked.name,
            pinyin=asked.pinyin,
            reference=asked.reference,
        )
        async with self._database.snapshot() as connection:
            rows = await customers.search(connection, self._database.vault, wanted, after[0], asked.limit)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def reviews(self, exchange: Exchange) -> Answer:
        """A page of reviews."""
        asked = read_query(ReviewQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, customers.reviews(asked.state, after[0], asked.limit))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def suspended(self, exchange: Exchange) -> Answer:
        """A page of suspended identifiers."""
        asked = read_query(PageQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int]) or (0,)
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, customers.suspended(after[0], asked.limit))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    @staticmethod
    def _clear(exchange: Exchange) -> bool:
        """Whether the caller wants personal data in the clear, and may."""
        clear = read_query(ClearQuery, exchange.scope["query_string"]).clear
        caller = exchange.caller
        if clear and (caller is None or CUSTOMERS_UNMASK.code not in caller.permissions):
            raise RefusedError(refuse(FORBIDDEN, permission=CUSTOMERS_UNMASK.code))
        return clear


def _missing(what: str, number: int) -> RefusedError:
    return RefusedError(refuse(NOT_FOUND, f"/{what}", what=what, id=number))


def _rehearsal(
    services: Services, path: str, operation: Operation[Any, customers.IdentityChanged], summary: str
) -> Route:
    """What would become of a correction, if it were made now."""
    reader: Reader[Any] = Reader(operation.command, ("customer",))

    async def respond(exchange: Exchange) -> Answer:
        body = await exchange.body(services.settings.body_bytes_max)
        command = reader.read(body, **exchange.path_values())
        call = operation.call(command, actor=exchange.principal, trace=exchange.trace)
        (outcome,) = await services.executor.rehearse(operation, [call])
        return answered(exchange, outcome, 200)

    return Route(
        method="POST",
        path=path,
        permission=CUSTOMERS_MERGE,
        respond=respond,
        summary=summary,
        body=reader.body_type,
        result=operation.result,
    )


def routes(services: Services) -> list[Route]:
    """The routes of identity."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> Sequence[Route]:
    merge = CUSTOMERS_MERGE
    return [
        command_route(
            services,
            f"{ROOM}/identify",
            customers.IDENTIFY,
            CUSTOMERS_WRITE,
            "Say what is known of a person, and learn who it is.",
        ),
        bulk_route(
            services,
            f"{ROOM}/identify/bulk",
            customers.IDENTIFY,
            CUSTOMERS_WRITE,
            "Say what is known of up to 1,000 people, each for itself.",
        ),
        command_route(
            services,
            f"{ONE}/merge",
            customers.MERGE_CUSTOMERS,
            merge,
            "Say that two customers are one person.",
            given=("customer",),
        ),
        _rehearsal(
            services,
            f"{ONE}/merge/rehearsal",
            customers.MERGE_CUSTOMERS,
            "Ask what would become of a merge; nothing changes.",
        ),
        command_route(
            services,
            f"{ONE}/split",
            customers.SPLIT_CUSTOMER,
            merge,
            "Say that some records of a customer are another person's.",
            given=("customer",),
        ),
        _rehearsal(
            services,
            f"{ONE}/split/rehearsal",
            customers.SPLIT_CUSTOMER,
            "Ask what would become of a split; nothing changes.",
        ),
        command_route(
            services,
            f"{ROOM}/reviews/{{review:int}}/answer",
            customers.ANSWER_REVIEW,
            merge,
            "Say of a pair under review whether it is one person.",
            given=("review",),
        ),
        command_route(
            services,
            f"{ROOM}/identifiers/{{identifier:int}}/suspension",
            customers.SUSPEND_IDENTIFIER,
            merge,
            "Say that an identifier is not one person's.",
            given=("identifier",),
            body_optional=True,
        ),
        command_route(
            services,
            f"{ROOM}/identifiers/{{identifier:int}}/lift",
            customers.LIFT_SUSPENSION,
            merge,
            "Say that a suspended identifier is one person's after all.",
            given=("identifier",),
            body_optional=True,
        ),
    ]


def _reading(reads: _Reads) -> Sequence[Route]:
    read = CUSTOMERS_READ
    return [
        Route(
            method="GET",
            path=ROOM,
            permission=read,
            respond=reads.list,
            summary="Search customers; personal data is masked.",
            query=PeopleQuery,
            result=page_of(customers.CustomerRow),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/reviews",
            permission=read,
            respond=reads.reviews,
            summary="List pairs of records that somebody should look at, or did.",
            query=ReviewQuery,
            result=page_of(customers.ReviewView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/identifiers/suspended",
            permission=read,
            respond=reads.suspended,
            summary="List identifiers that join nobody.",
            query=PageQuery,
            result=page_of(customers.SuspendedIdentifier),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=read,
            respond=reads.one,
            summary="Read the customer that an id means today; any id that was ever handed out.",
            query=ClearQuery,
            result=customers.CustomerView,
        ),
        Route(
            method="GET",
            path=f"{ONE}/records",
            permission=read,
            respond=reads.records,
            summary="Read of what records a customer is made, and why they are together.",
            query=ClearQuery,
            result=customers.CustomerRecords,
        ),
    ]
