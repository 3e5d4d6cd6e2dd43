"""Whether a promotion can apply to a basket at all: time, coupon, limits, conditions, goods. Never who else applies."""

from mainstem.domains.pricing.engine.conditions import tag
from mainstem.domains.pricing.engine.offers import Offer, Short
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.engine.terms import Term
from mainstem.domains.pricing.promotions.form import Basket
from mainstem.domains.pricing.quotes.contracts import Left

NOT_LIMITED = Left()
NOT_YET, OVER, NO_COUPON = Short("not_yet"), Short("over"), Short("no_coupon")


def weigh(term: Term, rows: Rows, selectors: Selectors) -> Offer | Short:
    """What a promotion could give in a basket, or the first reason why it gives nothing.

    It is valid from its first moment on, and no more at its last.
    """
    basket = rows.basket
    moment = basket.moment
    if term.valid_from is not None and moment < term.valid_from:
        return NOT_YET
    if term.valid_until is not None and moment >= term.valid_until:
        return OVER
    if term.coupon and term.code not in basket.coupons:
        return NO_COUPON
    if term.currency is not None and term.currency != basket.currency:
        return Short("condition", ("currency",))
    left = NOT_LIMITED
    if term.limited:
        left = basket.left.get(term.code) or term.unused or NOT_LIMITED
        if 0 in (left.uses, left.items, left.budget_minor):
            return Short("used_up")
    for holds, _ in term.conditions:
        if not holds(rows):
            return term.failing or _failing(term, rows, selectors)
    offer = term.prepare(rows, _items(term, left))
    if isinstance(offer, Short) or left.budget_minor is None:
        return offer
    return _within(offer, left.budget_minor)


def _items(term: Term, left: Left) -> int | None:
    if left.items is None or term.items_per_order is None:
        return term.items_per_order if left.items is None else left.items
    return min(left.items, term.items_per_order)


def _within(offer: Offer, budget_minor: int) -> Offer | Short:
    """An offer that must not take more off list prices than a budget has left; so it never takes more."""
    offer.budget = budget_minor
    if offer.claimer is None:
        return Short("used_up") if offer.most > budget_minor else offer
    offer.most = min(offer.most, budget_minor)
    return offer


def _failing(term: Term, rows: Rows, selectors: Selectors) -> Short:
    """The conditions that fail; where it is one that looks at the goods, how much is missing."""
    failing = [condition for holds, condition in term.conditions if not holds(rows)]
    by = tuple(tag(condition) for condition in failing)
    first = failing[0]
    if len(failing) > 1 or not isinstance(first, Basket):
        return Short("condition", by)
    number = selectors.number(first.of)
    mask = rows.hits.get(number, 0)
    amount, items = rows.sums(mask)
    missing_minor = max(0, (first.amount_minor_min or 0) - amount)
    missing = max((first.items_min or 0) - items, (first.skus_min or 0) - rows.skus(mask), 0)
    beyond = (first.amount_minor_max is not None and amount + missing_minor > first.amount_minor_max) or (
        first.items_max is not None and items + missing > first.items_max
    )
    return Short("condition", by) if beyond else Short("condition", by, missing, missing_minor, (number,))
