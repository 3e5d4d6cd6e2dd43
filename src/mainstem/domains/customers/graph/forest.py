"""Groups of records that grow by unions, and what a union is refused for."""

from collections.abc import Collection, Iterable
from typing import Final, Literal

from mainstem.domains.customers.graph.facts import Record
from mainstem.domains.customers.identifiers import POLICIES

Objection = Literal["kept_apart", "cap", "size", "contradiction", "contested"]
GROUP_SIZE_MAX: Final = 200
"""Records of one customer."""


class Opposition:
    """Which groups may not become one, kept while groups become one. All operations are near constant, amortised."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._against: dict[int, set[int]] = {}
        for low, high in pairs:
            self._against.setdefault(low, set()).add(high)
            self._against.setdefault(high, set()).add(low)

    def between(self, one: int, other: int) -> bool:
        """Whether two groups, by their roots, oppose each other."""
        return other in self._against.get(one, ())

    def merge(self, kept: int, gone: int) -> None:
        """Group `gone` becomes part of group `kept`, with its opponents."""
        moved = self._against.pop(gone, set())
        moved.discard(kept)
        mine = self._against.setdefault(kept, set())
        mine.discard(gone)
        for opponent in moved:
            theirs = self._against[opponent]
            theirs.discard(gone)
            theirs.add(kept)
        mine |= moved


class Forest:
    """Disjoint groups of records under constraints.

    A union is refused between groups that a person keeps apart, beyond the size of a group, and where a customer would
    have more values of an identifier than its cap. A record that breaks a cap by itself stays alone. Suspended
    identifiers and those used as attribute do not count.
    """

    def __init__(
        self,
        records: Collection[Record],
        apart: Iterable[tuple[int, int]],
        unlike: Iterable[tuple[int, int]],
        suspended: Collection[int],
    ) -> None:
        self._parent = {record.id: record.id for record in records}
        self._members = {record.id: [record.id] for record in records}
        self._values = {record.id: _capped(record, suspended) for record in records}
        self._overfull = {number for number, values in self._values.items() if _too_many(values)}
        self._apart = Opposition(apart)
        self._unlike = Opposition(unlike)

    def root(self, record: int) -> int:
        """The record that stands for the group of this one."""
        while (parent := self._parent[record]) != record:
            self._parent[record] = record = self._parent[parent]
        return record

    def kept_apart(self, one: int, other: int) -> bool:
        """Whether a person keeps the groups of two records apart."""
        return self._apart.between(self.root(one), self.root(other))

    def objection(self, one: int, other: int, *, weak: bool) -> Objection | None:
        """Why two records of different groups may not be joined; `weak`: by something that contradiction outweighs."""
        one, other = self.root(one), self.root(other)
        if self._apart.between(one, other):
            return "kept_apart"
        if one in self._overfull or other in self._overfull or self._exceeds(one, other):
            return "cap"
        if weak and self._unlike.between(one, other):
            return "contradiction"
        if len(self._members[one]) + len(self._members[other]) > GROUP_SIZE_MAX:
            return "size"
        return None

    def unite(self, one: int, other: int) -> None:
        """Make one group of two; nothing is asked."""
        kept, gone = self.root(one), self.root(other)
        if len(self._members[kept]) < len(self._members[gone]):
            kept, gone = gone, kept
        self._parent[gone] = kept
        self._members[kept] += self._members.pop(gone)
        values = self._values[kept]
        for key, more in self._values.pop(gone).items():
            values.setdefault(key, set()).update(more)
        self._apart.merge(kept, gone)
        self._unlike.merge(kept, gone)

    def groups(self) -> list[list[int]]:
        """The groups, each in ascending order, by their smallest record."""
        return sorted(sorted(members) for members in self._members.values())

    def _exceeds(self, one: int, other: int) -> bool:
        fewer, more = sorted((self._values[one], self._values[other]), key=len)
        return any(len(values | more[key]) > _cap(key) for key, values in fewer.items() if key in more)


def _capped(record: Record, suspended: Collection[int]) -> dict[tuple[str, str], set[int]]:
    """The identifiers of a record that count towards a cap, by type and scope."""
    found: dict[tuple[str, str], set[int]] = {}
    for use in record.uses:
        if use.role == "identity" and POLICIES[use.type].cap is not None and use.identifier not in suspended:
            found.setdefault((use.type, use.scope), set()).add(use.identifier)
    return found


def _cap(key: tuple[str, str]) -> int:
    cap = POLICIES[key[0]].cap
    assert cap is not None
    return cap


def _too_many(values: dict[tuple[str, str], set[int]]) -> bool:
    return any(len(identifiers) > _cap(key) for key, identifiers in values.items())
