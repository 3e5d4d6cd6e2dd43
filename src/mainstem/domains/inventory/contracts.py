"""What the stock is told, asked and answers. Quantities are in smallest steps of the variant's unit."""

from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from mainstem.kernel.refusals import Kind, declare

SUPPLIER, CUSTOMER, SCRAP, COUNT_VARIANCE, OPENING = -1, -2, -3, -4, -5
"""The outside world as the stock sees it: places whose balance is not kept."""

AdjustReason = Literal["damaged", "expired", "theft", "found", "internal_use", "correction"]
DiscrepancyKind = Literal["oversold", "counted", "transfer_short", "transfer_over"]

LINES_MAX = 10_000
"""Lines of one command."""

NOTE_LENGTH_MAX = 500
RESERVATION_MINUTES_MAX = 43_200
"""A reservation holds for 30 days at most."""

EXPECTED_AHEAD_MAX = timedelta(days=3653)
"""Nothing is announced for later than ten years from now."""

AVAILABILITY_PAIRS_MAX = 100_000
"""Pairs of a SKU and a node in one question."""

PAGE_MAX = 1_000
"""Rows of one page of a list."""


class StockLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """So much of a SKU; the unit, when given, must be the variant's own."""

    sku: str
    quantity: int
    unit: str | None = None


class ReceiveStock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: goods arrived at a node from outside. `derived` names the rule when they were derived, not observed."""

    node: str
    lines: tuple[StockLine, ...]
    source: Literal["supplier", "opening"] = "supplier"
    document: str = ""
    occurred_at: datetime | None = None
    derived: str = ""


class AdjustStock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: change what is there by a signed quantity per line, with a reason."""

    node: str
    lines: tuple[StockLine, ...]
    reason: AdjustReason
    note: str = ""


class CountStock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: so much was counted. The variance to what the ledger had at that moment is posted."""

    node: str
    lines: tuple[StockLine, ...]
    document: str = ""
    occurred_at: datetime | None = None


class SendTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: move goods out of one node on their way to another."""

    source: str
    target: str
    lines: tuple[StockLine, ...]
    document: str = ""
    expected_at: datetime | None = None


class ReceiveTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact: goods of a transfer arrived. `final` closes it: what did not arrive becomes a discrepancy."""

    transfer: int
    lines: tuple[StockLine, ...]
    final: bool = True
    occurred_at: datetime | None = None


class ReserveStock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: hold goods at a node for a while, all lines or none."""

    node: str
    lines: tuple[StockLine, ...]
    minutes: int
    channel: str | None = None
    document: str = ""


class ReleaseReservation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request: give back what a reservation still holds."""

    reservation: int


class AnnounceInbound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods are expected at a node at a moment; replaces what the document announced before, no lines withdraw it."""

    node: str
    document: str
    lines: tuple[StockLine, ...]
    expected_at: datetime


class PolicyValues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The values of a policy as somebody saw them; all None: there was none with this scope."""

    safety: int | None = None
    buffer: int | None = None
    low: int | None = None


class SetStockPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set safety stock, channel buffer and low-stock level for a scope; None leaves that value to a wider scope.

    A scope names any of SKU, category (a prefix path), node and channel. For each value the narrowest matching scope
    wins: SKU over category (longer over shorter) over none, then node over none, then channel over none.
    `seen`, when given, is what was set before, as far as the sender knows: refused when it is something else by now.
    """

    sku: str | None = None
    category: str | None = None
    node: str | None = None
    channel: str | None = None
    safety: int | None = None
    buffer: int | None = None
    low: int | None = None
    seen: PolicyValues | msgspec.UnsetType = msgspec.UNSET


