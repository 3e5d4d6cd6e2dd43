"""The semantics of promotions once more, slowly: every combination, every number of applications, item by item.

Written from the form of a promotion and the rules of ADR 33 alone; it shares nothing with the engine. Conditions
are not its business: promotions that it is given apply wherever their reward finds something.
"""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from mainstem.domains.pricing.promotions.form import (
    ALL_GOODS,
    Amount,
    Bundle,
    BuyGet,
    Cut,
    FixedPrice,
    FreeDelivery,
    Gift,
    NthItem,
    Percent,
    Points,
    Promotion,
    Selector,
    Tiers,
)
from mainstem.domains.pricing.quotes.contracts import Basket, Priced

Kind = tuple[str, int, int, int]
"""What items have in common: SKU, unit price, quantity of measured goods or 0, floor of a unit."""

Prices = dict[Kind | None, int]
"""What all items of a kind cost; None is the delivery."""

Outcome = tuple[int, int, int, int, int, tuple[str, ...]]
"""Total, less points, less gifts, less priority, number, codes."""


class Item(NamedTuple):
    """A single item."""

    kind: Kind
    price: int
    number: int


def half_up(value: Fraction) -> int:
    """Rounded half up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


class Case:
    """A basket, item by item."""

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.goods = {line.goods.sku: line for line in basket.lines}
        self.items: list[Item] = []
        self.floors: Prices = {None: 0}
        self.lines: dict[Kind, Priced] = {}
        for line in basket.lines:
            measured = line.steps_per_unit > 1
            kind = (line.goods.sku, line.unit_price_minor, line.quantity if measured else 0, line.floor_minor)
            part = Fraction(line.quantity, line.steps_per_unit) if measured else Fraction(1)
            price = half_up(line.unit_price_minor * part)
            for _ in range(1 if measured else line.quantity):
                self.items.append(Item(kind, price, len(self.items)))
                self.floors[kind] = self.floors.get(kind, 0) + min(half_up(line.floor_minor * part), price)
                self.lines[kind] = line
        self.items.sort()
        self.counts = {kind: sum(item.kind == kind for item in self.items) for kind in sorted(self.lines)}
        self.start: Prices = {kind: sum(item.price for item in self.items if item.kind == kind) for kind in self.counts}
        self.start[None] = basket.delivery.amount_minor

    def of(self, selector: Selector, items: list[Item]) -> list[Item]:
        """Items that a selector selects; of its fields those that random cases use."""
        return [item for item in items if self.selects(selector, self.lines[item.kind])]

    def selects(self, selector: Selector, line: Priced) -> bool:
        """Whether a selector selects a line."""
        if selector.skus and line.goods.sku not in selector.skus:
            return False
        if selector.categories and not any(
            line.goods.category == path or line.goods.category.startswith(path + "/") for path in selector.categories
        ):
            return False
        if selector.price_minor_min is not None and line.unit_price_minor < selector.price_minor_min:
            return False
        return selector.exclude is None or not self.selects(selector.exclude, line)

    def worth(self, items: list[Item], base: Prices) -> Prices:
        """What items cost: of each kind their share, rounded down."""
        counts: dict[Kind, int] = {}
        for item in items:
            counts[item.kind] = counts.get(item.kind, 0) + 1
        return {kind: base[kind] * counts[kind] // self.counts[kind] for kind in sorted(counts)}

    def target(self, kind: Kind, price: int) -> int:
        """What an item of a kind costs at a price."""
        line = self.lines[kind]
        return half_up(price * Fraction(line.quantity, line.steps_per_unit)) if kind[2] else price


def dearest(items: list[Item]) -> list[Item]:
    """Dearest first."""
    return sorted(items, key=lambda item: (-item.price, item.kind, item.number))


def cheapest(items: list[Item]) -> list[Item]:
    """Cheapest first."""
    return sorted(items, key=lambda item: (item.price, item.kind, item.number))


def shared(amount: int, weights: Prices) -> Prices:
    """By largest remainder."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    exact = {key: Fraction(amount * weight, whole) for key, weight in weights.items()}
    parts = {key: int(share) for key, share in exact.items()}
    places = {key: place for place, key in enumerate(weights)}
    for key in sorted(weights, key=lambda key: (parts[key] - exact[key], places[key]))[: amount - sum(parts.values())]:
        parts[key] += 1
    return parts


