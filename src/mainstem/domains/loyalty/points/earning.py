"""What an order, an action or a referral earns. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

import msgspec

from mainstem.domains.loyalty.contracts import ISSUED, POINTS_MAX
from mainstem.domains.loyalty.points.purse import Purse
from mainstem.domains.loyalty.points.spreading import rounded, spread
from mainstem.domains.loyalty.programmes.form import EarnRule, ForAction, Goods, PerAmount, PerItem, Times
from mainstem.ledger import Book, Step, Transfer

MILLION = 1_000_000
PROMOTION = "promotion"
"""Under which rule points of promotions are counted."""


class OrderLine(msgspec.Struct, frozen=True, gc=False):
    """A line of an order as earning sees it: amounts before and after discounts, and the tax within the latter."""

    position: int
    sku: str
    product: str
    category: str
    brand: str
    quantity: int
    list_minor: int
    amount_minor: int
    tax_minor: int = 0


class Purchase(msgspec.Struct, frozen=True):
    """An order that earns. `burned_minor`: paid with points; `times_millionths` and `plus`: what promotions add."""

    order: int
    currency: str
    channel: str
    lines: tuple[OrderLine, ...]
    burned_minor: int = 0
    times_millionths: int = MILLION
    plus: int = 0


class LineShare(msgspec.Struct, frozen=True, gc=False):
    """What of a document lies on a line."""

    position: int
    quantity: int
    points: int
    spend_minor: int = 0


class Earned(msgspec.Struct, frozen=True):
    """Points to be posted: the steps, what each rule gave, and how they lie on the lines."""

    account: int
    kind: str
    reference: int
    what: str
    points: int
    spend_minor: int
    pending: bool
    by_rule: dict[str, int]
    lines: tuple[LineShare, ...]
    steps: tuple[Step, ...]


def earn(purse: Purse, book: Book, purchase: Purchase) -> Earned:
    """What a purchase earns for the account of a purse; pending while it may be returned, if the programme says so.

    An order in another currency earns nothing, and neither does it count for a tier.
    """
    if purchase.currency != purse.programme.currency:
        return Earned(
            purse.account.id, "order", purchase.order, "", 0, 0, pending=False, by_rule={}, lines=(), steps=()
        )
    spent = _amounts(purse, purchase)
    by_rule, shares = _by_rule(purse, purchase, spent)
    points = sum(by_rule.values())
    lines = tuple(
        LineShare(
            line.position, line.quantity, sum(part.get(line.position, 0) for part in shares), spent[line.position]
        )
        for line in purchase.lines
        if line.quantity > 0
    )
    pending = purse.programme.pending_days > 0
    return Earned(
        purse.account.id,
        "order",
        purchase.order,
        "",
        points,
        sum(spent.values()),
        pending,
        by_rule,
        lines,
        post(purse, book, points, pending=pending),
    )


def earn_for_action(purse: Purse, book: Book, action: str, channel: str, what: str) -> Earned | None:
    """What an action earns, at once; None when no rule gives anything for it."""
    rules = [
        rule for rule in _live(purse, channel) if isinstance(rule.gives, ForAction) and rule.gives.action == action
    ]
    if not rules:
        return None
    by_rule = {}
    for rule in rules:
        assert isinstance(rule.gives, ForAction)
        by_rule[rule.code] = _capped(purse, rule, rule.gives.points)
    points = sum(by_rule.values())
    by_rule = {code: given for code, given in by_rule.items() if given}
    steps = post(purse, book, points, pending=False)
    return Earned(purse.account.id, "action", 0, what, points, 0, pending=False, by_rule=by_rule, lines=(), steps=steps)


def post(purse: Purse, book: Book, points: int, *, pending: bool, account: int | None = None) -> tuple[Step, ...]:
    """The steps that bring points to an account, by default the purse's: pending, else to debts first."""
    whom = purse.account.id if account is None else account
    if not points:
        return ()
    if pending:
        return (Transfer(purse.target.pending, ISSUED, whom, points),)
    debt = purse.target.debt
    if account is None:
        owed = purse.debts(book)
    elif any(account == one.id for one in purse.own):
        owed = []  # what is owed there is paid by what the purse earns itself
    else:
        owed = [(account, max(-book.free(debt, account), 0))]
    return settle_debts(debt, owed, points, purse.target.points, whom, ISSUED)


def settle_debts(
    debt: int, owed: Iterable[tuple[int, int]], points: int, lot: int, account: int, source: int
) -> tuple[Step, ...]:
    """Points from outside: first to who is below zero, the rest to a lot of an account."""
    steps: list[Step] = []
    for whom, missing in owed:
        part = min(points, missing)
        if part:
            steps.append(Transfer(debt, source, whom, part))
            points -= part
    if points:
        steps.append(Transfer(lot, source, account, points))
    return tuple(steps)


