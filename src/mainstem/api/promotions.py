"""Promotions: written, approved, started, paused, ended; their history, the calendar, and product lists."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import catalog, pricing
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import PROMOTIONS_APPROVE, PROMOTIONS_READ, PROMOTIONS_WRITE
from mainstem.platform.query import ask
from mainstem.processes.save_promotions import SAVE_PROMOTION

ROOM = "/v1/promotions"
ONE = f"{ROOM}/{{code:str}}"
LISTS = "/v1/product-lists"

CALENDAR_DAYS = 92
CALENDAR_MAX = 2_000
"""Promotions of one calendar."""

State = Literal["draft", "approved", "live", "paused", "ended"]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)]


class PromotionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Promotions in the order of their codes: of a state, with a text in code or name."""

    state: State | Literal[""] = ""
    text: str = ""
    cursor: str | None = None
    limit: PageSize = PAGE_DEFAULT


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done to a promotion, the latest first."""

    cursor: str | None = None
    limit: PageSize = PAGE_DEFAULT


class CalendarQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What applies at some time from one moment to another: by default 92 days from now on, without what ended."""

    since: datetime | None = None
    until: datetime | None = None
    state: tuple[State, ...] = ("draft", "approved", "live", "paused")


class ListsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Product lists in the order of their names."""

    cursor: str | None = None
    limit: PageSize = PAGE_DEFAULT


class Listed(msgspec.Struct, frozen=True):
    """A SKU of a product list."""

    id: int
    sku: str


class Calendar(msgspec.Struct, frozen=True):
    """What applies in a span; `whole` says whether that is all of it."""

    items: list[pricing.CalendarEntry]
    whole: bool


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def all(self, exchange: Exchange) -> Answer:
        """A page of promotions."""
        asked = read_query(PromotionsQuery, exchange.scope["query_string"])
        after = (position_of(asked.cursor, tuple[str]) or ("",))[0]
        question = pricing.promotions_page(datetime.now(UTC), asked.limit, after, asked.state, asked.text)
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, question)
        return exchange.found(page(rows, asked.limit, (rows[-1].promotion.code,) if rows else None))

    async def one(self, exchange: Exchange) -> Answer:
        """A promotion."""
        code = exchange.path_code("code")
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, pricing.promotion(code, datetime.now(UTC)))
        if found is None:
            raise _missing(code)
        return exchange.found(found)

    async def history(self, exchange: Exchange) -> Answer:
        """A page of what was done to a promotion."""
        asked, code = read_query(HistoryQuery, exchange.scope["query_string"]), exchange.path_code("code")
        before = (position_of(asked.cursor, tuple[int]) or (2**63 - 1,))[0]
        async with self._database.snapshot() as connection:
            known, rows = await ask(
                connection,
                pricing.promotion(code, datetime.now(UTC)),
                pricing.promotion_history(code, asked.limit, before),
            )
        if known is None:
            raise _missing(code)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def calendar(self, exchange: Exchange) -> Answer:
        """What applies in a span."""
        asked = read_query(CalendarQuery, exchange.scope["query_string"])
        since = asked.since or datetime.now(UTC)
        until = asked.until or since + timedelta(days=CALENDAR_DAYS)
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, pricing.calendar(since, until, asked.state, CALENDAR_MAX + 1))
        return exchange.found(Calendar(rows[:CALENDAR_MAX], len(rows) <= CALENDAR_MAX))

    async def lists(self, exchange: Exchange) -> Answer:
        """A page of product lists."""
        asked = read_query(ListsQuery, exchange.scope["query_string"])
        after = (position_of(asked.cursor, tuple[str]) or ("",))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, pricing.product_lists_page(asked.limit, after))
        return exchange.found(page(rows, asked.limit, (rows[-1].name,) if rows else None))

    async def listed(self, exchange: Exchange) -> Answer:
        """A page of the SKUs of a product list."""
        asked, name = read_query(ListsQuery, exchange.scope["query_string"]), exchange.path_code("name")
        after = (position_of(asked.cursor, tuple[int]) or (0,))[0]
        async with self._database.snapshot() as connection:
            (ids,) = await ask(connection, pricing.listed_variants(name, asked.limit, after))
            (variants,) = await ask(connection, catalog.variants_by_id(ids))
        rows = [Listed(number, variants[number].sku) for number in ids if number in variants]
        return exchange.found(page(rows, asked.limit, (ids[-1],) if ids else None))


def _missing(code: str) -> RefusedError:
    return RefusedError(refuse(pricing.UNKNOWN_PROMOTION, "/code", promotion=code[:80]))


def routes(services: Services) -> list[Route]:
    """The routes of promotions and product lists."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    given = ("code",)
    return [
        command_route(
            services, ROOM, SAVE_PROMOTION, PROMOTIONS_WRITE, "Make or change a promotion; it is a draft then."
        ),
        bulk_route(
            services, f"{ROOM}/bulk", SAVE_PROMOTION, PROMOTIONS_WRITE, "Make or change up to 1,000 promotions."
        ),
        command_route(
            services,
            f"{ONE}/approval",
            pricing.APPROVE_PROMOTION,
            PROMOTIONS_APPROVE,
            "Approve a promotion by somebody else.",
            given=given,
        ),
        command_route(
            services,
            f"{ONE}/start",
            pricing.START_PROMOTION,
            PROMOTIONS_WRITE,
            "Let a promotion apply, in its time.",
            given=given,
            body_optional=True,
        ),
        command_route(
            services,
            f"{ONE}/pause",
            pricing.PAUSE_PROMOTION,
            PROMOTIONS_WRITE,
            "Let a promotion apply to nothing for now.",
            given=given,
            body_optional=True,
        ),
        command_route(
            services,
            f"{ONE}/end",
            pricing.END_PROMOTION,
            PROMOTIONS_WRITE,
            "End a promotion for good.",
            given=given,
            body_optional=True,
        ),
        command_route(
            services,
            f"{ROOM}/approval-rules",
            pricing.SET_APPROVAL_RULE,
            PROMOTIONS_APPROVE,
            "Set what needs no second person.",
        ),
        command_route(services, LISTS, pricing.SAVE_PRODUCT_LIST, PROMOTIONS_WRITE, "Make or change a list of SKUs."),
    ]


