"""What a checkout asks of this room: live promotions with their limits, coupons, the engine, quotes that are held."""

from mainstem.domains.pricing.allowances.contracts import Usage
from mainstem.domains.pricing.allowances.uses import OrderUsage, UsageChanges, Use, open_usage
from mainstem.domains.pricing.coupons.contracts import COUPON_USED
from mainstem.domains.pricing.coupons.finding import CouponAsk
from mainstem.domains.pricing.coupons.using import CouponQuoted, OpenCoupons, open_coupons, quote_coupons
from mainstem.domains.pricing.engine import Book, compile_book, quote
from mainstem.domains.pricing.engine.rows import Rows, rows_in
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.books import Counted, LiveBook, book_version, books_of, due
from mainstem.domains.pricing.promotions.conditions import conditions_within
from mainstem.domains.pricing.promotions.form import ALL_GOODS, Birthday, Points, Promotion, Selector, Text
from mainstem.domains.pricing.promotions.limits import LimitAsk, OpenLimits, Who, left_for, open_limits
from mainstem.domains.pricing.promotions.queries import lists_of, promotion
from mainstem.domains.pricing.quotes.contracts import (
    Applied,
    Basket,
    Customer,
    Delivery,
    Goods,
    Left,
    Nearly,
    NotApplied,
    Priced,
    Quoted,
    QuotedLine,
    Taken,
)
from mainstem.domains.pricing.quotes.keeping import KeptQuote, keep_quotes, kept_quotes, use_quotes
from mainstem.platform.query import Query

__all__ = [
    "ALL_GOODS",
    "COUPON_USED",
    "Applied",
    "Basket",
    "Birthday",
    "Book",
    "Counted",
    "CouponAsk",
    "CouponQuoted",
    "Customer",
    "Delivery",
    "Goods",
    "KeptQuote",
    "Left",
    "LimitAsk",
    "LiveBook",
    "Nearly",
    "NotApplied",
    "OpenCoupons",
    "OpenLimits",
    "OrderUsage",
    "Points",
    "Priced",
    "Promotion",
    "Quoted",
    "QuotedLine",
    "Taken",
    "Text",
    "Usage",
    "UsageChanges",
    "Use",
    "Who",
    "book_version",
    "books_of",
    "compile_book",
    "conditions_within",
    "due",
    "keep_quotes",
    "kept_quotes",
    "left_for",
    "lists_of",
    "open_coupons",
    "open_limits",
    "open_usage",
    "plain",
    "promotion",
    "quote",
    "quote_coupons",
    "selected",
    "use_quotes",
]


def plain() -> Query[bool]:
    """Whether prices are all there is: no promotion is live and there is no price list."""
    return Query(
        "select not exists (select from pricing.promotion where state = 'live')"
        " and not exists (select from pricing.price_list)",
        (),
        lambda rows: bool(rows[0][0]),
    )


def selected(basket: Basket, selector: Selector) -> set[int]:
    """The positions of the lines of a basket that a selector selects."""
    rows, selectors = Rows(basket), Selectors()
    number = selectors.number(selector)
    selectors.hit(rows)
    hit = [index for row in rows_in(rows.hits.get(number, 0)) for index in rows.lines[row]]
    return {basket.lines[index].position for index in hit}
