"""What identity is kept as: rows as they are read and written."""

from datetime import datetime

import msgspec

from mainstem.domains.customers.contracts import Evidence, Role


class RecordRow(msgspec.Struct):
    """A source record. `wrapped` is its subject key as kept; None when it has none, or not any more."""

    id: int
    key: bytes
    source: str
    customer: int
    body: bytes
    erased: bool
    revision: int
    wrapped: bytes | None


class UseRow(msgspec.Struct):
    """That a record of a source, with this key, uses an identifier."""

    identifier: int
    record: int
    role: Role
    verification: int
    first_at: datetime
    last_at: datetime
    source: str
    key: bytes


class IdentifierRow(msgspec.Struct):
    """An identifier with those of its uses that were read: all, unless it has more than `store.USES_READ_MAX`."""

    id: int
    type: str
    scope: str
    digest: bytes
    uses: int
    suspended_at: datetime | None
    reason: str
    lifted_by: int | None
    used_by: dict[int, UseRow]

    @property
    def suspended(self) -> bool:
        """Whether it joins nobody."""
        return self.suspended_at is not None

    @property
    def whole(self) -> bool:
        """Whether all its uses were read."""
        return len(self.used_by) >= self.uses


class AssertionRow(msgspec.Struct, frozen=True):
    """What speaks for (+1) or against (-1) a pair of records being one person; 0 takes back what was said before."""

    low: int
    high: int
    sign: int
    rule: str
    identifier: int | None
    strength: int
    evidence: Evidence
    actor: int = 0

    @property
    def about(self) -> tuple[int, int, str, int | None]:
        """What it says something of: of the assertions about the same, the latest counts."""
        return self.low, self.high, self.rule, self.identifier

    def says(self, other: "AssertionRow | None") -> bool:
        """Whether it says the same as another one."""
        return other is not None and (self.sign, self.strength, self.evidence) == (
            other.sign,
            other.strength,
            other.evidence,
        )


class ReviewRow(msgspec.Struct, frozen=True):
    """A pair that somebody should look at."""

    id: int
    low: int
    high: int
    reason: str
    evidence: Evidence


class StatementRow(msgspec.Struct, frozen=True):
    """A statement, sealed."""

    id: int
    record: int
    fingerprint: bytes
    occurred_at: datetime
    actor: int
    body: bytes


def pair(one: int, other: int) -> tuple[int, int]:
    """Two records as assertions name them: the smaller id first."""
    return (one, other) if one < other else (other, one)