def _reading(reads: _Reads) -> list[Route]:
    return [
        Route(
            method="GET",
            path=ROOM,
            permission=PROMOTIONS_READ,
            respond=reads.all,
            summary="List promotions.",
            query=PromotionsQuery,
            result=page_of(pricing.PromotionView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/calendar",
            permission=PROMOTIONS_READ,
            respond=reads.calendar,
            summary="Read what applies when and where.",
            query=CalendarQuery,
            result=Calendar,
        ),
        Route(
            method="GET",
            path=ONE,
            permission=PROMOTIONS_READ,
            respond=reads.one,
            summary="Read a promotion.",
            result=pricing.PromotionView,
        ),
        Route(
            method="GET",
            path=f"{ONE}/history",
            permission=PROMOTIONS_READ,
            respond=reads.history,
            summary="Read what was done to a promotion, by whom, with every form it had.",
            query=HistoryQuery,
            result=page_of(pricing.ChangeView),
        ),
        Route(
            method="GET",
            path=LISTS,
            permission=PROMOTIONS_READ,
            respond=reads.lists,
            summary="List product lists.",
            query=ListsQuery,
            result=page_of(pricing.ProductListRow),
        ),
        Route(
            method="GET",
            path=f"{LISTS}/{{name:str}}/skus",
            permission=PROMOTIONS_READ,
            respond=reads.listed,
            summary="Read the SKUs of a product list.",
            query=ListsQuery,
            result=page_of(Listed),
        ),
    ]
