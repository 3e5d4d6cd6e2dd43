"""A shop in promotion season: a catalogue, live promotions of all kinds, and baskets of five lines.

Goods grow with the promotions (25 SKUs each) and so do stores, so that as much applies however many there are. Seven in
ten promotions are for some goods; twenty are for any goods, here; the rest are for other stores or need a coupon.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from mainstem.domains.pricing.promotions.form import (
    Amount,
    AnyOf,
    Birthday,
    Bundle,
    BuyGet,
    Channels,
    Choice,
    Condition,
    Cut,
    FirstOrder,
    FixedPrice,
    FreeDelivery,
    Gift,
    InSegment,
    Member,
    Nodes,
    NthItem,
    PaidWith,
    Part,
    Percent,
    Points,
    Promotion,
    Reward,
    Schedule,
    Selector,
    Stacking,
    Step,
    Text,
    Tiers,
)
from mainstem.domains.pricing.promotions.form import Basket as InBasket
from mainstem.domains.pricing.quotes.contracts import Basket, Customer, Delivery, Goods, Priced

MOMENT = datetime(2026, 11, 11, 11, 30, tzinfo=UTC)
SKUS_PER_PROMOTION = 25
LINES = 5
HERE, CHANNELS = 20, (("web", "web"), ("mini", "mini_program"), ("pos", "till"))
TENDERS = ("alipay", "wechat", "card", "cash")


class Shop:
    """A catalogue, its promotions and its baskets, all from one seed."""

    def __init__(self, promotions: int, seed: int = 5) -> None:
        self.random = Random(seed)
        self.nodes = promotions
        self.goods = [_goods(i) for i in range(promotions * SKUS_PER_PROMOTION)]
        self.typical = [self.random.randrange(500, 25_000) for _ in range(len(self.goods) // 50)]
        self.prices = [
            self.typical[i // 50] * self.random.randrange(80, 121) // 1000 * 10 for i in range(len(self.goods))
        ]
        for_goods = promotions * 7 // 10
        self.promotions = [self._for_goods(i) for i in range(for_goods)]
        self.promotions += [self._here(i) for i in range(HERE)]
        self.promotions += [self._elsewhere(i) for i in range(promotions - for_goods - HERE)]

    def basket(self) -> Basket:
        """Five lines, of which two or three are of one brand."""
        random = self.random
        brand = random.randrange(len(self.goods) // 50)
        picked = [brand * 50 + random.randrange(50) for _ in range(random.choice((2, 3)))]
        picked += [random.randrange(len(self.goods)) for _ in range(LINES - len(picked))]
        channel, kind = random.choice(CHANNELS)
        customer = Customer()
        if random.random() < 0.6:
            customer = Customer(
                id=random.randrange(10**6),
                member=True,
                tier=random.choice(("silver", "gold", "platinum")),
                segments=frozenset(random.sample(("parents", "dormant", "students", "vip"), 2)),
                bought_before=random.random() < 0.9,
                birthday=date(1990, random.randint(1, 12), random.randint(1, 28)),
            )
        return Basket(
            moment=MOMENT,
            local=MOMENT + timedelta(hours=8),
            channel=channel,
            channel_kind=kind,
            currency="CNY",
            lines=tuple(self._line(position, i) for position, i in enumerate(picked, 1)),
            node=f"store-{random.randrange(self.nodes)}",
            region=random.choice(("north", "south")),
            customer=customer,
            delivery=Delivery("home", 1200, 60_000) if channel != "pos" else Delivery(),
            tenders=(random.choice(TENDERS),),
            coupons={f"Z{random.randrange(12) * 2:05d}": "AB12-CD34"} if random.random() < 0.3 else {},
        )

    def _line(self, position: int, i: int) -> Priced:
        price = self.prices[i]
        floor = price // 2 if i % 4 == 0 else 0
        return Priced(position, self.goods[i], self.random.choice((1, 1, 2, 3)), 1, price, "base", floor, 130_000, "13")

    def _for_goods(self, i: int) -> Promotion:
        random = self.random
        start = random.randrange(len(self.goods) - 50)
        some = Selector(skus=tuple(self.goods[j].sku for j in random.sample(range(start, start + 50), 10)))
        brand = Selector(brands=(self.goods[start].brand,))
        shelf = Selector(categories=(self.goods[start].category,), exclude=some)
        typical = self.typical[start // 50]
        family = random.choice((some, brand, brand, shelf))
        take: Choice = random.choice(("cheapest", "dearest"))
        first, second = (Selector(skus=family.skus[k::2]) if family.skus else family for k in (0, 1))
        rewards: tuple[Reward, ...] = (
            Percent(Decimal(random.choice((5, 10, 15, 20))), family),
            Percent(Decimal("12.5"), family, at_most_minor=2_000),
            Amount(typical // 20, family, "item"),
            FixedPrice(typical * 8 // 10, some),
            NthItem(2, Cut(percent=Decimal(50)), family, "cheapest"),
            NthItem(3, Cut(percent=Decimal(100)), family, times_max=1),
            BuyGet(first, 1, second, 1, Cut(percent=Decimal(40)), take, times_max=2),
            BuyGet(some, 2, brand, 1, Cut(price_minor=typical // 2), take),
            Bundle((Part(first, 1), Part(second, 1)), Cut(percent=Decimal(15))),
            Bundle((Part(family, 3),), Cut(price_minor=typical * 5 // 2)),
            Tiers("amount", (Step(10_000, Cut(percent=Decimal(8))), Step(20_000, Cut(percent=Decimal(12)))), family),
            Tiers("items", (Step(2, Cut(amount_minor=typical // 10)), Step(4, Cut(amount_minor=typical // 4))), family),
            Points(Decimal(2), 0, family),
            Gift((self.goods[start].sku,)),
        )
        reward = rewards[i % len(rewards)]
        when = self._when(i)
        if isinstance(reward, Gift):
            when = (*when, InBasket(of=brand, amount_minor_min=20_000))
        stacking = Stacking(
            priority=random.randrange(10),
            group=f"season-{i % 7}" if i % 5 == 0 else "",
            exclusive="items" if i % 17 == 0 else "no",
        )
        return Promotion(code=f"G{i:05d}", name=Text(f"goods {i}"), reward=reward, when=when, stacking=stacking)

    def _when(self, i: int) -> tuple[Condition, ...]:
        choices: tuple[tuple[Condition, ...], ...] = (
            (),
            (),
            (Member(),),
            (Channels(kinds=("web", "mini_program")),),
            (Nodes(regions=("north",)),),
            (InBasket(amount_minor_min=15_000),),
            (AnyOf((Member(tiers=("gold", "platinum")), PaidWith(("alipay",)))),),
        )
        return choices[i % len(choices)]

    def _here(self, i: int) -> Promotion:
        """Whole-basket promotions: some for everybody, most for some."""
        offers: tuple[tuple[Reward, tuple[Condition, ...], str], ...] = (
            (Amount(2_000), (InBasket(amount_minor_min=20_000),), "basket"),
            (
                Tiers("amount", (Step(30_000, Cut(amount_minor=4_000)), Step(60_000, Cut(amount_minor=9_000)))),
                (),
                "basket",
            ),
            (Percent(Decimal(5)), (Member(tiers=("gold",)),), "member"),
            (Percent(Decimal(8)), (Member(tiers=("platinum",)),), "member"),
            (Percent(Decimal(10)), (FirstOrder(),), "welcome"),
            (Percent(Decimal(12)), (Birthday(days_before=7, days_after=7),), "welcome"),
            (Amount(500), (PaidWith(("alipay",)),), ""),
            (Amount(300), (PaidWith(("wechat",)),), ""),
            (FreeDelivery(), (InBasket(amount_minor_min=15_000),), ""),
            (FreeDelivery(at_most_minor=600), (Member(),), ""),
            (Points(Decimal(2)), (Member(),), ""),
            (Points(plus=100), (Birthday(month=True),), ""),
            (Percent(Decimal(3)), (InSegment(("students",)),), ""),
            (Amount(1_000), (InSegment(("dormant",)), InBasket(amount_minor_min=10_000)), ""),
            (Percent(Decimal(6)), (Schedule(weekdays=(1, 2), start="09:00", until="11:00"),), ""),
            (Percent(Decimal(2)), (Schedule(start="18:00", until="02:00"),), ""),
            (Gift(("GIFT-1", "GIFT-2")), (InBasket(amount_minor_min=50_000),), ""),
            (Percent(Decimal(7)), (Channels(kinds=("mini_program",)), InBasket(items_min=6)), "basket"),
            (Amount(800), (Nodes(regions=("south",)), InBasket(skus_min=5)), ""),
            (Points(Decimal("1.5")), (Channels(codes=("mini",)),), ""),
        )
        reward, when, group = offers[i]
        return Promotion(
            code=f"H{i:05d}", name=Text(f"here {i}"), reward=reward, when=when, stacking=Stacking(group=group)
        )

    def _elsewhere(self, i: int) -> Promotion:
        if i % 2 == 0:
            reward: Reward = Percent(Decimal(10)) if i % 4 else Amount(1_500)
            return Promotion(code=f"Z{i:05d}", name=Text(f"coupon {i}"), reward=reward, coupon=True)
        there = Nodes(codes=(f"store-{self.random.randrange(self.nodes)}",))
        return Promotion(code=f"Z{i:05d}", name=Text(f"store {i}"), reward=Percent(Decimal(4)), when=(there,))


def _goods(i: int) -> Goods:
    return Goods(
        variant=i,
        sku=f"SKU-{i:06d}",
        product=f"product-{i // 3}",
        category=f"section-{i // 2000}/aisle-{i // 500}/shelf-{i // 50}",
        brand=f"brand-{i // 50}",
        attributes={"colour": ("red", "green", "blue")[i % 3]},
    )
