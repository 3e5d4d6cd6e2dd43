"""The decisions about orders: pure functions of an order as it stands and what is asked of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from mainstem.domains.orders import contracts as c
from mainstem.domains.orders.states import TRANSITIONS, possible
from mainstem.kernel.refusals import Refusal, refuse


class Line(msgspec.Struct, gc=False):
    """A line of an order as it stands."""

    position: int
    variant: int
    quantity: int
    unit_price_minor: int | None
    discount_minor: int
    amount_minor: int
    hold: int | None
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def open(self) -> int:
        """What is promised and neither shipped nor cancelled."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def out(self) -> int:
        """What the customer has."""
        return self.shipped - self.returned

    def give_up(self, quantity: int) -> int:
        """The value of the next `quantity` steps given up; the shares of a whole line add up to its amount."""
        before = self.cancelled + self.returned
        return share(self.amount_minor, before + quantity, self.quantity) - share(
            self.amount_minor, before, self.quantity
        )


class Order:
    """An order as it stands, with its lines by position; `customer` is a record of the customers room."""

    __slots__ = (
        "added_tax_minor",
        "channel",
        "checkout",
        "currency",
        "customer",
        "delivery_minor",
        "due_minor",
        "expires_at",
        "external_id",
        "fingerprint",
        "id",
        "kind",
        "lines",
        "node",
        "occurred_at",
        "paid_minor",
        "revision",
        "state",
        "total_minor",
        "undelivered",
    )

    def __init__(  # noqa: PLR0913 - one argument a column
        self,
        id: int,  # noqa: A002 - the column's name
        *,
        channel: int,
        node: int,
        kind: str,
        state: str,
        currency: str,
        total_minor: int,
        occurred_at: datetime,
        lines: Sequence[Line],
        external_id: str = "",
        fingerprint: bytes = b"",
        customer: int | None = None,
        due_minor: int | None = None,
        added_tax_minor: int = 0,
        paid_minor: int = 0,
        expires_at: datetime | None = None,
        revision: int = 1,
        undelivered: int = 0,
        delivery_minor: int = 0,
        checkout: str | None = None,
    ) -> None:
        self.id = id
        self.channel = channel
        self.node = node
        self.kind = kind
        self.state = state
        self.currency = currency
        self.total_minor = total_minor
        self.due_minor = total_minor if due_minor is None else due_minor
        self.added_tax_minor = added_tax_minor
        self.paid_minor = paid_minor
        self.occurred_at = occurred_at
        self.expires_at = expires_at
        self.external_id = external_id
        self.fingerprint = fingerprint
        self.customer = customer
        self.revision = revision
        self.undelivered = undelivered
        self.delivery_minor = delivery_minor
        self.checkout = checkout
        self.lines = {line.position: line for line in lines}

    @property
    def payment(self) -> str:
        """How what was paid compares with what is due now."""
        return payment_state(self.paid_minor, self.due_minor)

    @property
    def given_up(self) -> bool:
        """Whether nothing of it is kept: all of it was cancelled or came back."""
        return not any(line.quantity > line.cancelled + line.returned for line in self.lines.values())

    def spots(self) -> list[tuple[int, int]]:
        """Where its open lines are promised, as (asset, place) of the ledger."""
        return [(line.variant, self.node) for line in self.lines.values() if line.open]

    def open_holds(self) -> list[tuple[int, int]]:
        """The holds that still promise something, as (hold, quantity)."""
        return [(line.hold, line.open) for line in self.lines.values() if line.hold is not None and line.open]

    def changed(self) -> c.OrderChanged:
        """The answer to a change that made no document."""
        return c.OrderChanged(id=self.id, state=self.state, payment=self.payment)


def payment_state(paid_minor: int, due_minor: int) -> str:
    """unpaid, part_paid, paid, or refund_due when more was paid than is due."""
    if paid_minor > due_minor:
        return "refund_due"
    if paid_minor == due_minor:
        return "paid"
    return "part_paid" if paid_minor > 0 else "unpaid"


def share(amount: int, part: int, whole: int) -> int:
    """The share of an amount that `part` of `whole` stands for, rounded down; all of it when part is whole."""
    return amount * part // whole if whole else 0


def admits(order: Order, verb: str) -> Refusal | None:
    """Whether the order's state admits the verb."""
    if verb in TRANSITIONS[order.state]:
        return None
    return refuse(c.WRONG_STATE, "/order", state=order.state, verb=verb, possible=possible(order.state))


