"""Migrations: reviewed SQL files in `versions`, applied once each, in the order of their names.

A file that was released is never changed: a database that applied another text is refused. A further file changes
what the earlier ones built, and the room's `schema.sql` with it; a test proves that both lead to the same database.
"""

from mainstem.platform.migrations.errors import (
    ChangedHistoryError,
    MigrationError,
    MigrationLockedError,
    MigrationRefusedError,
    ServerTooOldError,
    UnknownRevisionError,
)
from mainstem.platform.migrations.runner import Progress, Status, migrate, pending, status

__all__ = [
    "ChangedHistoryError",
    "MigrationError",
    "MigrationLockedError",
    "MigrationRefusedError",
    "Progress",
    "ServerTooOldError",
    "Status",
    "UnknownRevisionError",
    "migrate",
    "pending",
    "status",
]
