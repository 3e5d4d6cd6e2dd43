"""What promotions give: one file a family of rewards, each compiled to what it offers in a basket."""

from mainstem.domains.pricing.engine.offers import Preparing
from mainstem.domains.pricing.engine.rewards.bundle import prepare_bundle
from mainstem.domains.pricing.engine.rewards.buy_get import prepare_buy_get
from mainstem.domains.pricing.engine.rewards.delivery import prepare_delivery
from mainstem.domains.pricing.engine.rewards.gift import prepare_gift
from mainstem.domains.pricing.engine.rewards.nth_item import prepare_nth_item
from mainstem.domains.pricing.engine.rewards.points import prepare_points
from mainstem.domains.pricing.engine.rewards.selected import prepare_amount, prepare_fixed_price, prepare_percent
from mainstem.domains.pricing.engine.rewards.tiers import prepare_tiers
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import (
    Amount,
    Bundle,
    BuyGet,
    FixedPrice,
    FreeDelivery,
    Gift,
    NthItem,
    Percent,
    Points,
    Reward,
    Tiers,
)


def prepare(reward: Reward, selectors: Selectors) -> Preparing:
    """A reward, compiled. Raises ValueError where it cannot be computed."""
    match reward:
        case Percent():
            return prepare_percent(reward, selectors)
        case Amount():
            return prepare_amount(reward, selectors)
        case FixedPrice():
            return prepare_fixed_price(reward, selectors)
        case Tiers():
            return prepare_tiers(reward, selectors)
        case NthItem():
            return prepare_nth_item(reward, selectors)
        case BuyGet():
            return prepare_buy_get(reward, selectors)
        case Bundle():
            return prepare_bundle(reward, selectors)
        case Gift():
            return prepare_gift(reward, selectors)
        case FreeDelivery():
            return prepare_delivery(reward)
        case Points():
            return prepare_points(reward, selectors)


__all__ = ["prepare"]
