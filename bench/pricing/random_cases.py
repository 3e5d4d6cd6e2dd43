"""Small random baskets and promotions, made to collide: few SKUs, few cents, groups, floors, budgets, layers."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from mainstem.domains.pricing.promotions.form import (
    ALL_GOODS,
    Amount,
    Bundle,
    BuyGet,
    Choice,
    Cut,
    Exclusive,
    FixedPrice,
    FreeDelivery,
    Gift,
    Limits,
    NthItem,
    Part,
    Percent,
    Points,
    Promotion,
    Reward,
    Selector,
    Stacking,
    Step,
    Text,
    Tiers,
)
from mainstem.domains.pricing.quotes.contracts import Basket, Delivery, Goods, Priced

MOMENT = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
SKUS = ("A", "B", "C", "D")
CATEGORIES = {"A": "food/fruit", "B": "food", "C": "home/garden", "D": "home"}
CODES = ("P1", "P2", "P3", "P4", "P5")


def basket(random: Random, lines_max: int = 4) -> Basket:
    """Up to so many lines of a few items, some of measured goods, some SKUs twice."""
    lines = []
    prices = {sku: random.choice((0, 1, 3, 100, 250, 333, 999, 1000, 1000)) for sku in SKUS}
    for position in range(1, random.randint(1, lines_max) + 1):
        sku = random.choice(SKUS)
        measured = sku == "D" and random.random() < 0.5
        price = prices[sku]
        lines.append(
            Priced(
                position=position,
                goods=Goods(SKUS.index(sku), sku, f"product {sku}", CATEGORIES[sku], "", {}),
                quantity=random.choice((150, 333, 1000, 1250)) if measured else random.choice((1, 1, 1, 2, 2, 3)),
                steps_per_unit=1000 if measured else 1,
                unit_price_minor=price,
                floor_minor=random.choice((0, 0, 0, price // 2, price * 9 // 10, price + 5)),
            )
        )
    return Basket(
        moment=MOMENT,
        local=MOMENT,
        channel="web",
        channel_kind="web",
        currency="CNY",
        lines=tuple(lines),
        delivery=Delivery("home", random.choice((0, 0, 500, 1200))),
    )


def promotions(random: Random, most: int = 4) -> list[Promotion]:
    """Up to so many promotions of any kind."""
    return [_promotion(random, code) for code in CODES[: random.randint(1, most)]]


def _promotion(random: Random, code: str) -> Promotion:
    exclusives: tuple[Exclusive, ...] = ("no",) * 10 + ("items", "items", "basket")
    return Promotion(
        code=code,
        name=Text(code),
        reward=_reward(random),
        stacking=Stacking(
            layer=random.choice((None, None, None, 10, 20, 30)),
            priority=random.choice((0, 0, 0, 1, 5, -1)),
            group=random.choice(("", "", "", "", "g", "h")),
            exclusive=random.choice(exclusives),
            not_with=() if random.random() < 0.8 else (random.choice(("P1", "P2", "g")),),
        ),
        limits=Limits(
            items_per_order=None if random.random() < 0.8 else random.randint(1, 3),
            budget_minor=None if random.random() < 0.9 else random.choice((50, 300, 1000)),
        ),
        below_floor=random.random() < 0.2,
    )


def _selector(random: Random) -> Selector:
    kind = random.random()
    if kind < 0.35:
        return ALL_GOODS
    if kind < 0.65:
        return Selector(skus=tuple(random.sample(SKUS, random.randint(1, 2))))
    if kind < 0.8:
        return Selector(categories=(random.choice(("food", "home", "food/fruit")),))
    if kind < 0.9:
        return Selector(exclude=Selector(skus=(random.choice(SKUS),)))
    return Selector(price_minor_min=random.choice((1, 250)))


def _percent(random: Random) -> Decimal:
    return Decimal(random.choice(("5", "10", "12.5", "33.3333", "50", "100")))


def _cut(random: Random) -> Cut:
    kind = random.random()
    if kind < 0.4:
        return Cut(percent=_percent(random))
    if kind < 0.7:
        return Cut(amount_minor=random.choice((1, 50, 100, 1500)))
    return Cut(price_minor=random.choice((0, 1, 99, 500, 1500)))


def _reward(random: Random) -> Reward:
    of = _selector(random)
    take: Choice = random.choice(("cheapest", "dearest"))
    times = random.choice((None, None, 1, 2))
    kind = random.randrange(11)
    if kind == 0:
        return Percent(_percent(random), of, random.choice((None, None, 1, 100)))
    if kind == 1:
        return Amount(random.choice((1, 7, 100, 5000)), of, random.choice(("basket", "item")))
    if kind == 2:
        return FixedPrice(random.choice((0, 1, 99, 500)), of)
    if kind in (3, 4):
        return NthItem(random.randint(1, 3), _cut(random), of, take, times)
    if kind in (5, 6):
        return BuyGet(of, random.randint(1, 2), _selector(random), random.randint(1, 2), _cut(random), take, times)
    if kind == 7:
        parts = tuple(Part(_selector(random), random.randint(1, 2)) for _ in range(random.randint(1, 3)))
        return Bundle(parts, _cut(random), times)
    if kind == 8:
        return Gift(tuple(random.sample(SKUS, random.randint(1, 2))), random.randint(1, 2))
    if kind == 9:
        steps = tuple(Step(least, _cut(random)) for least in random.sample((1, 2, 3, 500, 2000), 2))
        return Tiers(random.choice(("amount", "items")), steps, of)
    if random.random() < 0.5:
        return FreeDelivery(at_most_minor=random.choice((None, 300)))
    return Points(Decimal(random.choice(("0", "1", "2"))), random.choice((0, 0, 10)), of)
