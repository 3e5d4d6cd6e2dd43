"""Counting what somebody should look at."""

from mainstem.platform.query import Query


def count_discrepancies() -> Query[int]:
    """How many discrepancies are open."""
    return Query(
        "select count(*) from inventory.discrepancy where resolved_at is null", (), lambda rows: int(rows[0][0])
    )
