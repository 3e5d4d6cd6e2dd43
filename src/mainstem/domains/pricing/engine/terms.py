"""A promotion, compiled: what is looked at when a basket is quoted."""

from datetime import datetime

from mainstem.domains.pricing.engine.conditions import Holds, holds, tag
from mainstem.domains.pricing.engine.offers import Short
from mainstem.domains.pricing.engine.rewards import prepare
from mainstem.domains.pricing.engine.selecting import ALL, Selectors
from mainstem.domains.pricing.promotions.form import (
    ALL_GOODS,
    Amount,
    Basket,
    Bundle,
    BuyGet,
    Condition,
    FixedPrice,
    FreeDelivery,
    Nodes,
    NthItem,
    Percent,
    Points,
    Promotion,
    Selector,
    Tiers,
)
from mainstem.domains.pricing.quotes.contracts import Left

LAYER_ITEMS, LAYER_BASKET, LAYER_COUPON, LAYER_DELIVERY = 10, 20, 30, 40


class Term:
    """A promotion, compiled. Raises ValueError where it cannot be computed.

    `anchors` are selectors of which at least one selects something in every basket that the promotion can do anything
    for; without any the promotion may apply to whatever is bought. `nodes`: it is for these only.
    """

    __slots__ = (
        "anchors",
        "below_floor",
        "code",
        "conditions",
        "coupon",
        "currency",
        "exclusive",
        "failing",
        "group",
        "items_per_order",
        "layer",
        "limited",
        "nodes",
        "not_with",
        "prepare",
        "priority",
        "promotion",
        "sociable",
        "unused",
        "valid_from",
        "valid_until",
    )

    def __init__(self, promotion: Promotion, selectors: Selectors) -> None:
        stacking, limits = promotion.stacking, promotion.limits
        self.promotion = promotion
        self.code = promotion.code
        self.valid_from: datetime | None = promotion.valid_from
        self.valid_until: datetime | None = promotion.valid_until
        self.currency = promotion.currency
        self.coupon = promotion.coupon
        self.conditions: list[tuple[Holds, Condition]] = [(holds(one, selectors), one) for one in promotion.when]
        # What to say when its only condition fails and is not one of the goods.
        only = len(promotion.when) == 1 and not isinstance(promotion.when[0], Basket)
        self.failing = Short("condition", (tag(promotion.when[0]),)) if only else None
        self.prepare = prepare(promotion.reward, selectors)
        self.layer = default_layer(promotion) if stacking.layer is None else stacking.layer
        self.priority = stacking.priority
        self.group = stacking.group
        self.exclusive = stacking.exclusive
        self.not_with = frozenset(stacking.not_with) - {""}
        self.sociable = not (self.group or self.not_with or self.exclusive != "no")
        self.below_floor = promotion.below_floor
        self.items_per_order = limits.items_per_order
        self.unused = _unused(promotion)
        self.limited = self.unused is not None or limits.items_per_order is not None
        self.nodes = _nodes(promotion)
        numbers = {selectors.number(selector) for selector in _anchors(promotion)}
        self.anchors: tuple[int, ...] = () if ALL in numbers else tuple(sorted(numbers))


def default_layer(promotion: Promotion) -> int:
    """The layer of a promotion that names none."""
    reward = promotion.reward
    if isinstance(reward, FreeDelivery | Points):
        return LAYER_DELIVERY
    if promotion.coupon:
        return LAYER_COUPON
    if isinstance(reward, Percent | Amount | Tiers) and reward.of == ALL_GOODS:
        return LAYER_BASKET
    return LAYER_ITEMS


def _unused(promotion: Promotion) -> Left | None:
    """What is left of the limits of a promotion that nobody has used yet; None without limits."""
    limits = promotion.limits
    uses = [
        most
        for most in (
            limits.uses_total,
            limits.uses_per_day,
            limits.uses_per_customer,
            limits.uses_per_customer_and_day,
        )
        if most is not None
    ]
    if not uses and limits.items_total is None and limits.budget_minor is None:
        return None
    return Left(uses=min(uses, default=None), items=limits.items_total, budget_minor=limits.budget_minor)


def _anchors(promotion: Promotion) -> list[Selector]:
    """Selectors without which nothing can come of a promotion: of its reward, else of what must be in the basket."""
    reward = promotion.reward
    if isinstance(reward, Percent | Amount | FixedPrice | NthItem | Tiers | Points):
        found = [reward.of]
    elif isinstance(reward, BuyGet):
        found = [reward.buy, reward.get]
    elif isinstance(reward, Bundle):
        found = [part.of for part in reward.parts]
    else:
        found = []
    if found and ALL_GOODS not in found:
        return found
    for condition in promotion.when:
        if isinstance(condition, Basket) and condition.of != ALL_GOODS and _wants(condition):
            return [condition.of]
    return []


def _nodes(promotion: Promotion) -> tuple[str, ...]:
    """The nodes that a promotion is for, when it names nodes and no regions; else none."""
    for condition in promotion.when:
        if isinstance(condition, Nodes) and not condition.regions:
            return tuple(dict.fromkeys(condition.codes))
    return ()


def _wants(condition: Basket) -> bool:
    """Whether a condition on the basket cannot hold without any of its goods."""
    return any((least or 0) > 0 for least in (condition.amount_minor_min, condition.items_min, condition.skus_min))
