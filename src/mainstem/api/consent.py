"""Consent: what customers agree to, and the check before they are used for something."""

from typing import Annotated

import msgspec

from mainstem.api.commands import bulk_route, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, RefusedError, refuse
from mainstem.platform.access.permissions import CONSENT_WRITE, CUSTOMERS_READ
from mainstem.platform.query import ask

consent = customers.consent

_OF_CUSTOMER = "/v1/customers/{customer:int}/consents"


class ConsentCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """May these customers be used for a purpose over a channel? Channel "" asks for every channel."""

    customers: Annotated[tuple[int, ...], msgspec.Meta(max_length=consent.CUSTOMERS_MAX)]
    purpose: str
    channel: str = ""


class ConsentAllowed(msgspec.Struct, frozen=True):
    """Those of the customers who may, as they were named, in the order asked."""

    customers: tuple[int, ...]


class ConsentHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the ledger of consent of a customer, the latest recorded first."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class Worded(msgspec.Struct, frozen=True):
    """A code, with its name in both languages."""

    code: str
    en: str
    zh: str


class PurposeView(msgspec.Struct, frozen=True):
    """A use of personal data: what it is, what it rests on, whether it is allowed while nobody has said anything."""

    code: str
    en: str
    zh: str
    about_en: str
    about_zh: str
    basis: str
    default: bool
    by_channel: bool


class ConsentTerms(msgspec.Struct, frozen=True):
    """All that consent can be given to: purposes, channels, ways of evidence, and versions of the policy."""

    purposes: tuple[PurposeView, ...]
    channels: tuple[Worded, ...]
    evidence: tuple[Worded, ...]
    policies: tuple[str, ...]


class _Reads:
    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._bytes_max = services.settings.body_bytes_max
        self._check: Reader[ConsentCheck] = Reader(ConsentCheck)

    async def check(self, exchange: Exchange) -> Answer:
        """Who may be used for a purpose."""
        asked = self._check.read(await exchange.body(self._bytes_max))
        if asked.purpose not in consent.PURPOSES:
            raise RefusedError(refuse(consent.UNKNOWN_PURPOSE, "/purpose", purpose=asked.purpose[:64]))
        by_channel = consent.PURPOSES[asked.purpose].by_channel
        if asked.channel and not (by_channel and asked.channel in consent.CHANNELS):
            unknown = refuse(
                consent.UNKNOWN_CONSENT_CHANNEL, "/channel", purpose=asked.purpose, channel=asked.channel[:64]
            )
            raise RefusedError(unknown)
        async with self._database.transaction() as connection:
            passed = await consent.only_allowed(connection, asked.customers, asked.purpose, asked.channel)
        return exchange.found(ConsentAllowed(tuple(passed)))

    async def standing(self, exchange: Exchange) -> Answer:
        """What a customer agrees to now."""
        customer = exchange.path_id("customer")
        async with self._database.snapshot() as connection:
            views = await consent.consents_of(connection, customer)
        if views is None:
            raise RefusedError(refuse(NOT_FOUND, "/customer", what="customer", id=customer))
        return exchange.found({"items": views})

    async def history(self, exchange: Exchange) -> Answer:
        """What was said of a customer."""
        asked = read_query(ConsentHistory, exchange.scope["query_string"])
        before = position_of(asked.cursor, tuple[int]) or (2**63 - 1,)
        async with self._database.transaction() as connection:
            (rows,) = await ask(connection, consent.history(exchange.path_id("customer"), asked.limit, before[0]))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def terms(self, exchange: Exchange) -> Answer:
        """What can be agreed to."""
        purposes = tuple(
            PurposeView(
                one.code,
                one.name.en,
                one.name.zh,
                one.about.en,
                one.about.zh,
                one.basis,
                one.default,
                one.by_channel,
            )
            for one in consent.PURPOSES.values()
        )
        channels = tuple(Worded(code, *name) for code, name in consent.CHANNELS.items())
        evidence = tuple(Worded(code, *name) for code, name in consent.EVIDENCE.items())
        return exchange.found(
            ConsentTerms(purposes, channels, evidence, tuple(one.version for one in consent.POLICIES))
        )


def routes(services: Services) -> list[Route]:
    """The routes of consent."""
    return [*_writes(services), *_looks(_Reads(services))]


def _writes(services: Services) -> list[Route]:
    return [
        command_route(
            services,
            _OF_CUSTOMER,
            consent.GIVE_CONSENT,
            CONSENT_WRITE,
            "Record that a customer agrees to a use of his data.",
            given=("customer",),
            status=201,
        ),
        command_route(
            services,
            f"{_OF_CUSTOMER}/withdrawal",
            consent.WITHDRAW_CONSENT,
            CONSENT_WRITE,
            "Record that a customer refuses a use of his data, or no longer agrees to it.",
            given=("customer",),
            status=201,
        ),
        bulk_route(
            services,
            "/v1/consents/bulk",
            consent.GIVE_CONSENT,
            CONSENT_WRITE,
            "Record up to 1,000 consents, each for itself.",
            status=201,
        ),
        bulk_route(
            services,
            "/v1/consents/withdrawals/bulk",
            consent.WITHDRAW_CONSENT,
            CONSENT_WRITE,
            "Record up to 1,000 withdrawals, each for itself.",
            status=201,
        ),
    ]


def _looks(reads: _Reads) -> list[Route]:
    return [
        Route(
            method="GET",
            path=_OF_CUSTOMER,
            permission=CUSTOMERS_READ,
            respond=reads.standing,
            summary="Read what a customer agrees to, purpose by purpose and channel by channel.",
            result=msgspec.defstruct("ConsentViewList", [("items", list[consent.ConsentView])], frozen=True),
        ),
        Route(
            method="GET",
            path=f"{_OF_CUSTOMER}/history",
            permission=CUSTOMERS_READ,
            respond=reads.history,
            summary="List what was said of a customer's consent, the latest first.",
            query=ConsentHistory,
            result=page_of(consent.ConsentEntry),
        ),
        Route(
            method="POST",
            path="/v1/consents/check",
            permission=CUSTOMERS_READ,
            respond=reads.check,
            summary="Ask which of up to 10,000 customers may be used for a purpose.",
            body=ConsentCheck,
            result=ConsentAllowed,
        ),
        Route(
            method="GET",
            path="/v1/consents/purposes",
            permission=CUSTOMERS_READ,
            respond=reads.terms,
            summary="List purposes, channels, ways of evidence and policies.",
            result=ConsentTerms,
        ),
    ]
