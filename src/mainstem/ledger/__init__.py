"""The ledger: everything countable is a quantity of an asset at a place, and it moves; it is never set."""

from mainstem.ledger.contracts import (
    Breach,
    Extend,
    Group,
    Hold,
    Release,
    Reserve,
    Settle,
    Shortage,
    Spot,
    Step,
    Transfer,
)
from mainstem.ledger.holds import due_holds, free_at
from mainstem.ledger.queries import assets_in_use
from mainstem.ledger.rules import Book
from mainstem.ledger.store import lock, promise_book, register_assets, register_places, save, save_promises

__all__ = [
    "Book",
    "Breach",
    "Extend",
    "Group",
    "Hold",
    "Release",
    "Reserve",
    "Settle",
    "Shortage",
    "Spot",
    "Step",
    "Transfer",
    "assets_in_use",
    "due_holds",
    "free_at",
    "lock",
    "promise_book",
    "register_assets",
    "register_places",
    "save",
    "save_promises",
]
