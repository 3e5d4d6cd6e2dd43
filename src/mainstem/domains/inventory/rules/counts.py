"""Counting: the variance to what the ledger had at the counted moment."""

from datetime import datetime

from mainstem.ledger import Book, Spot

CountKey = tuple[int, int, datetime]
"""(asset, place, counted moment)."""


class Variances:
    """The variances of a batch of counts, in order; each count sees what those before it posted.

    What the ledger had at a moment is the balance now less the movements that occurred after the moment: a movement at
    the very moment belongs to what was counted. So a count that is told late is not confused by sales made since.
    """

    def __init__(self, book: Book, since: dict[CountKey, int]) -> None:
        self._book = book
        self._since = since
        self._posted: dict[Spot, list[tuple[datetime, int]]] = {}

    def of(self, asset: int, place: int, counted: int, moment: datetime) -> int:
        """What was counted less what the ledger had there at that moment."""
        balance = self._book.balances.get((asset, place))
        now = balance.posted if balance else 0
        later = sum(quantity for at, quantity in self._posted.get((asset, place), ()) if at > moment)
        return counted - (now - self._since.get((asset, place, moment), 0) - later)

    def post(self, asset: int, place: int, quantity: int, moment: datetime) -> None:
        """Remember a variance that was posted in this batch."""
        self._posted.setdefault((asset, place), []).append((moment, quantity))
