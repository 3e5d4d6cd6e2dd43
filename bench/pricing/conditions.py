"""Conditions and selectors beside zen-engine: the same promotions as one decision table that collects what matches.

The rules engine is given facts that are added up already, and only says which promotions may apply; our side is
measured from the basket, once for the same answer and once for the whole quote.
"""

import json
import time
from collections.abc import Callable, Iterable

import zen

from bench.pricing.workload import Shop
from bench.report import Measure, at_least, exactly
from mainstem.domains.pricing.engine import Book, compile_book, quote
from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.promotions.form import (
    AnyOf,
    Birthday,
    Bundle,
    BuyGet,
    Channels,
    Condition,
    FirstOrder,
    InSegment,
    Member,
    Nodes,
    PaidWith,
    Promotion,
    Schedule,
    Selector,
)
from mainstem.domains.pricing.promotions.form import Basket as InBasket
from mainstem.domains.pricing.quotes.contracts import Basket

PROMOTIONS = 200


def matching(basket: Basket, book: Book) -> list[str]:
    """Promotions whose conditions hold and whose goods are in the basket, by code: our side of the comparison."""
    rows = Rows(basket)
    book.selectors.hit(rows)
    return [
        term.code
        for term in book.in_question(rows)
        if (not term.coupon or term.code in basket.coupons)
        and all([holds(rows) for holds, _ in term.conditions])  # noqa: C419 - a list is faster here
        and (not term.anchors or any(rows.hits.get(number) for number in term.anchors))
    ]


def facts(basket: Basket) -> dict[str, object]:
    """What the decision table looks at."""
    customer, local = basket.customer, basket.local
    lines = [
        {
            "sku": line.goods.sku,
            "brand": line.goods.brand,
            "category": line.goods.category,
            "amount": line.unit_price_minor * line.quantity,
        }
        for line in basket.lines
    ]
    born = customer.birthday
    nearest = min(
        (abs((born.replace(year=local.year + year) - local.date()).days) for year in (-1, 0, 1)) if born else [999]
    )
    return {
        "lines": lines,
        "channel": basket.channel,
        "kind": basket.channel_kind,
        "node": basket.node,
        "region": basket.region,
        "member": customer.member,
        "tier": customer.tier,
        "segments": sorted(customer.segments),
        "tender": basket.tenders[0],
        "first": customer.id is not None and not customer.bought_before,
        "birthday_days": nearest,
        "birthday_month": born is not None and born.month == local.month,
        "minute": local.hour * 60 + local.minute,
        "weekday": local.isoweekday(),
        "amount": sum(line.unit_price_minor * line.quantity for line in basket.lines),
        "items": sum(line.quantity for line in basket.lines),
        "skus": len({line.goods.sku for line in basket.lines}),
        "coupons": sorted(basket.coupons),
    }