class ResolveDiscrepancy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close a discrepancy with a note on what was found."""

    discrepancy: int
    note: str


class StockChanged(msgspec.Struct, frozen=True):
    """The id of what was recorded (delivery, adjustment, count, transfer, reservation, ...) and its shortfalls."""

    id: int
    lines: int
    discrepancies: int = 0


class Available(msgspec.Struct, frozen=True, gc=False):
    """What can be promised of a SKU at a node: on_hand - held - safety - buffer, never below 0; inbound is apart."""

    sku: str
    node: str
    on_hand: int
    held: int
    safety: int
    buffer: int
    available: int
    inbound: int
    inbound_at: datetime | None


class StockAt(msgspec.Struct, frozen=True, gc=False):
    """What was on hand of a SKU at a node at the end of a local day or at a moment."""

    sku: str
    node: str
    on_hand: int
    moment: datetime
    day: date | None


class DocumentEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an event says of a document; its lines are the movements (or holds) with its id as their reference."""

    document: str = ""
    node: str = ""
    target: str = ""
    lines: int = 0
    discrepancies: int = 0
    reason: str = ""
    note: str = ""
    derived: str = ""
    expected_at: datetime | None = None
    closed: bool = True


class PolicyEvent(msgspec.Struct, frozen=True):
    """The policy as it was set, and whether that removed it."""

    policy: SetStockPolicy
    removed: bool


class DiscrepancyEvent(msgspec.Struct, frozen=True):
    """What a fact contradicted: the signed quantity found beyond what the ledger had, and the fact's id."""

    kind: DiscrepancyKind
    node: str
    sku: str
    quantity: int
    reference: int


class ResolvedEvent(msgspec.Struct, frozen=True):
    """What was found about a discrepancy."""

    note: str


class LowEvent(msgspec.Struct, frozen=True):
    """What is free of a SKU at a node fell from above its low-stock level to at or below it."""

    sku: str
    node: str
    free: int
    low: int


NO_LINES = declare("no_lines", Kind.INVALID, "There is no line.", "Send at least one line.")
TOO_MANY_LINES = declare("too_many_lines", Kind.TOO_LARGE, "There are {size} lines; the limit is {limit}.", "Split it.")
BAD_QUANTITY = declare(
    "bad_quantity",
    Kind.INVALID,
    "{quantity} is not a quantity that can be used here.",
    "Send a whole number of smallest steps between {least} and {most}.",
)
WRONG_UNIT = declare(
    "wrong_unit", Kind.INVALID, "SKU {sku} is counted in {unit}, not in {given}.", "Convert the quantity to {unit}."
)
OUT_OF_STOCK = declare(
    "out_of_stock",
    Kind.CONFLICT,
    "Only {available} of SKU {sku} can be promised at {node}; {wanted} were asked for.",
    "Ask for less, or for another node.",
)
CLOCK_SKEW = declare(
    "clock_skew",
    Kind.INVALID,
    "The moment {moment} is not between the year 2000 and now.",
    "Check the clock of the sending device.",
)
SAME_NODE = declare("same_node", Kind.INVALID, "A transfer from {node} to itself moves nothing.", "Name two nodes.")
ALREADY_CLOSED = declare(
    "already_closed",
    Kind.CONFLICT,
    "{what} {id} is closed already.",
    "Nothing is left to do; read it to see how it ended.",
)
NOT_IN_TRANSFER = declare(
    "not_in_transfer", Kind.INVALID, "SKU {sku} is not part of transfer {transfer}.", "Receive it as a delivery."
)
BAD_POLICY = declare(
    "bad_policy", Kind.INVALID, "This policy cannot be set: {detail}.", "Correct the scope or the values."
)
POLICY_CHANGED = declare(
    "policy_changed",
    Kind.CONFLICT,
    "Somebody else changed this policy meanwhile. Now it says: safety stock {safety}, buffer {buffer}, low-stock level"
    " {low}.",
    "Compare it with what you wanted, and set it again if you still want to.",
)
SKU_TWICE = declare(
    "sku_twice", Kind.INVALID, "SKU {sku} is counted on two lines.", "Send what was counted of it on one line."
)
TOO_FAR_AHEAD = declare(
    "too_far_ahead",
    Kind.INVALID,
    "The expected moment {moment} is not between the year 2000 and {days} days from now.",
    "Correct the expected moment.",
)
NO_TIME_ZONE = declare(
    "no_time_zone", Kind.INVALID, "The moment {moment} has no time zone.", "Send it with its offset, as RFC 3339 says."
)
