"""Sends what is drawn to the model and to the real thing, and insists that they agree."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, invariant

from mainstem.platform.execution import Call, Operation, Outcome
from tests.stateful.house import NODES, House
from tests.stateful.model import Order
from tests.stateful.model_stock import Answer


def out(order: Order) -> bool:
    """Whether the customer has something of it."""
    return any(line.shipped > line.returned for line in order.lines)


class Driver(RuleBasedStateMachine):
    """What every rule needs, and what must be true after every step."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.model = self.house.furnish()
        self.keys = map(str, itertools.count())
        self.channels = itertools.cycle((None, "web"))
        self.past: list[tuple[Operation[Any, Any], Call[Any], Outcome]] = []

    # How commands are sent and answers compared

    def send(self, operation: Operation[Any, Any], commands: Sequence[Any]) -> None:
        calls = [operation.call(command, next(self.keys)) for command in commands]
        self.compare(operation, calls, self.predict(calls), self.house.execute(operation, calls))

    def predict(self, calls: Sequence[Call[Any]]) -> list[Answer]:
        """The answers in order; a call that is the same as one before it in the batch gets the same answer."""
        answers: dict[bytes, tuple[bytes, Answer]] = {}
        predicted = []
        for call in calls:
            before = answers.get(call.key)
            if before is None:
                answers[call.key] = call.fingerprint, self.model.decide(call.command)
            elif before[0] != call.fingerprint:
                predicted.append(Answer("duplicate_order"))
                continue
            predicted.append(answers[call.key][1])
        return predicted

    def compare(
        self,
        operation: Operation[Any, Any],
        calls: Sequence[Call[Any]],
        predicted: Sequence[Answer],
        outcomes: Sequence[Outcome],
    ) -> None:
        for call, expected, outcome in zip(calls, predicted, outcomes, strict=True):
            if expected.code:
                assert not outcome.accepted, (call.command, expected, outcome.body)
                assert outcome.refusal().code == expected.code, call.command
            else:
                assert outcome.accepted, (call.command, expected, outcome.body)
                made = msgspec.json.decode(outcome.body)
                expected.bind(made)
                assert {name: made[name] for name in expected.values} == expected.values, call.command
            if outcome.accepted or operation.identity is None:
                self.past.append((operation, call, outcome))

    def some(self, *states: str) -> bool:
        return any(order.state in states for order in self.model.orders.values())

    def some_order(self, pick: int, wanted: Callable[[Order], bool] = lambda _: True) -> int:
        """An order that fits, most of the time; else any order, or a number nobody has."""
        fitting = [number for number, order in self.model.orders.items() if wanted(order)]
        known = fitting if fitting and pick % 4 else sorted(self.model.orders)
        return known[pick % len(known)] if known and pick != 99 else pick

    def known(self, operation: Operation[Any, Any], call: Call[Any]) -> bool:
        return any(o is operation and c.key == call.key for o, c, _ in self.past)

    # What must be true after every step

    @invariant()
    def agree(self) -> None:
        balances, found, reservations, transfers, discrepancies = self.house.state()
        model = self.model
        model.observe(
            {int(number) for number, order in found.items() if order["state"] == "lapsed"},
            {int(number) for number, state in reservations.items() if state == "closed"},
        )
        held: Counter[tuple[str, str]] = Counter()
        for promise in model.promises:
            held[promise.sku, promise.node] += promise.quantity
        spots = {spot for spot, posted in model.there.items() if posted} | {spot for spot, many in held.items() if many}
        assert {(sku, place): (posted, many) for sku, place, posted, many in balances} == {
            spot: (model.there[spot], held[spot]) for spot in spots
        }
        assert {int(number): self.seen(order) for number, order in found.items()} == {
            number: self.meant(order) for number, order in model.orders.items()
        }
        assert {int(number): state for number, state in reservations.items()} == {
            number: reservation.state for number, reservation in model.reservations.items()
        }
        assert {int(number): transfer for number, transfer in transfers.items()} == {
            number: [
                "open" if sending.state == "open" else "closed",
                {sku: [many, sending.received[sku]] for sku, many in sending.sent.items()},
            ]
            for number, sending in model.transfers.items()
        }
        assert {(kind, sku, node): many for kind, sku, node, many in discrepancies if many} == {
            key: many for key, many in model.discrepancies.items() if many
        }

    @staticmethod
    def seen(order: dict[str, Any]) -> tuple[Any, ...]:
        lines = [tuple(line) for line in order.pop("lines")]
        names = ("kind", "state", "node", "total", "due", "paid", "lapses", "undelivered", "events")
        return (*(order[name] for name in names), lines)

    @staticmethod
    def meant(order: Order) -> tuple[Any, ...]:
        lines = [
            (line.sku, line.quantity, line.amount, line.shipped, line.cancelled, line.returned) for line in order.lines
        ]
        money = (order.total, order.owed, order.paid)
        return (order.kind, order.state, order.node, *money, order.lapses, len(order.waiting), order.events, lines)

    @invariant()
    def what_can_be_promised_is_what_is_left(self) -> None:
        skus = sorted(self.model.units)
        channel = next(self.channels)
        expected = {(sku, node): max(0, self.model.promisable(sku, node, channel)) for sku in skus for node in NODES}
        assert self.house.available(skus, channel) == expected

    def teardown(self) -> None:
        if self.model.units:
            assert self.house.findings() == []
