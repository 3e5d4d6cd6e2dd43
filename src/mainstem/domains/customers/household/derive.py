"""Who lives together: derived from what customers share and what was said, never stored.

Like identity, a constrained Kruskal in an order of contents: the strongest tie first, then by keys of records, never by
ids or arrival. So the same facts make the same households whatever came first. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

import msgspec

from mainstem.domains.customers.graph.forest import Opposition
from mainstem.domains.customers.household.contracts import HOUSEHOLD_MAX, TieKind
from mainstem.domains.customers.household.limits import NAMES_MIN, NAMES_SHARE_MIN, POLICIES

Pair = tuple[int, int]


class Person(msgspec.Struct, frozen=True):
    """A customer: the smallest key of his records, and keyed hashes of his family names."""

    id: int
    key: bytes
    families: frozenset[bytes] = frozenset()


class Tie(msgspec.Struct, frozen=True):
    """What these customers share. `owners` are those of them who use it as identity."""

    kind: TieKind
    customers: frozenset[int]
    owners: frozenset[int] = frozenset()


class Word(msgspec.Struct, frozen=True):
    """What a person said of two customers: +1 one household, -1 not, 0 taken back. The greatest id is the latest."""

    id: int
    low: int
    high: int
    sign: int


class Households(msgspec.Struct, frozen=True):
    """Who lives together.

    `household` has everybody, with the smallest of his household. `ties` are those that hold, with at least two
    customers of one household; `too_large` are pairs that the size alone keeps apart.
    """

    household: dict[int, int]
    ties: tuple[tuple[int, Tie], ...]
    too_large: frozenset[Pair]

    def members(self, customer: int) -> list[int]:
        """Who lives with a customer, himself included, in ascending order."""
        here = self.household[customer]
        return sorted(one for one, household in self.household.items() if household == here)


def derive(people: Iterable[Person], ties: Iterable[Tie], words: Iterable[Word]) -> Households:
    """Derive the households of people. Ties and words of others do not count."""
    known = {one.id: one for one in people}
    said = latest(word for word in words if word.low in known and word.high in known)
    held = [_among(tie, known) for tie in ties if holds(tie, known)]
    held += [Tie("person", frozenset(pair)) for pair, word in said.items() if word.sign > 0]
    groups = _Groups(known, (pair for pair, word in said.items() if word.sign < 0))
    too_large = set()
    for low, high in _edges(held, known):
        if not groups.unite(low, high):
            too_large.add((low, high))
    household = {one: min(groups.of(one)) for one in known}
    return Households(
        household,
        tuple(found for tie in held for found in _within(tie, household)),
        frozenset(pair for pair in too_large if household[pair[0]] != household[pair[1]]),
    )


def holds(tie: Tie, people: Mapping[int, Person]) -> bool:
    """Whether what is shared may be a household's: not by too many, nor by many of as many names, nor by two owners."""
    policy = POLICIES[tie.kind]
    if len(tie.customers) > policy.degree or (policy.owners is not None and len(tie.owners) > policy.owners):
        return False
    return not policy.concentrated or not _scattered([people[one] for one in tie.customers if one in people])


def latest(words: Iterable[Word]) -> dict[Pair, Word]:
    """What was said last of each two customers; what merges have made one customer is nothing to say."""
    found: dict[Pair, Word] = {}
    for word in words:
        pair = (min(word.low, word.high), max(word.low, word.high))
        if word.low != word.high and (pair not in found or found[pair].id < word.id):
            found[pair] = word
    return found


def _scattered(people: Collection[Person]) -> bool:
    named = [one for one in people if one.families]
    if len(named) < NAMES_MIN:
        return False
    most = max(Counter(family for one in named for family in one.families).values())
    return most < NAMES_SHARE_MIN * len(named)


def _among(tie: Tie, people: Mapping[int, Person]) -> Tie:
    return msgspec.structs.replace(tie, customers=frozenset(one for one in tie.customers if one in people))


def _edges(ties: Iterable[Tie], people: Mapping[int, Person]) -> list[Pair]:
    """The pairs that ties join: the strongest first, then by the keys of both."""
    found: dict[Pair, int] = {}
    for tie in ties:
        for pair in combinations(sorted(tie.customers), 2):
            found[pair] = max(found.get(pair, 0), POLICIES[tie.kind].strength)

    def order(pair: Pair) -> tuple[int, list[bytes]]:
        return -found[pair], sorted(people[one].key for one in pair)

    return sorted(found, key=order)


def _within(tie: Tie, household: Mapping[int, int]) -> list[tuple[int, Tie]]:
    """The tie in each household that it is of: a person's word may have parted some who share it."""
    parts: dict[int, set[int]] = {}
    for one in tie.customers:
        parts.setdefault(household[one], set()).add(one)
    return [
        (number, msgspec.structs.replace(tie, customers=frozenset(part)))
        for number, part in sorted(parts.items())
        if len(part) > 1
    ]


class _Groups:
    """Customers who are brought together, unless a person keeps them apart or they would be too many."""

    def __init__(self, people: Collection[int], apart: Iterable[Pair]) -> None:
        self._root = {one: one for one in people}
        self._members = {one: [one] for one in people}
        self._apart = Opposition(apart)

    def of(self, one: int) -> list[int]:
        return self._members[self._root[one]]

    def unite(self, one: int, other: int) -> bool:
        """Bring two together where nobody keeps them apart; whether they are not too many."""
        kept, gone = self._root[one], self._root[other]
        if kept == gone or self._apart.between(kept, gone):
            return True
        if len(self._members[kept]) + len(self._members[gone]) > HOUSEHOLD_MAX:
            return False
        moved = self._members.pop(gone)
        self._members[kept] += moved
        self._root.update(dict.fromkeys(moved, kept))
        self._apart.merge(kept, gone)
        return True
