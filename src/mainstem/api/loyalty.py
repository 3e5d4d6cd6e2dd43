"""Programmes, members, points and benefits."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import loyalty
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import LOYALTY_APPROVE, LOYALTY_READ, LOYALTY_WRITE
from mainstem.platform.query import ask

ROOM = "/v1/loyalty"
ONE = f"{ROOM}/members/{{member:str}}"

LIABILITY_DAYS_MAX = 31
"""Days of one report."""


class ProgrammeView(msgspec.Struct, frozen=True):
    """A programme, and the revision to be named by whoever changes it."""

    id: int
    revision: int
    programme: loyalty.Programme


class MembersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The memberships of a customer, by any id ever handed out; or of who shows a code."""

    customer: int | None = None
    code: str | None = None


class StatementQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came and went of a member's points, the latest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class AdjustmentsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Adjustments, the latest first; of one state where it is given."""

    state: Literal["", "waiting", "posted", "declined"] = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class LiabilityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A programme at the end of each day from one to another, by default today; at most 31 days."""

    programme: str
    since: date | None = None
    until: date | None = None


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def programmes(self, exchange: Exchange) -> Answer:
        """Every programme."""
        async with self._database.snapshot() as connection:
            (kept,) = await ask(connection, loyalty.programmes())
        return exchange.found({"items": [ProgrammeView(one.id, one.revision, one.form) for one in kept.by_id.values()]})

    async def members(self, exchange: Exchange) -> Answer:
        """The memberships of a customer."""
        asked = read_query(MembersQuery, exchange.scope["query_string"])
        async with self._database.snapshot() as connection:
            if asked.code is not None:
                number = loyalty.read_payload(self._database.vault, asked.code, datetime.now(UTC))
                if number is None:
                    raise RefusedError(refuse(loyalty.UNKNOWN_MEMBER, "/code", member=asked.code[:64]))
                return exchange.found({"items": [await loyalty.member(connection, self._database.vault, number)]})
            found = await loyalty.members_of(connection, self._database.vault, asked.customer or 0)
        return exchange.found({"items": found})

    async def one(self, exchange: Exchange) -> Answer:
        """A member."""
        async with self._database.snapshot() as connection:
            found = await loyalty.member(connection, self._database.vault, _number(exchange))
        return exchange.found(found)

    async def statement(self, exchange: Exchange) -> Answer:
        """A page of what came and went."""
        asked = read_query(StatementQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (2**63 - 1,))[0]
        async with self._database.snapshot() as connection:
            rows = await loyalty.statement(connection, _number(exchange), asked.limit, before)
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def adjustments(self, exchange: Exchange) -> Answer:
        """A page of adjustments."""
        asked = read_query(AdjustmentsQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (2**63 - 1,))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, loyalty.adjustments(asked.state, asked.limit, before))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def liability(self, exchange: Exchange) -> Answer:
        """What points stand for, day by day."""
        asked = read_query(LiabilityQuery, exchange.scope["query_string"])
        until = asked.until or datetime.now(UTC).date()
        since = asked.since or until
        count = (until - since).days + 1
        if not 1 <= count <= LIABILITY_DAYS_MAX:
            raise RefusedError(refuse(loyalty.OUT_OF_RANGE, "/since", value=count, least=1, most=LIABILITY_DAYS_MAX))
        days = [since + timedelta(days=number) for number in range(count)]
        async with self._database.snapshot() as connection:
            found = await loyalty.liability(connection, asked.programme, days)
        return exchange.found({"items": found})


def _number(exchange: Exchange) -> str:
    return str(exchange.path_values()["member"])


def routes(services: Services) -> list[Route]:
    """The routes of loyalty."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    member = ("member",)
    return [
        command_route(
            services, f"{ROOM}/programmes", loyalty.SAVE_PROGRAMME, LOYALTY_WRITE, "Make or change a programme."
        ),
        command_route(
            services, f"{ROOM}/members", loyalty.ENROL, LOYALTY_WRITE, "Make a customer a member.", status=201
        ),
        bulk_route(
            services, f"{ROOM}/members/bulk", loyalty.ENROL, LOYALTY_WRITE, "Make up to 1,000 customers members."
        ),
        command_route(
            services,
            f"{ONE}/actions",
            loyalty.RECORD_ACTION,
            LOYALTY_WRITE,
            "Record what a member did, with the points for it.",
            given=member,
            key="optional",
        ),
        command_route(
            services,
            f"{ONE}/rewards",
            loyalty.REDEEM_REWARD,
            LOYALTY_WRITE,
            "Spend points on a reward of the catalogue.",
            given=member,
        ),
        command_route(
            services,
            f"{ONE}/adjustments",
            loyalty.ADJUST_POINTS,
            LOYALTY_WRITE,
            "Give or take points by hand; much waits for approval.",
            given=member,
        ),
        command_route(
            services,
            f"{ROOM}/adjustments/{{adjustment:int}}/decision",
            loyalty.DECIDE_ADJUSTMENT,
            LOYALTY_APPROVE,
            "Approve or decline an adjustment by somebody else.",
            given=("adjustment",),
        ),
        command_route(
            services,
            f"{ROOM}/transfers",
            loyalty.TRANSFER_POINTS,
            LOYALTY_WRITE,
            "Move points within a customer, a pool or a household.",
        ),
        command_route(
            services,
            f"{ONE}/benefits",
            loyalty.GRANT_BENEFIT,
            LOYALTY_WRITE,
            "Grant a benefit, once for a period.",
            given=member,
        ),
        command_route(
            services, f"{ONE}/benefits/use", loyalty.USE_BENEFIT, LOYALTY_WRITE, "Use a benefit.", given=member
        ),
        command_route(
            services, f"{ROOM}/pools", loyalty.JOIN_POOL, LOYALTY_WRITE, "Let members of a household spend together."
        ),
        command_route(
            services,
            f"{ONE}/pool/leave",
            loyalty.LEAVE_POOL,
            LOYALTY_WRITE,
            "Let a member leave his pool.",
            given=member,
            body_optional=True,
        ),
    ]


def _reading(reads: _Reads) -> list[Route]:
    def listed(name: str, of: type) -> type:
        return msgspec.defstruct(name, [("items", list[of])], frozen=True)  # type: ignore[valid-type]

    return [
        Route(
            method="GET",
            path=f"{ROOM}/programmes",
            permission=LOYALTY_READ,
            respond=reads.programmes,
            summary="List the programmes.",
            result=listed("ProgrammeList", ProgrammeView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/members",
            permission=LOYALTY_READ,
            respond=reads.members,
            summary="List the memberships of a customer, or of who shows a code.",
            query=MembersQuery,
            result=listed("MemberList", loyalty.MemberView),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=LOYALTY_READ,
            respond=reads.one,
            summary="Read a member: points, tier and benefits over all records of the customer.",
            result=loyalty.MemberView,
        ),
        Route(
            method="GET",
            path=f"{ONE}/statement",
            permission=LOYALTY_READ,
            respond=reads.statement,
            summary="Read what came and went of a member's points.",
            query=StatementQuery,
            result=page_of(loyalty.StatementLine),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/adjustments",
            permission=LOYALTY_READ,
            respond=reads.adjustments,
            summary="List adjustments.",
            query=AdjustmentsQuery,
            result=page_of(loyalty.AdjustmentView),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/liability",
            permission=LOYALTY_READ,
            respond=reads.liability,
            summary="Read what the points of a programme stand for, day by day.",
            query=LiabilityQuery,
            result=listed("LiabilityReport", loyalty.LiabilityDay),
        ),
    ]
