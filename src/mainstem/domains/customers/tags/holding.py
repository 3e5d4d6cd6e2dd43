"""Which computed tags hold for one customer whose traits were read already: without another word to the database.

Says of one what `segments.compile` says of sets; a test holds both to the same answers. What is asked of single
purchases, or of tags that people attach, is not known here: no computed tag asks for it.
"""

import operator
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from mainstem.domains.customers.segments.conditions import All, Compared, Condition, Consented, Either, Not
from mainstem.domains.customers.tags.library import Tag, category_tags, shipped_tags, tag_conditions

_OPS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CATEGORIES_CACHED = 2_000


def held_tags(traits: Mapping[str, Any], consents: Collection[str]) -> list[Tag]:
    """The tags of the library, and of the categories he buys from, that hold for a customer with these traits.

    `consents`: what he may be used for, as `purpose` or `purpose:channel`.
    """
    categories = sorted(name for name in traits["spend_by_category"] or () if name)  # goods of no category have none
    asked = [*_shipped(), *(one for category in categories for one in _of_category(category))]
    return [tag for tag, condition in asked if holds(condition, traits, consents)]


def holds(condition: Condition, traits: Mapping[str, Any], consents: Collection[str]) -> bool:
    """Whether a condition over traits and consents holds; what is unknown satisfies no comparison.

    Raises ValueError for one over purchases or attached tags.
    """
    if isinstance(condition, All):
        return all(holds(part, traits, consents) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, traits, consents) for part in condition.parts)
    if isinstance(condition, Not):
        return not holds(condition.part, traits, consents)
    if isinstance(condition, Compared):
        return _compared(condition, traits)
    if isinstance(condition, Consented):
        named = f"{condition.purpose}:{condition.channel}" if condition.channel else condition.purpose
        return named in consents
    raise ValueError(condition)


def _compared(condition: Compared, traits: Mapping[str, Any]) -> bool:
    value = traits[condition.trait.name]
    if condition.key is not None:
        value = None if value is None else value.get(condition.key)
    if condition.op == "known":
        return value is not None
    if condition.op == "unknown":
        return value is None
    if value is None:
        return False
    if condition.op == "in":
        return value in condition.values
    found: bool = _OPS[condition.op](value, condition.values[0])
    return found


@lru_cache(maxsize=1)
def _shipped() -> list[tuple[Tag, Condition]]:
    known = tag_conditions()
    return [(tag, known[tag.name]) for tag in shipped_tags()]


@lru_cache(maxsize=_CATEGORIES_CACHED)
def _of_category(category: str) -> list[tuple[Tag, Condition]]:
    known = tag_conditions()
    return [(tag, known[tag.name]) for tag in category_tags(category)]
