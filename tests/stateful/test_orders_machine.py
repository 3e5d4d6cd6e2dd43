"""Ledger, stock and orders on a real database against the model, with faults."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import OperationalError
from structlog.testing import capture_logs

from mainstem.domains import catalog, inventory, orders
from mainstem.platform import execution
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Work
from mainstem.processes import (
    ALLOCATE_ORDERS,
    CANCEL_ORDERS,
    DELIVER_ORDERS,
    PAY_ORDERS,
    PLACE_ORDERS,
    RECORD_SALES,
    RETURN_ORDERS,
    SHIP_ORDERS,
    end_promises,
    lapse_due,
)
from tests.stateful.drawn import (
    ANY,
    FAULTS,
    KNOWN,
    MANY,
    MONEY,
    NODE,
    PARTS,
    PAST,
    PICK,
    PLACINGS,
    SALES,
    SENSIBLE_PLACINGS,
    WALK,
    WHEN,
    batch,
    goods,
)
from tests.stateful.driver import Driver, out
from tests.stateful.faults import Fault, FaultKind
from tests.stateful.house import NODES, SKUS, House, product
from tests.stateful.model import ADMITTED, Order
from tests.stateful.model_stock import Reservation

pytestmark = pytest.mark.stateful

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


class OrdersMachine(Driver):
    """Every command the rooms know, alone and in batches; every answer and every balance is predicted."""

    # The catalogue and the stock

    @initialize(
        there=st.lists(st.integers(0, 20), min_size=9, max_size=9),
        first=st.lists(SENSIBLE_PLACINGS, min_size=2, max_size=6),
    )
    def open(self, there: list[int], first: list[orders.PlaceOrder]) -> None:
        """Something is nearly everywhere, and something is promised."""
        spots = zip([(node, sku) for node in NODES for sku in SKUS], there, strict=True)
        stock = [(node, (inventory.StockLine(sku, many),)) for (node, sku), many in spots if many]
        self.send(
            inventory.RECEIVE_STOCK,
            [inventory.ReceiveStock(node, line, "opening", occurred_at=PAST[-1]) for node, line in stock],
        )
        self.send(PLACE_ORDERS, first)

    @rule(skus=batch(ANY))
    def describe(self, skus: list[str]) -> None:
        self.send(catalog.UPSERT_PRODUCTS, [product(sku) for sku in skus])

    @rule(
        sku=st.none() | KNOWN,
        category=st.none() | st.sampled_from(("Food", "Food/Tea")),
        node=st.none() | NODE,
        channel=st.none() | st.just("web"),
        safety=st.integers(0, 3),
        buffer=st.none() | st.integers(0, 2),
    )
    def keep_back(
        self,
        sku: str | None,
        category: str | None,
        node: str | None,
        channel: str | None,
        safety: int,
        buffer: int | None,
    ) -> None:
        scope = (sku, None if sku else category, node, channel)
        self.send(inventory.SET_STOCK_POLICY, [inventory.SetStockPolicy(*scope, safety, buffer)])

    @rule(commands=batch(st.builds(inventory.ReceiveStock, NODE, goods(ANY, MANY), occurred_at=WHEN)))
    def receive(self, commands: list[Any]) -> None:
        self.send(inventory.RECEIVE_STOCK, commands)

    @rule(
        commands=batch(
            st.builds(
                inventory.AdjustStock,
                NODE,
                goods(ANY, st.integers(-3, -1) | st.integers(-3, -1) | st.integers(-2, 2)),
                st.sampled_from(("damaged", "theft", "correction", "found")),
            )
        )
    )
    def adjust(self, commands: list[Any]) -> None:
        self.send(inventory.ADJUST_STOCK, commands)

    @rule(commands=batch(st.builds(inventory.CountStock, NODE, goods(ANY, st.integers(0, 9)), occurred_at=WHEN)))
    def count(self, commands: list[Any]) -> None:
        self.send(inventory.COUNT_STOCK, commands)

    @rule(commands=batch(st.builds(inventory.SendTransfer, NODE, NODE, goods(ANY, st.integers(1, 4)))))
    def send_goods(self, commands: list[Any]) -> None:
        self.send(inventory.SEND_TRANSFER, commands)

    @precondition(lambda self: self.model.transfers)
    @rule(picks=batch(st.tuples(PICK, goods(ANY, st.integers(0, 4)) | st.just(()), st.booleans())))
    def goods_arrive(self, picks: list[tuple[int, Any, bool]]) -> None:
        known = sorted(self.model.transfers)
        numbers = [known[pick % len(known)] if known and pick != 99 else pick for pick, _, _ in picks]
        self.send(
            inventory.RECEIVE_TRANSFER,
            [
                inventory.ReceiveTransfer(number, lines, final=final)
                for number, (_, lines, final) in zip(numbers, picks, strict=True)
            ],
        )

    @rule(
        commands=batch(
            st.builds(
                inventory.ReserveStock,
                NODE,
                goods(ANY, st.integers(1, 4)),
                st.just(30),
                channel=st.none() | st.just("web"),
            )
        )
    )
    def reserve(self, commands: list[Any]) -> None:
        self.send(inventory.RESERVE_STOCK, commands)

    @precondition(lambda self: self.model.reservations)
    @rule(picks=batch(PICK))
    def release(self, picks: list[int]) -> None:
        known = sorted(self.model.reservations) or [0]
        commands = [inventory.ReleaseReservation(known[pick % len(known)] if pick != 99 else pick) for pick in picks]
        self.send(inventory.RELEASE_RESERVATION, commands)

    # Orders

    @rule(commands=batch(PLACINGS), numbers=st.lists(st.none() | st.integers(1, 9), min_size=4, max_size=4))
    def place(self, commands: list[orders.PlaceOrder], numbers: list[int | None]) -> None:
        """An external id comes at most once in a batch here; a race test sends it many times at once."""
        fresh = dict.fromkeys(number for number in numbers if number)
        external = [f"E{number}" for number in fresh] + [""] * 4
        self.send(
            PLACE_ORDERS,
            [msgspec.structs.replace(c, external_id=e) for c, e in zip(commands, external, strict=False)],
        )

    @rule(commands=batch(SALES))
    def sell(self, commands: list[Any]) -> None:
        self.send(RECORD_SALES, commands)

    @precondition(lambda self: self.model.orders)
    @rule(picks=batch(st.tuples(PICK, st.sampled_from(("part", "rest", "rest", "over", "refund", "nothing")), MONEY)))
    def pay(self, picks: list[tuple[int, str, int]]) -> None:
        commands = []
        for pick, much, amount in picks:
            number = self.some_order(pick, lambda order: order.lapses)
            order = self.model.orders.get(number)
            owed = order.owed - order.paid if order else 1
            minor = {"part": amount, "rest": owed, "over": owed + amount, "refund": -amount, "nothing": 0}[much]
            commands.append(orders.PayOrder(number, (orders.Tender("card", minor),)))
        self.send(PAY_ORDERS, commands)

    @precondition(lambda self: self.some("placed", "part_shipped"))
    @rule(picks=batch(st.tuples(PICK, st.none() | NODE | st.just("moon"))))
    def allocate(self, picks: list[tuple[int, str | None]]) -> None:
        numbers = [self.some_order(pick, lambda order: order.state in {"placed", "part_shipped"}) for pick, _ in picks]
        known = self.model.orders
        if any(number in known and known[number].due for number in numbers):
            # Making room ends promises that are over; in a batch this may be one the batch has just kept.
            numbers, picks = numbers[:1], picks[:1]
        self.send(
            ALLOCATE_ORDERS,
            [orders.AllocateOrder(number, node) for number, (_, node) in zip(numbers, picks, strict=True)],
        )

    @precondition(lambda self: self.some("allocated", "part_shipped"))
    @rule(picks=batch(st.tuples(PICK, PARTS)))
    def ship(self, picks: list[tuple[int, Any]]) -> None:
        ready = {"allocated", "part_shipped"}
        self.send(
            SHIP_ORDERS,
            [orders.ShipOrder(self.some_order(pick, lambda o: o.state in ready), lines) for pick, lines in picks],
        )

    @precondition(lambda self: any(order.waiting for order in self.model.orders.values()))
    @rule(picks=batch(st.tuples(PICK, st.none() | PICK)))
    def deliver(self, picks: list[tuple[int, int | None]]) -> None:
        commands = []
        for pick, which in picks:
            number = self.some_order(pick, lambda order: bool(order.waiting))
            made = list(self.model.orders[number].shipments) if number in self.model.orders else []
            commands.append(orders.DeliverOrder(number, made[which % len(made)] if made and which else which))
        self.send(DELIVER_ORDERS, commands)

    @precondition(lambda self: self.some("placed", "allocated", "part_shipped"))
    @rule(picks=batch(st.tuples(PICK, PARTS, st.sampled_from(("no longer wanted", "no longer wanted", " ")))))
    def cancel(self, picks: list[tuple[int, Any, str]]) -> None:
        live = {"placed", "allocated", "part_shipped"}
        self.send(
            CANCEL_ORDERS,
            [orders.CancelOrder(self.some_order(p, lambda o: o.state in live), why, some) for p, some, why in picks],
        )

    @precondition(lambda self: any(out(order) for order in self.model.orders.values()))
    @rule(picks=batch(st.tuples(PICK, NODE, PARTS, st.booleans())))
    def take_back(self, picks: list[tuple[int, str, Any, bool]]) -> None:
        self.send(
            RETURN_ORDERS,
            [
                orders.ReturnOrder(self.some_order(pick, out), node, "does not fit", some, restock=restock)
                for pick, node, some, restock in picks
            ],
        )

    @precondition(lambda self: self.alive())
    @rule(pick=PICK, walk=WALK)
    def an_order_goes_its_way(self, pick: int, walk: list[tuple[str, Any, str, int]]) -> None:
        """One order is changed again and again by what its state admits, which drawing verbs alone seldom does."""
        self.walk(self.alive()[pick % len(self.alive())], walk)

    @precondition(lambda self: self.some("placed"))
    @rule(pick=PICK, walk=WALK)
    def a_paid_order_goes_its_way(self, pick: int, walk: list[tuple[str, Any, str, int]]) -> None:
        placed = [number for number, order in self.model.orders.items() if order.state == "placed"]
        number = placed[pick % len(placed)]
        owed = self.model.orders[number].owed - self.model.orders[number].paid
        self.send(PAY_ORDERS, [orders.PayOrder(number, (orders.Tender("card", owed),) if owed else ())])
        self.walk(number, walk)

    def alive(self) -> list[int]:
        return [n for n, order in self.model.orders.items() if order.state in ADMITTED["cancel"] or out(order)]

    def walk(self, number: int, walk: list[tuple[str, Any, str, int]]) -> None:
        order = self.model.orders[number]
        for drawn, parts, node, amount in walk:
            verb = "allocate" if order.state == "placed" and drawn in {"ship", "deliver", "return"} else drawn
            if order.state not in ADMITTED[verb] or (verb == "return" and not out(order)):
                continue
            commands: dict[str, tuple[Operation[Any, Any], Any]] = {
                "pay": (PAY_ORDERS, orders.PayOrder(number, (orders.Tender("card", amount - 100 or 1),))),
                "allocate": (ALLOCATE_ORDERS, orders.AllocateOrder(number, node if amount % 2 else None)),
                "ship": (SHIP_ORDERS, orders.ShipOrder(number, parts)),
                "deliver": (DELIVER_ORDERS, orders.DeliverOrder(number, next(iter(order.waiting), None))),
                "cancel": (CANCEL_ORDERS, orders.CancelOrder(number, "no longer wanted", parts)),
                "return": (RETURN_ORDERS, orders.ReturnOrder(number, node, "broken", parts, restock=amount % 3 > 0)),
            }
            operation, command = commands[verb]
            self.send(operation, [command])
            self.agree()

    # Time

    @rule(picks=batch(PICK))
    def time_passes(self, picks: list[int]) -> None:
        """The time of some promises is up."""
        promises: dict[int, Order | Reservation] = {n: o for n, o in self.model.orders.items() if o.lapses}
        promises |= {n: r for n, r in self.model.reservations.items() if r.state == "open"}
        for number in {sorted(promises)[pick % len(promises)] for pick in picks if promises}:
            promises[number].due = True
            for table, moment, key in (
                ("orders.customer_order", "expires_at", "id"),
                ("inventory.document", "expected_at", "id"),
                ("ledger.hold", "expires_at", "reference"),
            ):
                self.house.query(f"update {table} set {moment} = now() - interval '1 minute' where {key} = %s", number)

    @rule(everything=st.booleans())
    def sweep(self, everything: bool) -> None:  # noqa: FBT001 - drawn
        lapsing = sum(order.due for order in self.model.orders.values())
        ending = sum(reservation.due for reservation in self.model.reservations.values())
        unsure = bool(self.house.database.faults)  # when only the answer is lost, the next try finds less to do
        ended = self.house.run((end_promises if everything else lapse_due)(self.house.executor))
        expected = lapsing + ending if everything else lapsing
        assert ended == expected or (unsure and ended < expected)
        self.agree()
        assert not any(order.due for order in self.model.orders.values())
        assert not everything or not any(reservation.due for reservation in self.model.reservations.values())

    # Repetition and faults

    @precondition(lambda self: self.past)
    @rule(pick=st.integers(0, 10**6))
    def the_same_call_again_gets_the_stored_answer(self, pick: int) -> None:
        operation, call, outcome = self.past[pick % len(self.past)]
        again, beside = self.house.execute(operation, [call, call])
        assert (again.accepted, again.body, again.repeated) == (outcome.accepted, outcome.body, True)
        assert beside == again

    @precondition(lambda self: self.past)
    @rule(pick=st.integers(0, 10**6), other=st.integers(0, 10**6))
    def another_call_with_a_used_key_is_refused(self, pick: int, other: int) -> None:
        operation, call, _ = self.past[pick % len(self.past)]
        same = [c for o, c, _ in self.past if o is operation and c.fingerprint != call.fingerprint]
        if same:
            content = same[other % len(same)]
            stolen = Call(content.command, call.key, content.fingerprint, content.encoded, call.actor, call.trace)
            (outcome,) = self.house.execute(operation, [stolen])
            assert not outcome.accepted
            assert outcome.refusal().code == (
                "idempotency_key_reused" if operation.identity is None else "duplicate_order"
            )

    @rule(faults=st.lists(FAULTS, min_size=1, max_size=3))
    def the_next_transactions_break(self, faults: list[Fault]) -> None:
        self.house.database.faults[:] = faults

    @rule(commands=batch(SALES) | batch(PLACINGS), answered=st.booleans())
    def the_database_is_gone_for_a_while(self, commands: list[Any], answered: bool) -> None:  # noqa: FBT001 - drawn
        """The caller hears of a failure: nothing has happened, or all but the answer. Sent again, it has, once."""
        operation: Operation[Any, Any] = PLACE_ORDERS if isinstance(commands[0], orders.PlaceOrder) else RECORD_SALES
        calls = [operation.call(command, next(self.keys)) for command in commands]
        kind: FaultKind = "acknowledgement" if answered else "statement"
        self.house.database.faults[:] = [Fault(kind) for _ in range(10 * execution.ATTEMPTS_MAX)]
        with pytest.raises(OperationalError):
            self.house.execute(operation, calls)
        self.house.database.faults.clear()
        if not answered:
            self.agree()
        self.compare(operation, calls, self.predict(calls), self.house.execute(operation, calls))

    @rule(commands=st.lists(SALES, min_size=2, max_size=5) | st.lists(PLACINGS, min_size=2, max_size=5), pick=PICK)
    def one_command_of_a_batch_hits_a_defect(self, commands: list[Any], pick: int) -> None:
        """It fails alone, after the batch has decided and queued its writes; mended, the same call is carried out."""
        operation: Operation[Any, Any] = PLACE_ORDERS if isinstance(commands[0], orders.PlaceOrder) else RECORD_SALES
        calls = [operation.call(command, next(self.keys)) for command in commands]
        calls = list({call.key: call for call in calls}.values())
        ill = calls[pick % len(calls)]
        if self.known(operation, ill):
            return

        async def handle(work: Work, given: Sequence[Call[Any]]) -> Sequence[Any]:
            answers = await operation.handle(work, given)
            assert ill.key not in {call.key for call in given}, "a defect"
            return answers

        broken = replace(operation, handle=handle)
        with capture_logs():
            outcomes = dict(zip([call.key for call in calls], self.house.execute(broken, calls), strict=True))
        assert outcomes.pop(ill.key).refusal().code == "internal"
        well = [call for call in calls if call is not ill]
        self.compare(operation, well, self.predict(well), list(outcomes.values()))
        self.compare(operation, [ill], self.predict([ill]), self.house.execute(operation, [ill]))


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(execution, "RETRY_WAIT_SECONDS", 0.0001)
    opened = House(database_url)
    yield opened
    opened.close()


def test_orders_agree_with_the_model(house: House) -> None:
    machine = type("Machine", (OrdersMachine,), {"house": house})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=1500 if THOROUGH else 70,
            stateful_step_count=60,
            derandomize=not THOROUGH,
            database=None,
            phases=tuple(Phase) if THOROUGH else (Phase.generate,),  # to shrink a failure takes minutes
        ),
    )
