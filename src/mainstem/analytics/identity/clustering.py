"""Rows to people: pairs with their evidence become clusters that hold together and break no rule.

Connected components put together whatever a chain of pairs leads to; one wrong pair between two people is a bridge and
joins both. Here two groups are joined when the pairs between them say so on the whole, those that were never compared
counting against it; so a bridge does not carry. The order is that of the evidence, strongest first.

Evidence is in bits (log2 of a likelihood ratio, Splink's match weight without the prior). For groups A and B with the
mean evidence e over their |A|·|B| pairs, joining is worth

    prior + e · (|A|·|B|) ^ GROWTH    (e > 0)

in bits. The prior counts once, because joining is one question; the pairs are not independent, so their evidence grows
more slowly than their number.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

GROWTH = 0.3
"""How evidence grows with the pairs between two groups: 0 would be their mean, 1 their sum."""

ABSENT = -10.0
"""Evidence, in bits, of a pair that no key brought together, and the least that a single pair can say."""

STRONGEST = 25.0
"""The most, in bits, that a single pair can say."""

SIZE_MAX = 200
"""Rows of one person; a larger cluster is no person."""

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


class Constraints(msgspec.Struct, frozen=True):
    """What may never be in one cluster.

    `unique`: for each field whose different values are different people, the code of every row's value, -1 for none.
    `sole`: for every row the code of its source where that source has nobody twice, else -1.
    `apart`: pairs of rows that are known to be different people.
    """

    unique: tuple[Sequence[int], ...] = ()
    sole: Sequence[int] = ()
    apart: tuple[tuple[int, int], ...] = ()


class Clusters(msgspec.Struct, frozen=True):
    """For every row the smallest row of its cluster, and how many joins the constraints vetoed."""

    labels: list[int]
    vetoed: int


def clustered(
    rows: int,
    pairs: Iterable[tuple[int, int, float]],
    prior: float,
    constraints: Constraints | None = None,
    size_max: int = SIZE_MAX,
) -> Clusters:
    """Clusters of rows 0…rows-1 from pairs (row, row, evidence in bits) and the prior in bits.

    The same pairs in any order give the same clusters. No cluster breaks a constraint or has more than `size_max` rows.
    """
    graph = _Graph(rows, prior, constraints or Constraints(), size_max)
    known: dict[tuple[int, int], float] = {}
    for one, other, evidence in pairs:
        if one != other:
            known[min(one, other), max(one, other)] = min(max(evidence, ABSENT), STRONGEST)
    for (one, other), evidence in known.items():
        graph.between[one][other] = graph.between[other][one] = (evidence, 1)
    graph.run(known)
    return Clusters(graph.labels(), graph.vetoed)


class _Graph:
    """Groups of rows, named by their smallest row, and the evidence between them."""

    def __init__(self, rows: int, prior: float, constraints: Constraints, size_max: int) -> None:
        self.prior = prior
        self.size_max = size_max
        self.between: defaultdict[int, dict[int, tuple[float, int]]] = defaultdict(dict)
        self.parent = list(range(rows))
        self.size = [1] * rows
        self.vetoed = 0
        self._unique = [list(values) for values in constraints.unique]
        self._sole: list[frozenset[int]] | None = None
        if len(constraints.sole):
            self._sole = [frozenset() if code < 0 else frozenset((code,)) for code in constraints.sole]
        self._apart: defaultdict[int, set[int]] = defaultdict(set)
        for one, other in constraints.apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def run(self, known: Iterable[tuple[int, int]]) -> None:
        """Join groups, the best first, until nothing is worth joining."""
        heap = [(-worth, one, other) for one, other in known if (worth := self._worth(one, other)) > 0]
        heapq.heapify(heap)
        while heap:
            worth, one, other = heapq.heappop(heap)
            if self.parent[one] != one or self.parent[other] != other or self._worth(one, other) != -worth:
                continue
            if not self._allowed(one, other):
                self.vetoed += 1
                continue
            for near, value in self._join(one, other):
                heapq.heappush(heap, (-value, min(one, near), max(one, near)))

    def _worth(self, one: int, other: int) -> float:
        evidence, compared = self.between[one].get(other, (0.0, 0))
        if not compared:
            return -1.0
        pairs = self.size[one] * self.size[other]
        mean = (evidence + (pairs - compared) * ABSENT) / pairs
        return self.prior + (mean * pairs**GROWTH if mean > 0 else mean)

    def _allowed(self, one: int, other: int) -> bool:
        if self.size[one] + self.size[other] > self.size_max or other in self._apart.get(one, ()):
            return False
        if self._sole is not None and self._sole[one] & self._sole[other]:
            return False
        return not any(
            values[one] >= 0 and values[other] >= 0 and values[one] != values[other] for values in self._unique
        )

    def _join(self, one: int, other: int) -> list[tuple[int, float]]:
        """Put `other` into `one`, the smaller row; answers the neighbours that are worth joining now."""
        self.parent[other] = one
        self.size[one] += self.size[other]
        for values in self._unique:
            values[one] = max(values[one], values[other])
        if self._sole is not None:
            self._sole[one] |= self._sole[other]
        for far in self._apart.pop(other, ()):
            self._apart[far].discard(other)
            self._apart[far].add(one)
            self._apart[one].add(far)
        mine, theirs = self.between[one], self.between.pop(other)
        mine.pop(other, None)
        theirs.pop(one, None)
        for near, (evidence, compared) in theirs.items():
            before, so_far = mine.get(near, (0.0, 0))
            mine[near] = self.between[near][one] = (before + evidence, so_far + compared)
            self.between[near].pop(other, None)
        return [(near, value) for near in mine if (value := self._worth(one, near)) > 0]

    def labels(self) -> list[int]:
        """For every row the smallest row of its group."""
        found = list(range(len(self.parent)))
        for row, above in enumerate(self.parent):
            # A parent is a smaller row, whose label is known already.
            found[row] = row if above == row else found[above]
        return found


def clustered_arrays(
    rows: int, left: Ints, right: Ints, evidence: Floats, prior: float, constraints: Constraints
) -> Clusters:
    """The same for arrays of pairs, as many as a large file has: what cannot be joined is not looked at.

    A pair matters when it could become worth joining between small groups, or when it speaks against a join of rows
    that such pairs hold together.
    """
    bounded = np.clip(evidence, ABSENT, STRONGEST)
    likely = prior + bounded * 3**GROWTH > 0
    reached = np.zeros(rows, dtype=bool)
    reached[left[likely]] = True
    reached[right[likely]] = True
    kept = likely | (reached[left] & reached[right] & (bounded > ABSENT))
    part = _components(rows, left[likely], right[likely])
    kept &= part[left] == part[right]
    order = np.lexsort((right[kept], left[kept]))
    pairs = zip(left[kept][order].tolist(), right[kept][order].tolist(), bounded[kept][order].tolist(), strict=True)
    return clustered(rows, pairs, prior, constraints)


def _components(rows: int, left: Ints, right: Ints) -> Ints:
    """For every row the smallest row it is connected with, by hooking and pointer jumping."""
    label = np.arange(rows, dtype=np.int64)
    while True:
        one, other = label[left], label[right]
        differ = one != other
        if not differ.any():
            return label
        low, high = np.minimum(one, other)[differ], np.maximum(one, other)[differ]
        np.minimum.at(label, high, low)
        while True:
            jumped = label[label]
            if (jumped == label).all():
                break
            label = jumped
