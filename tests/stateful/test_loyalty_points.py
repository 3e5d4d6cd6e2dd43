"""Points against an independent model that keeps every single point with its last day in a plain list."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mainstem.domains.loyalty.points.burning import Tender, burn_as_tender, release, settle
from mainstem.domains.loyalty.points.earning import LineShare, OrderLine, Purchase, earn
from mainstem.domains.loyalty.points.purse import Account, Lot, Purse, Standing, Target, first_out
from mainstem.domains.loyalty.points.returning import (
    Burning,
    Earning,
    Line,
    expire,
    give_back,
    release_pending,
    take_back,
)
from mainstem.domains.loyalty.programmes.calendar import last_day
from mainstem.domains.loyalty.programmes.form import NEVER, Burn, EarnRule, Life, PerAmount, Programme, Text
from mainstem.domains.loyalty.programmes.store import LotKey
from mainstem.kernel.refusals import Refusal
from mainstem.ledger import Book, Group, Transfer

FORM = Programme(
    code="club",
    name=Text("Club"),
    points_name=Text("Points"),
    currency="CNY",
    life=Life(months=1),
    rules=(EarnRule("spend", Text("Spend"), PerAmount(1, 100)),),
    burn=Burn(points=1, amount_minor=1),
    burned_earns=True,
    returned_life_days=6,
)
START = datetime(2026, 1, 30, 12, tzinfo=UTC)
ACCOUNTS = st.integers(1, 2)
LINES = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3000)), min_size=1, max_size=3)


class Purchased:
    """An order: what the room stores of it, and what the model remembers."""

    def __init__(self, account: int, quantities: list[int]) -> None:
        self.account = account
        self.left = dict(enumerate(quantities, start=1))
        self.quantities = dict(self.left)
        self.earning: Earning | None = None
        self.burn: Burning | None = None
        self.earned: dict[int, int] = {}
        self.burned: dict[int, int] = {}
        self.points_of_burn: list[date] = []
        self.until = NEVER
        self.waits = False
        self.came: list[int] = []


class PointsMachine(RuleBasedStateMachine):
    """Earns, burns, returns, moves and expires in any order; the model does the same with single points."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book({})
        self.day = 0
        self.assets: dict[LotKey, int] = {}
        self.ids = count(100)
        self.orders: list[Purchased] = []
        self.points: dict[int, list[date]] = {1: [], 2: []}
        self.debt = Counter[int]()

    # what the room does, without its database

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.day)

    def asset(self, until: date, *, pending: bool = False) -> int:
        key = LotKey(1, "", until, pending)
        if key not in self.assets:
            self.assets[key] = next(self.ids)
        return self.assets[key]

    def purse(self, account: int, pending_days: int = 0) -> Purse:
        import msgspec

        form = msgspec.structs.replace(FORM, pending_days=pending_days)
        today = self.now.date()
        until, returned = last_day(FORM.life, today), today + timedelta(days=FORM.returned_life_days)
        target = Target(
            self.asset(until),
            self.asset(until, pending=True),
            self.asset(NEVER),
            self.asset(returned),
            until,
            returned,
        )
        mine = Account(account, 1, account, str(account), "", None, None, None, account)
        lots = sorted(Lot(key.expires_on, asset, account, "", key.pending) for key, asset in self.assets.items())
        return Purse(1, form, self.now, mine, (mine,), (), tuple(lots), target, {}, Standing())

    def decide(self, steps: Any, *, fact: bool = False) -> Any:  # noqa: ANN401
        found = self.book.decide(Group(tuple(steps), "test", 1, self.now, fact))
        assert isinstance(found, list), found
        return found

    # what the model does

    def take(self, account: int, number: int) -> list[date]:
        usable = sorted(day for day in self.points[account] if day >= self.now.date())[:number]
        for day in usable:
            self.points[account].remove(day)
        return usable

    def add(self, account: int, days: list[date]) -> None:
        for day in days:
            if self.debt[account]:
                self.debt[account] -= 1
            else:
                self.points[account].append(day)

    def available(self, account: int) -> int:
        return sum(day >= self.now.date() for day in self.points[account]) - self.debt[account]

    @rule(
        account=ACCOUNTS,
        lines=LINES,
        percent=st.sampled_from((0, 40, 80, 100, 120)),
        waits=st.booleans(),
        lapses=st.booleans(),
    )
    def buy(self, account: int, lines: list[tuple[int, int]], percent: int, *, waits: bool, lapses: bool) -> None:
        order = Purchased(account, [quantity for quantity, _ in lines])
        purse = self.purse(account, 3 if waits else 0)
        wanted = max(self.available(account), 0) * percent // 100
        if wanted:
            self.spend(order, purse, lines, wanted, lapses=lapses)
        total = sum(amount for _, amount in lines)
        bought = tuple(
            OrderLine(position, "A", "A", "A", "", quantity, amount, amount)
            for position, (quantity, amount) in enumerate(lines, start=1)
        )
        earned = earn(purse, self.book, Purchase(1, "CNY", "web", bought))
        assert earned.points == total // 100
        self.decide(earned.steps)
        order.earning = Earning(
            1,
            account,
            "order",
            1,
            earned.points,
            0,
            earned.spend_minor,
            0,
            purse.target.points,
            purse.target.pending,
            "pending" if waits else "available",
            self.lines(earned.lines),
        )
        order.earned = {one.position: one.points for one in earned.lines}
        assert sum(order.earned.values()) == earned.points
        order.until, order.waits = purse.target.expires_on, waits
        if not waits:
            self.add(account, [order.until] * earned.points)
        self.orders.append(order)

    def spend(self, order: Purchased, purse: Purse, lines: list[tuple[int, int]], wanted: int, *, lapses: bool) -> None:
        total = sum(amount for _, amount in lines)
        shown = tuple((position, quantity, amount) for position, (quantity, amount) in enumerate(lines, start=1))
        burned = burn_as_tender(purse, self.book, Tender(1, "CNY", total, shown), wanted, lambda: next(self.ids))
        if isinstance(burned, Refusal):
            assert wanted > min(self.available(order.account), total)
            return
        assert wanted <= self.available(order.account)
        self.decide(burned.steps)
        if lapses:
            self.decide(release(burned.parts))
            return
        self.decide(settle(burned.parts))
        days = {asset: key.expires_on for key, asset in self.assets.items()}
        parts, shares = list(burned.parts), self.lines(burned.lines)
        order.burn = Burning(1, order.account, "tender", 1, wanted, 0, 0, "settled", parts, shares, days)
        order.burned = {one.position: one.points for one in burned.lines}
        order.points_of_burn = self.take(order.account, wanted)

    @staticmethod
    def lines(shares: tuple[LineShare, ...]) -> dict[int, Line]:
        return {one.position: Line(one.position, one.quantity, 0, one.points, one.spend_minor) for one in shares}

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 99), position=st.integers(1, 3), quantity=st.integers(1, 4))
    def bring_back(self, which: int, position: int, quantity: int) -> None:
        order = self.orders[which % len(self.orders)]
        assert order.earning is not None
        if position not in order.left:
            return
        before = order.quantities[position] - order.left[position]
        order.left[position] = max(order.left[position] - quantity, 0)
        after, whole = order.quantities[position] - order.left[position], order.quantities[position]
        purse = self.purse(order.account)
        if order.burn is not None:
            given = give_back(purse, order.burn, {position: quantity})
            self.decide(given.steps, fact=True)
            share = order.burned[position]
            number = share * after // whole - share * before // whole
            assert given.points == number
            for _ in range(number):
                old = order.points_of_burn.pop()
                least = self.now.date() + timedelta(days=FORM.returned_life_days)
                self.points[order.account].append(max(old, least))
        purse = self.purse(order.account)
        taken = take_back(purse, self.book, order.earning, {position: quantity})
        self.decide(taken.steps, fact=True)
        share = order.earned[position]
        number = share * after // whole - share * before // whole
        assert taken.points == number
        if not order.waits:
            mine = self.points[order.account]
            for _ in range(number):
                if order.until in mine and order.until >= self.now.date():
                    mine.remove(order.until)
                elif not self.take(order.account, 1):
                    self.debt[order.account] += 1
        if not any(order.left.values()):
            assert order.earning.back == order.earning.points
            assert order.earning.spend_back_minor == order.earning.spend_minor
            assert order.burn is None or order.burn.back == order.burn.points

    @rule(source=ACCOUNTS, points=st.integers(1, 30))
    def move(self, source: int, points: int) -> None:
        purse = self.purse(source)
        if points > purse.available(self.book):
            assert points > self.available(source)
            return
        moved = first_out(self.book, purse.usable(), points)
        self.decide([Transfer(lot.asset, source, 3 - source, part) for lot, part in moved])
        self.points[3 - source] += self.take(source, points)

    @rule(days=st.sampled_from((1, 2, 3, 25)))
    def wait(self, days: int) -> None:
        self.day += days
        for order in self.orders:
            earning = order.earning
            if earning is not None and order.waits:
                debt = self.asset(NEVER)
                owed = max(-self.book.free(debt, order.account), 0)
                self.decide(release_pending(earning, debt, [(order.account, owed)]))
                earning.state, order.waits = "available", False
                self.add(order.account, [order.until] * (earning.points - earning.back))
        for key, asset in self.assets.items():
            if key.expires_on < self.now.date() and not key.pending:
                for account in (1, 2):
                    self.decide(expire(self.book, asset, account, self.asset(NEVER))[1])
        for account, mine in self.points.items():
            gone = sum(day < self.now.date() for day in mine)
            self.debt[account] -= min(gone, self.debt[account])
            mine[:] = [day for day in mine if day >= self.now.date()]

    @invariant()
    def the_same_points_with_the_same_last_days(self) -> None:
        for account in (1, 2):
            purse = self.purse(account)
            assert purse.available(self.book) == self.available(account)
            there = {lot.expires_on: self.book.free(*lot.spot) for lot in purse.usable()}
            assert {day: left for day, left in there.items() if left > 0} == Counter(self.points[account])
            assert there[NEVER] == -self.debt[account]
            waiting = [one for one in self.orders if one.account == account and one.waits]
            assert purse.pending(self.book) == sum(
                one.earning.points - one.earning.back for one in waiting if one.earning is not None
            )


TestPoints = PointsMachine.TestCase
TestPoints.settings = settings(max_examples=150, stateful_step_count=40)