def _amounts(purse: Purse, purchase: Purchase) -> dict[int, int]:
    """What counts of each line, never below zero."""
    form = purse.programme
    counted = {
        line.position: (line.amount_minor if form.basis == "paid" else line.list_minor)
        - (line.tax_minor if form.net_of_tax else 0)
        for line in purchase.lines
    }
    counted = {position: max(amount, 0) for position, amount in counted.items()}
    if form.burned_earns or not purchase.burned_minor or not any(counted.values()):
        return counted
    burned = spread(min(purchase.burned_minor, sum(counted.values())), counted)
    return {position: amount - burned[position] for position, amount in counted.items()}


def _by_rule(purse: Purse, purchase: Purchase, spent: Mapping[int, int]) -> tuple[dict[str, int], list[dict[int, int]]]:
    """What each rule gives, and how that lies on the lines. Multipliers look at what the other rules give exactly."""
    rules = _live(purse, purchase.channel)
    plain = [
        (rule, _exact(rule, purchase.lines, spent)) for rule in rules if isinstance(rule.gives, PerAmount | PerItem)
    ]
    base = {
        line.position: sum((part.get(line.position, Fraction()) for _, part in plain), Fraction())
        for line in purchase.lines
    }
    weights: list[tuple[EarnRule | None, dict[int, Fraction], int]] = [(rule, part, 0) for rule, part in plain]
    for rule in rules:
        if isinstance(rule.gives, Times):
            more = Fraction(rule.gives.times) - 1
            chosen = [line for line in purchase.lines if selects(rule.gives.of, line)]
            weights.append((rule, {line.position: base[line.position] * more for line in chosen}, 0))
    more = Fraction(purchase.times_millionths - MILLION, MILLION)
    if more > 0 or purchase.plus > 0:
        weights.append(
            (None, {position: part * max(more, Fraction()) for position, part in base.items()}, purchase.plus)
        )
    given: dict[str, int] = {}
    shares: list[dict[int, int]] = []
    for applied, part, plus in weights:
        points = rounded(sum(part.values(), Fraction()), purse.programme.rounding) + plus
        most = None if applied is None else applied.per_order_max
        points = min(points, POINTS_MAX) if applied is None else _capped(purse, applied, points, most)
        if points:
            given[PROMOTION if applied is None else applied.code] = points
            shares.append(spread(points, part if any(part.values()) else dict(spent)))
    return given, shares


def _exact(rule: EarnRule, lines: Sequence[OrderLine], spent: Mapping[int, int]) -> dict[int, Fraction]:
    gives = rule.gives
    assert isinstance(gives, PerAmount | PerItem)
    chosen = [line for line in lines if line.quantity > 0 and selects(gives.of, line)]
    if isinstance(gives, PerItem):
        return {line.position: Fraction(gives.points * line.quantity) for line in chosen}
    return {line.position: Fraction(gives.points * spent[line.position], gives.per_minor) for line in chosen}


def _capped(purse: Purse, rule: EarnRule, points: int, most: int | None = None) -> int:
    today, month = purse.standing.given.get(rule.code, (0, 0))
    limits = [POINTS_MAX]
    if most is not None:
        limits.append(most)
    if rule.per_day_max is not None:
        limits.append(rule.per_day_max - today)
    if rule.per_month_max is not None:
        limits.append(rule.per_month_max - month)
    return max(0, min(points, *limits))


def _live(purse: Purse, channel: str) -> list[EarnRule]:
    """The rules that count for this customer, here and now."""
    tier = purse.tier
    return [
        rule
        for rule in purse.programme.rules
        if _valid(rule, purse.now)
        and (not rule.channels or channel in rule.channels)
        and (not rule.tiers or (tier is not None and tier.code in rule.tiers))
    ]


def _valid(rule: EarnRule, now: datetime) -> bool:
    begun = rule.valid_from is None or rule.valid_from <= now
    return begun and (rule.valid_until is None or now < rule.valid_until)


def selects(goods: Goods, line: OrderLine) -> bool:
    """Whether a line is of the goods."""
    if goods.skus and line.sku not in goods.skus:
        return False
    if goods.products and line.product not in goods.products:
        return False
    if goods.brands and line.brand not in goods.brands:
        return False
    if goods.categories and not any(
        line.category == path or line.category.startswith(f"{path}/") for path in goods.categories
    ):
        return False
    return goods.exclude is None or not selects(goods.exclude, line)
