"""A promotion beside the others: gifts that lead back to themselves, exclusives that meet. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from mainstem.domains.pricing.promotions import form as f
from mainstem.domains.pricing.promotions.checking import selectors_of
from mainstem.domains.pricing.promotions.conditions import conditions_within
from mainstem.domains.pricing.promotions.contracts import Warned

GoodsOf = Mapping[str, tuple[str, str]]
"""Category and brand of SKUs."""

NAMED_MAX = 20
"""Promotions that one warning names."""


def gifts_of(form: f.Promotion) -> tuple[str, ...]:
    """The SKUs that a promotion gives."""
    return form.reward.skus if isinstance(form.reward, f.Gift) else ()


def gift_cycle(form: f.Promotion, others: Iterable[f.Promotion], goods: GoodsOf) -> tuple[str, ...]:
    """Codes of promotions whose gifts lead from this one back to it, it first and last; () when none do."""
    if not gifts_of(form):
        return ()
    givers = {one.code: one for one in others if gifts_of(one)} | {form.code: form}
    paths: list[tuple[str, ...]] = [(form.code,)]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        given = gifts_of(givers[path[-1]])
        for code in sorted(givers):
            if any(_asks_for(givers[code], sku, goods) for sku in given):
                if code == form.code:
                    return (*path, code)
                if code not in seen:
                    seen.add(code)
                    paths.append((*path, code))
    return ()


def _asks_for(form: f.Promotion, sku: str, goods: GoodsOf) -> bool:
    """Whether a SKU is among goods that a promotion asks for by name; any goods do not count."""
    return any(
        isinstance(condition, f.Basket) and condition.of != f.ALL_GOODS and _selects(condition.of, sku, goods)
        for _, condition, _ in conditions_within("", form.when)
    )


def _selects(selector: f.Selector, sku: str, goods: GoodsOf) -> bool:
    """Whether a selector surely selects a SKU, as far as SKU, category and brand tell."""
    if selector.products or selector.attributes or selector.lists:
        return False
    if selector.price_minor_min is not None or selector.price_minor_max is not None:
        return False
    category, brand = goods.get(sku, ("", ""))
    return (
        (not selector.skus or sku in selector.skus)
        and (not selector.categories or _below(category, selector.categories))
        and (not selector.brands or brand in selector.brands)
        and (selector.exclude is None or not _selects(selector.exclude, sku, goods))
    )


def _below(category: str, categories: Iterable[str]) -> bool:
    return any(category == one or category.startswith(f"{one}/") for one in categories)


def warnings(form: f.Promotion, others: Mapping[str, f.Promotion]) -> tuple[Warned, ...]:
    """What is possible beside the others, and may not be meant."""
    return tuple(_warnings(form, others))


def _warnings(form: f.Promotion, others: Mapping[str, f.Promotion]) -> Iterator[Warned]:
    if form.stacking.exclusive != "no":
        met = sorted(code for code, other in others.items() if code != form.code and _meet(form, other))
        if met:
            yield Warned(
                "overlapping_exclusives",
                "/stacking/exclusive",
                tuple(met[:NAMED_MAX]),
                f.Text(
                    "These are exclusive too and can meet this one in a basket: the best for the customer applies.",
                    "这些促销同样互斥，且可能与本促销在同一购物篮中相遇：只有对顾客最优惠的一个生效。",
                ),
            )
    known = set(others) | {other.stacking.group for other in others.values()} | {form.stacking.group}
    for i, name in enumerate(form.stacking.not_with):
        if name not in known:
            yield Warned(
                "unknown_not_with",
                f"/stacking/not_with/{i}",
                (name,),
                f.Text(
                    "No promotion and no group is called so yet.",
                    "目前没有促销或分组使用这个名称。",
                ),
            )


def _meet(one: f.Promotion, other: f.Promotion) -> bool:
    """Whether two exclusives can be in each other's way."""
    if other.stacking.exclusive == "no" or (one.stacking.group and one.stacking.group == other.stacking.group):
        return False
    if one.currency is not None and other.currency is not None and one.currency != other.currency:
        return False
    if not same_time(one.valid_from, other.valid_until) or not same_time(other.valid_from, one.valid_until):
        return False
    if elsewhere(one, other):
        return False
    return "basket" in (one.stacking.exclusive, other.stacking.exclusive) or share_goods(one, other)


def same_time(since: datetime | None, until: datetime | None) -> bool:
    """Whether what begins at `since` has begun when something else ends at `until`."""
    return since is None or until is None or since < until


def elsewhere(one: f.Promotion, other: f.Promotion) -> bool:
    """Whether two promotions are for different channels or nodes, by code."""
    for kind, wider in ((f.Channels, "kinds"), (f.Nodes, "regions")):
        for mine in one.when:
            for theirs in other.when:
                if (
                    isinstance(mine, kind)
                    and isinstance(theirs, kind)
                    and not getattr(mine, wider)
                    and not getattr(theirs, wider)
                    and set(mine.codes).isdisjoint(theirs.codes)
                ):
                    return True
    return False


def share_goods(one: f.Promotion, other: f.Promotion) -> bool:
    """Whether the rewards of two promotions can touch the same goods."""
    mine, theirs = _rewarded(one), _rewarded(other)
    return any(not _disjoint(a, b) for a in mine for b in theirs)


def _rewarded(form: f.Promotion) -> list[f.Selector]:
    found = [selector for place, selector in selectors_of(form) if place.startswith("/reward")]
    return found or ([f.Selector(skus=gifts_of(form))] if gifts_of(form) else [])


def _disjoint(one: f.Selector, other: f.Selector) -> bool:
    """Whether two selectors surely have no goods in common."""
    for name in ("skus", "products", "brands"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and set(mine).isdisjoint(theirs):
            return True
    if one.categories and other.categories:
        return not any(
            _below(mine, (theirs,)) or _below(theirs, (mine,)) for mine in one.categories for theirs in other.categories
        )
    return False
