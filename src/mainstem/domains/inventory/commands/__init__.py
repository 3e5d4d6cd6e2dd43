"""One operation a write: load for the whole batch, decide each command in order, store, tell."""

from mainstem.domains.inventory.commands.adjust import ADJUST_STOCK
from mainstem.domains.inventory.commands.count import COUNT_STOCK
from mainstem.domains.inventory.commands.discrepancies import RESOLVE_DISCREPANCY
from mainstem.domains.inventory.commands.inbound import ANNOUNCE_INBOUND
from mainstem.domains.inventory.commands.policies import SET_STOCK_POLICY
from mainstem.domains.inventory.commands.receive import RECEIVE_STOCK
from mainstem.domains.inventory.commands.reservations import RELEASE_RESERVATION, RESERVE_STOCK
from mainstem.domains.inventory.commands.transfers import RECEIVE_TRANSFER, SEND_TRANSFER

__all__ = [
    "ADJUST_STOCK",
    "ANNOUNCE_INBOUND",
    "COUNT_STOCK",
    "RECEIVE_STOCK",
    "RECEIVE_TRANSFER",
    "RELEASE_RESERVATION",
    "RESERVE_STOCK",
    "RESOLVE_DISCREPANCY",
    "SEND_TRANSFER",
    "SET_STOCK_POLICY",
]
