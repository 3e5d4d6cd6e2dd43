"""Traits and conditions in plain Python over people: what the SQL must agree with. Shares none of its code."""

import operator
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.unit.crowd import Person

OPS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _percent(part: int, whole: int) -> int | None:
    return int(100 * part / whole) if whole else None


def _top(weights: dict[str, tuple[int, int]]) -> str | None:
    """The key with the greatest weight, of equal ones the first by name."""
    return min(weights, key=lambda key: (-weights[key][0], -weights[key][1], key)) if weights else None


def traits_of(one: Person, today: date) -> dict[str, Any]:
    """What can be known of somebody, by the names of the traits; RFM is not among it."""
    bought = [done for done in one.occasions if done.bought]
    number = len(bought)

    def since(days: int) -> list[Any]:
        return [done for done in bought if done.day > today - timedelta(days=days)]

    def before(days: int) -> list[Any]:
        return [done for done in bought if today - timedelta(days=2 * days) < done.day <= today - timedelta(days=days)]

    currencies = Counter(done.currency for done in bought)
    currency = min(currencies, key=lambda code: (-currencies[code], code)) if currencies else None

    def net(some: Sequence[Any]) -> int:
        return sum(done.amount_minor - done.returned_minor for done in some if done.currency == currency)

    gross = sum(done.amount_minor for done in bought if done.currency == currency)
    discount = sum(done.discount_minor for done in bought if done.currency == currency)
    spent: dict[str, Any] = {
        "records": len(one.records),
        "sources": len(one.records),
        "orders_total": number,
        "orders_before_90d": len(before(90)),
        "orders_before_365d": len(before(365)),
        "spend_total": net(bought),
        "spend_before_365d": net(before(365)),
        "currency": currency,
        "currencies_used": len(currencies),
        "average_basket": gross // number if number else None,
        "largest_basket": max((d.amount_minor if d.currency == currency else 0 for d in bought), default=None),
        "units_total": sum(done.units for done in bought),
        "discount_share": _percent(discount, gross + discount),
        "discounted_share": _percent(sum(done.discount_minor > 0 for done in bought), number),
        "returned_orders": sum(done.returned_units > 0 for done in bought),
        "returns_share": _percent(gross - net(bought), gross),
        "cancelled_orders": len(one.occasions) - number,
        "store_orders": sum(done.kind == "sale" for done in bought),
        "store_share": _percent(sum(done.kind == "sale" for done in bought), number),
        "channels_used": len({done.channel for done in bought}),
        "stores_used": len({done.node for done in bought if done.kind == "sale"}),
        "weekend_share": _percent(sum(done.day.isoweekday() >= 6 for done in bought), number),
        "evening_share": _percent(sum(18 <= done.hour <= 22 for done in bought), number),
        "night_share": _percent(sum(done.hour >= 23 or done.hour < 5 for done in bought), number),
        "order_trend": _percent(len(since(90)), len(before(90))),
        "has_phone": "phone" in one.identifiers,
        "phone_verified": one.identifiers.get("phone", 0) > 0,
        "gender": one.known.get("gender"),
        "city": one.known.get("city"),
        "is_company": one.known.get("is_company"),
        "age": today.year - one.known["birth_year"] if "birth_year" in one.known else None,
        "months_to_birthday": (one.known["birth_month"] - today.month) % 12 if "birth_month" in one.known else None,
        "price_sensitivity": one.batch.get("price_sensitivity"),
    }
    for days in (30, 90, 365):
        spent[f"orders_{days}d"] = len(since(days))
        spent[f"spend_{days}d"] = net(since(days))
        spent[f"visits_{days}d"] = len({(done.day, done.channel, done.node) for done in since(days)})
    return spent | _days(one, bought, today) | _favourites(bought, currency)


