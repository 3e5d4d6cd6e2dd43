"""A quote in words: every step of every line, what did not apply and why, and what is nearly reached."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.domains import pricing

Money = Callable[[int], str]

REASONS = {
    "not_yet": N_("its time has not come"),
    "over": N_("its time is over"),
    "condition": N_("a condition does not hold"),
    "nothing_selected": N_("none of its goods are in the basket, or too few"),
    "no_coupon": N_("its coupon is missing"),
    "used_up": N_("a limit is reached"),
    "excluded": N_("another one excludes it"),
    "better_without": N_("the total is lower without it"),
    "at_floor": N_("the floor price leaves no room"),
}


CONDITIONS = {
    "channels": N_("the channel"),
    "nodes": N_("the node"),
    "member": N_("the membership"),
    "segment": N_("the segment"),
    "first_order": N_("the first order"),
    "birthday": N_("the birthday"),
    "schedule": N_("the time of day"),
    "basket": N_("what is in the basket"),
    "tender": N_("the tender"),
    "delivery": N_("the delivery"),
    "any": N_("one of several"),
    "not": N_("an exception"),
    "currency": N_("the currency"),
}


class Step(msgspec.Struct, frozen=True):
    """So much off, by whom."""

    code: str
    name: str
    amount: str
    items: int


class Line(msgspec.Struct, frozen=True):
    """A line with every step from its list price to what it comes to."""

    sku: str
    name: str
    quantity: str
    price: str
    source: str
    listed: str
    steps: list[Step]
    amount: str


class Tried(msgspec.Struct, frozen=True):
    """A basket with its prices; `wrong` alone when it cannot be priced."""

    wrong: str = ""
    lines: list[Line] = []
    delivery: list[Step] = []
    totals: list[tuple[str, str]] = []
    applied: list[tuple[str, str]] = []
    not_applied: list[tuple[str, str, str]] = []
    nearly: list[tuple[str, str]] = []
    bound: str = ""
    others: int = 0


def explained(
    visit: Visit,
    basket: pricing.quoting.Basket,
    quoted: pricing.quoting.Quoted,
    called: Mapping[str, str],
    names: Mapping[str, str],
    others: int,
) -> Tried:
    """A quote in the visitor's words. `called` are promotions by code, `names` goods by SKU."""

    def money(amount: int) -> str:
        return visit.fmt.money(amount, basket.currency)

    def steps(taken: Iterable[pricing.quoting.Taken]) -> list[Step]:
        return [
            Step(one.promotion, called.get(one.promotion, one.promotion), money(-one.amount_minor), one.items)
            for one in taken
        ]

    lines = [
        Line(
            line.sku,
            names.get(line.sku, line.sku),
            f"{Decimal(line.quantity) / priced.steps_per_unit:f}",
            money(line.unit_price_minor),
            line.source,
            money(line.list_minor),
            steps(line.taken),
            money(line.amount_minor),
        )
        for line, priced in zip(quoted.lines, basket.lines, strict=True)
    ]
    totals = [
        (visit.t("Goods"), money(quoted.goods_minor)),
        (visit.t("Off in all"), money(-quoted.discount_minor)),
        (visit.t("Delivery"), money(quoted.delivery_minor)),
        (visit.t("To pay"), money(quoted.total_minor)),
    ]
    return Tried(
        lines=lines,
        delivery=steps(quoted.delivery_taken),
        totals=totals,
        applied=[(called.get(one.code, one.code), _gave(visit, one, money)) for one in quoted.applied],
        not_applied=[(one.code, called.get(one.code, one.code), _why(visit, one)) for one in quoted.not_applied],
        nearly=[(called.get(one.code, one.code), _missing(visit, one, money)) for one in quoted.nearly],
        bound=money(quoted.bound_minor) if quoted.bound_minor else "",
        others=others,
    )


def _gave(visit: Visit, one: pricing.quoting.Applied, money: Money) -> str:
    told = []
    if one.amount_minor:
        told.append(visit.t("{amount} off", amount=money(one.amount_minor)))
    if one.points_times_millionths:
        times = f"{(Decimal(one.points_times_millionths) / 1_000_000).normalize():f}"
        told.append(visit.t("{times} times the points", times=times))
    if one.points_plus:
        told.append(visit.t("{plus} points on top", plus=visit.fmt.number(one.points_plus)))
    if one.offered:
        told.append(visit.t("{count} of {skus} to choose", count=one.offered_items, skus=", ".join(one.offered)))
    return visit.t(", ").join(told)


def _why(visit: Visit, one: pricing.quoting.NotApplied) -> str:
    why = visit.t(REASONS[one.reason])
    by = [visit.t(CONDITIONS[name]) if name in CONDITIONS else name for name in one.by]
    return visit.t("{reason}: {names}", reason=why, names=visit.t(", ").join(by)) if by else why


def _missing(visit: Visit, one: pricing.quoting.Nearly, money: Money) -> str:
    much = money(one.missing_minor) if one.missing_minor else ""
    if one.missing_items:
        much = visit.t("{count} items", count=visit.fmt.number(one.missing_items))
    if one.skus:
        return visit.t("{much} more of {skus}", much=much, skus=", ".join(one.skus[:5]))
    return visit.t("{much} more", much=much)
