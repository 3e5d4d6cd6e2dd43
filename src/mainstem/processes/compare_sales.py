"""Compares what tills charged with the quote of that moment: sales are facts, and a difference is a finding.

A subscriber, so that recording sales costs nothing more, and tills that were offline are compared as soon as they
arrive. It compares where something but prices decides: a promotion is live, or there is a price list. The customer is
taken as he is now. What happened long ago (history that is imported) is not compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from mainstem.domains import catalog, customers, orders, pricing
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.outbox import Published
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from mainstem.processes.checkout.gathering import gather
from mainstem.processes.checkout.wishes import Wish

o = pricing.offering

PRICE_DIFFERS = "price_differs"
"""The finding: its detail says what was charged and what the quote is, in minor units."""

COMPARED_FOR = timedelta(days=31)
"""How long ago a sale may have happened to be compared."""


class CompareSales:
    """The subscriber."""

    name = "sales.compare"

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def deliver(self, events: Sequence[Published]) -> None:
        """Compare the next sales, in one transaction. An event that comes twice changes nothing."""
        sales = {event.subject for event in events if event.type == "orders.sale_recorded"}
        if sales:
            await self._executor.transact(self.name, partial(_compare, sales=sales))


async def _compare(work: Work, sales: set[int]) -> None:
    plain, version = await ask(work.connection, o.plain(), o.book_version())
    if plain:
        return
    (found,) = await ask(work.connection, orders.charged_sales(sales, work.now - COMPARED_FOR))
    if not found:
        return
    variants, channels, nodes = await ask(
        work.connection,
        catalog.variants_by_id({line.variant for sale in found for line in sale.lines}),
        catalog.channels_by_id({sale.channel for sale in found}),
        catalog.nodes_by_id({sale.node for sale in found}),
    )
    findings: list[orders.Finding] = []
    for sale in found:
        wish, records = _wish(sale, variants, channels, nodes)
        gathered = await gather(work, [wish], records, version, moment=sale.occurred_at)
        (prepared,) = gathered.prepared
        if not isinstance(prepared, Refusal):
            findings += differences(sale, o.quote(prepared.basket, prepared.book))
    await work.reserve_ids(len(findings))
    orders.store.replace_findings(work, PRICE_DIFFERS, [sale.id for sale in found], findings)


def _wish(
    sale: orders.ChargedSale,
    variants: Mapping[int, catalog.Variant],
    channels: Mapping[int, catalog.Channel],
    nodes: Mapping[int, catalog.Node],
) -> tuple[Wish, dict[customers.Pair, int]]:
    person = None if sale.record is None else ("record", str(sale.record))
    wish = Wish(
        channel=channels[sale.channel],
        lines=tuple((variants[line.variant], line.quantity) for line in sale.lines),
        node=nodes[sale.node].id,
        place=nodes[sale.node].id,
        customer=person,
    )
    return wish, {} if person is None or sale.record is None else {person: sale.record}


def differences(sale: orders.ChargedSale, quoted: o.Quoted) -> Iterable[orders.Finding]:
    """The lines that were charged otherwise than quoted."""
    for line, told in zip(sale.lines, quoted.lines, strict=True):
        if line.amount_minor != told.amount_minor:
            detail = f"charged {line.amount_minor}, quoted {told.amount_minor}"
            yield orders.Finding(sale.id, line.position, PRICE_DIFFERS, detail)
