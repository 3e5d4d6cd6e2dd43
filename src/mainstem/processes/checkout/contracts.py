"""What a quote and a checkout are asked, answer and refuse. Amounts are minor units, quantities smallest steps."""

from datetime import datetime

import msgspec

from mainstem.domains import orders, pricing
from mainstem.kernel.refusals import Kind, declare

o = pricing.offering

HOLD_MINUTES, HOLD_MINUTES_MAX = 30, 7 * 24 * 60
"""How long a quote is held when nothing is said, and at most."""

COUPONS_MAX, CARDS_MAX, DRAFTS_MAX = 20, 10, 50


class BasketLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """So much of a SKU. `expected_minor`: what the customer was shown for it, to be told when it is another amount."""

    sku: str
    quantity: int
    unit: str | None = None
    expected_minor: int | None = None


class DeliveryAsk(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How the goods get to the customer, and what that costs before promotions."""

    method: str
    amount_minor: int = 0


class AskQuote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What does this basket cost? `customer` is what the channel calls him.

    `tenders` are the kinds it will be paid with, `points` how many are to be burned, `asker` who types codes. `hold`
    keeps the quote for `hold_minutes`. `at` asks for another moment, `drafts` for promotions that are not live yet:
    both are previews, which are never held.
    """

    channel: str
    lines: tuple[BasketLine, ...]
    node: str | None = None
    customer: str = ""
    coupons: tuple[str, ...] = ()
    tenders: tuple[str, ...] = ()
    points: int = 0
    delivery: DeliveryAsk | None = None
    tax_included: bool = True
    hold: bool = False
    hold_minutes: int = HOLD_MINUTES
    at: datetime | None = None
    drafts: tuple[str, ...] = ()


class AppliedPromotion(msgspec.Struct, frozen=True):
    """What a promotion gave in all. `offered` are goods to choose `offered_items` from, for nothing."""

    code: str
    name: o.Text
    amount_minor: int
    items: int
    points_times_millionths: int
    points_plus: int
    offered: tuple[str, ...]
    offered_items: int
    coupon: bool


class QuotedCoupon(msgspec.Struct, frozen=True):
    """What became of a coupon, in the order given: its promotion, and the code of what is wrong with it ("" nothing).

    `not_needed`: it could be used, but the total is no better with it; it stays as it is.
    """

    promotion: str
    problem: str = ""


class QuotedPoints(msgspec.Struct, frozen=True):
    """Points of the member: there, at most for this basket, burned by it and what they pay, and what it earns."""

    programme: str
    available: int
    most: int
    burned: int
    amount_minor: int
    to_earn: int


class Quote(msgspec.Struct, frozen=True):
    """The answer to a basket: every line with the price, its source, and what each promotion took off it.

    `total_minor` is goods and delivery, with the tax that is not in them; `to_pay_minor` what points leave of it.
    `id` and `expires_at` are there when it is held. `bound_minor`: no combination could be cheaper by more.
    """

    id: int | None
    moment: datetime
    expires_at: datetime | None
    channel: str
    node: str | None
    currency: str
    known_customer: bool
    member: bool
    tier: str
    lines: tuple[o.QuotedLine, ...]
    delivery_minor: int
    delivery_taken: tuple[o.Taken, ...]
    goods_minor: int
    discount_minor: int
    tax_minor: int
    taxes: tuple[orders.TaxLine, ...]
    total_minor: int
    to_pay_minor: int
    applied: tuple[AppliedPromotion, ...]
    not_applied: tuple[o.NotApplied, ...]
    nearly: tuple[o.Nearly, ...]
    coupons: tuple[QuotedCoupon, ...]
    points: QuotedPoints | None
    bound_minor: int


class HoldQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Quote a basket and promise its prices for a time."""

    basket: AskQuote


class CardPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gift card by its code and PIN, and how much it pays: without, as much as is left to pay and on it."""

    code: str
    pin: str
    amount_minor: int | None = None


class Checkout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make an order of a basket, or of a quote that is held, with all that belongs to it; all or nothing.

    With `quote` the basket, the customer and the coupons are the quote's, and `lines`, `coupons` and `delivery` stay
    empty. `expected_total_minor`: refused when it comes to another total, saying what changed. `asker` names where
    codes are typed: wrong ones count for him alone.
    """

    channel: str
    lines: tuple[BasketLine, ...] = ()
    quote: int | None = None
    external_id: str = ""
    node: str | None = None
    customer: str = ""
    currency: str | None = None
    coupons: tuple[str, ...] = ()
    points: int = 0
    cards: tuple[CardPart, ...] = ()
    tenders: tuple[orders.Tender, ...] = ()
    delivery: DeliveryAsk | None = None
    tax_included: bool = True
    hold_minutes: int | None = None
    expected_total_minor: int | None = None
    asker: str = ""


class CheckedOut(msgspec.Struct, frozen=True):
    """The order, what promotions gave, what points and cards pay of it, and what is left to pay."""

    order: orders.OrderPlaced
    applied: tuple[o.Applied, ...]
    discount_minor: int
    delivery_minor: int
    tax_minor: int
    points_burned: int
    points_minor: int
    cards_minor: int
    to_pay_minor: int


QUOTE_EXPIRED = declare(
    "quote_expired", Kind.CONFLICT, "The prices of quote {quote} were promised until {until}.", "Ask for a new quote."
)
QUOTE_USED = declare(
    "quote_used",
    Kind.CONFLICT,
    "Quote {quote} became order {order} already.",
    "Read that order, or ask for a new quote.",
)
QUOTE_ELSEWHERE = declare(
    "quote_elsewhere",
    Kind.INVALID,
    "Quote {quote} is of another channel, node or customer.",
    "Check out where the quote was made.",
)
QUOTE_AND_BASKET = declare(
    "quote_and_basket",
    Kind.INVALID,
    "A checkout is of a quote or of a basket, not of both.",
    "Leave lines, coupons and delivery out, or ask without the quote.",
)
PRICE_CHANGED = declare(
    "price_changed",
    Kind.CONFLICT,
    "The total is {now}, not {expected}: {changes}.",
    "Show the customer what it costs now, and check out with that total.",
)
PROMOTION_USED_UP = declare(
    "promotion_used_up",
    Kind.CONFLICT,
    "Nothing is left of promotion {promotion}, which the quote counts on.",
    "Ask for a new quote.",
)
PREVIEW_HELD = declare(
    "preview_held",
    Kind.INVALID,
    "The quote of another moment, or with drafts, cannot be held.",
    "Ask for it without holding it.",
)
NO_MEMBER = declare(
    "no_member", Kind.CONFLICT, "Points are burned by members, and the customer is none.", "Pay without points."
)
TOO_MUCH_PAID = declare(
    "too_much_paid",
    Kind.CONFLICT,
    "{left} is left to pay, and cards would pay {amount}.",
    "Let cards pay no more than is left.",
)
TOO_MANY_GIVEN = declare(
    "too_many_given", Kind.INVALID, "{size} {what} are more than the {limit} that a basket may have.", "Give fewer."
)
