"""What reads of orders answer. Amounts in minor units, quantities in smallest steps."""

from datetime import datetime

import msgspec


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """An order in a list.

    `customer` is the id of whom it belongs to today; `customer_reference` what its channel calls him, masked but for
    its end unless it was asked for in the clear.
    """

    id: int
    channel: str
    node: str
    external_id: str
    kind: str
    state: str
    payment: str
    customer: int | None
    customer_reference: str
    currency: str
    total_minor: int
    due_minor: int
    paid_minor: int
    occurred_at: datetime
    expires_at: datetime | None
    revision: int


class LineDiscount(msgspec.Struct, frozen=True, gc=False):
    """What a kind of discount took off a line; `code` is that of the promotion, "" for what is none."""

    kind: str
    amount_minor: int
    code: str = ""


class HoldView(msgspec.Struct, frozen=True, gc=False):
    """What is promised of a line and not shipped yet, where, and until when (None: until it is shipped)."""

    id: int
    node: str
    quantity: int
    expires_at: datetime | None


class LineView(msgspec.Struct, frozen=True, gc=False):
    """A line of an order as it stands. A sale names no unit price: it says what was charged."""

    line: int
    sku: str
    unit: str
    quantity: int
    unit_price_minor: int | None
    amount_minor: int
    discount_minor: int
    discounts: tuple[LineDiscount, ...]
    shipped: int
    cancelled: int
    returned: int
    hold: HoldView | None

    @property
    def open(self) -> int:
        """What is promised and neither shipped nor cancelled."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def out(self) -> int:
        """What the customer has."""
        return self.shipped - self.returned


class TenderView(msgspec.Struct, frozen=True, gc=False):
    """A payment, or a refund when it is negative."""

    id: int
    kind: str
    amount_minor: int
    reference: str
    occurred_at: datetime


class TaxView(msgspec.Struct, frozen=True, gc=False):
    """A tax as it was given."""

    name: str
    amount_minor: int
    rate_millionths: int
    included: bool


class MovedLine(msgspec.Struct, frozen=True, gc=False):
    """So much of a line, in a shipment or a return; `refund_minor` is 0 in a shipment."""

    line: int
    quantity: int
    refund_minor: int = 0


class ShipmentView(msgspec.Struct, frozen=True):
    """What left a node together."""

    id: int
    node: str
    carrier: str
    tracking: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[MovedLine, ...]


class ReturnView(msgspec.Struct, frozen=True):
    """What came back together."""

    id: int
    node: str
    reason: str
    restock: bool
    refund_minor: int
    returned_at: datetime
    lines: tuple[MovedLine, ...]


class FindingView(msgspec.Struct, frozen=True, gc=False):
    """What was odd about a recorded fact and was carried all the same; `line` is None when it is the whole order."""

    line: int | None
    code: str
    detail: str


class OrderView(msgspec.Struct, frozen=True):
    """An order as it stands; `revision` grows with every change. `customer` and `customer_reference` as in a list."""

    id: int
    channel: str
    node: str
    external_id: str
    kind: str
    state: str
    payment: str
    customer: int | None
    customer_reference: str
    currency: str
    total_minor: int
    due_minor: int
    added_tax_minor: int
    delivery_minor: int
    paid_minor: int
    expires_at: datetime | None
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    lines: tuple[LineView, ...]
    tenders: tuple[TenderView, ...]
    taxes: tuple[TaxView, ...]
    shipments: tuple[ShipmentView, ...]
    returns: tuple[ReturnView, ...]
    findings: tuple[FindingView, ...]