def _days(one: Person, bought: Sequence[Any], today: date) -> dict[str, Any]:
    first = min((done.day for done in bought), default=None)
    last = max((done.day for done in bought), default=None)
    seen = max([one.last, *(done.moment for done in bought)]).date()
    known = min([one.first, *(done.moment for done in bought)]).date()
    spanned = (last - first).days if first is not None and last is not None else 0
    late = int(100 * (today - last).days * (len(bought) - 1) / spanned) if last is not None and spanned else None
    return {
        "first_purchase": first,
        "last_purchase": last,
        "days_since_purchase": (today - last).days if last is not None else None,
        "last_seen": seen,
        "days_since_seen": (today - seen).days,
        "tenure_days": (today - known).days,
        "purchase_interval_days": spanned // (len(bought) - 1) if len(bought) > 1 else None,
        "lateness": late if len(bought) > 2 else None,
    }


def _favourites(bought: Sequence[Any], currency: str | None) -> dict[str, Any]:
    channels: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    stores: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    categories: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    sizes: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    kinds: Counter[str] = Counter()
    for done in bought:
        worth = done.amount_minor - done.returned_minor if done.currency == currency else 0
        channels[done.channel] = (channels[done.channel][0] + 1, channels[done.channel][1] + worth)
        kinds[done.channel_kind] += 1
        if done.kind == "sale":
            stores[done.node] = (stores[done.node][0] + 1, stores[done.node][1] + worth)
        for goods in done.goods:
            wide = goods.category.split("/")[0]
            paid = goods.amount_minor - goods.returned_minor if done.currency == currency else 0
            if wide:
                categories[wide] = (categories[wide][0] + 1, categories[wide][1] + paid)
            if goods.size:
                sizes[goods.size] = (sizes[goods.size][0] + goods.units, 0)
    top = _top(categories)
    in_categories = sum(worth for _, worth in categories.values())
    return {
        "favourite_channel": _top(channels),
        "favourite_store": _top(stores),
        "favourite_size": _top(sizes),
        "top_category": top,
        "top_category_share": _percent(categories[top][1], in_categories) if top is not None else None,
        "categories_used": len(categories),
        "spend_by_channel": {key: worth for key, (_, worth) in channels.items()},
        "orders_by_channel_kind": dict(kinds),
        "spend_by_category": {key: worth for key, (_, worth) in categories.items()},
        "orders_by_category": {key: times for key, (times, _) in categories.items()},
    }


def fits(condition: dict[str, Any], one: Person, traits: dict[str, Any], today: date) -> bool:
    """Whether somebody fits a condition in JSON; who is kept only fits none."""
    return not one.restricted and _fits(condition, one, traits, today)


def _fits(condition: dict[str, Any], one: Person, traits: dict[str, Any], today: date) -> bool:
    if "all" in condition:
        return all(_fits(part, one, traits, today) for part in condition["all"])
    if "any" in condition:
        return any(_fits(part, one, traits, today) for part in condition["any"])
    if "not" in condition:
        return not _fits(condition["not"], one, traits, today)
    if "tag" in condition:
        return condition["tag"] in one.tags
    if "consent" in condition:
        channel = condition.get("channel")
        return (condition["consent"] + (f":{channel}" if channel else "")) in one.consents
    if "bought" in condition:
        return _bought(condition, one, today)
    value: Any = traits[condition["trait"]]
    if "key" in condition:
        value = value.get(condition["key"])
    if condition["op"] in ("known", "unknown"):
        return bool((value is None) == (condition["op"] == "unknown"))
    if value is None:
        return False
    given = condition["value"]
    if isinstance(value, date):
        value = value.isoformat()
    return bool(value in given if condition["op"] == "in" else OPS[condition["op"]](value, given))


def _bought(condition: dict[str, Any], one: Person, today: date) -> bool:
    narrowed = condition["bought"]
    category = narrowed.get("category")
    times = sum(
        done.day > today - timedelta(days=condition["days"])
        and narrowed.get("channel", done.channel) == done.channel
        and narrowed.get("node", done.node) == done.node
        and (
            category is None
            or any(goods.category == category or goods.category.startswith(category + "/") for goods in done.goods)
        )
        for done in one.occasions
        if done.bought
    )
    return bool(OPS[condition["op"]](times, condition["value"]))
