"""What is counted, and how it lies on the ledger.

A spot that is counted gets far more than any limit allows when it is first used; what is missing of that was used. A
use holds so that as much stays free as the limit forbids to use. So a limit can be changed at any time, and nothing has
to be posted for it.
"""

from typing import Literal

import msgspec

from mainstem.ledger import Spot

GRANTED, USED = -60, -61
"""The outside world of what is counted."""

PLENTY = 1_000_000_000
"""What a counted spot is given when it is first used: more than any limit of uses or items."""

PLENTY_MINOR = 10**16
"""The same for money."""

State = Literal["held", "settled", "released", "given_back"]
Kind = Literal["promotion", "coupon"]


class Allowance(msgspec.Struct, frozen=True, gc=False):
    """At most `limit` may be used at a place; what is used at the places `beside` it counts too.

    `guard`: the place whose row is locked by all who count together, when there are places beside.
    """

    asset: int
    place: int
    limit: int
    what: Literal["uses", "items", "budget"] = "uses"
    beside: tuple[int, ...] = ()
    guard: int | None = None

    @property
    def plenty(self) -> int:
        """What its spots are given."""
        return PLENTY_MINOR if self.what == "budget" else PLENTY

    @property
    def spot(self) -> Spot:
        """Where it is counted."""
        return (self.asset, self.place)

    def spots(self) -> set[Spot]:
        """Every spot that matters."""
        places = {self.place, *self.beside} | (set() if self.guard is None else {self.guard})
        return {(self.asset, place) for place in places}

    def seeded(self) -> set[Spot]:
        """The spots that must be there before anything is decided."""
        return {self.spot} if self.guard is None else {self.spot, (self.asset, self.guard)}


class Part(msgspec.Struct, frozen=True, gc=False):
    """So much of a use at one spot."""

    hold: int
    asset: int
    place: int
    quantity: int


class Usage(msgspec.Struct, gc=False):
    """A use by an order, locked."""

    id: int
    kind: Kind
    subject: int
    coupon: int | None
    reference: int
    record: int | None
    items: int
    amount_minor: int
    state: State
    parts: tuple[Part, ...] = ()
