"""A promotion in words: every reward, condition, stacking and limit, in both languages."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import mainstem
from mainstem.console.formats import formats
from mainstem.console.promotions.plan import CONDITIONS, REWARDS
from mainstem.console.promotions.telling import tell
from mainstem.console.promotions.voice import Voice
from mainstem.domains.pricing import form as f
from mainstem.platform.texts import Language, translate
from mainstem.platform.texts.extract import extracted

ROOMS = [Path(mainstem.__file__).parent / "console" / room for room in ("promotions", "prices")]
MILK = f.Selector(categories=("Food/Milk",), exclude=f.Selector(brands=("Moo", "Woo")))
TEA = f.Selector(skus=("T1", "T2"))
WIDE = f.Selector(
    products=("P1",), lists=("Winter",), attributes={"size": ("XL",)}, price_minor_min=100, price_minor_max=900
)
HALF, TEN_OFF, FOR_NINE = f.Cut(percent=Decimal(50)), f.Cut(amount_minor=1000), f.Cut(price_minor=900)

REWARDED: list[tuple[f.Reward, str, str]] = [
    (
        f.Percent(Decimal("12.50"), MILK, 5000),
        "12.5% off goods of category “Food/Milk” (except goods of brand “Moo” or “Woo”), at most CN¥50.00 in all",
        "类别为“Food/Milk”的商品（不含品牌为“Moo”或“Woo”的商品）优惠 12.5%，总共至多优惠 ¥50.00",
    ),
    (f.Amount(500), "CN¥5.00 off all goods together", "所有商品共减 ¥5.00"),
    (
        f.Amount(500, TEA, "item"),
        "CN¥5.00 off each of goods with SKU “T1” or “T2”",
        "SKU 为“T1”或“T2”的商品每件减 ¥5.00",
    ),
    (f.FixedPrice(990, TEA), "each of goods with SKU “T1” or “T2” costs at most CN¥9.90", "每件至多 ¥9.90"),
    (
        f.NthItem(2, HALF, times_max=3),
        "of every 2 of all goods, the cheapest: 50% off, at most 3 times an order",
        "所有商品每 2 件，其中最便宜的：优惠 50%，每单至多 3 次",
    ),
    (
        f.BuyGet(TEA, 2, TEA, 1, f.Cut(percent=Decimal(100)), "dearest"),
        "buy 2 of goods with SKU “T1” or “T2”, get 1 more of them, the dearest: free",
        "再得 1 件，其中最贵的：免费",
    ),
    (f.BuyGet(TEA, 2, MILK, 1, TEN_OFF), "get 1 of goods of category", "其中最便宜的：减 ¥10.00"),
    (
        f.Bundle((f.Part(TEA, 1), f.Part(f.ALL_GOODS, 2)), FOR_NINE, 1),
        "1 of goods with SKU “T1” or “T2” + 2 of all goods together: for CN¥9.00, once an order",
        "SKU 为“T1”或“T2”的商品 1 件 + 所有商品 2 件组合：¥9.00，每单一次",
    ),
    (f.Gift(("G1",), 2), "a gift: 2 of “G1”", "赠品：“G1”，2 件"),
    (
        f.Tiers("amount", (f.Step(10000, TEN_OFF), f.Step(20000, HALF))),
        "all goods: from CN¥100.00 on CN¥10.00 off; from CN¥200.00 on 50% off",
        "所有商品：满 ¥100.00：减 ¥10.00；满 ¥200.00：优惠 50%",
    ),
    (f.Tiers("items", (f.Step(3, HALF),)), "from 3 items on 50% off", "满 3 件：优惠 50%"),
    (
        f.FreeDelivery(("home",), 800),
        "up to CN¥8.00 off delivery (by “home”)",
        "配送费至多减 ¥8.00（配送方式：“home”）",
    ),
    (f.FreeDelivery(), "free delivery", "免配送费"),
    (f.Points(Decimal("1.5"), 100, MILK), "1.5 times the points for goods of category", "1.5 倍积分，另赠 100 积分"),
    (f.Points(plus=50), "50 points on top", "额外赠送 50 积分"),
]

CONDITIONED: list[tuple[f.Condition, str, str]] = [
    (f.Channels(("web", "x")), "the channel is “Web shop” or “x”", "渠道为“Web shop”或“x”"),
    (f.Channels((), ("till",)), "the channel is of kind “", "渠道种类为“"),
    (f.Nodes(("S1",), ("East",)), "the node is “S1” or the node is in region “East”", "节点为“S1”或节点位于区域“East”"),
    (f.Member(), "the customer is a member", "客户为会员"),
    (f.Member(("gold",), ("staff",)), "a member of tier “gold” or the customer is a member of group “staff”", "“gold”"),
    (f.InSegment(("VIP",)), "the customer is in segment “VIP”", "客户属于分群“VIP”"),
    (f.FirstOrder(), "it is the customer’s first order", "为客户首单"),
    (f.Birthday(), "it is the customer’s birthday", "当天为客户生日"),
    (f.Birthday(3, 4), "from 3 days before to 4 days after the customer’s birthday", "前 3 天至后 4 天"),
    (f.Birthday(month=True), "the month of the customer’s birthday", "当月为客户生日月"),
    (f.Schedule((6, 7)), "it is Saturday or Sunday", "在星期六或星期日"),
    (f.Schedule((5,), "17:00", "20:00"), "it is Friday, 17:00 to 20:00", "17:00 至 20:00"),
    (f.Schedule((), "22:00", "02:00"), "it is from 22:00 to 02:00", "在 22:00 至 02:00 之间"),
    (
        f.Basket(TEA, 1000, 5000, 2, None, 3),
        "the basket has CN¥10.00 to CN¥50.00 and at least 2 items and at least 3 different SKUs of goods with SKU",
        "购物篮中SKU 为“T1”或“T2”的商品达到¥10.00 至 ¥50.00",
    ),
    (
        f.Basket(WIDE, items_max=4),
        "at most 4 items of goods of product “P1” and on list “Winter” and whose size is “XL”",
        "4 件",
    ),
    (f.PaidWith(("alipay",)), "all is paid with “alipay”", "全部以“alipay”支付"),
    (f.DeliveredBy(("home",)), "the delivery is by “home”", "配送方式为“home”"),
    (
        f.AnyOf((f.FirstOrder(), f.Member())),
        "(it is the customer’s first order or the customer is a member)",
        "为客户首单或客户为会员",
    ),
    (f.Not(f.Member()), "not (the customer is a member)", "客户为会员"),
]


def said(language: Language, promotion: f.Promotion) -> str:
    return tell(Voice(language, formats(language, "UTC"), "CNY", {"web": "Web shop"}), promotion).sentence


def promotion(reward: f.Reward = REWARDED[1][0], **other: object) -> f.Promotion:
    return f.Promotion(code="P", name=f.Text("P"), reward=reward, currency="CNY", **other)  # type: ignore[arg-type]


def told(text: str) -> str:
    """Without the no-break spaces that formats put between figures and units."""
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(("reward", "english", "chinese"), REWARDED)
def test_every_reward_is_said(reward: f.Reward, english: str, chinese: str) -> None:
    first = said("en", promotion(reward))
    assert english[1:] in told(first)
    assert chinese in told(said("zh", promotion(reward)))
    assert "{" not in first


@pytest.mark.parametrize(("condition", "english", "chinese"), CONDITIONED)
def test_every_condition_is_said(condition: f.Condition, english: str, chinese: str) -> None:
    assert f"If {english}"[3:] in told(said("en", promotion(when=(condition,))))
    assert chinese in told(said("zh", promotion(when=(condition,))))


def test_all_kinds_are_said_and_can_be_built() -> None:
    rewards = {type(reward).__struct_config__.tag for reward, _, _ in REWARDED}
    conditions = {type(condition).__struct_config__.tag for condition, _, _ in CONDITIONED}
    assert rewards == {kind.tag for kind in REWARDS} == {one.__struct_config__.tag for one in f.Reward.__args__}
    assert (
        conditions == {kind.tag for kind in CONDITIONS} == {one.__struct_config__.tag for one in f.Condition.__args__}
    )


def test_stacking_limits_and_time_are_said() -> None:
    whole = promotion(
        coupon=True,
        below_floor=True,
        valid_from=datetime(2026, 11, 1, tzinfo=UTC),
        stacking=f.Stacking(15, 3, "autumn", "items", ("OTHER",)),
        limits=f.Limits(1, 2, 3, 4, 5, 6, 700),
    )
    english, chinese = told(said("en", whole)), told(said("zh", whole))
    for part in (
        "If a coupon is given: CN¥5.00 off all goods together.",
        "At most 1 orders in all. At most 2 orders a day. At most 3 orders of a customer.",
        "At most 4 orders of a customer a day. At most 5 items an order. Its own stock: 6 items in all.",
        "All together it gives away at most CN¥7.00. No other promotion touches the same lines.",
        "Of group “autumn” only the best for the customer applies. Not together with “OTHER”.",
        "Computed in layer 15. Priority 3 between equal totals. It may take prices below their floor.",
    ):
        assert part in english
    assert "出示优惠券时：所有商品共减 ¥5.00。总共至多 1 单。" in chinese
    assert not re.search("[A-Za-z]{2,}", re.sub("“[^”]*”", "", chinese))
    alone = promotion(stacking=f.Stacking(exclusive="basket"))
    assert "No other promotion applies beside it." in said("en", alone)
    voice = Voice("en", formats("en", "UTC"), "CNY", {})
    assert told(tell(voice, whole).time).startswith("from Nov 1, 2026")
    assert tell(voice, promotion()).time == "without end"


def test_many_values_are_counted() -> None:
    many = promotion(f.Amount(500, f.Selector(skus=tuple(f"S{n}" for n in range(20)))))
    assert "“S5” or one of 14 more" in said("en", many)


def test_every_text_is_translated() -> None:
    same = {"“{name}”", "SKU"}
    assert [
        text for room in ROOMS for text in extracted(room) if translate(text, "zh") == text and text not in same
    ] == []
