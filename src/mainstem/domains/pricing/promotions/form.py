"""The form of a promotion: what is written in JSON, stored, and read by the engine.

A promotion is `when` (conditions, all of which must hold), `reward` (what it gives), `stacking` (what it goes together
with) and `limits` (how often). Everything else is its name and when it is valid. Amounts are minor units of the
promotion's currency; a percentage is a decimal of at most four places (`"12.5"` or `12.5`); a quantity counts items:
a piece is one item, a line of measured goods (kilograms, metres) is one item however much it measures.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Choice = Literal["cheapest", "dearest"]
Exclusive = Literal["no", "items", "basket"]


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value that is written and read as JSON."""


class Text(Frozen, frozen=True):
    """What people read, in both languages; without Chinese the English is shown."""

    en: str
    zh: str = ""


class Selector(Frozen, frozen=True):
    """Which goods: those that meet every field given, a field being met by any of its values; nothing given: all goods.

    `categories` are paths from wide to narrow and select what lies below them too. `lists` are named lists of SKUs.
    `price_minor_min` and `price_minor_max` look at the unit price before promotions.
    """

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = {}
    lists: tuple[str, ...] = ()
    price_minor_min: int | None = None
    price_minor_max: int | None = None
    exclude: "Selector | None" = None


ALL_GOODS = Selector()


class Cut(Frozen, frozen=True):
    """How much cheaper: exactly one of a percentage off, an amount off, or the price that is left."""

    percent: Decimal | None = None
    amount_minor: int | None = None
    price_minor: int | None = None


# ---- when: every condition of a promotion must hold


class Channels(Frozen, frozen=True, tag="channels"):
    """The basket is of one of these channels, by code or by kind (`web`, `till`, ...)."""

    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class Nodes(Frozen, frozen=True, tag="nodes"):
    """The basket is of one of these nodes, by code or by region."""

    codes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class Member(Frozen, frozen=True, tag="member"):
    """The customer is a member, where given of one of these tiers or customer groups."""

    tiers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class InSegment(Frozen, frozen=True, tag="segment"):
    """The customer is in one of these segments, by name."""

    names: tuple[str, ...]


class FirstOrder(Frozen, frozen=True, tag="first_order"):
    """The customer is known and has bought nothing yet, in any channel."""


class Birthday(Frozen, frozen=True, tag="birthday"):
    """The customer's birthday is at most so many days ahead or past; `month`: in the month of the birthday."""

    days_before: int = 0
    days_after: int = 0
    month: bool = False


class Schedule(Frozen, frozen=True, tag="schedule"):
    """On these weekdays (1 Monday to 7 Sunday) between these local times `HH:MM`, `until` not included.

    The time zone is the node's, or the channel's first node's. When `until` is not after `from`, the span runs past
    midnight and belongs to the day on which it begins.
    """

    weekdays: tuple[int, ...] = ()
    start: str = msgspec.field(default="00:00", name="from")
    until: str = "24:00"


class Basket(Frozen, frozen=True, tag="basket"):
    """The goods selected come to at least so much, before promotions, or so many items or different SKUs.

    With a `_max` the condition fails beyond it.
    """

    of: Selector = ALL_GOODS
    amount_minor_min: int | None = None
    amount_minor_max: int | None = None
    items_min: int | None = None
    items_max: int | None = None
    skus_min: int | None = None


class PaidWith(Frozen, frozen=True, tag="tender"):
    """The basket is paid with one of these kinds of tender (`alipay`, `card`, ...): all of it."""

    kinds: tuple[str, ...]


class DeliveredBy(Frozen, frozen=True, tag="delivery"):
    """The delivery is of one of these methods (`home`, `pick_up`, ...)."""

    methods: tuple[str, ...]


class AnyOf(Frozen, frozen=True, tag="any"):
    """At least one of these holds."""

    conditions: "tuple[Condition, ...]"


class Not(Frozen, frozen=True, tag="not"):
    """This does not hold."""

    condition: "Condition"


Condition = (
    Channels
    | Nodes
    | Member
    | InSegment
    | FirstOrder
    | Birthday
    | Schedule
    | Basket
    | PaidWith
    | DeliveredBy
    | AnyOf
    | Not
)


# ---- reward: what a promotion gives


class Percent(Frozen, frozen=True, tag="percent"):
    """So many percent off the goods selected, at most so much in all."""

    percent: Decimal
    of: Selector = ALL_GOODS
    at_most_minor: int | None = None


class Amount(Frozen, frozen=True, tag="amount"):
    """So much off the goods selected: once, spread over them by their amounts, or off each item."""

    amount_minor: int
    of: Selector = ALL_GOODS
    per: Literal["basket", "item"] = "basket"


