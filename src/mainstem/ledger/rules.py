"""The ledger's decisions: pure, in memory, in the order of arrival.

A `Book` holds the balances and holds that a batch touches. `decide` grants or refuses one group against the running
state; a refused group leaves the book as it was. What was granted is collected for the store.
"""

from datetime import datetime

import msgspec

from mainstem.ledger.contracts import (
    Breach,
    Extend,
    Group,
    Hold,
    Release,
    Reserve,
    Settle,
    Shortage,
    Spot,
    Step,
    Transfer,
)


class Balance(msgspec.Struct, gc=False):
    """posted: what is there; held: what of it is promised; floor: how far below zero facts have taken what is free.

    known: whether the database has it already. least: what a reservation of this batch asked to stay free, at most.
    """

    posted: int = 0
    held: int = 0
    floor: int = 0
    known: bool = False
    least: int = 0


class Movement(msgspec.Struct, frozen=True, gc=False):
    """A granted transfer and the group it belongs to."""

    asset: int
    source: int
    target: int
    quantity: int
    group: Group


class Book:
    """Balances and holds of one batch, and what the granted groups changed of them."""

    def __init__(self, balances: dict[Spot, Balance], holds: dict[int, Hold] | None = None) -> None:
        self.balances = balances
        self.holds = holds or {}
        self.movements: list[Movement] = []
        self.new_holds: list[Hold] = []
        self.changed_holds: dict[int, Hold] = {}
        self.changed: dict[Spot, Balance] = {}
        self._balances_before: list[tuple[Balance, int, int, int]] = []
        self._holds_before: list[tuple[Hold, int, int, str, datetime | None]] = []

    def free(self, asset: int, place: int) -> int:
        """What is there and not promised."""
        balance = self.balances.get((asset, place))
        return balance.posted - balance.held if balance else 0

    def decide(self, group: Group) -> Shortage | list[Breach]:
        """Grant the whole group and return its breaches (only facts have any), or refuse it and change nothing."""
        self._balances_before.clear()
        self._holds_before.clear()
        breaches: list[Breach] = []
        movements, holds = len(self.movements), len(self.new_holds)
        for number, step in enumerate(group.steps):
            shortage = self._apply(number, step, group, breaches)
            if shortage is not None:
                self._take_back(movements, holds)
                return shortage
        return breaches

    def _take_back(self, movements: int, holds: int) -> None:
        for balance, posted, held, floor in reversed(self._balances_before):
            balance.posted, balance.held, balance.floor = posted, held, floor
        for hold, settled, released, state, expires_at in reversed(self._holds_before):
            hold.settled, hold.released, hold.state, hold.expires_at = settled, released, state, expires_at
        for hold in self.new_holds[holds:]:
            del self.holds[hold.id]
        del self.movements[movements:], self.new_holds[holds:]

    def _apply(self, number: int, step: Step, group: Group, breaches: list[Breach]) -> Shortage | None:
        if isinstance(step, Transfer):
            return self._transfer(number, step, group, breaches)
        if isinstance(step, Reserve):
            return self._reserve(number, step, group)
        hold = self.holds.get(step.hold)
        wanted = 1 if isinstance(step, Extend) else step.quantity
        if hold is None or not 1 <= wanted <= hold.open:
            asset, place, free = (hold.asset, hold.place, hold.open) if hold else (0, 0, 0)
            return Shortage(step=number, asset=asset, place=place, wanted=wanted, free=free)
        self._holds_before.append((hold, hold.settled, hold.released, hold.state, hold.expires_at))
        self.changed_holds[hold.id] = hold
        if isinstance(step, Settle):
            self._settle(step, hold, group)
        elif isinstance(step, Release):
            self._release(step, hold)
        else:
            hold.expires_at = step.expires_at
        return None

    def _transfer(self, number: int, step: Transfer, group: Group, breaches: list[Breach]) -> Shortage | None:
        if step.source > 0:
            free = self.free(step.asset, step.source)
            if group.fact:
                missing = step.quantity - max(free, 0)
                if missing > 0:
                    breaches.append(Breach(asset=step.asset, place=step.source, missing=missing))
            elif free - step.keep < step.quantity:
                return Shortage(step=number, asset=step.asset, place=step.source, wanted=step.quantity, free=free)
            self._post(step.asset, step.source, -step.quantity, 0)
        if step.target > 0:
            self._post(step.asset, step.target, step.quantity, 0)
        self.movements.append(Movement(step.asset, step.source, step.target, step.quantity, group))
        return None

    def _reserve(self, number: int, step: Reserve, group: Group) -> Shortage | None:
        free = self.free(step.asset, step.place)
        if free - step.keep < step.quantity:
            return Shortage(step=number, asset=step.asset, place=step.place, wanted=step.quantity, free=free)
        self._post(step.asset, step.place, 0, step.quantity)
        balance = self.balances[step.asset, step.place]
        balance.least = max(balance.least, step.keep)
        hold = Hold(step.hold, step.asset, step.place, step.quantity, 0, 0, group.reference, step.expires_at, "held")
        self.new_holds.append(hold)
        self.holds[hold.id] = hold
        return None

    def _settle(self, step: Settle, hold: Hold, group: Group) -> None:
        self._post(hold.asset, hold.place, -step.quantity, -step.quantity)
        if step.target > 0:
            self._post(hold.asset, step.target, step.quantity, 0)
        hold.settled += step.quantity
        if hold.open == 0:
            hold.state = "posted"
        self.movements.append(Movement(hold.asset, hold.place, step.target, step.quantity, group))

    def _release(self, step: Release, hold: Hold) -> None:
        self._post(hold.asset, hold.place, 0, -step.quantity)
        hold.released += step.quantity
        if hold.open == 0:
            hold.state = "expired" if step.expired else "posted" if hold.settled else "released"

    def _post(self, asset: int, place: int, posted: int, held: int) -> None:
        spot = (asset, place)
        balance = self.balances.get(spot)
        if balance is None:
            balance = self.balances[spot] = Balance()
        self._balances_before.append((balance, balance.posted, balance.held, balance.floor))
        balance.posted += posted
        balance.held += held
        free = balance.posted - balance.held
        balance.floor = min(0, free)
        self.changed[spot] = balance
