"""Which assertions count: the latest of each kind, of records that are here, through identifiers not suspended."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from mainstem.domains.customers.graph.answers import spoken
from mainstem.domains.customers.graph.facts import PERSON_RULES, Assertion, Record
from mainstem.domains.customers.identifiers import POLICIES

Pair = tuple[int, int]


class Heard(msgspec.Struct, frozen=True):
    """The assertions that count."""

    joining: list[Assertion]
    """Those of sign +1, of people and automatic, in canonical order: the stronger first, then by keys of records."""
    apart: frozenset[Pair]
    """Pairs that a person keeps apart."""
    unlike: frozenset[Pair]
    """Pairs that look like two people, so that only strong evidence joins them."""
    contested: frozenset[int | None]
    """Weak identifiers through which two records contradict each other: whose they are, they alone do not say."""
    returned: frozenset[int | None]
    """These, and those that slept between two records that contradict each other: they have had two owners."""
    asking: list[Assertion]
    """Automatic assertions for which a person should be asked, in canonical order."""


def hear(records: Mapping[int, Record], assertions: Iterable[Assertion], suspended: Collection[int]) -> Heard:
    """Sort out what counts. Assertions of records that are not given, or are erased, do not."""
    here = [
        assertion
        for assertion in assertions
        if all(number in records and not records[number].erased for number in assertion.pair)
    ]
    answers = spoken(here)
    automatic = [assertion for assertion in _latest(here) if assertion.identifier not in suspended]
    joining = [*(said for said in answers.values() if said.sign > 0), *(said for said in automatic if said.sign > 0)]
    against = [said for said in automatic if said.sign < 0]
    clashing = (
        said for said in joining if _weak(said) and not said.evidence.agreed and _clash(records, said, suspended)
    )
    doubted = [said for said in (*against, *clashing) if said.identifier is not None]
    order = _Canonical(records)
    return Heard(
        joining=sorted(joining, key=order.key),
        apart=frozenset(pair for pair, said in answers.items() if said.sign < 0),
        unlike=frozenset(said.pair for said in against),
        contested=frozenset(said.identifier for said in doubted if not said.evidence.asleep),
        returned=frozenset(said.identifier for said in doubted),
        asking=sorted((said for said in automatic if said.evidence.review), key=order.key),
    )


class _Canonical:
    """The order in which assertions are heard: it knows keys of records, never their ids or when they came."""

    def __init__(self, records: Mapping[int, Record]) -> None:
        self._keys = {record.id: record.key for record in records.values()}

    def key(self, said: Assertion) -> tuple[int, bytes, bytes, str, str]:
        low, high = sorted((self._keys[said.low], self._keys[said.high]))
        return -said.strength, low, high, said.rule, said.evidence.type


def _latest(assertions: Iterable[Assertion]) -> list[Assertion]:
    """The latest automatic assertion of each pair, rule and identifier."""
    last: dict[tuple[int, int, str, int | None], Assertion] = {}
    for assertion in assertions:
        if assertion.rule in PERSON_RULES:
            continue
        key = (assertion.low, assertion.high, assertion.rule, assertion.identifier)
        known = last.get(key)
        if known is None or (assertion.recorded_at, assertion.id) > (known.recorded_at, known.id):
            last[key] = assertion
    return list(last.values())


def _weak(said: Assertion) -> bool:
    return said.rule == "shared" and not said.evidence.strong


def _clash(records: Mapping[int, Record], said: Assertion, suspended: Collection[int]) -> bool:
    """Whether the two records have different values of an identifier of which a person has one."""
    low, high = (_unique(records[number], suspended) for number in said.pair)
    return any(key in high and high[key].isdisjoint(values) for key, values in low.items())


def _unique(record: Record, suspended: Collection[int]) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = {}
    for use in record.uses:
        if use.role == "identity" and POLICIES[use.type].cap == 1 and use.identifier not in suspended:
            found.setdefault((use.type, use.scope), set()).add(use.identifier)
    return found
