"""What can be wrong with the conditions of a promotion, each by itself and against each other. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mainstem.domains.pricing.promotions import contracts as c
from mainstem.domains.pricing.promotions import form as f
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.kernel.refusals import Refusal, refuse

Faults = Iterator[Refusal | None]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00").fullmatch
DAYS_MAX = 183
_NAMES: dict[type, tuple[str, ...]] = {
    f.Channels: ("codes", "kinds"),
    f.Nodes: ("codes", "regions"),
    f.Member: ("tiers", "groups"),
    f.InSegment: ("names",),
    f.PaidWith: ("kinds",),
    f.DeliveredBy: ("methods",),
}


def conditions_within(
    place: str, when: Sequence[f.Condition], depth: int = 1
) -> Iterator[tuple[str, f.Condition, int]]:
    """Every condition, those within others included, with the pointer to it and how deep it lies; not far too deep."""
    for i, condition in enumerate(when):
        yield from _within(f"{place}/{i}", condition, depth)


def _within(place: str, condition: f.Condition, depth: int) -> Iterator[tuple[str, f.Condition, int]]:
    yield place, condition, depth
    if depth > c.DEPTH_MAX:
        return
    if isinstance(condition, f.AnyOf):
        yield from conditions_within(f"{place}/conditions", condition.conditions, depth + 1)
    elif isinstance(condition, f.Not):
        yield from _within(f"{place}/condition", condition.condition, depth + 1)


def condition_faults(place: str, condition: f.Condition) -> Faults:
    """What can be wrong with one condition."""
    names = _NAMES.get(type(condition), ())
    for name in names:
        yield from values(f"{place}/{name}", getattr(condition, name))
    if names and not isinstance(condition, f.Member) and not any(getattr(condition, name) for name in names):
        yield refuse(c.CONDITION_EMPTY, place)
    if isinstance(condition, f.AnyOf) and not condition.conditions:
        yield refuse(c.CONDITION_EMPTY, place)
    if isinstance(condition, f.Birthday):
        yield number(f"{place}/days_before", condition.days_before, 0, DAYS_MAX)
        yield number(f"{place}/days_after", condition.days_after, 0, DAYS_MAX)
    elif isinstance(condition, f.Schedule):
        yield from _schedule(place, condition)
    elif isinstance(condition, f.Basket):
        yield from _basket(place, condition)


def _schedule(place: str, condition: f.Schedule) -> Faults:
    for name, clock in (("from", condition.start), ("until", condition.until)):
        if _CLOCK(clock) is None or (name == "from" and clock == "24:00"):
            yield refuse(c.CLOCK_UNCLEAR, f"{place}/{name}", clock=clock[:16])
    for i, day in enumerate(condition.weekdays):
        yield number(f"{place}/weekdays/{i}", day, 1, 7)
        if day in condition.weekdays[:i]:
            yield refuse(c.GIVEN_TWICE, f"{place}/weekdays/{i}", value=str(day))


def _basket(place: str, condition: f.Basket) -> Faults:
    bounds = {
        name: getattr(condition, name)
        for name in ("amount_minor_min", "amount_minor_max", "items_min", "items_max", "skus_min")
    }
    if all(bound is None for bound in bounds.values()):
        yield refuse(c.CONDITION_EMPTY, place)
    for name, bound in bounds.items():
        if bound is not None:
            yield number(f"{place}/{name}", bound, 0, AMOUNT_MINOR_MAX if "minor" in name else c.COUNT_MAX)
    for name in ("amount_minor", "items"):
        least, most = bounds[f"{name}_min"], bounds[f"{name}_max"]
        if least is not None and most is not None and least > most:
            yield refuse(c.LIMITS_CROSSED, f"{place}/{name}_min", least=least, most=most)
    skus, items = bounds["skus_min"], bounds["items_max"]
    if skus is not None and items is not None and skus > items:
        yield refuse(c.LIMITS_CROSSED, f"{place}/skus_min", least=skus, most=items)


def values(place: str, given: Sequence[str]) -> Faults:
    """What can be wrong with names: too many, empty, twice."""
    if len(given) > c.VALUES_MAX:
        yield refuse(c.FORM_TOO_LARGE, place, size=len(given), limit=c.VALUES_MAX)
    met: set[str] = set()
    for i, value in enumerate(given):
        if not value.strip() or "\x00" in value:
            yield refuse(c.VALUE_EMPTY, f"{place}/{i}")
        if value in met:
            yield refuse(c.GIVEN_TWICE, f"{place}/{i}", value=value[:80])
        met.add(value)


def number(place: str, value: int, least: int, most: int) -> Refusal | None:
    """Refused where it is not between two bounds."""
    return None if least <= value <= most else refuse(c.NUMBER_RANGE, place, value=value, least=least, most=most)


def contradictions(when: Sequence[f.Condition]) -> Faults:
    """Two conditions of one promotion that never hold together."""
    for i, one in enumerate(when):
        for j, other in enumerate(when[:i]):
            if _never_both(one, other):
                yield refuse(c.CONDITIONS_EXCLUDE, f"/when/{i}", other=f"/when/{j}")


def _never_both(one: Any, other: Any) -> bool:  # noqa: ANN401 - conditions of any kind
    for first, second in ((one, other), (other, one)):
        if isinstance(first, f.Not) and first.condition == second:
            return True
    if type(one) is not type(other):
        return False
    if isinstance(one, f.Channels):
        return not one.kinds and not other.kinds and set(one.codes).isdisjoint(other.codes)
    if isinstance(one, f.Nodes):
        return not one.regions and not other.regions and set(one.codes).isdisjoint(other.codes)
    if isinstance(one, f.PaidWith):
        return set(one.kinds).isdisjoint(other.kinds)
    if isinstance(one, f.DeliveredBy):
        return set(one.methods).isdisjoint(other.methods)
    if isinstance(one, f.Basket) and one.of == other.of:
        return any(
            _apart(getattr(a, f"{name}_min"), getattr(b, f"{name}_max"))
            for name in ("amount_minor", "items")
            for a, b in ((one, other), (other, one))
        )
    return False


def _apart(least: int | None, most: int | None) -> bool:
    return least is not None and most is not None and least > most
