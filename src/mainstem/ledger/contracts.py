"""What the ledger is asked and what it answers."""

from datetime import datetime

import msgspec

Spot = tuple[int, int]
"""(asset, place): the key of a balance."""


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Move a quantity from place to place. `keep` must stay free at a kept source (not asked of facts)."""

    asset: int
    source: int
    target: int
    quantity: int
    keep: int = 0


class Reserve(msgspec.Struct, frozen=True, gc=False):
    """Promise a quantity at a place under the id given, leaving at least `keep` free."""

    hold: int
    asset: int
    place: int
    quantity: int
    keep: int = 0
    expires_at: datetime | None = None


class Settle(msgspec.Struct, frozen=True, gc=False):
    """Move a held quantity, or part of it, to a target: the second phase of a transfer."""

    hold: int
    target: int
    quantity: int


class Release(msgspec.Struct, frozen=True, gc=False):
    """Give back a held quantity, or part of it."""

    hold: int
    quantity: int
    expired: bool = False


class Extend(msgspec.Struct, frozen=True, gc=False):
    """Change when a live hold expires; None means never."""

    hold: int
    expires_at: datetime | None


Step = Transfer | Reserve | Settle | Release | Extend


class Group(msgspec.Struct, frozen=True, gc=False):
    """Steps that are granted together or not at all.

    A fact (`fact=True`) is always granted: it may take what is free below zero, and each spot where it does is a
    breach.
    """

    steps: tuple[Step, ...]
    kind: str
    reference: int
    occurred_at: datetime
    fact: bool = False


class Shortage(msgspec.Struct, frozen=True):
    """Why a group was not granted: the first step that asked for more than is free, or of a hold that is not live."""

    step: int
    asset: int
    place: int
    wanted: int
    free: int


class Breach(msgspec.Struct, frozen=True, gc=False):
    """A fact took what is free at a spot below zero: `missing` is how much of this step was not there."""

    asset: int
    place: int
    missing: int


class Hold(msgspec.Struct, gc=False):
    """A hold as it stands; `open` is what is still promised."""

    id: int
    asset: int
    place: int
    quantity: int
    settled: int
    released: int
    reference: int
    expires_at: datetime | None
    state: str

    @property
    def open(self) -> int:
        """What is still promised."""
        return self.quantity - self.settled - self.released
