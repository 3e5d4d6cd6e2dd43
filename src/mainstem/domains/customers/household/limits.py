"""What customers may have in common in one household, as data, and beyond what it is a block, a dormitory or a shop."""

from typing import Final

import msgspec

from mainstem.domains.customers.household.contracts import TieKind


class TiePolicy(msgspec.Struct, frozen=True):
    """What sharing one thing says of households."""

    strength: int
    """Which of two ties is heard first: the larger."""
    degree: int
    """Customers who may share it; shared by more, it is no household's."""
    concentrated: bool
    """Whether many who share it must have family names in common."""
    owners: int | None
    """Customers who may use it as identity: a number with two owners has changed hands. None: any."""


POLICIES: Final[dict[TieKind, TiePolicy]] = {
    # A person's word: heard before all else.
    "person": TiePolicy(100, 2, concentrated=False, owners=None),
    # A source says so, in its attribute `household`.
    "stated": TiePolicy(60, 12, concentrated=False, owners=None),
    # One card for the family. Two who contradict each other are not merged by it, and may well be a couple.
    "member_card": TiePolicy(50, 12, concentrated=False, owners=None),
    "payment_token": TiePolicy(40, 5, concentrated=True, owners=None),
    "address": TiePolicy(30, 8, concentrated=True, owners=None),
    "phone": TiePolicy(20, 6, concentrated=True, owners=1),
    "email": TiePolicy(20, 6, concentrated=True, owners=1),
}

IDENTIFIED: Final = ("phone", "email", "member_card", "payment_token")
"""The kinds that are identifiers."""

NAMES_MIN: Final = 5
"""From so many customers with known family names on, concentration is asked."""

NAMES_SHARE_MIN: Final = 0.4
"""At least this share of them has the family name that most have: of five, two. In a dormitory nobody does."""