class FixedPrice(Frozen, frozen=True, tag="fixed_price"):
    """Each item selected costs this (measured goods: each whole unit); what costs less stays as it is."""

    price_minor: int
    of: Selector = ALL_GOODS


class NthItem(Frozen, frozen=True, tag="nth_item"):
    """Of every so many items selected one is cut.

    Items are sorted by price, dearest first, and taken in groups of `every`; of each whole group the `take` one is cut.
    """

    every: int
    cut: Cut
    of: Selector = ALL_GOODS
    take: Choice = "cheapest"
    times_max: int | None = None


class BuyGet(Frozen, frozen=True, tag="buy_get"):
    """For so many items bought, so many others are cut: the cheapest or the dearest of those selected by `get`.

    An item is either bought or got, once. The cheapest items that can be are counted as bought when the dearest are
    got, and the dearest when the cheapest are.
    """

    buy: Selector
    buy_items: int
    get: Selector
    get_items: int
    cut: Cut
    take: Choice = "cheapest"
    times_max: int | None = None


class Part(Frozen, frozen=True):
    """So many items of what is selected."""

    of: Selector
    items: int


class Bundle(Frozen, frozen=True, tag="bundle"):
    """The parts together are cut: to a price, by a percentage or an amount. One part of several items: mix and match.

    Of each part the dearest items are taken first. The cut is spread over the items by their amounts.
    """

    parts: tuple[Part, ...]
    cut: Cut
    times_max: int | None = None


class Gift(Frozen, frozen=True, tag="gift"):
    """One of these SKUs costs nothing: so many items, taken from the basket where they are in it, else offered."""

    skus: tuple[str, ...]
    items: int = 1


class Step(Frozen, frozen=True):
    """From so much on (minor units, or items), this cut."""

    at_least: int
    cut: Cut


class Tiers(Frozen, frozen=True, tag="tiers"):
    """The highest step that the goods selected reach, before promotions, by amount or by items.

    A cut to a price is the price of each item; an amount is once for all; a percentage is off all goods selected.
    """

    by: Literal["amount", "items"]
    steps: tuple[Step, ...]
    of: Selector = ALL_GOODS


class FreeDelivery(Frozen, frozen=True, tag="free_delivery"):
    """Delivery costs nothing, or at most so much less."""

    methods: tuple[str, ...] = ()
    at_most_minor: int | None = None


class Points(Frozen, frozen=True, tag="points"):
    """The goods selected earn so many times the points, and so many points are added once."""

    times: Decimal = Decimal(1)
    plus: int = 0
    of: Selector = ALL_GOODS


Reward = Percent | Amount | FixedPrice | NthItem | BuyGet | Bundle | Gift | Tiers | FreeDelivery | Points


# ---- stacking and limits


class Stacking(Frozen, frozen=True):
    """What a promotion goes together with.

    - Promotions of one `layer` are computed on the same prices, and add up. A later layer sees the prices that the
      earlier ones have left. Without a layer: 10 when the reward looks at items (fixed_price, nth_item, buy_get,
      bundle, gift, and percent, amount and tiers that select goods), 20 for the whole basket, 30 with a coupon,
      40 for delivery and points.
    - Of one `group` only one applies: the one that is best for the customer.
    - `exclusive` "items": no other promotion touches the lines it touches; "basket": no other promotion applies at all
      (points and free delivery of the same kind included).
    - `not_with`: codes of promotions or names of groups that do not apply beside it.
    - `priority` decides between equal totals: the higher wins, then the code that sorts first.
    """

    layer: int | None = None
    priority: int = 0
    group: str = ""
    exclusive: Exclusive = "no"
    not_with: tuple[str, ...] = ()


class Limits(Frozen, frozen=True):
    """How often: uses are orders in which the promotion gave something. None does not limit.

    `items_total` is a stock of its own (a flash sale): so many items in all, whoever buys them. `budget_minor` is what
    all uses may give away together: a use that would exceed it is not granted.
    """

    uses_total: int | None = None
    uses_per_day: int | None = None
    uses_per_customer: int | None = None
    uses_per_customer_and_day: int | None = None
    items_per_order: int | None = None
    items_total: int | None = None
    budget_minor: int | None = None


class Promotion(Frozen, frozen=True, kw_only=True):
    """A promotion. `coupon`: it applies only when one of its coupons is given.

    `below_floor`: it may take a price below the floor that guards it.
    """

    code: str
    name: Text
    reward: Reward
    when: tuple[Condition, ...] = ()
    currency: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    coupon: bool = False
    stacking: Stacking = Stacking()
    limits: Limits = Limits()
    below_floor: bool = False
    description: str = ""