def percent(cut: Cut | Percent, worth: Prices) -> Prices:
    """A percentage of a sum, spread."""
    assert cut.percent is not None
    amount = half_up(sum(worth.values()) * Fraction(cut.percent) / 100)
    most = cut.at_most_minor if isinstance(cut, Percent) else None
    return shared(amount if most is None else min(amount, most), worth)


def each(case: Case, cut: Cut, worth: Prices, counts: dict[Kind, int]) -> Prices:
    """An amount off each item, or a price of each."""
    off: Prices = {}
    for kind in worth:
        assert kind is not None
        if cut.amount_minor is not None:
            off[kind] = min(worth[kind], cut.amount_minor * counts[kind])
        else:
            assert cut.price_minor is not None
            off[kind] = max(0, worth[kind] - case.target(kind, cut.price_minor) * counts[kind])
    return off


def fits(case: Case, parts: list[tuple[Selector, int]], items: list[Item]) -> bool:
    """Whether items suffice for so many of each part: a matching, tried out."""
    slots = [selector for selector, count in parts for _ in range(count)]
    taken: dict[int, int] = {}

    def place(slot: int, seen: set[int]) -> bool:
        for item in case.of(slots[slot], items):
            if item.number not in seen:
                seen.add(item.number)
                if item.number not in taken or place(taken[item.number], seen):
                    taken[item.number] = slot
                    return True
        return False

    return len(slots) <= len(items) and all(place(slot, set()) for slot in range(len(slots)))


Claim = tuple[list[Item], list[Item]]
"""Items cut and items used up."""


def nth_item(case: Case, reward: NthItem, times: int, left: list[Item]) -> Claim | None:
    """Groups of items, dearest first."""
    used = dearest(case.of(reward.of, left))[: reward.every * times]
    if len(used) < reward.every * times:
        return None
    groups = [used[i : i + reward.every] for i in range(0, len(used), reward.every)]
    return [group[-1 if reward.take == "cheapest" else 0] for group in groups], used


def buy_get(case: Case, reward: BuyGet, times: int, left: list[Item]) -> Claim | None:
    """Items got one after the other, as long as what is left can still be bought and got."""
    to_get, to_buy = reward.get_items * times, reward.buy_items * times
    if not fits(case, [(reward.buy, to_buy), (reward.get, to_get)], left):
        return None
    first, opposite = (cheapest, dearest) if reward.take == "cheapest" else (dearest, cheapest)
    got: list[Item] = []
    for item in first(case.of(reward.get, left)):
        rest = [one for one in left if one not in got and one != item]
        if len(got) < to_get and fits(case, [(reward.buy, to_buy), (reward.get, to_get - len(got) - 1)], rest):
            got.append(item)
    bought = opposite([item for item in case.of(reward.buy, left) if item not in got])[:to_buy]
    return got, got + bought


def bundle(case: Case, reward: Bundle, times: int, left: list[Item]) -> Claim | None:
    """Parts in the order written, each by its dearest items as far as the parts that follow can still be filled."""
    needs = [(part.of, part.items * times) for part in reward.parts]
    if not fits(case, needs, left):
        return None
    used: list[Item] = []
    for i, (selector, count) in enumerate(needs):
        found = 0
        for item in dearest(case.of(selector, left)):
            rest = [one for one in left if one not in used and one != item]
            if item not in used and found < count and fits(case, needs[i + 1 :], rest):
                used.append(item)
                found += 1
    return used, used


def gift(case: Case, reward: Gift, most: int | None, left: list[Item]) -> Claim:
    """The dearest of the gift's SKUs."""
    used = dearest(case.of(Selector(skus=reward.skus), left))[: given(reward, most)]
    return used, used


def given(reward: Gift, most: int | None) -> int:
    """How many items a gift is."""
    return reward.items if most is None else min(most, reward.items)


