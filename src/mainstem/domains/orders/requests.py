"""How a placed order is read and priced: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mainstem.domains.catalog import UNKNOWN_CHANNEL, UNKNOWN_NODE, UNKNOWN_SKU, Channel, Node, Variant
from mainstem.domains.inventory import BAD_QUANTITY, WRONG_UNIT
from mainstem.domains.orders import contracts as c
from mainstem.domains.orders.rules import Line, Order, payment_state
from mainstem.domains.orders.sales import bad_line_count, bad_money
from mainstem.domains.orders.texts import SHOWN_LENGTH_MAX
from mainstem.domains.pricing import BAD_AMOUNT, NO_PRICE, Prices
from mainstem.kernel.money import AMOUNT_MINOR_MAX, price_times
from mainstem.kernel.quantity import QUANTITY_MAX, UNITS
from mainstem.kernel.refusals import Refusal, refuse

HOLD_MINUTES_MAX = 60 * 24 * 30


def unacceptable(
    order: c.PlaceOrder, channel: Channel | None, nodes: dict[str, Node], variants: dict[str, Variant]
) -> Refusal | None:
    """Why an order cannot be considered at all."""
    if channel is None:
        return refuse(UNKNOWN_CHANNEL, "/channel", channel=order.channel)
    if order.node is not None and order.node not in nodes:
        return refuse(UNKNOWN_NODE, "/node", node=order.node)
    if order.node is None and not channel.nodes:
        return refuse(c.NO_NODE, "/node", channel=order.channel)
    if order.currency is not None and order.currency != channel.currency:
        return refuse(
            c.WRONG_CURRENCY, "/currency", channel=order.channel, currency=channel.currency, given=order.currency
        )
    minutes = order.hold_minutes
    if minutes is not None and not 1 <= minutes <= HOLD_MINUTES_MAX:
        return refuse(BAD_QUANTITY, "/hold_minutes", quantity=minutes, least=1, most=HOLD_MINUTES_MAX)
    return bad_line_count(len(order.lines)) or _bad_lines(order.lines, variants) or bad_money(order, 0)


def _bad_lines(lines: Sequence[c.OrderLine], variants: dict[str, Variant]) -> Refusal | None:
    for number, line in enumerate(lines):
        variant = variants.get(line.sku)
        if variant is None:
            return refuse(UNKNOWN_SKU, f"/lines/{number}/sku", sku=line.sku[:SHOWN_LENGTH_MAX])
        if line.unit is not None and line.unit != variant.unit:
            return refuse(WRONG_UNIT, f"/lines/{number}/unit", sku=line.sku, unit=variant.unit, given=line.unit)
        if not 1 <= line.quantity <= QUANTITY_MAX:
            where = f"/lines/{number}/quantity"
            return refuse(BAD_QUANTITY, where, quantity=line.quantity, least=1, most=QUANTITY_MAX)
        price = line.unit_price_minor
        if price is not None and not 0 <= price <= AMOUNT_MINOR_MAX:
            where = f"/lines/{number}/unit_price_minor"
            return refuse(BAD_AMOUNT, where, amount=price, least=0, most=AMOUNT_MINOR_MAX)
        if line.discounts and any(not 0 <= part.amount_minor <= AMOUNT_MINOR_MAX for part in line.discounts):
            return refuse(c.BAD_DISCOUNT, f"/lines/{number}/discounts")
    return None


def priced(
    order: c.PlaceOrder, channel: Channel, node: int | None, variants: dict[str, Variant], prices: Prices
) -> Refusal | list[Line]:
    """The lines with their amounts: the price asked for, else the price in force for the channel and node."""
    lines: list[Line] = []
    for position, item in enumerate(order.lines, 1):
        variant = variants[item.sku]
        price = item.unit_price_minor
        if price is None:
            price = prices.at(variant.id, channel.id, node, channel.currency)
            if price is None:
                return refuse(
                    NO_PRICE,
                    f"/lines/{position - 1}/sku",
                    sku=item.sku,
                    currency=channel.currency,
                    channel=channel.code,
                )
        gross = price_times(price, item.quantity, UNITS[variant.unit].steps_per_unit)
        discount = sum([part.amount_minor for part in item.discounts]) if item.discounts else 0
        if discount > gross:
            return refuse(c.BAD_DISCOUNT, f"/lines/{position - 1}/discounts")
        if gross > AMOUNT_MINOR_MAX:
            where = f"/lines/{position - 1}"
            return refuse(BAD_AMOUNT, where, amount=gross, least=0, most=AMOUNT_MINOR_MAX)
        lines.append(Line(position, variant.id, item.quantity, price, discount, gross - discount, None))
    return lines


def accepted(
    order_id: int,
    fingerprint: bytes,
    request: c.PlaceOrder,
    channel: Channel,
    lines: list[Line],
    now: datetime,
    hold_minutes: int,
    delivery_minor: int = 0,
) -> Order:
    """The order that the request becomes; its node and customer are set when a node has promised it."""
    added_tax = sum([tax.amount_minor for tax in request.taxes if not tax.included])
    total = sum([line.amount_minor for line in lines]) + added_tax + delivery_minor
    paid = sum([tender.amount_minor for tender in request.tenders])
    lapses = payment_state(paid, total) in ("unpaid", "part_paid")
    return Order(
        order_id,
        channel=channel.id,
        node=0,
        kind="order",
        state="placed",
        currency=channel.currency,
        total_minor=total,
        paid_minor=paid,
        added_tax_minor=added_tax,
        occurred_at=now,
        expires_at=now + timedelta(minutes=request.hold_minutes or hold_minutes) if lapses else None,
        external_id=request.external_id,
        fingerprint=fingerprint,
        delivery_minor=delivery_minor,
        lines=lines,
    )


def answer(order: Order, request: c.PlaceOrder, node: str) -> c.OrderPlaced:
    """What the customer's channel is told."""
    return c.OrderPlaced(
        id=order.id,
        state=order.state,
        payment=order.payment,
        node=node,
        currency=order.currency,
        total_minor=order.total_minor,
        paid_minor=order.paid_minor,
        expires_at=order.expires_at,
        lines=tuple(
            [
                c.LinePlaced(line.position, item.sku, line.quantity, line.unit_price_minor or 0, line.amount_minor)
                for line, item in zip(order.lines.values(), request.lines, strict=True)
            ]
        ),
    )
