"""An independent model of stock and orders: plain dictionaries and sums, written from the documentation.

It shares nothing with the source but the commands. `decide` predicts the answer to a command in the order of arrival;
`Answer.bind` tells the model the ids that the real answer gave to what was made.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mainstem.domains.catalog import UpsertProduct
from mainstem.domains.inventory import (
    AdjustStock,
    CountStock,
    ReceiveStock,
    ReceiveTransfer,
    ReleaseReservation,
    ReserveStock,
    SendTransfer,
    SetStockPolicy,
    StockLine,
)
from mainstem.domains.orders import (
    AllocateOrder,
    CancelOrder,
    DeliverOrder,
    LineQuantity,
    PayOrder,
    PlaceOrder,
    RecordSale,
    ReturnOrder,
    ShipOrder,
)

NOW = datetime.max.replace(tzinfo=UTC)
"""When something happened that named no moment: after every moment of the past."""

STEPS = {"pc": 1, "kg": 1000}
TAKES_FROM_SHELF = {"damaged", "expired", "theft", "internal_use"}


@dataclass
class Answer:
    """What a command must be answered: a refusal's code, or values that the result must have."""

    code: str = ""
    values: dict[str, object] = field(default_factory=dict)
    bind: Callable[[dict[str, Any]], None] = lambda _: None


@dataclass
class Promise:
    """So much of a SKU held at a node; `due` when its time is up and nobody has ended it yet."""

    sku: str
    node: str
    quantity: int
    owner: "Order | Reservation"


@dataclass
class Reservation:
    due: bool = False
    state: str = "open"


@dataclass
class Sending:
    """A transfer: per SKU what was sent and what arrived."""

    target: str
    sent: Counter[str]
    received: Counter[str] = field(default_factory=Counter)
    state: str = "open"


@dataclass
class Line:
    sku: str
    quantity: int
    amount: int
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def open(self) -> int:
        return self.quantity - self.shipped - self.cancelled

    @property
    def worth(self) -> int:
        """What is charged for what was neither cancelled nor returned; a part given up is rounded down."""
        gone = self.cancelled + self.returned
        return self.amount - (self.amount * gone // self.quantity if gone else 0)


@dataclass
class Order:
    kind: str
    node: str
    lines: list[Line]
    tax: int
    paid: int
    lapses: bool = False
    due: bool = False
    allocated: bool = False
    lapsed: bool = False
    shipments: dict[int, bool] = field(default_factory=dict)
    events: int = 1

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines) + self.tax

    @property
    def owed(self) -> int:
        whole, kept = sum(line.amount for line in self.lines), sum(line.worth for line in self.lines)
        if whole:
            return kept + self.tax - self.tax * (whole - kept) // whole
        return self.tax if any(line.quantity > line.cancelled + line.returned for line in self.lines) else 0

    @property
    def payment(self) -> str:
        if self.paid == self.owed:
            return "paid"
        return "refund_due" if self.paid > self.owed else "part_paid" if self.paid > 0 else "unpaid"

    @property
    def waiting(self) -> list[int]:
        return [number for number, arrived in self.shipments.items() if not arrived]

    @property
    def state(self) -> str:
        """What has become of it, told from its lines alone."""
        some_open = any(line.open for line in self.lines)
        some_back = any(line.returned for line in self.lines)
        some_out = any(line.shipped > line.returned for line in self.lines)
        if self.lapsed:
            return "lapsed"
        if some_open:
            return "part_shipped" if self.shipments else "allocated" if self.allocated else "placed"
        if some_back:
            return "part_returned" if some_out else "returned"
        if self.kind == "sale":
            return "sold"
        return "cancelled" if not self.shipments else "shipped" if self.waiting else "delivered"


ADMITTED = {
    "pay": {"placed", "allocated", "part_shipped", "shipped", "delivered", "sold", "part_returned", "returned"}
    | {"cancelled", "lapsed"},
    "allocate": {"placed", "allocated", "part_shipped"},
    "ship": {"allocated", "part_shipped"},
    "deliver": {"part_shipped", "shipped", "part_returned", "returned"},
    "cancel": {"placed", "allocated", "part_shipped"},
    "return": {"part_shipped", "shipped", "delivered", "sold", "part_returned"},
}


