"""The policy of each type of identifier, as data: what sharing one says, and when it stops saying it."""

from typing import Final, Literal

import msgspec

Sharing = Literal["one person", "attribute only"]
VERIFICATION_MAX = 2


class HubLimits(msgspec.Struct, frozen=True):
    """How much one person uses an identifier. Whatever is used more than this is no one person's: a hub."""

    accounts: int
    """Records of one source with it as identity."""
    degree: int
    """Records with it as identity."""
    velocity: int
    """Records that began to use it as identity within any 24 hours."""
    place: int
    place_share: float
    """Concentration: this many records, and this share of all, began to use it at one place (or in one source)."""
    uses: int
    """Records with it in any role."""


class IdentifierPolicy(msgspec.Struct, frozen=True):
    """What identifiers of one type say.

    Verification levels: 0 stated, 1 verified by the source that states it, 2 proven here (a one-time code).
    """

    type: str
    sharing: Sharing
    """`one person`: two records with one value are one person's. `attribute only`: they may be, if more agrees."""
    cap: int | None
    """Distinct values in one scope that one customer may have; None: any number."""
    strength: int
    """Which of two identifiers that contradict each other is believed: the larger."""
    strong_from: int | None
    """Verification from which it joins records whose names and birth dates contradict; None: never."""
    sleep_days: int | None
    """Unused for longer, it may have passed to another person: it joins last, and only what nothing contradicts."""
    epoch_days: int | None
    """Unused for longer than this, a new epoch has begun: it joins only if more agrees."""
    lifetime_days: int | None
    """Unused for longer, it says nothing any more."""
    verification_needed: int
    """Below this verification of either use it joins nobody by itself."""
    scoped: bool
    """Whether values are unique only within a scope: an app, a programme, a shop, a source."""
    hub: HubLimits


_PERSONAL = HubLimits(accounts=3, degree=12, velocity=4, place=4, place_share=0.5, uses=40)
# The platform issues these and nobody can type them: many records say that a person is active, not that it is shared.
_PLATFORM = HubLimits(accounts=12, degree=36, velocity=12, place=10, place_share=0.8, uses=40)

_TABLE = (
    # WeChat's id of a person across the apps of one open-platform account: unique, for life.
    IdentifierPolicy("unionid", "one person", 1, 90, 0, None, None, None, 0, scoped=False, hub=_PLATFORM),
    # WeChat's id of a person in one app (the scope).
    IdentifierPolicy("openid", "one person", 1, 85, 0, None, None, None, 0, scoped=True, hub=_PLATFORM),
    # A marketplace's id of a buyer in one shop (the scope). People have several accounts.
    IdentifierPolicy("buyer", "one person", None, 75, 1, None, None, None, 0, scoped=True, hub=_PERSONAL),
    # A card of one programme (the scope). Two cards are two people until somebody says that one replaces the other.
    IdentifierPolicy("member_card", "one person", 1, 70, 1, None, None, None, 0, scoped=True, hub=_PERSONAL),
    # An id in another system (the scope), which may hold one person twice: finding that is the point, so no cap.
    IdentifierPolicy("external", "one person", None, 60, 1, None, None, None, 0, scoped=True, hub=_PERSONAL),
    # Mailboxes are hardly ever given to somebody else.
    IdentifierPolicy("email", "one person", 6, 55, None, None, None, None, 0, scoped=False, hub=_PERSONAL),
    # Carriers give a returned number to somebody else after 90 days at the earliest, and it takes as long again until
    # its new owner is a customer. Most people come back with their own: bench/identity shows what this costs.
    IdentifierPolicy("phone", "one person", 6, 50, None, 180, 450, None, 0, scoped=False, hub=_PERSONAL),
    # Couples and companies share bank cards; a token ends with its card.
    IdentifierPolicy("payment_token", "attribute only", 10, 40, None, None, None, 1825, 0, scoped=False, hub=_PERSONAL),
    # Families share tablets, on which each signs in, and phones are sold.
    IdentifierPolicy("device", "attribute only", 20, 30, None, 90, 90, 730, 0, scoped=False, hub=_PERSONAL),
)

POLICIES: Final[dict[str, IdentifierPolicy]] = {policy.type: policy for policy in _TABLE}
TYPES: Final[tuple[str, ...]] = tuple(POLICIES)
