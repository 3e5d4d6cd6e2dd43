"""Who belongs together: derived anew from records and assertions, never stored as truth.

Constrained Kruskal: assertions that join are heard in a canonical order, the strongest first, and each joins the groups
of its two records unless something forbids it. The order knows digests of records and never ids or times, so the same
facts make the same groups whatever came first. What was refused stays refused, as groups only grow: hearing each
assertion once is enough.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from mainstem.domains.customers.graph.counting import Heard, hear
from mainstem.domains.customers.graph.facts import PERSON_RULES, Assertion, Record
from mainstem.domains.customers.graph.forest import GROUP_SIZE_MAX, Forest, Objection

__all__ = ["GROUP_SIZE_MAX", "RECORDS_MAX", "Derivation", "Link", "Proposal", "Vetoed", "derive", "why"]

RECORDS_MAX: Final = 1_000
"""Records that are derived at once; what hangs together beyond it is left as it is and shown to somebody."""


class Link(msgspec.Struct, frozen=True):
    """That two records belong together, by the assertion that joined them and all others of the pair that count."""

    low: int
    high: int
    assertions: tuple[Assertion, ...]


class Vetoed(msgspec.Struct, frozen=True):
    """An assertion that would have joined two records that belong to different customers, and what forbade it."""

    assertion: Assertion
    reason: Objection


class Proposal(msgspec.Struct, frozen=True):
    """A question to a person: are these records of different customers one person's? One at most for two customers.

    `reason` is what forbade their union, or why the assertion asks (`middle`).
    """

    low: int
    high: int
    reason: str
    assertion: Assertion


class Derivation(msgspec.Struct, frozen=True):
    """Who belongs together.

    `groups` has every record once, each group in ascending order, by smallest record; `customer` is that smallest
    record. `links` are a tree in each group: for `why`.
    """

    groups: tuple[tuple[int, ...], ...]
    customer: dict[int, int]
    links: tuple[Link, ...]
    vetoed: tuple[Vetoed, ...]
    proposals: tuple[Proposal, ...]


def derive(
    records: Iterable[Record], assertions: Iterable[Assertion], suspended: Collection[int] = frozenset()
) -> Derivation:
    """Derive who belongs together, in O(n log n) of what is given.

    What a person said last of a pair is heard before everything automatic. A pair kept apart by a person never belongs
    to one customer; no customer of several records exceeds a cap or `GROUP_SIZE_MAX`, not by a person's word either.
    Assertions of suspended identifiers and of erased records do not count. What looks like two people is joined by
    strong evidence only; through an identifier that two people contest, only what agrees otherwise too is joined. One
    that slept joins, without more that agrees, only where nothing at all contradicts that it came back to the same.
    """
    people = {record.id: record for record in records}
    heard = hear(people, assertions, suspended)
    forest = Forest(people.values(), heard.apart, heard.unlike, suspended)
    links, vetoed = _join(forest, heard)
    groups = tuple(tuple(group) for group in forest.groups())
    return Derivation(
        groups=groups,
        customer={record: group[0] for group in groups for record in group},
        links=links,
        vetoed=tuple(veto for veto in vetoed if forest.root(veto.assertion.low) != forest.root(veto.assertion.high)),
        proposals=tuple(_proposals(forest, vetoed, heard.asking)),
    )


def why(derivation: Derivation, one: int, other: int) -> tuple[Link, ...] | None:
    """The links that lead from one record to another, in order; None if they do not belong together."""
    beside: dict[int, list[Link]] = {}
    for link in derivation.links:
        beside.setdefault(link.low, []).append(link)
        beside.setdefault(link.high, []).append(link)
    came: dict[int, Link | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        record = waiting.popleft()
        for link in beside.get(record, ()):
            far = link.high if link.low == record else link.low
            if far not in came:
                came[far] = link
                waiting.append(far)
    if other not in came:
        return None
    path: list[Link] = []
    while (link_back := came[other]) is not None:
        path.append(link_back)
        other = link_back.low if link_back.high == other else link_back.high
    return tuple(reversed(path))


def _join(forest: Forest, heard: Heard) -> tuple[tuple[Link, ...], list[Vetoed]]:
    """Hear what joins, in order: the tree of links that joined, and what was forbidden."""
    of_pair: dict[tuple[int, int], list[Assertion]] = {}
    for said in heard.joining:
        of_pair.setdefault(said.pair, []).append(said)
    joined: list[tuple[int, int]] = []
    vetoed: list[Vetoed] = []
    for said in heard.joining:
        if forest.root(said.low) == forest.root(said.high):
            continue
        reason = forest.objection(said.low, said.high, weak=_weak(said))
        if reason is None and not said.evidence.agreed:
            doubtful = heard.returned if said.evidence.asleep else heard.contested
            reason = "contested" if said.identifier in doubtful else None
        if reason is None:
            forest.unite(said.low, said.high)
            joined.append(said.pair)
        else:
            vetoed.append(Vetoed(assertion=said, reason=reason))
    return tuple(Link(low=low, high=high, assertions=tuple(of_pair[low, high])) for low, high in joined), vetoed


def _weak(said: Assertion) -> bool:
    """Whether contradiction outweighs it: everything but a person's word and strong identifiers."""
    return said.rule not in PERSON_RULES and not said.evidence.strong


def _proposals(forest: Forest, vetoed: Iterable[Vetoed], asking: Iterable[Assertion]) -> list[Proposal]:
    """One question for two customers, the first in canonical order; none where a person has spoken."""
    found: dict[tuple[int, int], Proposal] = {}
    candidates = [(veto.assertion, veto.reason) for veto in vetoed if _worth_asking(veto)]
    for said, reason in [*candidates, *((said, said.evidence.review) for said in asking)]:
        one, other = sorted((forest.root(said.low), forest.root(said.high)))
        if one != other and not forest.kept_apart(one, other):
            found.setdefault((one, other), Proposal(low=said.low, high=said.high, reason=reason, assertion=said))
    return list(found.values())


def _worth_asking(veto: Vetoed) -> bool:
    """Two people of one household clash in all that they share: a clash is a question only if something else agrees.

    That a number came back to somebody else is none at all.
    """
    said = veto.assertion
    if said.evidence.asleep and not said.evidence.agreed:
        return False
    return veto.reason != "cap" or said.evidence.agreed or said.evidence.strong or said.rule in PERSON_RULES