def claim(case: Case, promotion: Promotion, times: int, left: list[Item]) -> Claim | None:
    """What a promotion claims that applies so often, None when it cannot."""
    reward, most = promotion.reward, promotion.limits.items_per_order
    found: Claim | None = None
    match reward:
        case NthItem():
            found = nth_item(case, reward, times, left)
        case BuyGet():
            found = buy_get(case, reward, times, left)
        case Bundle():
            found = bundle(case, reward, times, left)
        case Gift():
            return gift(case, reward, most, left)
    return found if found is None or most is None or len(found[0]) <= most else None


def cut_of(case: Case, promotion: Promotion, base: Prices, times: int, items: list[Item]) -> Prices:  # noqa: C901, PLR0911, PLR0912
    """What a promotion takes off at these prices; `items` are what it claimed."""
    reward, most = promotion.reward, promotion.limits.items_per_order
    if isinstance(reward, FreeDelivery):
        there = base[None]
        return {None: there if reward.at_most_minor is None else min(there, reward.at_most_minor)}
    if isinstance(reward, Percent | Amount | FixedPrice | Tiers):
        items = dearest(case.of(reward.of, case.items))[:most]
    counts = {kind: sum(item.kind == kind for item in items) for kind in case.counts}
    worth = case.worth(items, base)
    whole = sum(worth.values())
    match reward:
        case Percent():
            return percent(reward, worth)
        case Amount():
            if reward.per == "item":
                return each(case, Cut(amount_minor=reward.amount_minor), worth, counts)
            return shared(min(whole, reward.amount_minor), worth)
        case FixedPrice():
            return each(case, Cut(price_minor=reward.price_minor), worth, counts)
        case NthItem() | BuyGet():
            cut = reward.cut
            return percent(cut, worth) if cut.percent is not None else each(case, cut, worth, counts)
        case Bundle():
            cut = reward.cut
            if cut.percent is not None:
                return percent(cut, worth)
            off = whole - (cut.price_minor or 0) * times if cut.amount_minor is None else cut.amount_minor * times
            return shared(max(0, min(whole, off)), worth)
        case Gift():
            return worth
        case Tiers():
            of = case.of(reward.of, case.items)
            reached = sum(item.price for item in of) if reward.by == "amount" else len(of)
            steps = [step for step in reward.steps if step.at_least <= reached]
            if not steps:
                return {}
            cut = max(steps, key=lambda step: step.at_least).cut
            if cut.percent is not None:
                return percent(cut, worth)
            return (
                shared(min(whole, cut.amount_minor), worth)
                if cut.amount_minor is not None
                else each(case, cut, worth, counts)
            )
    return {}


def touched(case: Case, promotion: Promotion) -> set[Kind]:
    """Kinds that a reward selects."""
    reward = promotion.reward
    selectors: list[Selector] = []
    match reward:
        case Percent() | Amount() | FixedPrice() | NthItem() | Tiers():
            selectors = [reward.of]
        case BuyGet():
            selectors = [reward.buy, reward.get]
        case Bundle():
            selectors = [part.of for part in reward.parts]
        case Gift():
            selectors = [Selector(skus=reward.skus)]
    return {item.kind for selector in selectors for item in case.of(selector, case.items)}


def agree(case: Case, one: Promotion, other: Promotion) -> bool:
    """Whether two promotions go together."""
    a, b = one.stacking, other.stacking
    if "basket" in (a.exclusive, b.exclusive) or (a.group and a.group == b.group):
        return False
    if ({other.code, b.group} - {""}) & set(a.not_with):
        return False
    if ({one.code, a.group} - {""}) & set(b.not_with):
        return False
    return "items" not in (a.exclusive, b.exclusive) or not touched(case, one) & touched(case, other)


def layer_of(promotion: Promotion) -> int:
    """The layer, by the form's rule."""
    if promotion.stacking.layer is not None:
        return promotion.stacking.layer
    reward = promotion.reward
    if isinstance(reward, FreeDelivery | Points):
        return 40
    if promotion.coupon:
        return 30
    return 20 if isinstance(reward, Percent | Amount | Tiers) and reward.of == ALL_GOODS else 10


