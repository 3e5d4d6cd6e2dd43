"""Coupons: batches and their codes, customers' wallets, codes that are claimed, issued, checked and given away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar.types import Receive, Scope, Send

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers, pricing
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import COUPONS_MANAGE, COUPONS_READ, COUPONS_WRITE
from mainstem.platform.query import ask

BATCHES = "/v1/coupon-batches"
COUPONS = "/v1/coupons"
CSV = "text/csv; charset=utf-8"


class BatchesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Batches in the order of their codes; of a promotion, where it is given."""

    promotion: str = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class CodesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The codes from a number on: for a download that was cut short, or one of what a batch grew by."""

    first: Annotated[int, msgspec.Meta(ge=1)] = 1


class WalletQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The coupons of a customer, named by any id ever handed out, the latest first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class _Download(Answer):
    """A file whose pieces are made as they are sent."""

    __slots__ = ("_pieces",)

    def __init__(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        super().__init__(200, b"", (b"content-type", CSV.encode()), (b"content-disposition", disposition.encode()))
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send it piece by piece, as an ASGI application."""
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        if scope.get("method") != "HEAD":
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database

    async def batches(self, exchange: Exchange) -> Answer:
        """A page of batches."""
        asked = read_query(BatchesQuery, exchange.scope["query_string"])
        after = (position_of(asked.cursor, tuple[str]) or ("",))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, pricing.coupons.batches_page(asked.limit, after, asked.promotion))
        return exchange.found(page(rows, asked.limit, (rows[-1].code,) if rows else None))

    async def batch(self, exchange: Exchange) -> Answer:
        """A batch."""
        return exchange.found(await self._found(exchange))

    async def codes(self, exchange: Exchange) -> Answer:
        """The codes of a batch as a file."""
        asked = read_query(CodesQuery, exchange.scope["query_string"])
        found = await self._found(exchange)
        count = found.count if found.kind == "unique" else 0
        pieces = pricing.coupons.csv_of_batch(self._database.vault, found.serial, count, asked.first)
        return _Download(f"{found.code}.csv", pieces)

    async def _found(self, exchange: Exchange) -> pricing.coupons.BatchView:
        code = exchange.path_code("batch")
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, pricing.coupons.batch_view(code))
        if found is None:
            raise RefusedError(refuse(pricing.coupons.UNKNOWN_BATCH, "/batch", batch=code[:80]))
        return found

    async def wallet(self, exchange: Exchange) -> Answer:
        """A page of a customer's coupons, over all his records."""
        asked = read_query(WalletQuery, exchange.scope["query_string"])
        behind = position_of(asked.cursor, tuple[datetime, int])
        async with self._database.snapshot() as connection:
            (records,) = await ask(connection, customers.records_of([exchange.path_id("customer")]))
            question = pricing.coupons.wallet_of(self._database.vault, records, datetime.now(UTC), asked.limit, behind)
            (rows,) = await ask(connection, question)
        return exchange.found(page(rows, asked.limit, (rows[-1].had_at, rows[-1].id) if rows else None))


def routes(services: Services) -> list[Route]:
    """The routes of coupons."""
    return [*_writing(services), *_reading(_Reads(services))]


def _writing(services: Services) -> list[Route]:
    return [
        command_route(
            services, BATCHES, pricing.coupons.SAVE_COUPON_BATCH, COUPONS_MANAGE, "Make or change a batch of coupons."
        ),
        command_route(
            services,
            f"{BATCHES}/{{batch:str}}/stop",
            pricing.coupons.STOP_COUPON_BATCH,
            COUPONS_MANAGE,
            "Let no coupon of a batch be used, or let them again.",
            given=("batch",),
        ),
        command_route(
            services,
            f"{BATCHES}/{{batch:str}}/issue",
            pricing.coupons.ISSUE_COUPON,
            COUPONS_WRITE,
            "Give a customer a personal coupon.",
            given=("batch",),
            status=201,
        ),
        bulk_route(
            services,
            f"{COUPONS}/issue/bulk",
            pricing.coupons.ISSUE_COUPON,
            COUPONS_WRITE,
            "Give up to 1,000 customers personal coupons.",
            status=201,
        ),
        command_route(
            services,
            f"{COUPONS}/claim",
            pricing.coupons.CLAIM_COUPON,
            COUPONS_WRITE,
            "Put the coupon of a code into a customer's wallet.",
            status=201,
        ),
        command_route(
            services,
            f"{COUPONS}/{{coupon:int}}/transfer",
            pricing.coupons.TRANSFER_COUPON,
            COUPONS_WRITE,
            "Give a customer's coupon to another customer.",
            given=("coupon",),
        ),
        command_route(
            services,
            f"{COUPONS}/check",
            pricing.coupons.CHECK_COUPON,
            COUPONS_WRITE,
            "Ask whether a code could be used now; wrong codes are counted.",
            key="optional",
        ),
    ]


def _reading(reads: _Reads) -> list[Route]:
    return [
        Route(
            method="GET",
            path=BATCHES,
            permission=COUPONS_READ,
            respond=reads.batches,
            summary="List batches of coupons.",
            query=BatchesQuery,
            result=page_of(pricing.coupons.BatchView),
        ),
        Route(
            method="GET",
            path=f"{BATCHES}/{{batch:str}}",
            permission=COUPONS_READ,
            respond=reads.batch,
            summary="Read a batch of coupons.",
            result=pricing.coupons.BatchView,
        ),
        Route(
            method="GET",
            path=f"{BATCHES}/{{batch:str}}/codes",
            permission=COUPONS_MANAGE,
            respond=reads.codes,
            summary="Download the codes of a batch of unique coupons as CSV.",
            query=CodesQuery,
            media=CSV,
        ),
        Route(
            method="GET",
            path="/v1/customers/{customer:int}/coupons",
            permission=COUPONS_READ,
            respond=reads.wallet,
            summary="Read a customer's coupons, over all his records.",
            query=WalletQuery,
            result=page_of(pricing.coupons.WalletCoupon),
        ),
    ]
