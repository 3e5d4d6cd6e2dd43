"""Whether an identifier is one person's, by its use: a clerk's phone, a shop's own card and "anonymous" are not."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from mainstem.domains.customers.graph.facts import HubUse
from mainstem.domains.customers.identifiers import POLICIES

HubReason = Literal["placeholder", "accounts", "velocity", "concentration", "degree"]
PLACEHOLDER: Final[HubReason] = "placeholder"
"""The reason for a value that `identifiers.is_placeholder` knows, suspended when it is first seen."""
_WINDOW = timedelta(hours=24)


def hub_reason(type_: str, uses: Iterable[HubUse]) -> HubReason | None:
    """Why an identifier with these uses is no one person's, or None if it may be one's.

    A function of the set of uses: their order and repetition do not matter, so it says the same after any order of
    arrival if it is asked again whenever a use is added or begins earlier than was known. Of several reasons the first
    of accounts, velocity, concentration, degree is given. Uses as attribute count for their number only: a phone may be
    shared as long as nobody claims it.
    """
    limits = POLICIES[type_].hub
    distinct = set(uses)
    first: dict[int, HubUse] = {}
    for use in distinct:
        known = first.get(use.record)
        if use.role == "identity" and (known is None or _earliest(use) < _earliest(known)):
            first[use.record] = use
    claims = first.values()
    if max(Counter(use.source for use in claims).values(), default=0) > limits.accounts:
        return "accounts"
    if _began_within(_WINDOW, [use.first_at for use in claims]) > limits.velocity:
        return "velocity"
    at_one_place = max(Counter((use.place or use.source, not use.place) for use in claims).values(), default=0)
    if at_one_place >= limits.place and at_one_place >= limits.place_share * len(claims):
        return "concentration"
    if len(claims) > limits.degree or len({use.record for use in distinct}) > limits.uses:
        return "degree"
    return None


def _earliest(use: HubUse) -> tuple[datetime, str, str]:
    return use.first_at, use.source, use.place


def _began_within(window: timedelta, moments: list[datetime]) -> int:
    """The largest number of moments that lie within one window, its ends included."""
    moments.sort()
    most = start = 0
    for end, moment in enumerate(moments):
        while moment - moments[start] > window:
            start += 1
        most = max(most, end - start + 1)
    return most
