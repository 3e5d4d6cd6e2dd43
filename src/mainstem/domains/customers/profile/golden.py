"""The golden record: of each attribute the value that survives, and why it did.

Which values survive is a table, `RULES`: criteria in the order in which they are asked. What no criterion tells apart
is decided by the value itself, so that the answer never depends on the order of records. An address survives as a
whole: the street of one and the town of another would be nobody's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from mainstem.domains.customers.identifiers import full_name, read_name
from mainstem.domains.customers.profile.folding import CUSTOM, Folded, ToldIdentifier
from mainstem.platform.personal import HIDDEN, tail

Criterion = Literal["verification", "trust", "agreement", "fullness", "recency"]
Reason = Literal["only", "verification", "trust", "agreement", "fullness", "recency", "value"]

TRUST: Final[Mapping[str, int]] = {
    "service": 90,
    "loyalty": 80,
    "member": 80,
    "store": 70,
    "pos": 70,
    "marketplace": 20,
}
"""How far a source is believed, by how its name begins; the rest at `TRUST_ELSE`. A marketplace masks its buyers."""
TRUST_ELSE: Final = 50

ADDRESS: Final = ("street", "street_number", "city", "region", "postal_code", "country")
NAMES: Final = ("name", "given_name", "family_name")

RULES: Final[Mapping[str, tuple[Criterion, ...]]] = {
    "name": ("fullness", "verification", "trust", "agreement", "recency"),
    "gender": ("verification", "trust", "agreement", "recency"),
    "birth_date": ("verification", "trust", "agreement", "recency"),
    "address": ("fullness", "recency", "trust"),
    "language": ("recency", "trust"),
    "company": ("recency", "trust"),
    "custom": ("recency", "trust"),
    "phone": ("verification", "recency", "agreement"),
    "email": ("verification", "recency", "agreement"),
}
"""By attribute, or group of attributes that survive together, what is asked of two values, in this order."""

_OF_VALUES: Final = frozenset({"fullness", "agreement"})
"""Criteria in which equal values are equal."""

_SHOWN: Final = frozenset({"gender", "city", "region", "country", "language"})
_SHOWN_CHARACTERS_OF_A_DATE: Final = 4


class Source(msgspec.Struct, frozen=True):
    """One record, and what is known of it."""

    record: int
    source: str
    folded: Folded


class GoldenValue(msgspec.Struct, frozen=True):
    """A value that survived: from which source and record, told when, and the criterion that decided for it."""

    value: str
    source: str
    record: int
    told_at: datetime
    by: Reason


class _Candidate(msgspec.Struct, frozen=True):
    values: tuple[tuple[str, str], ...]
    source: Source
    at: datetime
    verification: int

    @property
    def text(self) -> tuple[str, ...]:
        return tuple(value for _, value in self.values)


def golden(sources: Sequence[Source]) -> dict[str, GoldenValue]:
    """The golden record of these records: by attribute what survived, `phone` and `email` included."""
    found: dict[str, GoldenValue] = {}
    for rule, names in _groups(sources):
        found.update(_survivors(rule, [one for source in sources for one in _told(source, names)]))
    for type_ in ("phone", "email"):
        found.update(_survivors(type_, [one for source in sources for one in _identified(source, type_)]))
    return found


def trust(source: str) -> int:
    """How far a source is believed, 0 to 100."""
    return next((level for name, level in TRUST.items() if source.casefold().startswith(name)), TRUST_ELSE)


def masked(name: str, value: str) -> str:
    """A value as those see it who may not see personal data: of what tells a person only the end, or the year."""
    if name in _SHOWN:
        return value
    if name == "birth_date":
        return value[:_SHOWN_CHARACTERS_OF_A_DATE] + HIDDEN
    if name in ADDRESS or name.startswith(CUSTOM):
        return HIDDEN
    return tail(value)


def _groups(sources: Sequence[Source]) -> list[tuple[str, tuple[str, ...]]]:
    """(rule, attributes that survive together) for everything that was told."""
    told = {name for source in sources for name in source.folded.attributes}
    single = sorted(told - set(ADDRESS) - set(NAMES))
    groups = [("custom" if name.startswith(CUSTOM) else name, (name,)) for name in single]
    return [("name", NAMES), ("address", ADDRESS), *groups]


def _told(source: Source, names: Iterable[str]) -> list[_Candidate]:
    told = [(name, source.folded.attributes[name]) for name in names if name in source.folded.attributes]
    if not told:
        return []
    verification = max((one.verification for one in source.folded.identifiers), default=0)
    values = tuple((name, one.value) for name, one in told)
    return [_Candidate(values, source, max(one.at for _, one in told), verification)]


def _identified(source: Source, type_: str) -> list[_Candidate]:
    return [_identifier(source, one) for one in source.folded.identifiers if one.type == type_]


def _identifier(source: Source, one: ToldIdentifier) -> _Candidate:
    return _Candidate(((one.type, one.value),), source, one.last_at, one.verification)


def _survivors(rule: str, candidates: Sequence[_Candidate]) -> dict[str, GoldenValue]:
    if not candidates:
        return {}
    criteria = RULES.get(rule, RULES["custom"])
    agreeing = Counter(one.text for one in candidates)
    if len({one.values for one in candidates}) == 1:  # what is measured of the values themselves cannot decide
        criteria = tuple(criterion for criterion in criteria if criterion not in _OF_VALUES)
    ranked = (
        sorted(
            candidates,
            key=lambda one: (
                *(_measure(criterion, one, agreeing) for criterion in criteria),
                one.text,
                -one.source.record,
            ),
            reverse=True,
        )
        if len(candidates) > 1
        else candidates
    )
    winner = ranked[0]
    rival = next((one for one in ranked if one.text != winner.text), None) if len(agreeing) > 1 else None
    by: Reason = "only"
    if rival is not None:
        decided = (
            criterion
            for criterion in criteria
            if _measure(criterion, winner, agreeing) != _measure(criterion, rival, agreeing)
        )
        by = next(decided, "value")
    return {
        name: GoldenValue(value, winner.source.source, winner.source.record, winner.at, by)
        for name, value in winner.values
    }


def _measure(criterion: Criterion, one: _Candidate, agreeing: Mapping[tuple[str, ...], int]) -> float:
    if criterion == "verification":
        return one.verification
    if criterion == "trust":
        return trust(one.source.source)
    if criterion == "agreement":
        return agreeing[one.text]
    if criterion == "recency":
        return one.at.timestamp()
    return _fullness(dict(one.values))


def _fullness(values: Mapping[str, str]) -> float:
    """How much of what it names is there: of an address its parts, of a name whether it is a whole one."""
    if not values.keys() & set(NAMES):
        return len(values)
    name = read_name(full_name(values.get("name", ""), values.get("given_name", ""), values.get("family_name", "")))
    return 0 if name is None else 1 if name.masked else 2 if name.partial else 3
