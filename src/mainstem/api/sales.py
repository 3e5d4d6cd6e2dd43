"""Sales: facts from tills. What cannot be read or placed is kept in quarantine: nothing that arrives is lost."""

from mainstem.api.auth import at, bound
from mainstem.api.commands import (
    ItemAnswer,
    answered,
    bulk_answer,
    decided_item,
    read_items,
    refused_item,
)
from mainstem.api.exchange import JSON, Answer, Exchange
from mainstem.api.quarantine import Held, hold_back
from mainstem.api.reading import Reader, decode_json
from mainstem.api.routes import Route
from mainstem.api.services import Services
from mainstem.domains import orders
from mainstem.kernel.refusals import INTERNAL, Refusal, RefusedError, refuse
from mainstem.platform.access import FORBIDDEN_NODE
from mainstem.platform.access.permissions import SALES_WRITE
from mainstem.platform.execution import Outcome
from mainstem.processes.record_sales import RECORD_SALES

NOT_HELD_BACK = frozenset((orders.DUPLICATE_ORDER.code, FORBIDDEN_NODE.code, INTERNAL.code))
"""Refusals that correcting the sale would not help: recorded with other content, not the sender's, to be retried."""

_CREATED = 201
_local = at("node")


class _Writes:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._batcher = services.batcher(RECORD_SALES)
        self._reader: Reader[orders.RecordSale] = Reader(RECORD_SALES.command)

    async def one(self, exchange: Exchange) -> Answer:
        """Record one sale."""
        body = await exchange.body(self._services.settings.body_bytes_max)
        sale = await self._read(exchange, body)
        if isinstance(sale, Refusal):
            decode_json(body)  # what is no JSON at all is no sale
            refusal, outcome = sale, None
        else:
            call = RECORD_SALES.call(sale, actor=exchange.principal, trace=exchange.trace)
            outcome = await self._batcher.submit(call)
            if outcome.accepted:
                return answered(exchange, outcome, _CREATED)
            refusal = outcome.refusal()
        if refusal.code in NOT_HELD_BACK:
            return exchange.refused(refusal)
        (entry,) = await hold_back(self._services, exchange, RECORD_SALES, [Held(body, refusal)])
        return Answer(202, refused_item(exchange, refusal, entry), JSON)

    async def many(self, exchange: Exchange) -> Answer:
        """Record up to 1,000 sales, each for itself."""
        items = await read_items(self._services, exchange)
        refusals: dict[int, Refusal] = {}
        calls, places = [], []
        for place, item in enumerate(items):
            sale = await self._read(exchange, item)
            if isinstance(sale, Refusal):
                refusals[place] = sale
                continue
            calls.append(RECORD_SALES.call(sale, actor=exchange.principal, trace=exchange.trace))
            places.append(place)
        outcomes: dict[int, Outcome] = dict(zip(places, await self._batcher.submit_many(calls), strict=True))
        refusals |= {place: outcome.refusal() for place, outcome in outcomes.items() if not outcome.accepted}
        held = [place for place, refusal in sorted(refusals.items()) if refusal.code not in NOT_HELD_BACK]
        kept = await hold_back(
            self._services, exchange, RECORD_SALES, [Held(items[place], refusals[place]) for place in held]
        )
        entries = dict(zip(held, kept, strict=True))
        answers = [
            refused_item(exchange, refusals[place], entries.get(place))
            if place in refusals
            else decided_item(exchange, outcomes[place], _CREATED)
            for place in range(len(items))
        ]
        return bulk_answer(answers, repeated=bool(outcomes) and all(one.repeated for one in outcomes.values()))

    async def _read(self, exchange: Exchange, body: bytes) -> orders.RecordSale | Refusal:
        try:
            sale = self._reader.read(body)
        except RefusedError as refused:
            return refused.refusal
        caller = bound(exchange, SALES_WRITE)
        if caller is not None and not await _local(self._services, caller, sale):
            return refuse(FORBIDDEN_NODE, permission=SALES_WRITE.code)
        return sale


def routes(services: Services) -> list[Route]:
    """The routes of sales."""
    writes = _Writes(services)
    return [
        Route(
            method="POST",
            path="/v1/sales",
            permission=SALES_WRITE,
            respond=writes.one,
            summary="Record a sale: a fact, known by channel, node and external id.",
            status=_CREATED,
            body=orders.RecordSale,
            result=orders.SaleRecorded,
            held_back=ItemAnswer,
        ),
        Route(
            method="POST",
            path="/v1/sales/bulk",
            permission=SALES_WRITE,
            respond=writes.many,
            summary="Record up to 1,000 sales, each for itself.",
            body=list[orders.RecordSale],
            result=list[orders.SaleRecorded],
        ),
    ]
