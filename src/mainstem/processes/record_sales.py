"""Record sales: facts from tills. Stock leaves the shelf even when the ledger did not know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mainstem.domains import catalog, customers, inventory, orders
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.ledger import Breach, Group, Transfer, lock, save
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import Query, ask
from mainstem.platform.work import Work
from mainstem.processes.naming_customers import Customers, name_customers, pairs_of

SaleCall = Call[orders.RecordSale]
Answer = orders.SaleRecorded | Refusal


def _clash(sale: orders.RecordSale) -> Refusal:
    return refuse(orders.DUPLICATE_ORDER, "/external_id", external_id=sale.external_id, channel=sale.channel)


def _names(sales: Sequence[orders.RecordSale]) -> Sequence[Query[Any]]:
    return (
        catalog.variants_by_sku({line.sku for sale in sales for line in sale.lines}),
        catalog.channels_by_code({sale.channel for sale in sales}),
        catalog.nodes_by_code({sale.node for sale in sales}),
    )


async def record_sales(work: Work, calls: Sequence[SaleCall]) -> list[Answer]:
    """Decide a batch of sales in order of arrival."""
    answers: dict[int, Answer] = {}
    for number, call in enumerate(calls):
        refusal = orders.sales.unreadable(call.command, work.now)
        if refusal is not None:
            answers[number] = refusal
    readable = [number for number in range(len(calls)) if number not in answers]
    variants, channels, nodes = work.foreseen
    placed: list[tuple[int, catalog.Channel, catalog.Node]] = []
    for number in readable:
        sale = calls[number].command
        channel, node = channels.get(sale.channel), nodes.get(sale.node)
        refusal = orders.sales.misplaced(sale, channel, node, variants)
        if refusal is not None or channel is None or node is None:
            assert refusal is not None
            answers[number] = refusal
        else:
            placed.append((number, channel, node))
    await _complete(work, variants, {line.sku for number, _, _ in placed for line in calls[number].command.lines})
    if placed:
        keys = [(channel.id, node.id, calls[number].command.external_id) for number, channel, node in placed]
        named = pairs_of(calls[number].command for number, _, _ in placed)
        known, policies, records = await ask(
            work.connection,
            orders.store.known_sales(*zip(*keys, strict=True)),
            inventory.policies_for(variants.values(), {node.id for _, _, node in placed}),
            customers.known(work.vault, customers.unremembered(work, named)),
        )
        fresh = _unknown(calls, placed, [known.get(key) for key in keys], answers)
        if fresh:
            people = await name_customers(work, [calls[number].command for number, _, _ in fresh], records)
            await _record(work, calls, fresh, _Named(variants, policies, people), answers)
    return [answers[number] for number in range(len(calls))]


@dataclass(frozen=True, slots=True)
class _Named:
    """What the sales of a batch name: variants by SKU, what must stay free of them, and customers."""

    variants: dict[str, catalog.Variant]
    policies: inventory.PolicySet
    customers: Customers


async def _complete(work: Work, variants: dict[str, catalog.Variant], skus: set[str]) -> None:
    missing = skus - variants.keys()
    if missing:
        variants |= await catalog.ensure_placeholders(work, sorted(missing))


def _unknown(
    calls: Sequence[SaleCall],
    placed: Sequence[tuple[int, catalog.Channel, catalog.Node]],
    known: Sequence[orders.store.Known | None],
    answers: dict[int, Answer],
) -> list[tuple[int, catalog.Channel, catalog.Node]]:
    """The sales that are new; those recorded before (their stored answer has been forgotten) are answered here."""
    fresh = []
    for item, before in zip(placed, known, strict=True):
        if before is None:
            fresh.append(item)
            continue
        call = calls[item[0]]
        same = before.fingerprint == call.fingerprint
        answers[item[0]] = orders.SaleRecorded(before.id, before.total_minor) if same else _clash(call.command)
    return fresh


async def _record(
    work: Work,
    calls: Sequence[SaleCall],
    fresh: Sequence[tuple[int, catalog.Channel, catalog.Node]],
    named: "_Named",
    answers: dict[int, Answer],
) -> None:
    sales = [calls[number].command for number, _, _ in fresh]
    # An order and a finding each; a movement, two findings and a discrepancy a line; a tender each.
    await work.reserve_ids(sum(2 + 4 * len(sale.lines) + len(sale.tenders) for sale in sales))
    read = []
    findings: list[orders.Finding] = []
    for number, channel, node in fresh:
        call = calls[number]
        customer = named.customers.record(call.command)
        order, odd = orders.sales.read_sale(
            work.ids.take(), call.fingerprint, call.command, channel, node, named.variants, customer
        )
        read.append((number, order, odd))
        findings += odd
    book = await lock(work, {(line.variant, order.node) for _, order, _ in read for line in order.lines.values()})
    before = inventory.free_before(named.policies, book)
    breaches: list[tuple[orders.Order, SaleCall, Breach]] = []
    for number, order, odd in read:
        steps = tuple(
            [
                Transfer(line.variant, order.node, inventory.CUSTOMER, line.quantity)
                for line in order.lines.values()
                if line.quantity
            ]
        )
        found = book.decide(Group(steps, "sale", order.id, order.occurred_at, fact=True))
        assert isinstance(found, list)
        breaches += [(order, calls[number], breach) for breach in found]
        answer = orders.SaleRecorded(order.id, order.total_minor, len(found), len(odd))
        answers[number] = answer
        orders.events.emit(work, calls[number], "sale_recorded", order.id, answer, order.customer)
    by_id = {variant.id: variant for variant in named.variants.values()}
    by_place = {node.id: node for _, _, node in fresh}
    await inventory.record_discrepancies(
        work,
        [
            inventory.Discrepancy(
                "oversold",
                by_place[breach.place],
                by_id[breach.asset],
                -breach.missing,
                order.id,
                order.occurred_at,
                call.actor,
                call.trace,
            )
            for order, call, breach in breaches
        ],
    )
    inventory.emit_low(work, inventory.low_crossings(named.policies, before, book, by_id.values(), by_place.values()))
    await save(work, book)
    _store(work, calls, read, findings)


def _store(
    work: Work,
    calls: Sequence[SaleCall],
    read: Sequence[tuple[int, orders.Order, list[orders.Finding]]],
    findings: Sequence[orders.Finding],
) -> None:
    orders.store.insert(work, [order for _, order, _ in read])
    discounts: list[tuple[int, int, str, int]] = []
    tenders: list[tuple[int, orders.Tender, datetime]] = []
    taxes: list[tuple[int, int, orders.TaxLine]] = []
    for number, order, _ in read:
        sale = calls[number].command
        discounts += orders.store.discount_rows(order.id, sale.lines)
        tenders += [(order.id, tender, order.occurred_at) for tender in sale.tenders]
        taxes += [(order.id, position, tax) for position, tax in enumerate(sale.taxes, 1)]
    orders.store.insert_discounts(work, discounts)
    orders.store.insert_tenders(work, tenders)
    orders.store.insert_taxes(work, taxes)
    orders.store.insert_findings(work, findings)


RECORD_SALES: Operation[orders.RecordSale, orders.SaleRecorded] = Operation(
    name="orders.record_sale",
    command=orders.RecordSale,
    result=orders.SaleRecorded,
    handle=record_sales,
    foresee=_names,
    identity=lambda sale: f"{sale.channel}\x1f{sale.node}\x1f{sale.external_id}",
    clash=_clash,
)
