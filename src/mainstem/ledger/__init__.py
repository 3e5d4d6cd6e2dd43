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
from mainstem.ledger.rules import Balance, Book
from mainstem.ledger.store import (
    balances_seen,
    lock,
    promise_book,
    register_assets,
    register_places,
    save,
    save_promises,
)

__all__ = [
    "Balance",
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
    "balances_seen",
    "due_holds",
    "free_at",
    "lock",
    "promise_book",
    "register_assets",
    "register_places",
    "save",
    "save_promises",
]
