"""What a customer has in a programme, as it was loaded: accounts of all his records and of his pool, and their lots.

A purse says where points are; how many are there says the ledger's book, which runs ahead within a batch.
"""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from mainstem.domains.loyalty.programmes.calendar import today
from mainstem.domains.loyalty.programmes.form import Programme, Tier
from mainstem.domains.loyalty.programmes.store import LotKey
from mainstem.ledger import Book, Spot


class Account(msgspec.Struct, frozen=True, gc=False):
    """A membership, as it is stored. `customer` is whose the record is today."""

    id: int
    programme: int
    record: int
    number: str
    tier: str
    tier_since: datetime | None
    tier_until: date | None
    pool: int | None
    customer: int


class Lot(msgspec.Struct, frozen=True, order=True):
    """Where points or a benefit are: sorted, what is used first comes first."""

    expires_on: date
    asset: int
    account: int
    benefit: str = ""
    pending: bool = False

    @property
    def spot(self) -> Spot:
        """Its balance."""
        return (self.asset, self.account)


class Target(msgspec.Struct, frozen=True):
    """The lots that are written to on a day: points and pending points of that day, debts, points given back."""

    points: int
    pending: int
    debt: int
    returned: int
    expires_on: date
    returned_until: date


class Standing(msgspec.Struct):
    """What of a customer counts in a programme, over all his accounts; it runs ahead within a batch.

    `qualifying` counts for a tier; `given` is what each rule gave today and this month,
    `rewarded` whether who brought him has something for it in this batch.
    """

    tier: str = ""
    qualifying: int = 0
    given: dict[str, tuple[int, int]] = {}
    rewarded: bool = False

    def count(self, by_rule: dict[str, int]) -> None:
        """Note what rules gave."""
        for rule, points in by_rule.items():
            today, month = self.given.get(rule, (0, 0))
            self.given[rule] = (today + points, month + points)


class Purse(msgspec.Struct, frozen=True):
    """`account` is the one that earns; `own` are those of the customer, `pooled` others that spend with him.

    `lots` are those of all of them, sorted; `target` and `benefit_lots` are where something new goes. `referrer` is
    who brought the member and has nothing for it yet.
    """

    programme_id: int
    programme: Programme
    now: datetime
    account: Account
    own: tuple[Account, ...]
    pooled: tuple[Account, ...]
    lots: tuple[Lot, ...]
    target: Target
    benefit_lots: dict[LotKey, int]
    standing: Standing
    referrer: int | None = None

    @property
    def today(self) -> date:
        """The day in the programme's zone."""
        return today(self.programme, self.now)

    @property
    def tier(self) -> Tier | None:
        """The highest tier of the customer's accounts."""
        return next((tier for tier in self.tiers if tier.code == self.standing.tier), None)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the programme, the lowest first."""
        return () if self.programme.tiers is None else self.programme.tiers.steps

    def spots(self) -> set[Spot]:
        """Every balance that a change of this purse may touch."""
        target = (self.target.points, self.target.pending, self.target.debt, self.target.returned)
        accounts = {one.id for one in (*self.own, *self.pooled)} | ({self.referrer} if self.referrer else set())
        found = {lot.spot for lot in self.lots}
        found |= {(asset, account) for account in accounts for asset in target}
        return found | {(asset, account) for account in accounts for asset in self.benefit_lots.values()}

    def usable(self, benefit: str = "") -> list[Lot]:
        """The lots that count today, what expires first first."""
        day = self.today
        return [lot for lot in self.lots if lot.benefit == benefit and not lot.pending and lot.expires_on >= day]

    def available(self, book: Book, benefit: str = "") -> int:
        """What can be used now; below zero after a return of points that were spent."""
        return sum(book.free(*lot.spot) for lot in self.usable(benefit))

    def pending(self, book: Book) -> int:
        """Points that wait for the window of returns to close."""
        return sum(book.free(*lot.spot) for lot in self.lots if lot.pending)

    def debts(self, book: Book) -> list[tuple[int, int]]:
        """(account, points) of the customer's own accounts that a return took below zero."""
        owed = [(one.id, -book.free(self.target.debt, one.id)) for one in self.own]
        return [(account, points) for account, points in owed if points > 0]


def first_out(book: Book, lots: Iterable[Lot], points: int) -> list[tuple[Lot, int]]:
    """So many points from lots in their order, as far as there are any."""
    taken: list[tuple[Lot, int]] = []
    for lot in lots:
        part = min(points, max(book.free(*lot.spot), 0))
        if part:
            taken.append((lot, part))
            points -= part
    return taken
