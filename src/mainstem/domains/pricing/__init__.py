"""The pricing room: what a unit of a SKU costs, where, through which channel, and when."""

from mainstem.domains.pricing import coupons, lists, markdown, offering
from mainstem.domains.pricing.allowances.contracts import Usage
from mainstem.domains.pricing.allowances.uses import OrderUsage, UsageChanges, Use, open_usage
from mainstem.domains.pricing.commands import SET_PRICES
from mainstem.domains.pricing.contracts import (
    BAD_AMOUNT,
    BAD_VALIDITY,
    NO_PRICE,
    PriceRecorded,
    PriceSet,
    PriceView,
    SetPrice,
)
from mainstem.domains.pricing.promotions import form
from mainstem.domains.pricing.promotions.books import Books, Counted, LiveBook, book_version, books_of
from mainstem.domains.pricing.promotions.burning import Burnt, BurntDay, burnt, burnt_by_day
from mainstem.domains.pricing.promotions.checking import wrong as wrong_promotion
from mainstem.domains.pricing.promotions.checks import CHECKS
from mainstem.domains.pricing.promotions.commands import (
    APPROVE_PROMOTION,
    END_PROMOTION,
    PAUSE_PROMOTION,
    SET_APPROVAL_RULE,
    START_PROMOTION,
    end_over,
    save_promotions,
)
from mainstem.domains.pricing.promotions.contracts import (
    PROMOTION_CHANGED,
    UNKNOWN_LIST,
    UNKNOWN_PROMOTION,
    ApprovalRuleSet,
    ApprovePromotion,
    CalendarEntry,
    ChangeView,
    EndPromotion,
    PausePromotion,
    ProductListSaved,
    PromotionSaved,
    PromotionView,
    SaveProductList,
    SavePromotion,
    SetApprovalRule,
    StartPromotion,
    Warned,
)
from mainstem.domains.pricing.promotions.form import Promotion
from mainstem.domains.pricing.promotions.jobs import JOBS
from mainstem.domains.pricing.promotions.limits import LimitAsk, OpenLimits, Who, left_for, open_limits
from mainstem.domains.pricing.promotions.lists import SAVE_PRODUCT_LIST
from mainstem.domains.pricing.promotions.queries import (
    ProductListRow,
    calendar,
    listed_variants,
    lists_of,
    product_list,
    product_lists_page,
    promotion,
    promotion_history,
    promotions_page,
)
from mainstem.domains.pricing.promotions.relating import Relation, relations
from mainstem.domains.pricing.queries import current_prices, price_history, prices_for
from mainstem.domains.pricing.quotes import contracts as quoting
from mainstem.domains.pricing.rules import Prices

PROMOTION_OPERATIONS = (
    APPROVE_PROMOTION,
    START_PROMOTION,
    PAUSE_PROMOTION,
    END_PROMOTION,
    SET_APPROVAL_RULE,
    SAVE_PRODUCT_LIST,
    *coupons.OPERATIONS,
)
"""Operations of promotions and coupons; saving a promotion is a process."""

__all__ = [
    "APPROVE_PROMOTION",
    "BAD_AMOUNT",
    "BAD_VALIDITY",
    "CHECKS",
    "END_PROMOTION",
    "JOBS",
    "NO_PRICE",
    "PAUSE_PROMOTION",
    "PROMOTION_CHANGED",
    "PROMOTION_OPERATIONS",
    "SAVE_PRODUCT_LIST",
    "SET_APPROVAL_RULE",
    "SET_PRICES",
    "START_PROMOTION",
    "UNKNOWN_LIST",
    "UNKNOWN_PROMOTION",
    "ApprovalRuleSet",
    "ApprovePromotion",
    "Books",
    "Burnt",
    "BurntDay",
    "CalendarEntry",
    "ChangeView",
    "Counted",
    "EndPromotion",
    "LimitAsk",
    "LiveBook",
    "OpenLimits",
    "OrderUsage",
    "PausePromotion",
    "PriceRecorded",
    "PriceSet",
    "PriceView",
    "Prices",
    "ProductListRow",
    "ProductListSaved",
    "Promotion",
    "PromotionSaved",
    "PromotionView",
    "Relation",
    "SaveProductList",
    "SavePromotion",
    "SetApprovalRule",
    "SetPrice",
    "StartPromotion",
    "Usage",
    "UsageChanges",
    "Use",
    "Warned",
    "Who",
    "book_version",
    "books_of",
    "burnt",
    "burnt_by_day",
    "calendar",
    "coupons",
    "current_prices",
    "end_over",
    "engine",
    "form",
    "left_for",
    "listed_variants",
    "lists",
    "lists_of",
    "markdown",
    "offering",
    "open_limits",
    "open_usage",
    "price_history",
    "prices_for",
    "product_list",
    "product_lists_page",
    "promotion",
    "promotion_history",
    "promotions_page",
    "quoting",
    "relations",
    "save_promotions",
    "wrong_promotion",
]
