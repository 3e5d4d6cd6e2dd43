"""The form of a programme: what is written in JSON, stored, and read by the rules.

Amounts are minor units of the programme's currency; days are those of its zone.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Rounding = Literal["down", "half_up", "up"]


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value that is written and read as JSON."""


class Text(Frozen, frozen=True):
    """What people read, in both languages; without Chinese the English is shown."""

    en: str
    zh: str = ""


class Goods(Frozen, frozen=True):
    """Which goods: those that meet every field given, a field being met by any of its values; nothing given: all.

    `categories` are paths from wide to narrow and select what lies below them too.
    """

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    exclude: "Goods | None" = None


ALL_GOODS = Goods()


class PerAmount(Frozen, frozen=True, tag="amount"):
    """So many points for each so many minor units spent on the goods selected; in between in proportion."""

    points: int
    per_minor: int
    of: Goods = ALL_GOODS


class PerItem(Frozen, frozen=True, tag="item"):
    """So many points for each step of quantity of the goods selected."""

    points: int
    of: Goods = ALL_GOODS


class Times(Frozen, frozen=True, tag="times"):
    """What the other rules give for the goods selected counts so many times. Several add up: 2 and 3 make 4."""

    times: Decimal
    of: Goods = ALL_GOODS


class ForAction(Frozen, frozen=True, tag="action"):
    """So many points for something done: a review, a check-in, a completed profile."""

    action: str
    points: int


class EarnRule(Frozen, frozen=True):
    """How points are earned. Tiers and channels that are named are the only ones; a rule gives at most what `_max` say,
    counted over all records of the customer.
    """

    code: str
    name: Text
    gives: PerAmount | PerItem | Times | ForAction
    tiers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    per_order_max: int | None = None
    per_day_max: int | None = None
    per_month_max: int | None = None


class Life(Frozen, frozen=True):
    """How long points live: so many months, to the end of that day, month, quarter or year. None: they never expire."""

    months: int | None = 12
    ends: Literal["day", "month", "quarter", "year"] = "day"


class Burn(Frozen, frozen=True):
    """Points as a tender: `points` of them pay `amount_minor`.

    At least `points_min`, in steps of `points_step`, and at most so many percent of what the order comes to.
    """

    points: int
    amount_minor: int
    points_min: int = 1
    points_step: int = 1
    share_percent_max: int = 100


class Benefit(Frozen, frozen=True):
    """Something that is counted and used: a free delivery, a gift, an evening in the lounge."""

    code: str
    name: Text


class Grant(Frozen, frozen=True):
    """So many of a benefit, good for so many days."""

    benefit: str
    quantity: int = 1
    days: int = 365


class Reward(Frozen, frozen=True):
    """What points buy in the catalogue: a benefit that is granted."""

    code: str
    name: Text
    points: int
    grant: Grant


class Tier(Frozen, frozen=True):
    """A tier, from so much on. `grants` are given when it is reached and each time it is renewed."""

    code: str
    name: Text
    at_least: int
    grants: tuple[Grant, ...] = ()


class Tiers(Frozen, frozen=True):
    """Tiers by what was spent or earned in the window: the last months, or the calendar year.

    Who reaches a tier has it at once, for `valid_months`. Then it is looked at: renewed, or after `grace_days` lowered
    to what was reached.
    """

    steps: tuple[Tier, ...]
    by: Literal["spend", "points"] = "spend"
    window: Literal["months", "year"] = "months"
    window_months: int = 12
    valid_months: int = 12
    grace_days: int = 0


class Referral(Frozen, frozen=True):
    """Points for who brings somebody and for who is brought, when the first order is of at least so much."""

    referrer_points: int
    referred_points: int
    first_order_minor_min: int = 0
    per_day_max: int = 5
    total_max: int = 50
    per_device_max: int = 1


class Programme(Frozen, frozen=True, kw_only=True):
    """A programme.

    `basis`: points are earned on what is paid, or on list amounts; `net_of_tax`: without tax; `burned_earns`: also on
    what points paid. Points wait `pending_days`, the window of returns. `returned_life_days` is how long points that a
    return gives back live at least. Adjustments of more than `approval_above` points need a second person.
    """

    code: str
    name: Text
    points_name: Text
    currency: str
    zone: str = "UTC"
    life: Life = Life()
    rounding: Rounding = "down"
    basis: Literal["paid", "list"] = "paid"
    net_of_tax: bool = False
    burned_earns: bool = False
    pending_days: int = 0
    rules: tuple[EarnRule, ...] = ()
    burn: Burn | None = None
    benefits: tuple[Benefit, ...] = ()
    rewards: tuple[Reward, ...] = ()
    tiers: Tiers | None = None
    birthday: Grant | None = None
    referral: Referral | None = None
    transfer_per_day_max: int = 0
    pool_members_max: int = 0
    approval_above: int = 1_000
    returned_life_days: int = 30


NEVER = date(9999, 12, 31)
"""The last day of what does not expire."""
