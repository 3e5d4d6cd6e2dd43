"""Rights of customers over their data: requests, erasure, copies, links to their own page; and private releases."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from mainstem.analytics.private_release import RELEASE_PRIVATELY
from mainstem.api.commands import answered, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CONSENT_WRITE, DATA_EXPORT, PRIVACY_HANDLE
from mainstem.platform.query import ask
from mainstem.processes.copy_customer import PersonalCopy, copy_customer
from mainstem.processes.erase_customer import ERASE_CUSTOMER

rights = customers.rights

_encode = msgspec.json.Encoder().encode
_decode_made = msgspec.json.Decoder(rights.links.PrivacyLinkMade).decode


class RequestList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of open requests, the most urgent first; `due_before` narrows it, `overdue` to those whose time is up."""

    overdue: bool = False
    due_before: datetime | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class CustomerRequests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the requests of a customer, the latest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class RequestDetail(msgspec.Struct, frozen=True):
    """A request with its receipts; `wish` is what the person said, "" when nothing, or when he was erased."""

    request: rights.RequestView
    wish: str
    receipts: tuple[rights.Receipt, ...]


class PrivacyLink(msgspec.Struct, frozen=True):
    """A link for a customer. `path` and `code` go to him by two ways; a repeated request is answered without them."""

    link: int
    expires_at: datetime
    path: str | None
    code: str | None


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database

    async def open_requests(self, exchange: Exchange) -> Answer:
        """A page of open requests."""
        asked = read_query(RequestList, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[datetime, int])
        now = datetime.now(UTC)
        due_before = now if asked.overdue else asked.due_before
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, rights.open_requests(now, asked.limit, after, due_before))
        return exchange.found(page(rows, asked.limit, (rows[-1].due_at, rows[-1].id) if rows else None))

    async def of_customer(self, exchange: Exchange) -> Answer:
        """A page of a customer's requests."""
        asked = read_query(CustomerRequests, exchange.scope["query_string"])
        before = position_of(asked.cursor, tuple[int]) or (2**63 - 1,)
        query = rights.requests_of(exchange.path_id("customer"), datetime.now(UTC), asked.limit, before[0])
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, query)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def request(self, exchange: Exchange) -> Answer:
        """One request, with what the person said."""
        number = exchange.path_id("number")
        async with self._database.transaction() as connection:
            now = datetime.now(UTC)
            found, sealed, receipts = await ask(
                connection, rights.request(number, now), rights.sealed_wish(number), rights.receipts(number)
            )
            if found is None:
                raise _missing("request", number)
            wish = ""
            if sealed is not None:
                wish = self._database.vault.unwrap(sealed[1]).open(sealed[0], rights.WISH).decode()
                await rights.disclose(connection, [found.record], "legal", exchange.principal, "request", now)
        return exchange.found(RequestDetail(found, wish, tuple(receipts)))

    async def package(self, exchange: Exchange) -> Answer:
        """The copy that a request asks for."""
        number = exchange.path_id("number")
        now = datetime.now(UTC)
        async with self._database.transaction() as connection:
            (found,) = await ask(connection, rights.request(number, now))
            if found is None or found.kind not in rights.COPIED_KINDS:
                raise _missing("request", number)
            if found.state not in rights.COPIED_STATES:
                refusal = refuse(rights.REQUEST_STEP_IMPOSSIBLE, "/number", state=found.state, to="done")
                raise RefusedError(refusal)
            copy = await copy_customer(
                connection, self._database.vault, found.record, exchange.principal, "package", now
            )
            if copy is None:
                raise _missing("customer", found.record)
        return exchange.found(copy)

    async def disclosures(self, exchange: Exchange) -> Answer:
        """Who saw what of a customer lately."""
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, rights.disclosures_of(exchange.path_id("customer"), PAGE_MAX))
        return exchange.found({"items": rows})

    async def budgets(self, exchange: Exchange) -> Answer:
        """What is left of the privacy budgets."""
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, rights.budgets.left())
        return exchange.found({"items": rows})

    async def link(self, exchange: Exchange) -> Answer:
        """Make a link; the answer to this request, and no other, carries the path and the code."""
        key = exchange.required_key()
        await exchange.body(self._services.settings.body_bytes_max)
        customer = exchange.path_id("customer")
        fresh = rights.new_link(customer, key, actor=exchange.principal, trace=exchange.trace)
        outcome = await self._services.batcher(rights.MAKE_PRIVACY_LINK).submit(fresh.call)
        answer = answered(exchange, outcome, 201)
        if not outcome.accepted:
            return answer
        made, mine = _decode_made(outcome.body), fresh.made(outcome)
        told = PrivacyLink(made.link, made.expires_at, fresh.path if mine else None, fresh.code if mine else None)
        return Answer(answer.status, _encode(told), *answer.headers, (b"cache-control", b"no-store"))


