"""Which pairs of records a person speaks of who merges or splits customers."""

from collections.abc import Collection, Iterable

from mainstem.domains.customers.graph.facts import PERSON_RULES, Assertion


def pairs_to_join(
    left: Collection[int], right: Collection[int], assertions: Iterable[Assertion]
) -> list[tuple[int, int]]:
    """The pairs (low, high) of which +1 must be asserted to merge the customers with these records.

    One pair for the two customers, and each pair that a person has kept apart: those must be taken back, or they would
    go on forbidding it. Whether the merge is possible, derivation says: the caps and the size hold for people too.
    """
    across = {_ordered(one, other) for one in left for other in right}
    apart = {pair for pair, said in spoken(assertions).items() if said.sign < 0 and pair in across}
    return sorted({_ordered(min(left), min(right)), *apart})


def pairs_to_part(parted: Collection[int], remaining: Collection[int]) -> list[tuple[int, int]]:
    """The pairs (low, high) of which -1 must be asserted to split records off: each with each that remains."""
    return sorted({_ordered(one, other) for one in parted for other in remaining})


def spoken(assertions: Iterable[Assertion]) -> dict[tuple[int, int], Assertion]:
    """What a person said last of each pair, of whichever rule of `PERSON_RULES`."""
    last: dict[tuple[int, int], Assertion] = {}
    for assertion in assertions:
        known = last.get(assertion.pair)
        if assertion.rule in PERSON_RULES and (known is None or _later(assertion, known)):
            last[assertion.pair] = assertion
    return last


def _later(one: Assertion, other: Assertion) -> bool:
    return (one.recorded_at, one.id) > (other.recorded_at, other.id)


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
