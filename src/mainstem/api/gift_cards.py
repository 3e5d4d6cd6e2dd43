"""Gift cards and store credit."""

from typing import Annotated

import msgspec

from mainstem.api.commands import answered, command_route
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.pagination import PAGE_DEFAULT, PAGE_MAX, page, page_of, position_of
from mainstem.api.reading import Reader, read_query
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import loyalty
from mainstem.kernel.refusals import RefusedError, refuse
from mainstem.platform.access.permissions import GIFTCARDS_WRITE, LOYALTY_READ
from mainstem.platform.query import ask

ROOM = "/v1/gift-cards"
ONE = f"{ROOM}/{{card:int}}"

_encode = msgspec.json.Encoder().encode


class CardsMade(msgspec.Struct, frozen=True):
    """Cards that were issued. Codes and PINs are told once: a repeated request is answered without them."""

    items: list[loyalty.IssuedCard]


class CardsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cards, the latest first; those whose code ends so, where that is given."""

    last4: str = ""
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class CardDetail(msgspec.Struct, frozen=True):
    """A card, and its latest payments."""

    card: loyalty.CardView
    payments: list[loyalty.CardPayment]


class LawView(msgspec.Struct, frozen=True):
    """How many months a card lives at least in a country, "" for all others; null: for ever."""

    country: str
    months_min: int | None


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._database = services.database
        self._terms: Reader[loyalty.CardTerms] = Reader(loyalty.CardTerms)

    async def issue(self, exchange: Exchange) -> Answer:
        """Issue cards; the answer to this request, and no other, carries their codes."""
        key = exchange.required_key()
        terms = self._terms.read(await exchange.body(self._services.settings.body_bytes_max))
        vault = self._database.vault
        issuance = loyalty.issue_cards(vault, terms, key, actor=exchange.principal, trace=exchange.trace)
        outcome = await self._services.batcher(loyalty.ISSUE_CARDS).submit(issuance.call)
        answer = answered(exchange, outcome, 201)
        if not outcome.accepted:
            return answer
        made = CardsMade(issuance.cards(outcome))
        return Answer(answer.status, _encode(made), *answer.headers, (b"cache-control", b"no-store"))

    async def list(self, exchange: Exchange) -> Answer:
        """A page of cards."""
        asked = read_query(CardsQuery, exchange.scope["query_string"])
        before = (position_of(asked.cursor, tuple[int]) or (2**63 - 1,))[0]
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, loyalty.cards_page(asked.limit, before, asked.last4.upper()))
        return exchange.found(page(rows, asked.limit, (rows[-1].id,) if rows else None))

    async def one(self, exchange: Exchange) -> Answer:
        """A card."""
        number = exchange.path_id("card")
        async with self._database.snapshot() as connection:
            card, payments = await ask(
                connection, loyalty.card_view(number), loyalty.card_payments(number, PAGE_DEFAULT)
            )
        if card is None:
            raise RefusedError(refuse(loyalty.UNKNOWN_CARD, "/card"))
        return exchange.found(CardDetail(card, payments))

    async def liability(self, exchange: Exchange) -> Answer:
        """What is on all cards."""
        async with self._database.snapshot() as connection:
            (rows,) = await ask(connection, loyalty.card_liability())
        return exchange.found({"items": rows})

    async def laws(self, exchange: Exchange) -> Answer:
        """How long cards live."""
        async with self._database.snapshot() as connection:
            (found,) = await ask(connection, loyalty.card_laws())
        return exchange.found({"items": [LawView(country, months) for country, months in sorted(found.items())]})


def routes(services: Services) -> list[Route]:
    """The routes of gift cards."""
    room = _Room(services)
    write, read = GIFTCARDS_WRITE, LOYALTY_READ
    card = ("card",)
    return [
        Route(
            method="POST",
            path=ROOM,
            permission=write,
            respond=room.issue,
            summary="Issue gift cards; their codes are told once.",
            status=201,
            body=loyalty.CardTerms,
            result=CardsMade,
            key="required",
        ),
        command_route(
            services, f"{ROOM}/credit", loyalty.ISSUE_CREDIT, write, "Give a customer store credit.", status=201
        ),
        command_route(
            services, f"{ROOM}/payments", loyalty.REDEEM_CARD, write, "Pay with a card, at once.", status=201
        ),
        command_route(
            services,
            f"{ROOM}/payments/{{use:int}}/refund",
            loyalty.REFUND_CARD,
            write,
            "Put back what a payment took, in part or whole.",
            given=("use",),
        ),
        command_route(
            services, f"{ROOM}/check", loyalty.CHECK_CARD, write, "Ask what is on a card, by its code and PIN."
        ),
        command_route(
            services,
            f"{ONE}/activation",
            loyalty.ACTIVATE_CARD,
            write,
            "Activate a card that was sold.",
            given=card,
            body_optional=True,
        ),
        command_route(services, f"{ONE}/loads", loyalty.LOAD_CARD, write, "Put more money on a card.", given=card),
        command_route(
            services, f"{ONE}/freeze", loyalty.FREEZE_CARD, write, "Freeze a card, or let it be used again.", given=card
        ),
        command_route(
            services, f"{ROOM}/laws", loyalty.SET_CARD_LAW, write, "Set how long cards live at least in a country."
        ),
        Route(
            method="GET",
            path=f"{ROOM}/laws",
            permission=read,
            respond=room.laws,
            summary="Read how long cards live at least, by country.",
            result=msgspec.defstruct("CardLawList", [("items", list[LawView])], frozen=True),
        ),
        Route(
            method="GET",
            path=f"{ROOM}/liability",
            permission=read,
            respond=room.liability,
            summary="Read what is on all cards, by currency and state.",
            result=msgspec.defstruct("CardLiabilityList", [("items", list[loyalty.CardLiability])], frozen=True),
        ),
        Route(
            method="GET",
            path=ROOM,
            permission=read,
            respond=room.list,
            summary="List cards; never their codes.",
            query=CardsQuery,
            result=page_of(loyalty.CardView),
        ),
        Route(
            method="GET",
            path=ONE,
            permission=read,
            respond=room.one,
            summary="Read a card and its payments.",
            result=CardDetail,
        ),
    ]
