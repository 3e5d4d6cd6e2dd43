"""What of the stock somebody should look at, node by node."""

from collections.abc import Collection
from datetime import datetime, timedelta

from mainstem.domains.inventory.contracts import CUSTOMER
from mainstem.ledger.exhausted import Exhausted, exhausted
from mainstem.platform.query import Query

STOCKOUT_DAYS = 28
"""A SKU of which nothing is free is out of stock where it was sold in so many days before; elsewhere nobody asks."""


def stockouts(nodes: Collection[int], until: datetime, limit: int) -> Query[list[Exhausted]]:
    """SKUs at these nodes of which nothing is free and that were sold there in the `STOCKOUT_DAYS` before a moment.

    The most sold first; the asset is the variant, the place the node. Reads the movements of those days.
    """
    return exhausted(nodes, CUSTOMER, until - timedelta(days=STOCKOUT_DAYS), until, limit)


def open_discrepancies() -> Query[dict[int, int]]:
    """How many discrepancies are open, by node."""
    return Query("select node, count(*) from inventory.discrepancy where resolved_at is null group by node", (), dict)
