"""What a batch changes of points: collected while it is decided, queued at its end, told as events."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from mainstem.domains.loyalty.members import store as members
from mainstem.domains.loyalty.members.tiers import TierChange, upgrade
from mainstem.domains.loyalty.points import store
from mainstem.domains.loyalty.points.burning import Burned, release, settle
from mainstem.domains.loyalty.points.earning import Earned, LineShare, Purchase, earn, post
from mainstem.domains.loyalty.points.purse import Purse
from mainstem.domains.loyalty.points.returning import (
    Burning,
    Earning,
    GivenBack,
    TakenBack,
    give_back,
    take_back,
)
from mainstem.domains.loyalty.points.spreading import spread
from mainstem.domains.loyalty.telling import tell
from mainstem.ledger import Book, Step
from mainstem.platform.execution import Call
from mainstem.platform.work import Work

EARNINGS_PER_ORDER = 3
"""Ids that an order needs at most for what it earns: its own, and those of a referral's two."""


class PointsEvent(msgspec.Struct, frozen=True):
    """Payload of `loyalty.points_earned`, `_held`, `_burned`, `_released`, `_taken_back`, `_given_back`."""

    member: str
    points: int
    reference: int
    what: str = ""
    debt: int = 0


class TierEvent(msgspec.Struct, frozen=True):
    """Payload of `loyalty.tier_changed`."""

    member: str
    before: str
    tier: str


class OrderEarned(msgspec.Struct, frozen=True):
    """All that an order does to points: its own, those of a referral, and a tier that it reaches."""

    own: Earned
    referral: tuple[Earned, ...]
    tier: TierChange | None
    steps: tuple[Step, ...]


def earn_for_order(purse: Purse, book: Book, purchase: Purchase) -> OrderEarned:
    """What an order earns: pending or at once, with the tier that it reaches and what is due to who brought the member.

    Decide its steps, in a group of the order, before the next order of the batch is asked for; then note it.
    """
    own = earn(purse, book, purchase)
    counts = purse.programme.tiers is not None and purse.programme.tiers.by == "points"
    tier = upgrade(purse, own.points if counts else own.spend_minor)
    purse.standing.count(own.by_rule)
    referral = _referral(purse, book, purchase, own)
    steps = [*own.steps, *(step for one in referral for step in one.steps), *(tier.steps if tier else ())]
    return OrderEarned(own, referral, tier, tuple(steps))


def _referral(purse: Purse, book: Book, purchase: Purchase, own: Earned) -> tuple[Earned, ...]:
    """What is due to the two of a referral; pending like the order's own points."""
    rules = purse.programme.referral
    done = purse.referrer is None or purse.standing.rewarded
    if rules is None or done or own.spend_minor < max(rules.first_order_minor_min, 1):
        return ()
    purse.standing.rewarded = True
    spent = {line.position: line.spend_minor for line in own.lines}
    quantities = {line.position: line.quantity for line in own.lines}
    return tuple(
        Earned(
            account,
            "referral",
            purchase.order,
            what,
            points,
            0,
            own.pending,
            {},
            tuple(LineShare(position, quantities[position], part) for position, part in spread(points, spent).items()),
            post(purse, book, points, pending=own.pending, account=account),
        )
        for account, points, what in (
            (purse.referrer, rules.referrer_points, "referrer"),
            (purse.account.id, rules.referred_points, "referred"),
        )
        if points and account is not None
    )