def limited(case: Case, base: Prices, cuts: dict[str, Prices], below: set[str]) -> dict[str, Prices]:
    """Cuts of a layer within what each kind may lose: below the floor first, then the others above it."""
    result = {code: dict(cut) for code, cut in cuts.items()}
    for kind, there in base.items():
        deep = {code: cut.get(kind, 0) for code, cut in sorted(cuts.items()) if code in below}
        high = {code: cut.get(kind, 0) for code, cut in sorted(cuts.items()) if code not in below}
        room = there
        for some in (deep, high):
            if some is high:
                room = max(0, room - case.floors[kind])
            if sum(some.values()) > room:
                for code, amount in _by_code(room, some).items():
                    result[code][kind] = amount
            room -= min(room, sum(some.values()))
    return result


def _by_code(amount: int, wanted: dict[str, int]) -> dict[str, int]:
    keys: dict[Kind, str] = {(code, 0, 0, 0): code for code in wanted}
    parts = shared(amount, {kind: wanted[code] for kind, code in keys.items()})
    return {keys[kind]: part for kind, part in parts.items() if kind is not None}


def beyond_budget(case: Case, promotion: Promotion, times: int, items: list[Item]) -> bool:
    """Whether a promotion would take more off list prices than its budget."""
    budget = promotion.limits.budget_minor
    return budget is not None and sum(cut_of(case, promotion, case.start, times, items).values()) > budget


def outcome(case: Case, chosen: list[tuple[Promotion, int]]) -> Outcome | None:  # noqa: C901
    """What a combination comes to; None where there is none."""
    left, claims = case.items, dict[str, list[Item]]()
    for promotion, times in sorted(chosen, key=lambda one: (-one[0].stacking.priority, one[0].code)):
        if isinstance(promotion.reward, NthItem | BuyGet | Bundle | Gift):
            found = claim(case, promotion, times, left)
            if found is None:
                return None
            claims[promotion.code], used = found
            left = [item for item in left if item not in used]
    if any(beyond_budget(case, one, times, claims.get(one.code, [])) for one, times in chosen):
        return None
    base, gave = dict(case.start), dict.fromkeys((one.code for one, _ in chosen), 0)
    for layer in sorted({layer_of(one) for one, _ in chosen}):
        cuts = {
            one.code: cut_of(case, one, base, times, claims.get(one.code, []))
            for one, times in chosen
            if layer_of(one) == layer
        }
        cuts = limited(case, base, cuts, {one.code for one, _ in chosen if one.below_floor})
        for code, cut in cuts.items():
            for kind, amount in cut.items():
                base[kind] -= amount
                gave[code] += amount
    points = gifts = 0
    for one, _ in chosen:
        extra = 0
        if isinstance(one.reward, Points):
            selected = case.of(one.reward.of, case.items)
            earns = one.reward.plus or one.reward.times != 1
            if selected and earns:
                amount = sum(item.price for item in selected)
                extra = max(1, one.reward.plus * 10**6 + int((one.reward.times - 1) * 10**6) * amount)
                points += extra
        elif isinstance(one.reward, Gift):
            extra = given(one.reward, one.limits.items_per_order) - len(claims[one.code])
            gifts += extra
        if not extra and not gave[one.code]:
            return None
    codes = tuple(sorted(one.code for one, _ in chosen))
    priority = sum(one.stacking.priority for one, _ in chosen)
    return sum(base.values()), -points, -gifts, -priority, len(codes), codes


def combinations(case: Case, promotions: list[Promotion]) -> Iterator[list[Promotion]]:
    """Every set of promotions that agree."""
    for size in range(len(promotions) + 1):
        for some in itertools.combinations(promotions, size):
            if all(agree(case, one, other) for one, other in itertools.combinations(some, 2)):
                yield list(some)


def best_of(basket: Basket, promotions: list[Promotion]) -> Outcome:
    """The best combination there is."""
    case = Case(basket)
    found: list[Outcome] = []
    for some in combinations(case, promotions):
        choices: list[list[int]] = []
        for one in some:
            reward = one.reward
            if isinstance(reward, NthItem | BuyGet | Bundle):
                most = len(case.items) if reward.times_max is None else min(reward.times_max, len(case.items))
                choices.append([n for n in range(1, most + 1) if claim(case, one, n, case.items) is not None])
            else:
                choices.append([1])
        for times in itertools.product(*choices):
            value = outcome(case, list(zip(some, times, strict=True)))
            if value is not None:
                found.append(value)
    return min(found)
