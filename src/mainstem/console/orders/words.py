"""The words of orders as people read them: codes of states, verbs, payments, findings and events."""

from typing import NamedTuple

from mainstem.console.frame import N_, Visit


class Step(NamedTuple):
    """A verb on a button, over its form, after it was done, and with many orders at once."""

    button: str
    title: str
    done: str
    icon: str
    bulk: str = ""


STEPS: dict[str, Step] = {
    "pay": Step(N_("Record payment"), N_("Record a payment of order {order}"), N_("The payment is recorded."), "cash"),
    "allocate": Step(
        N_("Allocate"), N_("Allocate order {order}"), N_("The order is allocated."), "clipboard-list", N_("Allocate")
    ),
    "ship": Step(
        N_("Ship"), N_("Ship order {order}"), N_("The shipment is recorded."), "truck-delivery", N_("Ship whole")
    ),
    "deliver": Step(N_("Mark delivered"), N_("Order {order} has arrived"), N_("The delivery is recorded."), "home"),
    "return": Step(N_("Return"), N_("Take back goods of order {order}"), N_("The return is recorded."), "truck-return"),
    "cancel": Step(
        N_("Cancel order"),
        N_("Cancel order {order}"),
        N_("The cancellation is recorded."),
        "ban",
        N_("Cancel orders"),
    ),
}

STATES: dict[str, tuple[str, str]] = {
    "placed": (N_("Placed"), "blue"),
    "allocated": (N_("Allocated"), "cyan"),
    "part_shipped": (N_("Part shipped"), "indigo"),
    "shipped": (N_("Shipped"), "teal"),
    "delivered": (N_("Delivered"), "green"),
    "sold": (N_("Sold"), "green"),
    "part_returned": (N_("Part returned"), "orange"),
    "returned": (N_("Returned"), "orange"),
    "cancelled": (N_("Cancelled"), "secondary"),
    "lapsed": (N_("Lapsed"), "secondary"),
}
"""What a state is called, and the colour of its badge."""

PAYMENTS: dict[str, tuple[str, str]] = {
    "unpaid": (N_("Unpaid"), "yellow"),
    "part_paid": (N_("Part paid"), "yellow"),
    "paid": (N_("Paid"), "green"),
    "refund_due": (N_("Refund due"), "red"),
}

KINDS = {"order": N_("Order"), "sale": N_("Sale")}

TENDERS = {
    "cash": N_("Cash"),
    "card": N_("Card"),
    "alipay": N_("Alipay"),
    "wechat_pay": N_("WeChat Pay"),
    "gift_card": N_("Gift card"),
    "bank_transfer": N_("Bank transfer"),
    "voucher": N_("Voucher"),
    "manufacturer_coupon": N_("Manufacturer's coupon"),
    "other": N_("Other means"),
}
"""The tenders that can be chosen; others that a channel names are shown as it names them."""

DISCOUNTS = {
    "retail": N_("Retailer's discount"),
    "coupon": N_("Coupon"),
    "coupon_match": N_("Coupon match"),
    "promotion": N_("Promotion"),
    "manual": N_("Manual discount"),
    "other": N_("Other discount"),
}

FINDINGS = {
    "unknown_product": N_("The SKU is not in the catalogue."),
    "zero_quantity": N_("The line moved nothing."),
    "large_quantity": N_("The quantity is unusually large."),
    "tender_mismatch": N_("The tenders do not add up to the total."),
    "price_differs": N_("The till charged something else than the price of that moment."),
}

EVENTS: dict[str, tuple[str, str]] = {
    "orders.order_placed": (N_("Order placed"), "shopping-cart"),
    "orders.order_paid": (N_("Payment recorded"), "cash"),
    "orders.order_allocated": (N_("Allocated to a node"), "clipboard-list"),
    "orders.order_shipped": (N_("Goods shipped"), "truck-delivery"),
    "orders.order_delivered": (N_("Delivery recorded"), "home"),
    "orders.order_cancelled": (N_("Goods cancelled"), "ban"),
    "orders.order_returned": (N_("Goods returned"), "truck-return"),
    "orders.order_lapsed": (N_("Promise ended unpaid"), "hourglass"),
    "orders.sale_recorded": (N_("Sale recorded"), "receipt"),
}

REASONS: dict[str, tuple[str, ...]] = {
    "cancel": (
        N_("The customer changed his mind"),
        N_("Not available any more"),
        N_("Wrong address"),
        N_("Suspected fraud"),
    ),
    "return": (
        N_("The customer does not want it"),
        N_("Damaged"),
        N_("Wrong item"),
        N_("Wrong size"),
        N_("Refused at the door"),
    ),
}
"""Reasons that are offered; others can be typed."""


def word(visit: Visit, table: dict[str, str] | dict[str, tuple[str, str]], code: str) -> str:
    """What a code of a table is called; a code that the table does not have is shown as it is."""
    found = table.get(code)
    if found is None:
        return code
    return visit.t(found if isinstance(found, str) else found[0])


def colour(table: dict[str, tuple[str, str]], code: str) -> str:
    """The colour of a code's badge."""
    return table[code][1] if code in table else "secondary"