def _missing(what: str, number: int) -> RefusedError:
    return RefusedError(refuse(NOT_FOUND, "/number", what=what, id=number))


def routes(services: Services) -> list[Route]:
    """The routes of rights."""
    room = _Room(services)
    return [*_writes(services), *_reads(room), *_releases(services, room)]


def _writes(services: Services) -> list[Route]:
    one = "/v1/privacy/requests/{number:int}"
    of_customer = "/v1/customers/{customer:int}"
    return [
        command_route(
            services,
            f"{of_customer}/requests",
            rights.OPEN_REQUEST,
            PRIVACY_HANDLE,
            "Open a request of a customer about his data.",
            given=("customer",),
            status=201,
        ),
        command_route(
            services,
            f"{one}/step",
            rights.ADVANCE_REQUEST,
            PRIVACY_HANDLE,
            "Take a request a step further.",
            given=("number",),
        ),
        command_route(
            services,
            f"{one}/erasure",
            ERASE_CUSTOMER,
            PRIVACY_HANDLE,
            "Carry out a request for erasure, for good.",
            given=("number",),
            body_optional=True,
        ),
        command_route(
            services,
            f"{of_customer}/restriction/lift",
            rights.LIFT_RESTRICTION,
            PRIVACY_HANDLE,
            "Let the data of a customer be used again.",
            given=("customer",),
            body_optional=True,
        ),
    ]


def _reads(room: _Room) -> list[Route]:
    one = "/v1/privacy/requests/{number:int}"
    of_customer = "/v1/customers/{customer:int}"
    return [
        Route(
            method="GET",
            path="/v1/privacy/requests",
            permission=PRIVACY_HANDLE,
            respond=room.open_requests,
            summary="List open requests, the most urgent first.",
            query=RequestList,
            result=page_of(rights.RequestView),
        ),
        Route(
            method="GET",
            path=one,
            permission=PRIVACY_HANDLE,
            respond=room.request,
            summary="Read a request with its receipts.",
            result=RequestDetail,
        ),
        Route(
            method="GET",
            path=f"{one}/package",
            permission=PRIVACY_HANDLE,
            respond=room.package,
            summary="Copy everything that is held of the person who asks, machine-readable.",
            result=PersonalCopy,
        ),
        Route(
            method="GET",
            path=f"{of_customer}/requests",
            permission=PRIVACY_HANDLE,
            respond=room.of_customer,
            summary="List the requests of a customer, the latest first.",
            query=CustomerRequests,
            result=page_of(rights.RequestView),
        ),
        Route(
            method="GET",
            path=f"{of_customer}/disclosures",
            permission=PRIVACY_HANDLE,
            respond=room.disclosures,
            summary="List who saw what of a customer lately, the latest first.",
            result=msgspec.defstruct("DisclosureList", [("items", list[rights.Disclosure])], frozen=True),
        ),
        Route(
            method="POST",
            path=f"{of_customer}/privacy-link",
            permission=CONSENT_WRITE,
            respond=room.link,
            summary="Make a link to a customer's own privacy page.",
            status=201,
            body=msgspec.defstruct("PrivacyLinkBody", [], frozen=True, forbid_unknown_fields=True),
            body_optional=True,
            result=PrivacyLink,
            key="required",
        ),
    ]


def _releases(services: Services, room: _Room) -> list[Route]:
    return [
        command_route(
            services,
            "/v1/exports/private",
            RELEASE_PRIVATELY,
            DATA_EXPORT,
            "Release figures by group under differential privacy, and pay for them from the dataset's budget.",
        ),
        command_route(
            services,
            "/v1/exports/private/budgets",
            rights.GRANT_PRIVACY_BUDGET,
            PRIVACY_HANDLE,
            "Raise the privacy budget of a dataset.",
        ),
        Route(
            method="GET",
            path="/v1/exports/private/budgets",
            permission=DATA_EXPORT,
            respond=room.budgets,
            summary="List what is left of the privacy budgets.",
            result=msgspec.defstruct("PrivacyBudgetList", [("items", list[rights.budgets.PrivacyBudget])], frozen=True),
        ),
    ]
