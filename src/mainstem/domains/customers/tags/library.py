"""The tags that are computed: a library that ships as data, and families made for each category the retailer sells.

A computed tag is a name for a condition: it is never stored, and holds or not at the moment it is asked for.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from mainstem.domains.customers.segments.conditions import Condition, read_condition


class Group(msgspec.Struct, frozen=True):
    """What tags are about."""

    en: str
    zh: str


class Tag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A computed tag: its name, kept for good, its group, how people call it, and when it holds."""

    name: str
    group: str
    en: str
    zh: str
    when: dict[str, Any]


class _Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: dict[str, Group]
    tags: tuple[Tag, ...]


class _Family(msgspec.Struct, frozen=True):
    """Tags that there are for each category: the name begins with the family's, then the category."""

    name: str
    en: str
    zh: str
    when: tuple[dict[str, Any], ...]

    def of(self, category: str) -> Tag:
        """The tag of a category."""
        parts = [{name: category if text == _CATEGORY else text for name, text in part.items()} for part in self.when]
        return Tag(
            f"{self.name}:{category}",
            "category",
            self.en.format(category=category),
            self.zh.format(category=category),
            {"all": parts},
        )


_CATEGORY = "\0category"
_ORDERS = {"trait": "orders_by_category", "key": _CATEGORY}


_FAMILIES = {
    family.name: family
    for family in (
        _Family("tried", "Bought {category} once", "尝试过「{category}」", ({**_ORDERS, "op": "=", "value": 1},)),
        _Family("likes", "Buys {category}", "偏好「{category}」", ({**_ORDERS, "op": ">=", "value": 3},)),
        _Family(
            "mainly",
            "Mainly buys {category}",
            "主要购买「{category}」",
            (
                {"trait": "top_category", "op": "=", "value": _CATEGORY},
                {"trait": "top_category_share", "op": ">=", "value": 50},
            ),
        ),
        _Family(
            "never",
            "Buys, but never {category}",
            "从未购买「{category}」",
            ({**_ORDERS, "op": "unknown"}, {"trait": "orders_total", "op": ">=", "value": 3}),
        ),
        _Family(
            "left",
            "Used to buy {category}, not for half a year",
            "曾购买「{category}」，半年未购",
            ({**_ORDERS, "op": ">=", "value": 2}, {"trait": "days_since_purchase", "op": ">", "value": 180}),
        ),
    )
}


@lru_cache(maxsize=1)
def _shipped() -> _Shipped:
    return msgspec.json.decode((files(__package__) / "library.json").read_bytes(), type=_Shipped)


def tag_groups() -> dict[str, Group]:
    """The groups of tags by their names."""
    return _shipped().groups


def shipped_tags() -> tuple[Tag, ...]:
    """The tags of the library."""
    return _shipped().tags


def category_tags(category: str) -> list[Tag]:
    """The tags that there are for a category."""
    return [family.of(category) for family in _FAMILIES.values()]


class _Conditions(Mapping[str, Condition]):
    """The conditions of computed tags by name; one tag may name those before it in the library."""

    def __init__(self) -> None:
        self._known: dict[str, Condition] = {}

    def add(self, tag: Tag) -> None:
        self._known[tag.name] = read_condition(tag.when, self._known)

    def __getitem__(self, name: str) -> Condition:
        known = self._known.get(name)
        if known is not None:
            return known
        family, _, category = name.partition(":")
        if family not in _FAMILIES or not category:
            raise KeyError(name)
        return read_condition(_FAMILIES[family].of(category).when, {})

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@lru_cache(maxsize=1)
def tag_conditions() -> Mapping[str, Condition]:
    """The conditions of computed tags by name."""
    found = _Conditions()
    for tag in shipped_tags():
        found.add(tag)
    return found
