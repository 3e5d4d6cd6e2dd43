"""What the records of a batch say of those they meet: judged pair by pair, asserted where it is news."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mainstem.domains.customers.graph import (
    Assertion,
    Claim,
    Likeness,
    Record,
    Thresholds,
    judge,
    likeness,
    to_append,
)
from mainstem.domains.customers.identifiers import NameLikeness
from mainstem.domains.customers.identifiers.likeness import alike
from mainstem.domains.customers.matching import CONTRADICTION, DEFAULT, LINK, REVIEW, score
from mainstem.domains.customers.resolve.people import Meetings, Person
from mainstem.domains.customers.resolve.rows import AssertionRow, IdentifierRow, pair

_SURE = math.log2(999)
"""The weight is log2 of the odds: 999 of 1,000. Caps and contradictions, unknown to attributes, still forbid some."""

_THRESHOLDS = Thresholds(link=min(LINK, _SURE), review=min(REVIEW, _SURE), contradiction=CONTRADICTION)
_NOT_COMPARED = "null"  # the level of a comparison to which one of the two says nothing

Pair = tuple[int, int]


def pairs_of(people: Mapping[int, Person], meetings: Meetings) -> set[Pair]:
    """The pairs to be judged: of each of these people with everybody it meets."""
    return {pair(person.id, other) for person in people.values() for other in meetings.beside(person)}


def news(
    people: Mapping[int, Person], others: Mapping[int, Person], meetings: Meetings, known: Iterable[Assertion]
) -> list[AssertionRow]:
    """What is to be asserted of the pairs of these people with those they meet, by what is known of both now.

    `others` are those they meet and nothing was said of; `known` is what counts so far of pairs with these people.
    """
    everybody = {**others, **people}
    claimed: dict[Pair, list[Claim]] = defaultdict(list)
    for one in known:
        claimed[one.pair].append(one)
    together = pairs_of(people, meetings)
    found: list[AssertionRow] = []
    for low, high in sorted(together):
        left, right = everybody.get(low), everybody.get(high)
        if left is None or right is None or left.row.erased or right.row.erased:
            continue
        shared = [row for digest in _less(left, right, people) if (row := meetings.identifiers.get(digest)) is not None]
        said = judge(_record(left, meetings, shared), _record(right, meetings, shared), compare(left, right))
        found += [_row(low, high, claim) for claim in to_append(claimed.get((low, high), ()), said)]
    for (low, high), claims in claimed.items():
        if (low, high) not in together and (low in people or high in people):
            scored = [claim for claim in claims if claim.rule == "scored"]
            found += [_row(low, high, claim) for claim in to_append(scored, ())]
    return found


def compare(left: Person, right: Person) -> Likeness:
    """How alike what is known of two records is."""
    scored = score(DEFAULT, left.columns, right.columns)
    levels = tuple(level for level in scored.levels if level[1] != _NOT_COMPARED)
    one, other = left.name, right.name
    names: NameLikeness = "unknown" if one is None or other is None else alike(one, other)
    return likeness(scored.weight, levels, names, _THRESHOLDS)


def _less(left: Person, right: Person, people: Mapping[int, Person]) -> Iterable[bytes]:
    """Digests among which everything is that both use: those of the one whose identifiers were read."""
    return left.held if left.id in people else right.held


def _record(person: Person, meetings: Meetings, shared: Sequence[IdentifierRow]) -> Record:
    return Record(person.id, person.row.key, meetings.uses_of(person.id, shared), person.row.erased)


def _row(low: int, high: int, claim: Claim) -> AssertionRow:
    evidence = msgspec.to_builtins(claim.evidence)
    return AssertionRow(low, high, claim.sign, claim.rule, claim.identifier, claim.strength, evidence)