class Model:
    """The shop as it must be."""

    def __init__(self, nodes: Iterable[str], channels: dict[str, tuple[str, ...]]) -> None:
        self.nodes, self.channels = set(nodes), channels
        self.units: dict[str, str] = {}
        self.categories: dict[str, str] = {}
        self.placeholders: set[str] = set()
        self.products: set[str] = set()
        self.prices: dict[tuple[str, str | None, str | None], int] = {}
        self.policies: dict[tuple[str | None, str | None, str | None, str | None], SetStockPolicy] = {}
        self.there: Counter[tuple[str, str]] = Counter()
        self.moves: list[tuple[str, str, int, datetime]] = []
        self.promises: list[Promise] = []
        self.orders: dict[int, Order] = {}
        self.reservations: dict[int, Reservation] = {}
        self.transfers: dict[int, Sending] = {}
        self.discrepancies: Counter[tuple[str, str, str]] = Counter()
        self.taken: set[tuple[str, str]] = set()
        self.sales: dict[tuple[str, str, str], tuple[RecordSale, Answer]] = {}

    def decide(self, command: Any) -> Answer:  # noqa: ANN401 - any command
        """What the command must be answered now, after everything decided before."""
        verbs: dict[type, Callable[[Any], Answer]] = {
            UpsertProduct: self._describe,
            SetStockPolicy: self._policy,
            ReceiveStock: self._receive,
            AdjustStock: self._adjust,
            CountStock: self._count,
            SendTransfer: self._send,
            ReceiveTransfer: self._arrive,
            ReserveStock: self._reserve,
            ReleaseReservation: self._release,
            PlaceOrder: self._place,
            RecordSale: self._sell,
            PayOrder: self._pay,
            AllocateOrder: self._allocate,
            ShipOrder: self._ship,
            DeliverOrder: self._deliver,
            CancelOrder: self._cancel,
            ReturnOrder: self._give_back,
        }
        return verbs[type(command)](command)

    # What is there and what is free

    def held(self, sku: str, node: str, without: Callable[[Promise], bool] = lambda _: False) -> int:
        return sum(p.quantity for p in self.promises if (p.sku, p.node) == (sku, node) and not without(p))

    def free(self, sku: str, node: str) -> int:
        """Not promised, ended promises that still keep something included in what is promised."""
        return self.there[sku, node] - self.held(sku, node)

    def promisable(self, sku: str, node: str, channel: str | None) -> int:
        kept = self.kept(sku, node, channel)
        return self.there[sku, node] - self.held(sku, node, lambda p: p.owner.due) - kept

    def kept(self, sku: str, node: str, channel: str | None) -> int:
        """Safety stock and channel buffer, each from the narrowest scope that sets it."""
        path = self.categories.get(sku, "").split("/")
        subjects: list[tuple[str | None, str | None]] = [(sku, None)]
        subjects += [(None, "/".join(path[:size])) for size in range(len(path), 0, -1) if path[0]]
        subjects.append((None, None))
        scopes = [(*s, n, c) for s in subjects for n in dict.fromkeys((node, None)) for c in dict.fromkeys((channel, None))]
        found = [self.policies[scope] for scope in scopes if scope in self.policies]
        safety = next((policy.safety for policy in found if policy.safety is not None), 0)
        buffer = next((policy.buffer for policy in found if policy.buffer is not None), 0)
        return safety + buffer

    def _move(self, sku: str, place: str, quantity: int, moment: datetime | None = None) -> None:
        self.there[sku, place] += quantity
        self.moves.append((sku, place, quantity, moment or NOW))

    def observe(self, lapsed: set[int], closed: set[int]) -> None:
        """Promises whose time is up may be ended at any moment; nothing else may."""
        for number in lapsed:
            order = self.orders[number]
            if not order.lapsed:
                assert order.due, f"order {number} lapsed before its time, or although it was paid"
                self._lapse(order)
        for number in closed:
            reservation = self.reservations[number]
            if reservation.state == "open":
                assert reservation.due, f"reservation {number} ended before its time"
                self._end(reservation)

    def _lapse(self, order: Order) -> None:
        for line in order.lines:
            line.cancelled += line.open
        order.lapsed, order.due, order.lapses = True, False, False
        order.events += 1
        self.promises = [p for p in self.promises if p.owner is not order]

    def _end(self, reservation: Reservation) -> None:
        reservation.state, reservation.due = "closed", False
        self.promises = [p for p in self.promises if p.owner is not reservation]

    # The catalogue and its policies

    def _describe(self, command: UpsertProduct) -> Answer:
        created = command.external_id not in self.products
        self.products.add(command.external_id)
        for variant in command.variants:
            self.units[variant.sku] = variant.unit
            self.categories[variant.sku] = command.category
            self.placeholders.discard(variant.sku)
        return Answer(values={"created": created})

    def _policy(self, command: SetStockPolicy) -> Answer:
        self.policies[command.sku, command.category, command.node, command.channel] = command
        return Answer()

    def _known(self, skus: Iterable[str]) -> None:
        """A fact names what the catalogue does not have."""
        for sku in skus:
            if sku not in self.units:
                self.units[sku] = "pc"
                self.placeholders.add(sku)

    # Stock

    def _receive(self, command: ReceiveStock) -> Answer:
        self._known(line.sku for line in command.lines)
        for line in command.lines:
            self._move(line.sku, command.node, line.quantity, command.occurred_at)
        return Answer(values={"lines": len(command.lines), "discrepancies": 0})

    def _request(self, lines: Iterable[StockLine]) -> Answer | None:
        return Answer("unknown_sku") if any(line.sku not in self.units for line in lines) else None

    def _available(self, lines: Iterable[StockLine], node: str, sign: int = 1, channel: str | None = None) -> bool:
        """Whether each line, after those before it, leaves what must be kept; reservations that are over are not held."""
        taken: Counter[str] = Counter()
        for line in lines:
            held = self.held(line.sku, node, lambda p: isinstance(p.owner, Reservation) and p.owner.due)
            keep = self.kept(line.sku, node, channel) if channel is not None else 0
            taken[line.sku] += line.quantity * sign
            if line.quantity * sign > 0 and self.there[line.sku, node] - held - keep < taken[line.sku]:
                return False
        return True

    def _adjust(self, command: AdjustStock) -> Answer:
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        if any(line.quantity == 0 or line.quantity > 0 and command.reason in TAKES_FROM_SHELF for line in command.lines):
            return Answer("bad_quantity")
        if not self._available(command.lines, command.node, -1):
            return Answer("out_of_stock")
        for line in command.lines:
            self._move(line.sku, command.node, line.quantity)
        return Answer(values={"lines": len(command.lines)})

    def _count(self, command: CountStock) -> Answer:
        if len({line.sku for line in command.lines}) < len(command.lines):
            return Answer("sku_twice")
        self._known(line.sku for line in command.lines)
        moment = command.occurred_at or NOW
        wrong = 0
        for line in command.lines:
            later = sum(q for sku, at, q, when in self.moves if (sku, at) == (line.sku, command.node) and when > moment)
            variance = line.quantity - (self.there[line.sku, command.node] - later)
            if variance:
                wrong += 1
                self._move(line.sku, command.node, variance, moment)
                self.discrepancies["counted", line.sku, command.node] += variance
        return Answer(values={"lines": len(command.lines), "discrepancies": wrong})

    def _send(self, command: SendTransfer) -> Answer:
        if command.source == command.target:
            return Answer("same_node")
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        if not self._available(command.lines, command.source):
            return Answer("out_of_stock")
        sending = Sending(command.target, Counter())
        for line in command.lines:
            self._move(line.sku, command.source, -line.quantity)
            self._move(line.sku, f"{command.target}~", line.quantity)
            sending.sent[line.sku] += line.quantity
        return Answer(bind=lambda made: self.transfers.update({made["id"]: sending}))

    def _arrive(self, command: ReceiveTransfer) -> Answer:
        sending = self.transfers.get(command.transfer)
        if sending is None:
            return Answer("not_found")
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        if any(line.sku not in sending.sent for line in command.lines):
            return Answer("not_in_transfer")
        if not command.lines and not command.final:
            return Answer("no_lines")
        if not command.lines and sending.state == "closed":
            return Answer("already_closed")
        over: Counter[str] = Counter()
        for line in command.lines:
            left = sending.sent[line.sku] - sending.received[line.sku] if sending.state == "open" else 0
            known = min(line.quantity, max(0, left))
            self._move(line.sku, f"{sending.target}~", -known)
            self._move(line.sku, sending.target, line.quantity)
            over[line.sku] += line.quantity - known
            sending.received[line.sku] += line.quantity
        return Answer(values={"discrepancies": len(+over) + self._close(sending, over, final=command.final)})

    def _close(self, sending: Sending, over: Counter[str], *, final: bool) -> int:
        for sku, quantity in over.items():
            self.discrepancies["transfer_over", sku, sending.target] += quantity
        short = sending.sent - sending.received if sending.state == "open" else Counter[str]()
        if short and not final:
            return 0
        sending.state = "closed"
        for sku, quantity in short.items():
            self._move(sku, f"{sending.target}~", -quantity)
            self.discrepancies["transfer_short", sku, sending.target] -= quantity
        return len(short)

    def _reserve(self, command: ReserveStock) -> Answer:
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        taken: Counter[str] = Counter()
        for line in command.lines:
            taken[line.sku] += line.quantity
            over = self.held(line.sku, command.node, lambda p: isinstance(p.owner, Reservation) and p.owner.due)
            kept = self.kept(line.sku, command.node, command.channel)
            if self.there[line.sku, command.node] - over - kept < taken[line.sku]:
                return Answer("out_of_stock")
        reservation = Reservation()
        self.promises += [Promise(line.sku, command.node, line.quantity, reservation) for line in command.lines]
        return Answer(bind=lambda made: self.reservations.update({made["id"]: reservation}))

    def _release(self, command: ReleaseReservation) -> Answer:
        reservation = self.reservations.get(command.reservation)
        if reservation is None:
            return Answer("not_found")
        if reservation.state == "closed":
            return Answer("already_closed")
        self._end(reservation)
        return Answer()

    # Orders

    def price(self, sku: str, channel: str, node: str | None) -> int | None:
        """The narrowest of channel and node, node, channel, neither; a node counts when there is no choice of nodes."""
        nodes = dict.fromkeys((node, None))
        found = (self.prices.get((sku, c, n)) for n in nodes for c in (channel, None))
        return next((price for price in found if price is not None), None)

    def _lines(self, command: PlaceOrder) -> list[Line] | Answer:
        candidates = (command.node,) if command.node else self.channels[command.channel]
        lines = []
        for item in command.lines:
            price = item.unit_price_minor
            if price is None:
                price = self.price(item.sku, command.channel, candidates[0] if len(candidates) == 1 else None)
            if price is None:
                return Answer("no_price")
            steps = STEPS[self.units[item.sku]]
            gross = (2 * price * item.quantity + steps) // (2 * steps)
            discount = sum(part.amount_minor for part in item.discounts)
            if discount > gross:
                return Answer("bad_discount")
            lines.append(Line(item.sku, item.quantity, gross - discount))
        return lines

    def _place(self, command: PlaceOrder) -> Answer:
        if command.channel not in self.channels:
            return Answer("unknown_channel")
        if command.node is not None and command.node not in self.nodes:
            return Answer("unknown_node")
        candidates = (command.node,) if command.node else self.channels[command.channel]
        if not candidates:
            return Answer("no_node")
        if any(item.sku not in self.units for item in command.lines):
            return Answer("unknown_sku")
        if command.external_id and (command.channel, command.external_id) in self.taken:
            return Answer("duplicate_order")
        lines = self._lines(command)
        if isinstance(lines, Answer):
            return lines
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line.sku] += line.quantity
        for node in candidates:
            if all(self.promisable(sku, node, command.channel) >= quantity for sku, quantity in wanted.items()):
                return self._promise(command, node, lines)
        return Answer("out_of_stock")

    def _promise(self, command: PlaceOrder, node: str, lines: list[Line]) -> Answer:
        tax = sum(tax.amount_minor for tax in command.taxes if not tax.included)
        order = Order("order", node, lines, tax, sum(tender.amount_minor for tender in command.tenders))
        order.lapses = order.payment in {"unpaid", "part_paid"}
        self.promises += [Promise(line.sku, node, line.quantity, order) for line in lines]
        if command.external_id:
            self.taken.add((command.channel, command.external_id))
        values = {"state": "placed", "payment": order.payment, "node": node, "total_minor": order.total}
        return Answer(values=values, bind=lambda made: self.orders.update({made["id"]: order}))

    def _sell(self, command: RecordSale) -> Answer:
        key = (command.channel, command.node, command.external_id)
        if key in self.sales:
            before, answer = self.sales[key]
            return answer if before == command else Answer("duplicate_order")
        if command.node not in self.nodes:
            return Answer("unknown_node")
        if any(line.unit and line.unit != self.units.get(line.sku, line.unit) for line in command.lines):
            return Answer("wrong_unit")
        self._known(line.sku for line in command.lines)
        oversold = findings = 0
        for line in command.lines:
            findings += (line.sku in self.placeholders) + (line.quantity == 0)
            findings += line.quantity > 100 * STEPS[self.units[line.sku]]
            missing = line.quantity - max(0, self.free(line.sku, command.node))
            if line.quantity and missing > 0:
                oversold += 1
                self.discrepancies["oversold", line.sku, command.node] -= missing
            self._move(line.sku, command.node, -line.quantity, command.occurred_at)
        lines = [Line(line.sku, line.quantity, line.amount_minor, shipped=line.quantity) for line in command.lines]
        sale = Order("sale", command.node, lines, sum(t.amount_minor for t in command.taxes if not t.included), 0)
        sale.paid = sale.total
        findings += bool(command.tenders) and sum(tender.amount_minor for tender in command.tenders) != sale.total
        values: dict[str, object] = {"total_minor": sale.total, "discrepancies": oversold, "findings": findings}
        answer = Answer(values=values, bind=lambda made: values.update({"id": made["id"]}))
        self.sales[key] = (command, answer)
        return Answer(values=values, bind=lambda made: (answer.bind(made), self.orders.update({made["id"]: sale}))[0])

    def _order(self, number: int, verb: str) -> Order | Answer:
        order = self.orders.get(number)
        if order is None:
            return Answer("not_found")
        return order if order.state in ADMITTED[verb] else Answer("wrong_state")

    def _changed(self, order: Order, refund: int = 0) -> Answer:
        order.events += 1
        return Answer(values={"state": order.state, "payment": order.payment, "refund_minor": refund})

    def _keep_if_paid(self, order: Order) -> None:
        if order.payment in {"paid", "refund_due"}:
            order.lapses = order.due = False

    def _pay(self, command: PayOrder) -> Answer:
        order = self._order(command.order, "pay")
        if isinstance(order, Answer):
            return order
        if any(tender.amount_minor == 0 for tender in command.tenders):
            return Answer("bad_amount")
        order.paid += sum(tender.amount_minor for tender in command.tenders)
        self._keep_if_paid(order)
        return self._changed(order)

    def _allocate(self, command: AllocateOrder) -> Answer:
        order = self._order(command.order, "allocate")
        if isinstance(order, Answer):
            return order
        node = command.node or order.node
        if node not in self.nodes:
            return Answer("unknown_node")
        if node != order.node:
            wanted: Counter[str] = Counter()
            for line in order.lines:
                wanted[line.sku] += line.open
            short = [sku for sku in +wanted if self.free(sku, node) < wanted[sku]]
            over = {sku for sku in short if self.held(sku, node, lambda p: not p.owner.due)}
            if any(self.free(sku, node) + self._over(sku, node) < wanted[sku] for sku in short):
                return Answer("out_of_stock" if not order.due or not over else "wrong_state")
            if short and order.due:
                return Answer("wrong_state")  # what is over is ended to make room, and so is this order
        for promise in self.promises:
            if promise.owner is order:
                promise.node = node
        order.node, order.allocated, order.lapses, order.due = node, True, False, False
        return self._changed(order)

    def _over(self, sku: str, node: str) -> int:
        return self.held(sku, node) - self.held(sku, node, lambda p: p.owner.due)

    def _chosen(
        self, order: Order, wanted: Iterable[LineQuantity], left: Callable[[Line], int]
    ) -> dict[int, int] | Answer:
        chosen: dict[int, int] = {}
        for item in wanted:
            if not 1 <= item.line <= len(order.lines):
                return Answer("unknown_line")
            if item.line - 1 in chosen:
                return Answer("duplicate_line")
            if not 1 <= item.quantity <= left(order.lines[item.line - 1]):
                return Answer("not_that_much")
            chosen[item.line - 1] = item.quantity
        chosen = chosen or {number: left(line) for number, line in enumerate(order.lines) if left(line)}
        return chosen or Answer("nothing_left")

    def _give_up(self, order: Order, chosen: dict[int, int]) -> Iterator[tuple[Line, int]]:
        """The lines chosen, each taken out of what the order holds."""
        mine = [promise for promise in self.promises if promise.owner is order]
        for number, quantity in chosen.items():
            mine[number].quantity -= quantity
            yield order.lines[number], quantity

    def _ship(self, command: ShipOrder) -> Answer:
        order = self._order(command.order, "ship")
        if isinstance(order, Answer):
            return order
        chosen = self._chosen(order, command.lines, lambda line: line.open)
        if isinstance(chosen, Answer):
            return chosen
        for line, quantity in self._give_up(order, chosen):
            line.shipped += quantity
            self._move(line.sku, order.node, -quantity)
        shipments = order.shipments
        shipments[-len(shipments) - 1] = False
        answer = self._changed(order)
        answer.bind = lambda made, temporary=-len(shipments): shipments.update(  # type: ignore[misc]
            {made["created"]: shipments.pop(temporary)}
        )
        return answer

    def _deliver(self, command: DeliverOrder) -> Answer:
        order = self._order(command.order, "deliver")
        if isinstance(order, Answer):
            return order
        if command.shipment is not None and command.shipment not in order.waiting:
            return Answer("not_found")
        for number in order.waiting if command.shipment is None else [command.shipment]:
            order.shipments[number] = True
        return self._changed(order)

    def _cancel(self, command: CancelOrder) -> Answer:
        order = self._order(command.order, "cancel")
        if isinstance(order, Answer):
            return order
        if not command.reason.strip():
            return Answer("missing_reason")
        chosen = self._chosen(order, command.lines, lambda line: line.open)
        if isinstance(chosen, Answer):
            return chosen
        for line, quantity in self._give_up(order, chosen):
            line.cancelled += quantity
        self._keep_if_paid(order)
        if order.state == "cancelled":
            order.lapses = order.due = False
        return self._changed(order, max(0, order.paid - order.owed))

    def _give_back(self, command: ReturnOrder) -> Answer:
        order = self._order(command.order, "return")
        if isinstance(order, Answer):
            return order
        if command.node not in self.nodes:
            return Answer("unknown_node")
        chosen = self._chosen(order, command.lines, lambda line: line.shipped - line.returned)
        if isinstance(chosen, Answer):
            return chosen
        before = order.owed
        for number, quantity in chosen.items():
            line = order.lines[number]
            line.returned += quantity
            if command.restock:
                self._move(line.sku, command.node, quantity)
        return self._changed(order, before - order.owed)