def decision(promotions: Iterable[Promotion]) -> str:
    """One decision table, a promotion a row: its goods, its conditions, its code."""
    rules = [
        {"_id": one.code, "goods": _goods(one), "when": _when(one), "code": json.dumps(one.code)} for one in promotions
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when"}, {"id": "goods", "name": "goods"}],
        "outputs": [{"id": "code", "field": "code", "name": "code"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "basket", "position": {"x": 0, "y": 0}},
        {
            "id": "table",
            "type": "decisionTableNode",
            "name": "promotions",
            "content": table,
            "position": {"x": 1, "y": 0},
        },
        {"id": "out", "type": "outputNode", "name": "matching", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


def _goods(promotion: Promotion) -> str:
    reward = promotion.reward
    if isinstance(reward, BuyGet):
        selectors = [reward.buy, reward.get]
    elif isinstance(reward, Bundle):
        selectors = [part.of for part in reward.parts]
    else:
        selectors = [getattr(reward, "of", Selector())]
    if Selector() in selectors:
        return ""
    return f"some(lines, {' or '.join(_selected(one) for one in selectors)})"


def _selected(selector: Selector) -> str:
    fields = []
    if selector.skus:
        fields.append(f"#.sku in {json.dumps(selector.skus)}")
    if selector.brands:
        fields.append(f"#.brand in {json.dumps(selector.brands)}")
    if selector.categories:
        fields.append("(" + " or ".join(f"startsWith(#.category, {json.dumps(c)})" for c in selector.categories) + ")")
    if selector.exclude:
        fields.append(f"not ({_selected(selector.exclude)})")
    return "(" + " and ".join(fields) + ")"


def _when(promotion: Promotion) -> str:
    coupon = [f"{json.dumps(promotion.code)} in coupons"] if promotion.coupon else []
    return " and ".join([*coupon, *(_condition(one) for one in promotion.when)])


def _condition(condition: Condition) -> str:
    match condition:
        case Channels():
            return f"(channel in {json.dumps(condition.codes)} or kind in {json.dumps(condition.kinds)})"
        case Nodes():
            return f"(node in {json.dumps(condition.codes)} or region in {json.dumps(condition.regions)})"
        case Member():
            return f"(member and tier in {json.dumps(condition.tiers)})" if condition.tiers else "member"
        case InSegment():
            return f"some(segments, # in {json.dumps(condition.names)})"
        case FirstOrder():
            return "first"
        case Birthday():
            return "birthday_month" if condition.month else f"birthday_days <= {condition.days_before}"
        case PaidWith():
            return f"tender in {json.dumps(condition.kinds)}"
        case AnyOf():
            return "(" + " or ".join(_condition(one) for one in condition.conditions) + ")"
        case Schedule():
            return _clock(condition)
        case InBasket():
            return _basket(condition)
    raise ValueError(condition)


def _clock(condition: Schedule) -> str:
    start, until = (int(text[:2]) * 60 + int(text[3:]) for text in (condition.start, condition.until))
    if start < until:
        return f"(minute >= {start} and minute < {until} and weekday in {json.dumps(condition.weekdays)})"
    return f"(minute >= {start} or minute < {until})"


def _basket(condition: InBasket) -> str:
    parts = []
    if condition.amount_minor_min is not None:
        amount = "amount"
        if condition.of != Selector():
            amount = f"sum(map(filter(lines, {_selected(condition.of)}), #.amount))"
        parts.append(f"{amount} >= {condition.amount_minor_min}")
    if condition.items_min is not None:
        parts.append(f"items >= {condition.items_min}")
    if condition.skus_min is not None:
        parts.append(f"skus >= {condition.skus_min}")
    return "(" + " and ".join(parts) + ")"


def measure(*, quick: bool) -> list[Measure]:
    """Baskets a second on either side, and whether both sides name the same promotions."""
    shop = Shop(PROMOTIONS)
    book = compile_book(shop.promotions)
    table = zen.ZenEngine().create_decision(decision(shop.promotions))
    baskets = [shop.basket() for _ in range(500 if quick else 3_000)]
    asked = [(basket, facts(basket)) for basket in baskets]
    equal = 0
    for basket, known in asked:
        named = sorted(one["code"] for one in table.evaluate(known)["result"] or [])
        equal += named == sorted(matching(basket, book))
    theirs = _rate(asked, lambda basket, known: table.evaluate(known))  # noqa: ARG005 - only one side is asked
    ours = _rate(asked, lambda basket, known: matching(basket, book))  # noqa: ARG005
    whole = _rate(asked, lambda basket, known: quote(basket, book))  # noqa: ARG005
    against = "zen-engine, conditions only"
    return [
        at_least("conditions of 200 promotions", "baskets/s", ours, against=against, of=theirs, times=1.0),
        at_least("whole quotes under 200 promotions", "baskets/s", whole, against=against, of=theirs, times=1.0),
        exactly("the same promotions match", "baskets", equal, against="baskets", of=len(asked)),
    ]


def _rate(asked: list[tuple[Basket, dict[str, object]]], ask: Callable[[Basket, dict[str, object]], object]) -> float:
    started = time.process_time()
    for basket, known in asked:
        ask(basket, known)
    return len(asked) / (time.process_time() - started)
