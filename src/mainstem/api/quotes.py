"""Quotes: what a basket costs, for whom, where and when, with the reason of every cent."""

from mainstem.api.auth import bound, elsewhere, stays
from mainstem.api.commands import answered
from mainstem.api.exchange import Answer, Exchange
from mainstem.api.reading import Reader
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.kernel.refusals import NOT_FOUND, Refusal, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN
from mainstem.platform.access.permissions import ORDERS_WRITE, PROMOTIONS_READ
from mainstem.platform.query import ask
from mainstem.processes.checkout.contracts import AskQuote, HoldQuote, Quote
from mainstem.processes.checkout.held import HeldQuote, held_quote
from mainstem.processes.checkout.quoting import HOLD_QUOTE, quote_one

ROOM = "/v1/quotes"


class _Room:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._reader: Reader[AskQuote] = Reader(AskQuote)

    async def quote(self, exchange: Exchange) -> Answer:
        """Quote a basket; one that is held needs an idempotency key, another stores nothing."""
        asked = self._reader.read(await exchange.body(self._services.settings.body_bytes_max))
        await stays(self._services, exchange, ORDERS_WRITE, asked.node)
        preview = asked.at is not None or bool(asked.drafts)
        if preview and (exchange.caller is None or PROMOTIONS_READ.code not in exchange.caller.permissions):
            raise RefusedError(refuse(FORBIDDEN, permission=PROMOTIONS_READ.code))
        if asked.hold:
            key = exchange.required_key()
            call = HOLD_QUOTE.call(HoldQuote(asked), key, actor=exchange.principal, trace=exchange.trace)
            return answered(exchange, await self._services.batcher(HOLD_QUOTE).submit(call), 200)
        answer = await quote_one(self._services.executor, asked)
        if isinstance(answer, Refusal):
            return exchange.refused(answer)
        return exchange.found(answer)

    async def one(self, exchange: Exchange) -> Answer:
        """A quote that is, or was, held."""
        number = exchange.path_id("quote")
        async with self._services.database.snapshot() as connection:
            (found,) = await ask(connection, held_quote(number))
        if found is None:
            raise RefusedError(refuse(NOT_FOUND, "/quote", what="quote", id=number))
        caller = bound(exchange, ORDERS_WRITE)
        if caller is not None and await self._services.node_code(caller.node or 0) != found.quote.node:
            raise elsewhere(ORDERS_WRITE)
        return exchange.found(found)


def routes(services: Services) -> list[Route]:
    """The routes of quotes."""
    room = _Room(services)
    return [
        Route(
            method="POST",
            path=ROOM,
            permission=ORDERS_WRITE,
            respond=room.quote,
            summary="Quote a basket, with the reason of every cent; `hold` promises its prices for a time.",
            body=AskQuote,
            result=Quote,
            key="optional",
        ),
        Route(
            method="GET",
            path=f"{ROOM}/{{quote:int}}",
            permission=ORDERS_WRITE,
            respond=room.one,
            summary="Read a quote that is held: what was told, until when, and the order that it became.",
            result=HeldQuote,
        ),
    ]
