"""What a quote is made of and what it answers. Amounts are minor units, quantities smallest steps, moments in UTC.

`Basket` is what the pure function `quote` reads: everything is looked up already, nothing is asked for any more.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

Reason = Literal[
    "not_yet",
    "over",
    "condition",
    "nothing_selected",
    "no_coupon",
    "used_up",
    "excluded",
    "better_without",
    "at_floor",
]
"""Why a promotion gave nothing: before or after its time; a condition does not hold; none of its goods are in the
basket; its coupon is missing; a limit is reached; another one excludes it; the total is lower without it; the floor
price leaves no room."""


class Goods(msgspec.Struct, frozen=True, gc=False):
    """What the catalogue knows of a SKU, as far as selectors look at it."""

    variant: int
    sku: str
    product: str
    category: str
    brand: str
    attributes: dict[str, str]
    lists: tuple[str, ...] = ()


class Priced(msgspec.Struct, frozen=True, gc=False):
    """A line before promotions. `unit_price_minor` is per whole unit, `steps_per_unit` steps of quantity make one.

    `source` names what the price came from. `floor_minor` is the least that a whole unit may cost. `tax_millionths`
    is the rate; `category_tax` names it.
    """

    position: int
    goods: Goods
    quantity: int
    steps_per_unit: int
    unit_price_minor: int
    source: str = ""
    floor_minor: int = 0
    tax_millionths: int = 0
    tax_name: str = ""


class Customer(msgspec.Struct, frozen=True, gc=False):
    """Whom the basket is for, as far as conditions look at it. `id` None: nobody known."""

    id: int | None = None
    member: bool = False
    tier: str = ""
    groups: tuple[str, ...] = ()
    segments: frozenset[str] = frozenset()
    bought_before: bool = True
    birthday: date | None = None


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """How the goods get to the customer, and what that costs before promotions."""

    method: str = ""
    amount_minor: int = 0
    tax_millionths: int = 0


class Left(msgspec.Struct, frozen=True, gc=False):
    """What the limits of a promotion leave for this customer at this moment; None is not limited."""

    uses: int | None = None
    items: int | None = None
    budget_minor: int | None = None


class Basket(msgspec.Struct, frozen=True):
    """A basket as the engine reads it. `local` is the moment on the clock of the node, `coupons` maps the code of a
    promotion to the coupon that was given for it. `left` holds limited promotions by code.
    """

    moment: datetime
    local: datetime
    channel: str
    channel_kind: str
    currency: str
    lines: tuple[Priced, ...]
    node: str = ""
    region: str = ""
    customer: Customer = Customer()
    delivery: Delivery = Delivery()
    tenders: tuple[str, ...] = ()
    coupons: dict[str, str] = {}
    left: dict[str, Left] = {}
    tax_included: bool = True


class Taken(msgspec.Struct, frozen=True, gc=False):
    """So much off a line by a promotion, for so many of its items."""

    promotion: str
    amount_minor: int
    items: int
    layer: int


class QuotedLine(msgspec.Struct, frozen=True, gc=False):
    """A line after promotions: `amount_minor` = `list_minor` - the sum of `taken`. Tax is within it or on top of it."""

    position: int
    sku: str
    quantity: int
    unit_price_minor: int
    source: str
    list_minor: int
    amount_minor: int
    tax_minor: int
    taken: tuple[Taken, ...]


class Applied(msgspec.Struct, frozen=True, gc=False):
    """What a promotion gave in all: off goods and delivery, in items, points, and goods to be had for nothing.

    `offered` are the SKUs of a gift that is not in the basket yet, with `offered_items` of them to be chosen.
    """

    code: str
    amount_minor: int
    items: int
    points_times_millionths: int = 0
    points_plus: int = 0
    offered: tuple[str, ...] = ()
    offered_items: int = 0
    coupon: str = ""


class NotApplied(msgspec.Struct, frozen=True, gc=False):
    """A promotion that gave nothing, and why; `by` names the promotions that were in its way, or the condition."""

    code: str
    reason: Reason
    by: tuple[str, ...] = ()


class Nearly(msgspec.Struct, frozen=True, gc=False):
    """A promotion that would apply with so much more of what its condition or reward selects."""

    code: str
    missing_minor: int = 0
    missing_items: int = 0
    skus: tuple[str, ...] = ()


class Quoted(msgspec.Struct, frozen=True):
    """The answer. `total_minor` = goods + delivery (+ tax when it is not included); never negative.

    `bound_minor` is 0 when the combination is the best there is; else no combination can be cheaper by more than this.
    """

    lines: tuple[QuotedLine, ...]
    delivery_minor: int
    delivery_taken: tuple[Taken, ...]
    goods_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]
    nearly: tuple[Nearly, ...]
    bound_minor: int = 0
