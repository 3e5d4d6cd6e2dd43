"""How promotions stand to each other on the same goods: which exclude each other, and which go together. Pure."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

import msgspec

from mainstem.domains.pricing.engine.terms import default_layer
from mainstem.domains.pricing.promotions import form as f
from mainstem.domains.pricing.promotions.comparing import elsewhere, same_time, share_goods

How = Literal["basket", "items", "group", "not_with", "adds_up", "later"]
"""One is exclusive in the basket, or on its lines; both are of a group; one names the other; they add up in one layer;
`other` is computed on what `one` leaves."""


class Relation(msgspec.Struct, frozen=True):
    """Two promotions that can meet in a basket, and how; of those that exclude each other the best combination wins."""

    one: str
    other: str
    how: How

    @property
    def excludes(self) -> bool:
        """Whether only one of the two can apply there."""
        return self.how not in ("adds_up", "later")


def relations(forms: Sequence[f.Promotion]) -> Iterator[Relation]:
    """The pairs that can meet, as far as currency, time, places by code, and selectors tell; by code."""
    for one, other in combinations(sorted(forms, key=lambda form: form.code), 2):
        relation = relation_of(one, other)
        if relation is not None:
            yield relation


def relation_of(one: f.Promotion, other: f.Promotion) -> Relation | None:
    """How two promotions stand to each other; None where they surely never meet, or touch nothing together."""
    if one.currency is not None and other.currency is not None and one.currency != other.currency:
        return None
    if not same_time(one.valid_from, other.valid_until) or not same_time(other.valid_from, one.valid_until):
        return None
    if elsewhere(one, other):
        return None
    if "basket" in (one.stacking.exclusive, other.stacking.exclusive):
        return Relation(one.code, other.code, "basket")
    if _names(one, other) or _names(other, one):
        return Relation(one.code, other.code, "not_with")
    if one.stacking.group and one.stacking.group == other.stacking.group:
        return Relation(one.code, other.code, "group")
    if not share_goods(one, other):
        return None
    if "items" in (one.stacking.exclusive, other.stacking.exclusive):
        return Relation(one.code, other.code, "items")
    first, second = _layer(one), _layer(other)
    if first == second:
        return Relation(one.code, other.code, "adds_up")
    return Relation(one.code, other.code, "later") if first < second else Relation(other.code, one.code, "later")


def _layer(form: f.Promotion) -> int:
    return default_layer(form) if form.stacking.layer is None else form.stacking.layer


def _names(one: f.Promotion, other: f.Promotion) -> bool:
    names = one.stacking.not_with
    return other.code in names or (bool(other.stacking.group) and other.stacking.group in names)
