"""What the graph is derived from: records with their identifiers, and what was asserted of pairs of them.

Nothing here is personal: identifiers and records appear as numbers and keyed digests, attributes as levels and weights.
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from mainstem.domains.customers.identifiers import NameLikeness

Role = Literal["identity", "attribute"]
Rule = Literal["shared", "scored", "batch", "manual", "review"]
Sign = Literal[-1, 0, 1]
Band = Literal["same", "likely", "open", "different"]
"""How alike attributes are: scored above the link threshold, above the review threshold, between that and the threshold
of contradiction (or nothing known), below it."""

PERSON_RULES: Final[frozenset[Rule]] = frozenset({"manual", "review"})
"""Rules by which a person spoke. The latest of them for a pair counts, whichever of the two it is."""
MANUAL_STRENGTH: Final = 10_000
"""The strength of what a person said: above everything automatic."""


class Use(msgspec.Struct, frozen=True):
    """That a record uses an identifier: one row of `identifier_use`, with what the identifier is."""

    identifier: int
    type: str
    scope: str
    first_at: datetime
    last_at: datetime
    role: Role = "identity"
    verification: int = 0


class Record(msgspec.Struct, frozen=True):
    """A source record. `key` is its keyed digest: what ties are broken by, so that ids and arrival never matter."""

    id: int
    key: bytes
    uses: tuple[Use, ...] = ()
    erased: bool = False


class HubUse(msgspec.Struct, frozen=True):
    """One record's use of an identifier, as the search for hubs sees it. `place` is a node or till, where known."""

    record: int
    source: str
    first_at: datetime
    role: Role = "identity"
    place: str = ""


class Likeness(msgspec.Struct, frozen=True):
    """How alike two records' attributes are; `levels` are (comparison, level, weight), as the model names them."""

    band: Band = "open"
    names: NameLikeness = "unknown"
    weight: float = 0.0
    levels: tuple[tuple[str, str, float], ...] = ()


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something is asserted: `assertion.evidence` as JSON. Types, levels and weights, never values."""

    type: str = ""
    """The type of the identifier that is shared."""
    verification: int = 0
    """The lower of the two."""
    strong: bool = False
    """It joins even what the attributes contradict."""
    agreed: bool = False
    """Names known and equal, or attributes that score as the same person's: more than the identifier agrees."""
    asleep: bool = False
    """The identifier slept between the two uses: it may have passed to another person."""
    review: str = ""
    """Why a person should be asked, if one should: `middle` for the middle band of scores."""
    names: NameLikeness = "unknown"
    band: Band = "open"
    weight: float = 0.0
    levels: tuple[tuple[str, str, float], ...] = ()


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a pair of records by one rule and, for `shared`, one identifier.

    `sign` +1: they are one person. -1: by a person's rule, they are two, whatever else is said; by an automatic rule,
    they look like two, and only strong evidence joins them. 0: nothing is said any more, but `evidence.review` may ask.
    """

    sign: Sign
    rule: Rule
    identifier: int | None = None
    strength: int = 0
    evidence: Evidence = Evidence()


class Assertion(Claim, frozen=True, kw_only=True):
    """A claim as it was recorded: a row of `customers.assertion`; `low` < `high` are record ids."""

    id: int
    low: int
    high: int
    recorded_at: datetime

    @property
    def pair(self) -> tuple[int, int]:
        """The two records."""
        return self.low, self.high
