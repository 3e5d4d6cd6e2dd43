"""The stock as it must be: plain dictionaries and sums, written from the documentation of the inventory room."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

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

NOW = datetime.max.replace(tzinfo=UTC)
"""When something happened that named no moment: after every moment of the past."""

STEPS = {"pc": 1, "kg": 1000}


@dataclass
class Answer:
    """What a command must be answered: a refusal's code, or values that the result must have."""

    code: str = ""
    values: dict[str, object] = field(default_factory=dict)
    bind: Callable[[dict[str, Any]], None] = lambda _: None


class Owner(Protocol):
    """Whom something is promised; `due` when the time is up and nobody has ended the promise yet."""

    due: bool


@dataclass
class Promise:
    """So much of a SKU held at a node."""

    sku: str
    node: str
    quantity: int
    owner: Owner


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


class Stock:
    """Catalogue, policies and stock."""

    def __init__(self, nodes: Iterable[str]) -> None:
        self.nodes = set(nodes)
        self.units: dict[str, str] = {}
        self.categories: dict[str, str] = {}
        self.placeholders: set[str] = set()
        self.products: set[str] = set()
        self.policies: dict[tuple[str | None, str | None, str | None, str | None], SetStockPolicy] = {}
        self.there: Counter[tuple[str, str]] = Counter()
        self.moves: list[tuple[str, str, int, datetime]] = []
        self.promises: list[Promise] = []
        self.reservations: dict[int, Reservation] = {}
        self.transfers: dict[int, Sending] = {}
        self.discrepancies: Counter[tuple[str, str, str]] = Counter()

    def verbs(self) -> dict[type, Callable[[Any], Answer]]:
        """What decides which command."""
        return {
            UpsertProduct: self._describe,
            SetStockPolicy: self._policy,
            ReceiveStock: self._receive,
            AdjustStock: self._adjust,
            CountStock: self._count,
            SendTransfer: self._send,
            ReceiveTransfer: self._arrive,
            ReserveStock: self._reserve,
            ReleaseReservation: self._release,
        }

    def decide(self, command: Any) -> Answer:  # noqa: ANN401 - any command
        """What the command must be answered now, after everything decided before."""
        return self.verbs()[type(command)](command)

    # What is there and what is free

    def held(self, sku: str, node: str, without: Callable[[Promise], bool] = lambda _: False) -> int:
        return sum(p.quantity for p in self.promises if (p.sku, p.node) == (sku, node) and not without(p))

    def free(self, sku: str, node: str) -> int:
        """Not promised, ended promises that still keep something included in what is promised."""
        return self.there[sku, node] - self.held(sku, node)

    def promisable(self, sku: str, node: str, channel: str | None) -> int:
        """What an order or a read of a channel sees: promises whose time is up do not count."""
        return self.unpromised(sku, node) - self.kept(sku, node, channel)

    def unpromised(self, sku: str, node: str) -> int:
        return self.there[sku, node] - self.held(sku, node, lambda p: p.owner.due)

    def kept(self, sku: str, node: str, channel: str | None) -> int:
        """Safety stock and channel buffer, each from the narrowest scope that sets it."""
        path = self.categories.get(sku, "").split("/")
        subjects: list[tuple[str | None, str | None]] = [(sku, None)]
        subjects += [(None, "/".join(path[:size])) for size in range(len(path), 0, -1) if path[0]]
        subjects.append((None, None))
        scopes = [
            (*s, n, c) for s in subjects for n in dict.fromkeys((node, None)) for c in dict.fromkeys((channel, None))
        ]
        found = [self.policies[scope] for scope in scopes if scope in self.policies]
        safety = next((policy.safety for policy in found if policy.safety is not None), 0)
        buffer = next((policy.buffer for policy in found if policy.buffer is not None), 0)
        return safety + buffer

    def move(self, sku: str, place: str, quantity: int, moment: datetime | None = None) -> None:
        self.there[sku, place] += quantity
        self.moves.append((sku, place, quantity, moment or NOW))

    def end(self, reservation: Reservation) -> None:
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

    def meet(self, skus: Iterable[str]) -> None:
        """A fact names what the catalogue does not have."""
        for sku in skus:
            if sku not in self.units:
                self.units[sku] = "pc"
                self.placeholders.add(sku)

    # Stock

    def _receive(self, command: ReceiveStock) -> Answer:
        self.meet(line.sku for line in command.lines)
        for line in command.lines:
            self.move(line.sku, command.node, line.quantity, command.occurred_at)
        return Answer(values={"lines": len(command.lines), "discrepancies": 0})

    def _request(self, lines: Iterable[StockLine], signs: Collection[int] = (0, 1)) -> Answer | None:
        """The first line that names what is unknown, or a quantity of a sign that cannot be."""
        for line in lines:
            if line.sku not in self.units:
                return Answer("unknown_sku")
            if (line.quantity > 0) - (line.quantity < 0) not in signs:
                return Answer("bad_quantity")
        return None

    def _can_take(self, lines: Iterable[tuple[str, int]], node: str, kept: Callable[[str], int] = lambda _: 0) -> bool:
        """Whether each line can be taken after those before it; reservations that are over are not in the way."""
        taken: Counter[str] = Counter()
        for sku, quantity in lines:
            held = self.held(sku, node, lambda p: isinstance(p.owner, Reservation) and p.owner.due)
            taken[sku] += quantity
            if quantity > 0 and self.there[sku, node] - held - kept(sku) < taken[sku]:
                return False
        return True

    def _adjust(self, command: AdjustStock) -> Answer:
        signs = {"found": (1,), "correction": (-1, 1)}.get(command.reason, (-1,))
        wrong = self._request(command.lines, signs)
        if wrong:
            return wrong
        if not self._can_take([(line.sku, -line.quantity) for line in command.lines], command.node):
            return Answer("out_of_stock")
        for line in command.lines:
            self.move(line.sku, command.node, line.quantity)
        return Answer(values={"lines": len(command.lines)})

    def _count(self, command: CountStock) -> Answer:
        if len({line.sku for line in command.lines}) < len(command.lines):
            return Answer("sku_twice")
        self.meet(line.sku for line in command.lines)
        moment = command.occurred_at or NOW
        wrong = 0
        for line in command.lines:
            later = sum(q for sku, at, q, when in self.moves if (sku, at) == (line.sku, command.node) and when > moment)
            variance = line.quantity - (self.there[line.sku, command.node] - later)
            if variance:
                wrong += 1
                self.move(line.sku, command.node, variance, moment)
                self.discrepancies["counted", line.sku, command.node] += variance
        return Answer(values={"lines": len(command.lines), "discrepancies": wrong})

    def _send(self, command: SendTransfer) -> Answer:
        if command.source == command.target:
            return Answer("same_node")
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        if not self._can_take([(line.sku, line.quantity) for line in command.lines], command.source):
            return Answer("out_of_stock")
        sending = Sending(command.target, Counter())
        for line in command.lines:
            self.move(line.sku, command.source, -line.quantity)
            self.move(line.sku, f"{command.target}~", line.quantity)
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
            self.move(line.sku, f"{sending.target}~", -known)
            self.move(line.sku, sending.target, line.quantity)
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
            self.move(sku, f"{sending.target}~", -quantity)
            self.discrepancies["transfer_short", sku, sending.target] -= quantity
        return len(short)

    def _reserve(self, command: ReserveStock) -> Answer:
        wrong = self._request(command.lines)
        if wrong:
            return wrong
        wanted = [(line.sku, line.quantity) for line in command.lines]
        if not self._can_take(wanted, command.node, lambda sku: self.kept(sku, command.node, command.channel)):
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
        self.end(reservation)
        return Answer()
