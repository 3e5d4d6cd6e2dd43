"""How a recorded sale is read: pure, and never refused for what it contradicts."""

from datetime import datetime

from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_NODE, Channel, Node, Variant
from mainstem.domains.inventory import BAD_QUANTITY, NO_LINES, TOO_MANY_LINES, WRONG_UNIT, moment_of_fact
from mainstem.domains.orders import contracts as c
from mainstem.domains.orders.rules import Line, Order
from mainstem.domains.orders.store import Finding
from mainstem.domains.orders.texts import bad_code, bad_texts
from mainstem.domains.pricing import BAD_AMOUNT
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.quantity import QUANTITY_MAX, UNITS
from mainstem.kernel.refusals import Refusal, refuse

LINES_MAX = 1000
LARGE_QUANTITY_UNITS = 100
"""A line of more whole units than this is carried and shown in the data-quality report."""


def unreadable(sale: c.RecordSale, now: datetime) -> Refusal | None:
    """Why a sale cannot even be recorded: it goes to quarantine, where somebody corrects it."""
    if not sale.external_id:
        return bad_code("/external_id", "")
    refusal = bad_texts(sale)
    if refusal is not None:
        return refusal
    moment = moment_of_fact(sale.occurred_at, now)
    if isinstance(moment, Refusal):
        return moment
    refusal = bad_line_count(len(sale.lines))
    if refusal is not None:
        return refusal
    for number, line in enumerate(sale.lines):
        if not 0 <= line.quantity <= QUANTITY_MAX:
            return refuse(BAD_QUANTITY, f"/lines/{number}/quantity", quantity=line.quantity, least=0, most=QUANTITY_MAX)
        if not 0 <= line.amount_minor <= AMOUNT_MINOR_MAX:
            where = f"/lines/{number}/amount_minor"
            return refuse(BAD_AMOUNT, where, amount=line.amount_minor, least=0, most=AMOUNT_MINOR_MAX)
        if line.discounts and any(not 0 <= part.amount_minor <= AMOUNT_MINOR_MAX for part in line.discounts):
            return refuse(c.BAD_DISCOUNT, f"/lines/{number}/discounts")
    return bad_money(sale, -AMOUNT_MINOR_MAX)  # a tender below 0 is change given


def bad_money(command: c.PlaceOrder | c.RecordSale, tender_least: int) -> Refusal | None:
    """The first tender or tax with an amount or rate that cannot be one."""
    amounts = [(f"/tenders/{n}/amount_minor", t.amount_minor, tender_least) for n, t in enumerate(command.tenders)]
    for number, tax in enumerate(command.taxes):
        amounts.append((f"/taxes/{number}/amount_minor", tax.amount_minor, 0))
        amounts.append((f"/taxes/{number}/rate_millionths", tax.rate_millionths, 0))
    for where, amount, least in amounts:
        if not least <= amount <= AMOUNT_MINOR_MAX:
            return refuse(BAD_AMOUNT, where, amount=amount, least=least, most=AMOUNT_MINOR_MAX)
    return None


def bad_line_count(size: int) -> Refusal | None:
    """Whether there are too few or too many lines."""
    if size == 0:
        return refuse(NO_LINES, "/lines")
    if size > LINES_MAX:
        return refuse(TOO_MANY_LINES, "/lines", size=size, limit=LINES_MAX)
    return None


def misplaced(
    sale: c.RecordSale, channel: Channel | None, node: Node | None, variants: dict[str, Variant]
) -> Refusal | None:
    """Why a sale cannot be placed in the network: nobody knows its channel or node, or what its quantities count."""
    if channel is None:
        return refuse(UNKNOWN_CHANNEL, "/channel", channel=sale.channel)
    if node is None:
        return refuse(UNKNOWN_NODE, "/node", node=sale.node)
    if sale.currency is not None and sale.currency != channel.currency:
        return refuse(
            c.WRONG_CURRENCY, "/currency", channel=sale.channel, currency=channel.currency, given=sale.currency
        )
    for number, line in enumerate(sale.lines):
        variant = variants.get(line.sku)
        if variant is None:
            if not is_code(line.sku):
                return bad_code(f"/lines/{number}/sku", line.sku)
        # The unit of a placeholder was assumed: it contradicts nobody.
        elif line.unit is not None and not variant.placeholder and variant.unit != line.unit:
            return refuse(WRONG_UNIT, f"/lines/{number}/unit", sku=line.sku, unit=variant.unit, given=line.unit)
    return None


def read_sale(
    order_id: int,
    fingerprint: bytes,
    sale: c.RecordSale,
    channel: Channel,
    node: Node,
    variants: dict[str, Variant],
    customer: int | None,
) -> tuple[Order, list[Finding]]:
    """The sale as an order that is over, and what was odd about it; `customer` is a record of the customers room."""
    lines: list[Line] = []
    findings: list[Finding] = []
    total = 0
    for position, item in enumerate(sale.lines, 1):
        variant = variants[item.sku]
        quantity, amount = item.quantity, item.amount_minor
        discount = 0
        for part in item.discounts:
            discount += part.amount_minor
        lines.append(Line(position, variant.id, quantity, None, discount, amount, None, quantity))
        total += amount
        if variant.placeholder:
            findings.append(Finding(order_id, position, "unknown_product", item.sku))
        if quantity == 0:
            findings.append(Finding(order_id, position, "zero_quantity"))
        elif quantity > LARGE_QUANTITY_UNITS and quantity > LARGE_QUANTITY_UNITS * UNITS[variant.unit].steps_per_unit:
            findings.append(Finding(order_id, position, "large_quantity", str(quantity)))
    added_tax = sum(tax.amount_minor for tax in sale.taxes if not tax.included)
    paid = total + added_tax
    if sale.tenders and sum(tender.amount_minor for tender in sale.tenders) != paid:
        findings.append(Finding(order_id, None, "tender_mismatch", str(paid)))
    order = Order(
        order_id,
        channel=channel.id,
        node=node.id,
        kind="sale",
        state="sold",
        currency=channel.currency,
        total_minor=paid,
        paid_minor=paid,
        added_tax_minor=added_tax,
        occurred_at=sale.occurred_at,
        external_id=sale.external_id,
        fingerprint=fingerprint,
        customer=customer,
        lines=lines,
    )
    return order, findings
