"""Off everything that is selected: percentages, amounts, fixed prices. They claim nothing."""

from mainstem.domains.pricing.engine.cutting import amount_off, amount_off_each, millionths, percent_off, price_each
from mainstem.domains.pricing.engine.offers import Offer, Preparing, Short, offer_of
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import Amount, FixedPrice, Percent


def prepare_percent(reward: Percent, selectors: Selectors) -> Preparing:
    """Percent off the goods selected: of their sum, rounded half up once."""
    number, rate = selectors.number(reward.of), millionths(reward.percent)
    cut = percent_off(rate, reward.at_most_minor)
    whole = rate if reward.at_most_minor is None else 0

    def offer(rows: Rows, limit: int | None) -> Offer | Short:
        return offer_of(rows, rows.hits.get(number, 0), limit, cut, rate=whole)

    return offer


def prepare_amount(reward: Amount, selectors: Selectors) -> Preparing:
    """An amount off the goods selected, once or for each item."""
    number = selectors.number(reward.of)
    cut = (amount_off if reward.per == "basket" else amount_off_each)(reward.amount_minor)
    amount = reward.amount_minor if reward.per == "basket" else None
    return lambda rows, limit: offer_of(rows, rows.hits.get(number, 0), limit, cut, amount=amount)


def prepare_fixed_price(reward: FixedPrice, selectors: Selectors) -> Preparing:
    """Each item selected costs this."""
    number, cut = selectors.number(reward.of), price_each(reward.price_minor)
    return lambda rows, limit: offer_of(rows, rows.hits.get(number, 0), limit, cut)
