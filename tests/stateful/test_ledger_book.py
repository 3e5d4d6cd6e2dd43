"""The book against an independent auditor: the same steps, kept as plain sums."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mainstem.ledger import Book, Group, Release, Reserve, Settle, Shortage, Transfer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASSETS = st.integers(1, 3)
PLACES = st.integers(1, 3)
OUTSIDE = -1
QUANTITIES = st.integers(1, 5)


class LedgerMachine(RuleBasedStateMachine):
    """Drives a book with groups of random steps and predicts every answer from sums of its own."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.book = Book({})
        self.there: Counter[tuple[int, int]] = Counter()
        self.promised: dict[int, tuple[tuple[int, int], int]] = {}
        self.outside: Counter[int] = Counter()
        self.next_hold = 1

    def free(self, asset: int, place: int) -> int:
        held = sum(quantity for spot, quantity in self.promised.values() if spot == (asset, place))
        return self.there[asset, place] - held

    def decide(self, *steps: object, fact: bool = False) -> object:
        return self.book.decide(Group(tuple(steps), "test", 1, NOW, fact))  # type: ignore[arg-type]

    @rule(asset=ASSETS, place=PLACES, quantity=QUANTITIES)
    def receive(self, asset: int, place: int, quantity: int) -> None:
        assert self.decide(Transfer(asset, OUTSIDE, place, quantity)) == []
        self.there[asset, place] += quantity
        self.outside[asset] += quantity

    @rule(asset=ASSETS, source=PLACES, to=PLACES, quantity=QUANTITIES, keep=st.integers(0, 3))
    def move(self, asset: int, source: int, to: int, quantity: int, keep: int) -> None:
        if source == to:
            return
        granted = self.free(asset, source) - keep >= quantity
        answer = self.decide(Transfer(asset, source, to, quantity, keep))
        assert (answer == []) is granted
        if granted:
            self.there[asset, source] -= quantity
            self.there[asset, to] += quantity

    @rule(asset=ASSETS, place=PLACES, quantity=QUANTITIES)
    def sell_as_a_fact(self, asset: int, place: int, quantity: int) -> None:
        missing = quantity - max(0, self.free(asset, place))
        breaches = self.decide(Transfer(asset, place, OUTSIDE, quantity), fact=True)
        assert isinstance(breaches, list)
        assert [breach.missing for breach in breaches] == ([missing] if missing > 0 else [])
        self.there[asset, place] -= quantity
        self.outside[asset] -= quantity

    @rule(target=holds, asset=ASSETS, place=PLACES, quantity=QUANTITIES, keep=st.integers(0, 3))
    def reserve(self, asset: int, place: int, quantity: int, keep: int) -> int:
        hold, self.next_hold = self.next_hold, self.next_hold + 1
        granted = self.free(asset, place) - keep >= quantity
        answer = self.decide(Reserve(hold, asset, place, quantity, keep))
        assert (answer == []) is granted
        if granted:
            self.promised[hold] = ((asset, place), quantity)
        return hold

    @rule(hold=holds, quantity=QUANTITIES)
    def settle(self, hold: int, quantity: int) -> None:
        spot, left = self.promised.get(hold, ((0, 0), 0))
        answer = self.decide(Settle(hold, OUTSIDE, quantity))
        assert (answer == []) is (quantity <= left)
        if quantity <= left:
            self.promised[hold] = (spot, left - quantity)
            self.there[spot] -= quantity
            self.outside[spot[0]] -= quantity

    @rule(hold=holds, quantity=QUANTITIES)
    def release(self, hold: int, quantity: int) -> None:
        spot, left = self.promised.get(hold, ((0, 0), 0))
        assert (self.decide(Release(hold, quantity)) == []) is (quantity <= left)
        if quantity <= left:
            self.promised[hold] = (spot, left - quantity)

    @rule(asset=ASSETS, place=PLACES, quantity=QUANTITIES)
    def a_group_that_fails_at_its_end_changes_nothing(self, asset: int, place: int, quantity: int) -> None:
        before = {spot: (b.posted, b.held, b.floor) for spot, b in self.book.balances.items()}
        movements, holds = len(self.book.movements), len(self.book.new_holds)
        hold, self.next_hold = self.next_hold, self.next_hold + 1
        answer = self.decide(
            Transfer(asset, OUTSIDE, place, quantity),
            Reserve(hold, asset, place, 1) if self.free(asset, place) >= 0 else Transfer(asset, OUTSIDE, place, 1),
            Transfer(asset, place, OUTSIDE, 10**6),
        )
        assert isinstance(answer, Shortage)
        assert answer.step == 2
        after = {spot: (b.posted, b.held, b.floor) for spot, b in self.book.balances.items()}
        assert {spot: values for spot, values in after.items() if values != (0, 0, 0)} == {
            spot: values for spot, values in before.items() if values != (0, 0, 0)
        }
        assert (len(self.book.movements), len(self.book.new_holds)) == (movements, holds)

    @invariant()
    def balances_equal_the_sums(self) -> None:
        for (asset, place), balance in self.book.balances.items():
            assert balance.posted == self.there[asset, place]
            assert balance.posted - balance.held == self.free(asset, place)
            assert balance.floor == min(0, self.free(asset, place))

    @invariant()
    def nothing_comes_from_nowhere(self) -> None:
        for asset, came in self.outside.items():
            assert came == sum(quantity for (a, _), quantity in self.there.items() if a == asset)

    @invariant()
    def movements_rebuild_the_balances(self) -> None:
        rebuilt: Counter[tuple[int, int]] = Counter()
        for movement in self.book.movements:
            rebuilt[movement.asset, movement.source] -= movement.quantity
            rebuilt[movement.asset, movement.target] += movement.quantity
        for spot, balance in self.book.balances.items():
            assert rebuilt[spot] == balance.posted


TestLedgerBook = LedgerMachine.TestCase
TestLedgerBook.settings = settings(max_examples=150, stateful_step_count=40)
