"""Which promotions do not go together in a basket: groups, names in `not_with`, exclusives."""

from collections.abc import Sequence

from mainstem.domains.pricing.engine.offers import Offer
from mainstem.domains.pricing.engine.rows import rows_in
from mainstem.domains.pricing.engine.terms import Term


def conflicts_of(terms: Sequence[Term], offers: Sequence[Offer]) -> list[int]:
    """For each offer, as a bit set, the offers that it does not go together with; the relation is symmetric.

    `items` exclusives look at the rows that rewards select.
    """
    conflicts = [0] * len(terms)
    groups: dict[str, int] = {}
    for i, term in enumerate(terms):
        if term.group:
            groups[term.group] = groups.get(term.group, 0) | 1 << i
    for i, term in enumerate(terms):
        if term.sociable:
            continue
        against = _against(i, terms, offers, groups)
        against &= ~(1 << i)
        conflicts[i] |= against
        for j in rows_in(against):
            conflicts[j] |= 1 << i
    return conflicts


def _against(i: int, terms: Sequence[Term], offers: Sequence[Offer], groups: dict[str, int]) -> int:
    """What a promotion's own stacking speaks against."""
    term = terms[i]
    if term.exclusive == "basket":
        return (1 << len(terms)) - 1
    against = groups[term.group] if term.group else 0
    if term.exclusive == "items":
        mask = offers[i].mask
        for j, offer in enumerate(offers):
            if offer.mask & mask:
                against |= 1 << j
    if term.not_with:
        for j, other in enumerate(terms):
            if other.code in term.not_with or other.group in term.not_with:
                against |= 1 << j
    return against