def move(order: Order, verb: str, state: str) -> None:
    """Take the order to a state along the table; anything else is a defect."""
    assert state in TRANSITIONS[order.state][verb], (order.id, order.state, verb, state)
    order.state = state


def chosen(order: Order, wanted: Sequence[c.LineQuantity], left: dict[int, int]) -> Refusal | list[tuple[Line, int]]:
    """The lines and quantities meant: those named, or all that is left when none is named."""
    if not wanted:
        rest = [(order.lines[position], quantity) for position, quantity in left.items() if quantity > 0]
        return rest or refuse(c.NOTHING_LEFT, "/lines", order=order.id)
    seen: set[int] = set()
    picked: list[tuple[Line, int]] = []
    for number, item in enumerate(wanted):
        line = order.lines.get(item.line)
        if line is None:
            return refuse(c.UNKNOWN_LINE, f"/lines/{number}/line", order=order.id, line=item.line)
        if item.line in seen:
            return refuse(c.DUPLICATE_LINE, f"/lines/{number}/line", line=item.line)
        if not 1 <= item.quantity <= left[item.line]:
            return refuse(
                c.NOT_THAT_MUCH,
                f"/lines/{number}/quantity",
                line=item.line,
                possible=left[item.line],
                wanted=item.quantity,
            )
        seen.add(item.line)
        picked.append((line, item.quantity))
    return picked


def ship(order: Order, picked: Iterable[tuple[Line, int]]) -> None:
    """Count the quantities as shipped."""
    for line, quantity in picked:
        line.shipped += quantity
    order.undelivered += 1
    move(order, "ship", _on_its_way(order))


def deliver(order: Order, shipments: int) -> None:
    """So many shipments arrived."""
    order.undelivered -= shipments
    done = order.state == "shipped" and order.undelivered == 0
    move(order, "deliver", "delivered" if done else order.state)


def cancel(order: Order, picked: Iterable[tuple[Line, int]]) -> int:
    """Give up what was not shipped; returns by how much less is due, in minor units."""
    less = _give_up(order, picked, cancelled=True)
    if any(line.shipped for line in order.lines.values()):
        state = _on_its_way(order)
    else:
        state = order.state if any(line.open for line in order.lines.values()) else "cancelled"
    move(order, "cancel", state)
    if state == "cancelled":
        order.expires_at = None
    return less


def _on_its_way(order: Order) -> str:
    """The state of an order of which something was shipped."""
    lines = order.lines.values()
    if any(line.open for line in lines):
        return "part_shipped"
    if any(line.returned for line in lines):
        return "part_returned" if any(line.out for line in lines) else "returned"
    return "shipped" if order.undelivered else "delivered"


def lapse(order: Order) -> None:
    """The promise ended unpaid: everything is given up."""
    _give_up(order, [(line, line.open) for line in order.lines.values() if line.open], cancelled=True)
    order.expires_at = None
    move(order, "lapse", "lapsed")


def take_back(order: Order, picked: Iterable[tuple[Line, int]]) -> tuple[int, list[int]]:
    """Take goods back; returns what is less due in all and for each line, in minor units."""
    chosen_lines = list(picked)
    parts = [line.give_up(quantity) for line, quantity in chosen_lines]
    less = _give_up(order, chosen_lines, cancelled=False)
    if order.state != "part_shipped":
        some_out = any(line.out for line in order.lines.values())
        move(order, "return", "part_returned" if some_out else "returned")
    return less, parts


def _give_up(order: Order, picked: Iterable[tuple[Line, int]], *, cancelled: bool) -> int:
    before = order.due_minor
    for line, quantity in picked:
        if cancelled:
            line.cancelled += quantity
        else:
            line.returned += quantity
    lines = order.lines.values()
    whole = sum(line.amount_minor for line in lines)
    given_up = sum(share(line.amount_minor, line.cancelled + line.returned, line.quantity) for line in lines)
    # Delivery, and the tax of lines that are all free, are due as long as anything is kept.
    delivery, free_tax = (order.delivery_minor, order.added_tax_minor) if order.given_up else (0, 0)
    tax = share(order.added_tax_minor, given_up, whole) if whole else free_tax
    order.due_minor = order.total_minor - given_up - tax - delivery
    return before - order.due_minor
