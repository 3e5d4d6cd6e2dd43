"""Which orders wait for somebody, and which of them are late: one definition for lists, figures and pages."""

from datetime import datetime, timedelta

WAITING = ("placed", "allocated")
"""The states of orders of which nothing has left yet."""

OPEN = (*WAITING, "part_shipped")
"""The states of orders of which something is still to leave."""

LATE_AFTER = timedelta(hours=24)
"""An order of which something is still to leave so long after it was placed is late."""

EXPIRES_SOON = timedelta(minutes=15)
"""An order whose promise lapses within this time is late too: it is lost unless somebody acts."""


def is_late(state: str, occurred_at: datetime, expires_at: datetime | None, now: datetime) -> bool:
    """Whether an order is late at a moment."""
    if state not in OPEN:
        return False
    return occurred_at < now - LATE_AFTER or (expires_at is not None and expires_at <= now + EXPIRES_SOON)
