"""What the orders are told, asked and answer. Amounts in minor units, quantities in smallest steps."""

from datetime import datetime
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

DiscountKind = Literal["retail", "coupon", "coupon_match", "promotion", "manual", "other"]


class Discount(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """So much off a line, and what kind of discount it was."""

    kind: DiscountKind
    amount_minor: int


class Tender(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A means of payment and the amount it paid, as given: cash, card, alipay, wechat_pay, gift_card, ..."""

    kind: str
    amount_minor: int
    reference: str = ""


class TaxLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A tax as given; `included` says whether the line amounts contain it already."""

    name: str
    amount_minor: int
    rate_millionths: int = 0
    included: bool = True


class OrderLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A line asked for. Without `unit_price_minor` the price in force is taken."""

    sku: str
    quantity: int
    unit: str | None = None
    unit_price_minor: int | None = None
    discounts: tuple[Discount, ...] = ()


class SaleLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A line that was sold: `amount_minor` is what was charged for it after the discounts listed."""

    sku: str
    quantity: int
    amount_minor: int
    unit: str | None = None
    discounts: tuple[Discount, ...] = ()


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: promise these lines from one node, all or none; refused when that cannot be done.

    With `node` the promise is made there; otherwise the first node of the channel's order that can promise all lines.
    Unpaid orders lapse after `hold_minutes`; an order that its tenders pay in full is paid at once.
    """

    channel: str
    lines: tuple[OrderLine, ...]
    external_id: str = ""
    node: str | None = None
    customer: str = ""
    currency: str | None = None
    hold_minutes: int | None = None
    tenders: tuple[Tender, ...] = ()
    taxes: tuple[TaxLine, ...] = ()


class RecordSale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: these lines left a node in a customer's hands; never refused for stock.

    Known by (channel, node, external_id).
    """

    channel: str
    node: str
    external_id: str
    occurred_at: datetime
    lines: tuple[SaleLine, ...]
    customer: str = ""
    currency: str | None = None
    tenders: tuple[Tender, ...] = ()
    taxes: tuple[TaxLine, ...] = ()


# A change of an order may name the revision it was decided on, as the reads of the order give it. Then it is refused
# when the order has changed since. A command without one is written as it always was: stored answers keep fitting.


class PayOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: somebody paid. Once it is paid in full the promise no longer lapses."""

    order: int
    tenders: tuple[Tender, ...]
    revision: int | msgspec.UnsetType = msgspec.UNSET


class AllocateOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: hand what is still open to a node for fulfilment; to another node than promised when one is named."""

    order: int
    node: str | None = None
    revision: int | msgspec.UnsetType = msgspec.UNSET


class LineQuantity(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """So much of a line, named by its position (1, 2, ...)."""

    line: int
    quantity: int


class ShipOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: these quantities left the node; without lines, everything still open."""

    order: int
    lines: tuple[LineQuantity, ...] = ()
    carrier: str = ""
    tracking: str = ""
    revision: int | msgspec.UnsetType = msgspec.UNSET


class DeliverOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: a shipment arrived; without `shipment`, every shipment of the order."""

    order: int
    shipment: int | None = None
    revision: int | msgspec.UnsetType = msgspec.UNSET


class CancelOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: give up what has not been shipped; without lines, all of it."""

    order: int
    reason: str
    lines: tuple[LineQuantity, ...] = ()
    revision: int | msgspec.UnsetType = msgspec.UNSET


class ReturnOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: take goods back at any node; without lines, everything out. `restock` puts them on the shelf again."""

    order: int
    node: str
    reason: str
    lines: tuple[LineQuantity, ...] = ()
    restock: bool = True
    revision: int | msgspec.UnsetType = msgspec.UNSET


class LinePlaced(msgspec.Struct, frozen=True, gc=False):
    """A line as it was accepted."""

    line: int
    sku: str
    quantity: int
    unit_price_minor: int
    amount_minor: int


class OrderPlaced(msgspec.Struct, frozen=True):
    """The order as it was accepted: its id, the node that promises it, its state and what is to pay."""

    id: int
    state: str
    payment: str
    node: str
    currency: str
    total_minor: int
    paid_minor: int
    expires_at: datetime | None
    lines: tuple[LinePlaced, ...]


class SaleRecorded(msgspec.Struct, frozen=True):
    """The sale's order id, its total, and how many discrepancies and findings it left."""

    id: int
    total_minor: int
    discrepancies: int = 0
    findings: int = 0


class OrderChanged(msgspec.Struct, frozen=True):
    """The state after a change; `created` is the shipment or return it made, `refund_minor` what is due back."""

    id: int
    state: str
    payment: str
    created: int | None = None
    refund_minor: int = 0


UNKNOWN_LINE = declare(
    "unknown_line", Kind.INVALID, "Order {order} has no line {line}.", "Use the positions of the order."
)
DUPLICATE_LINE = declare("duplicate_line", Kind.INVALID, "Line {line} is named twice.", "Name each line once.")
NOT_THAT_MUCH = declare(
    "not_that_much",
    Kind.CONFLICT,
    "Line {line} has {possible} left for that; {wanted} were asked for.",
    "Ask for at most {possible}.",
)
NOTHING_LEFT = declare(
    "nothing_left",
    Kind.CONFLICT,
    "Nothing of order {order} is left for that.",
    "Read the order to see what became of it.",
)
WRONG_STATE = declare(
    "wrong_state", Kind.CONFLICT, "An order that is {state} cannot be changed by {verb}.", "Possible now: {possible}."
)
CHANGED_MEANWHILE = declare(
    "changed_meanwhile",
    Kind.CONFLICT,
    "Order {order} has changed meanwhile: its revision is {current}, not {given}.",
    "Read the order as it is now, and decide again.",
)
DUPLICATE_ORDER = declare(
    "duplicate_order",
    Kind.CONFLICT,
    "Order {external_id} of channel {channel} exists already.",
    "Repeat the first request as it was to get its answer; a different order needs another external id.",
)
WRONG_CURRENCY = declare(
    "wrong_currency",
    Kind.INVALID,
    "Channel {channel} sells in {currency}, not in {given}.",
    "Send amounts in {currency}.",
)
BAD_DISCOUNT = declare(
    "bad_discount", Kind.INVALID, "The discounts of a line are more than its price.", "Correct the discounts."
)
MISSING_REASON = declare("missing_reason", Kind.INVALID, "A reason is needed.", "Say why, in a few words.")
NO_NODE = declare(
    "no_node",
    Kind.CONFLICT,
    "Channel {channel} has no node that could promise the order.",
    "Name a node in the order, or give the channel its nodes.",
)
