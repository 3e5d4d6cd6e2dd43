"""An independent model of stock and orders, written from the documentation.

It shares nothing with the source but the commands. `decide` predicts the answer to a command in the order of arrival;
`Answer.bind` tells the model the ids that the real answer gave to what was made.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

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
from tests.stateful.model_stock import STEPS, Answer, Promise, Stock


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
        gone = [line.cancelled + line.returned for line in self.lines]
        some_left = any(line.quantity > many for line, many in zip(self.lines, gone, strict=True))
        return self.tax if some_left or not any(gone) else 0

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


class Model(Stock):
    """The shop as it must be."""

    def __init__(self, nodes: Iterable[str], channels: dict[str, tuple[str, ...]]) -> None:
        super().__init__(nodes)
        self.channels = channels
        self.prices: dict[tuple[str, str | None, str | None], int] = {}
        self.orders: dict[int, Order] = {}
        self.taken: set[tuple[str, str]] = set()
        self.sales: dict[tuple[str, str, str], tuple[RecordSale, Answer]] = {}

    def verbs(self) -> dict[type, Callable[[Any], Answer]]:
        return super().verbs() | {
            PlaceOrder: self._place,
            RecordSale: self._sell,
            PayOrder: self._pay,
            AllocateOrder: self._allocate,
            ShipOrder: self._ship,
            DeliverOrder: self._deliver,
            CancelOrder: self._cancel,
            ReturnOrder: self._give_back,
        }

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
                self.end(reservation)

    def _lapse(self, order: Order) -> None:
        for line in order.lines:
            line.cancelled += line.open
        order.lapsed, order.due, order.lapses = True, False, False
        order.events += 1
        self.promises = [p for p in self.promises if p.owner is not order]

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
        described = self.units.keys() - self.placeholders
        if any(line.unit and line.sku in described and line.unit != self.units[line.sku] for line in command.lines):
            return Answer("wrong_unit")
        self.meet(line.sku for line in command.lines)
        oversold = findings = 0
        for line in command.lines:
            findings += (line.sku in self.placeholders) + (line.quantity == 0)
            findings += line.quantity > 100 * STEPS[self.units[line.sku]]
            missing = line.quantity - max(0, self.free(line.sku, command.node))
            if line.quantity and missing > 0:
                oversold += 1
                self.discrepancies["oversold", line.sku, command.node] -= missing
            self.move(line.sku, command.node, -line.quantity, command.occurred_at)
        lines = [Line(line.sku, line.quantity, line.amount_minor, shipped=line.quantity) for line in command.lines]
        sale = Order("sale", command.node, lines, sum(t.amount_minor for t in command.taxes if not t.included), 0)
        sale.paid = sale.total
        findings += bool(command.tenders) and sum(tender.amount_minor for tender in command.tenders) != sale.total
        values: dict[str, object] = {"total_minor": sale.total, "discrepancies": oversold, "findings": findings}
        self.sales[key] = (command, Answer(values=values))

        def bind(made: dict[str, Any]) -> None:
            values["id"] = made["id"]
            self.orders[made["id"]] = sale

        return Answer(values=values, bind=bind)

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
        refused = self._taken_over(order, node) if node != order.node else ""
        if refused:
            return Answer(refused)
        for promise in self.promises:
            if promise.owner is order:
                promise.node = node
        order.node, order.allocated, order.lapses, order.due = node, True, False, False
        return self._changed(order)

    def _taken_over(self, order: Order, node: str) -> str:
        """Why another node cannot take over what is open. Promises in the way that are over are ended, all of them."""
        wanted: Counter[str] = Counter()
        for line in order.lines:
            wanted[line.sku] += line.open
            if line.open and self.free(line.sku, node) < wanted[line.sku]:
                if not any(p.owner.due for p in self.promises if (p.sku, p.node) == (line.sku, node) and p.quantity):
                    return "out_of_stock"
                if order.due:
                    return "wrong_state"
                break
        else:
            return ""
        wanted = Counter()
        for line in order.lines:
            wanted[line.sku] += line.open
        return "out_of_stock" if any(self.unpromised(sku, node) < wanted[sku] for sku in +wanted) else ""

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
            self.move(line.sku, order.node, -quantity)
        temporary = -len(order.shipments) - 1
        order.shipments[temporary] = False
        answer = self._changed(order)
        answer.bind = lambda made: order.shipments.update({made["created"]: order.shipments.pop(temporary)})
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
                self.move(line.sku, command.node, quantity)
        return self._changed(order, before - order.owed)
