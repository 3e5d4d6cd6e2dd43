"""Conditions, compiled: each becomes a function of the rows of a basket that says whether it holds."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from mainstem.domains.pricing.engine.rows import Rows
from mainstem.domains.pricing.engine.selecting import Selectors
from mainstem.domains.pricing.promotions.form import (
    AnyOf,
    Basket,
    Birthday,
    Channels,
    Condition,
    DeliveredBy,
    FirstOrder,
    InSegment,
    Member,
    Nodes,
    Not,
    PaidWith,
    Schedule,
)

Holds = Callable[[Rows], bool]


def holds(condition: Condition, selectors: Selectors) -> Holds:  # noqa: C901, PLR0911 - one line a kind of condition
    """The function that says whether a condition holds for a basket."""
    match condition:
        case Channels():
            return _channels(condition)
        case Nodes():
            return _nodes(condition)
        case Member():
            return _member(condition)
        case InSegment():
            names = frozenset(condition.names)
            return lambda rows: not names.isdisjoint(rows.basket.customer.segments)
        case FirstOrder():
            return lambda rows: rows.basket.customer.id is not None and not rows.basket.customer.bought_before
        case Birthday():
            return partial(_birthday, condition)
        case Schedule():
            return _schedule(condition)
        case Basket():
            return _basket(condition, selectors.number(condition.of))
        case PaidWith():
            return _paid_with(frozenset(condition.kinds))
        case DeliveredBy():
            methods = frozenset(condition.methods)
            return lambda rows: rows.basket.delivery.method in methods
        case AnyOf():
            several = [holds(one, selectors) for one in condition.conditions]
            return lambda rows: any(one(rows) for one in several)
        case Not():
            inner = holds(condition.condition, selectors)
            return lambda rows: not inner(rows)


def tag(condition: object) -> str:
    """The name of a kind of condition in its JSON form."""
    return str(type(condition).__struct_config__.tag)  # type: ignore[attr-defined]


def _channels(condition: Channels) -> Holds:
    codes, kinds = frozenset(condition.codes), frozenset(condition.kinds)
    return lambda rows: rows.basket.channel in codes or rows.basket.channel_kind in kinds


def _nodes(condition: Nodes) -> Holds:
    codes, regions = frozenset(condition.codes), frozenset(condition.regions)
    return lambda rows: (
        bool(rows.basket.node and rows.basket.node in codes)
        or bool(rows.basket.region and rows.basket.region in regions)
    )


def _member(condition: Member) -> Holds:
    tiers, groups = frozenset(condition.tiers), frozenset(condition.groups)
    if not tiers and not groups:
        return lambda rows: rows.basket.customer.member

    def of_these(rows: Rows) -> bool:
        customer = rows.basket.customer
        return customer.member and (customer.tier in tiers or not groups.isdisjoint(customer.groups))

    return of_these


def _paid_with(kinds: frozenset[str]) -> Holds:
    def all_of_it(rows: Rows) -> bool:
        tenders = rows.basket.tenders
        return bool(tenders) and kinds.issuperset(tenders)

    return all_of_it


def _birthday(condition: Birthday, rows: Rows) -> bool:
    born = rows.basket.customer.birthday
    if born is None:
        return False
    today = rows.basket.local.date()
    if condition.month:
        return today.month == born.month
    first = today - timedelta(days=condition.days_after)
    last = today + timedelta(days=condition.days_before)
    return any(first <= _anniversary(born, year) <= last for year in range(first.year, last.year + 1))


def _anniversary(born: date, year: int) -> date:
    """The birthday in a year; who was born on 29 February has it on the 28th in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _schedule(condition: Schedule) -> Holds:
    weekdays = frozenset(condition.weekdays) or frozenset(range(1, 8))
    start, until = _minute(condition.start), _minute(condition.until)
    return lambda rows: _within(rows.basket.local, weekdays, start, until)


def _within(local: datetime, weekdays: frozenset[int], start: int, until: int) -> bool:
    minute = local.hour * 60 + local.minute
    today = local.isoweekday()
    if start < until:
        return start <= minute < until and today in weekdays
    if minute >= start:
        return today in weekdays
    return minute < until and (today - 2) % 7 + 1 in weekdays


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _basket(condition: Basket, number: int) -> Holds:
    amount_min, amount_max = condition.amount_minor_min, condition.amount_minor_max
    items_min, items_max, skus_min = condition.items_min, condition.items_max, condition.skus_min

    def comes_to(rows: Rows) -> bool:
        mask = rows.hits.get(number, 0)
        amount, items = rows.sums(mask)
        return (
            (amount_min is None or amount >= amount_min)
            and (items_min is None or items >= items_min)
            and (amount_max is None or amount <= amount_max)
            and (items_max is None or items <= items_max)
            and (skus_min is None or rows.skus(mask) >= skus_min)
        )

    return comes_to
