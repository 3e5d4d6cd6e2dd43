"""Segments: saved conditions with live members; counts while a condition is edited, and overlaps."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from mainstem.api.commands import command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, TOO_LARGE, RefusedError, refuse
from mainstem.platform.access.permissions import SEGMENTS_READ, SEGMENTS_WRITE
from mainstem.platform.query import ask

ROOM = "/v1/segments"
ONE = f"{ROOM}/{{segment:int}}"


class CountQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many customers would fit a condition; `exact` counts them however many there are."""

    condition: dict[str, Any]
    exact: bool = False


class OverlapQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to ten segments that are compared, each with each."""

    segment: tuple[int, ...]


class MembersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Members in the order of their ids; with `purpose`, those only who may be used for it (over `channel`).

    A page that is narrowed so can be short of its limit, or empty, with more behind it.
    """

    purpose: str | None = None
    channel: str = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._bytes_max = services.settings.body_bytes_max
        self._question: Reader[CountQuestion] = Reader(CountQuestion)

    async def list(self, exchange: Exchange) -> Answer:
        """Every segment."""
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, customers.list_segments())
        return exchange.found({"items": found})

    async def one(self, exchange: Exchange) -> Answer:
        """A segment; its members are counted."""
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, customers.find_segment(exchange.path_id("segment")))
        if found is None:
            raise _missing(exchange)
        return exchange.found(found)

    async def members(self, exchange: Exchange) -> Answer:
        """A page of members, consent being checked now where a purpose is named."""
        asked = read_query(MembersQuery, exchange.scope["query_string"])
        after = position_of(asked.cursor, tuple[int])
        if asked.purpose is not None:
            where = {"consent": asked.purpose} | ({"channel": asked.channel} if asked.channel else {})
            customers.read_condition(where, {}, "")
        segment = exchange.path_id("segment")
        async with self._database.snapshot() as connection:
            known, found = await ask(
                connection,
                customers.find_segment(segment),
                customers.segment_members(segment, asked.limit, -1 if after is None else after[0]),
            )
            if known is None:
                raise _missing(exchange)
            shown = found
            if asked.purpose is not None:
                ids = [one.customer for one in found]
                (may,) = await ask(connection, customers.consent.allowed(ids, asked.purpose, asked.channel))
                shown = [one for one in found if one.customer in may]
        answer = page(found, asked.limit, (found[-1].customer,) if found else None)
        return exchange.found({**answer, "items": shown})

    async def count(self, exchange: Exchange) -> Answer:
        """How many customers fit a condition that need not be saved."""
        asked = self._question.read(await exchange.body(self._bytes_max))
        condition = customers.read_condition(asked.condition, customers.tag_conditions())
        today = customers.today_of(datetime.now(UTC))
        async with self._database.snapshot() as connection:
            return exchange.found(await customers.count_customers(connection, condition, today, exact=asked.exact))

    async def overlaps(self, exchange: Exchange) -> Answer:
        """How many customers each two segments share."""
        asked = read_query(OverlapQuery, exchange.scope["query_string"])
        if len(asked.segment) > customers.OVERLAP_MAX:
            size, limit = f"{len(asked.segment)} items", f"{customers.OVERLAP_MAX} items"
            raise RefusedError(refuse(TOO_LARGE, "/segment", size=size, limit=limit))
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, customers.segment_overlaps(asked.segment))
        return exchange.found({"items": found})


def _missing(exchange: Exchange) -> RefusedError:
    return RefusedError(refuse(NOT_FOUND, "/segment", what="segment", id=exchange.path_id("segment")))


def routes(services: Services) -> list[Route]:
    """The routes of segments."""
    reads = _Reads(services)
    return [
        Route(
            method="GET",
            path=ROOM,
            permission=SEGMENTS_READ,
            respond=reads.list,
            summary="List the segments.",
            result=msgspec.defstruct("SegmentList", [("items", list[customers.Segment])], frozen=True),
        ),
        command_route(services, ROOM, customers.SAVE_SEGMENT, SEGMENTS_WRITE, "Make or change a segment.", status=201),
        Route(
            method="POST",
            path=f"{ROOM}/count",
            permission=SEGMENTS_READ,
            respond=reads.count,
            summary="Count the customers who would fit a condition.",
            body=CountQuestion,
            result=customers.Count,
        ),
        Route(
            method="GET",
            path=f"{ROOM}/overlaps",
            permission=SEGMENTS_READ,
            respond=reads.overlaps,
            summary="Count the customers whom segments share.",
            query=OverlapQuery,
            result=msgspec.defstruct("OverlapList", [("items", list[customers.Overlap])], frozen=True),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=SEGMENTS_READ,
            respond=reads.one,
            summary="Read a segment.",
            result=customers.Segment,
        ),
        Route(
            method="GET",
            path=f"{ONE}/members",
            permission=SEGMENTS_READ,
            respond=reads.members,
            summary="List the members of a segment.",
            query=MembersQuery,
            result=page_of(customers.Member),
        ),
        command_route(
            services,
            f"{ONE}/removal",
            customers.REMOVE_SEGMENT,
            SEGMENTS_WRITE,
            "Remove a segment.",
            given=("segment",),
            body_optional=True,
        ),
    ]
