"""What baskets add up to: counted by slice, then slices added. Adding is associative: their order changes nothing."""

from collections import Counter
from dataclasses import dataclass, field

from mainstem.analytics.twin.contracts import UNLIKE_TOLD, Sums


@dataclass(slots=True)
class Tally:
    """Counts of one slice, or of several. Keys of pairs are tuples."""

    total: Sums = field(default_factory=Sums)
    reproduced: int = 0
    unproven: int = 0
    reasons: Counter[int] = field(default_factory=Counter)
    channels: dict[int, Sums] = field(default_factory=dict)
    nodes: dict[int, Sums] = field(default_factory=dict)
    days: dict[str, Sums] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    burn: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    measured: Counter[tuple[str, str]] = field(default_factory=Counter)
    conflict_cost: Counter[tuple[str, str]] = field(default_factory=Counter)
    customers: Counter[int] = field(default_factory=Counter)
    unlike: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    wanted: dict[tuple[int, int], list[tuple[str, float]]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        self.total.add(other.total)
        self.reproduced += other.reproduced
        self.unproven += other.unproven
        for name in ("reasons", "uses", "given", "conflicts", "measured", "conflict_cost", "customers"):
            own = getattr(self, name)
            for key, value in getattr(other, name).items():
                own[key] += value
        for name in ("channels", "nodes", "days"):
            sums = getattr(self, name)
            for key, value in getattr(other, name).items():
                sums.setdefault(key, Sums()).add(value)
        self.unlike += other.unlike[: UNLIKE_TOLD - len(self.unlike)]
        for day, by_code in other.burn.items():
            self.burn.setdefault(day, Counter()).update(by_code)
        for pair, days in other.wanted.items():
            self.wanted.setdefault(pair, []).extend(days)