class PointChanges:
    """What of a batch is to be stored: note each change once its group was granted, and save at the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._earned: list[store.EarnedRow] = []
        self._burned: list[tuple[int, Burned]] = []
        self._earnings: dict[int, Earning] = {}
        self._burns: dict[int, Burning] = {}
        self._tiers: list[TierChange] = []
        self._rewarded: dict[int, int] = {}

    def earned(self, call: Call[Any] | None, purse: Purse, order: OrderEarned) -> None:
        """Note what an order earned; ids must be reserved: `EARNINGS_PER_ORDER`."""
        for one in (order.own, *order.referral):
            if one.points or one.spend_minor:
                self.add(call, purse, one)
        if order.referral:
            self._rewarded[purse.account.id] = order.own.reference
        if order.tier is not None:
            self.tier(call, purse, order.tier)

    def add(self, call: Call[Any] | None, purse: Purse, earned: Earned) -> int:
        """Note an earning; its id."""
        number = self._work.ids.take()
        until = self._work.now + timedelta(days=purse.programme.pending_days if earned.pending else 0)
        target = purse.target
        self._earned.append(store.EarnedRow(number, earned, target.points, target.pending, until, purse.today))
        event = PointsEvent(purse.account.number, earned.points, earned.reference, earned.what or earned.kind)
        tell(self._work, call, "points_earned", earned.account, event)
        return number

    def tier(self, call: Call[Any] | None, purse: Purse, change: TierChange) -> None:
        """Note a tier."""
        self._tiers.append(change)
        tell(
            self._work,
            call,
            "tier_changed",
            change.account,
            TierEvent(purse.account.number, change.before, change.tier),
        )

    def burned(self, call: Call[Any] | None, purse: Purse, burned: Burned) -> int:
        """Note points that were held, or spent at once; the id of the burn."""
        number = self._work.ids.take()
        self._burned.append((number, burned))
        what = "points_held" if burned.state == "held" else "points_burned"
        event = PointsEvent(purse.account.number, burned.points, burned.reference, burned.what)
        tell(self._work, call, what, burned.account, event)
        return number

    def settled(self, call: Call[Any] | None, purse: Purse, burn: Burning) -> tuple[Step, ...]:
        """The steps that make held points spent, noted; none when they are already."""
        return self._end(call, purse, burn, "settled")

    def released(self, call: Call[Any] | None, purse: Purse, burn: Burning) -> tuple[Step, ...]:
        """The steps that let held points go, noted; none when they are no longer held."""
        return self._end(call, purse, burn, "released")

    def _end(self, call: Call[Any] | None, purse: Purse, burn: Burning, state: str) -> tuple[Step, ...]:
        if burn.state != "held":
            return ()
        burn.state = state
        self._burns[burn.id] = burn
        event = PointsEvent(purse.account.number, burn.points, burn.reference)
        tell(self._work, call, "points_burned" if state == "settled" else "points_released", burn.account, event)
        return settle(burn.parts) if state == "settled" else release(burn.parts)

    def taken_back(
        self, call: Call[Any] | None, purse: Purse, book: Book, earning: Earning, returned: Mapping[int, int]
    ) -> TakenBack:
        """What a return takes back, noted: the steps belong into a group that is a fact. `returned`: by position."""
        found = take_back(purse, book, earning, returned)
        if earning.kind == "order":
            counts = purse.programme.tiers is not None and purse.programme.tiers.by == "points"
            purse.standing.qualifying -= found.points if counts else found.spend_minor
        self._earnings[earning.id] = earning
        if found.points:
            event = PointsEvent(purse.account.number, found.points, earning.reference, debt=found.debt)
            tell(self._work, call, "points_taken_back", earning.account, event)
        return found

    def given_back(self, call: Call[Any] | None, purse: Purse, burn: Burning, returned: Mapping[int, int]) -> GivenBack:
        """What a return gives back, noted. Points that are held still are not given back: release them."""
        if burn.state != "settled":
            return GivenBack(0, ())
        found = give_back(purse, burn, returned)
        self._burns[burn.id] = burn
        if found.points:
            event = PointsEvent(purse.account.number, found.points, burn.reference)
            tell(self._work, call, "points_given_back", burn.account, event)
        return found

    def save(self) -> None:
        """Queue everything noted."""
        store.insert_earnings(self._work, self._earned)
        store.insert_burns(self._work, self._burned)
        store.update_earnings(self._work, list(self._earnings.values()))
        store.update_burns(self._work, list(self._burns.values()))
        members.set_tiers(self._work, self._tiers)
        members.reward_referrals(self._work, list(self._rewarded.items()))
