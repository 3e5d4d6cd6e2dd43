"""Why a database is not migrated, said to the person who must act, in both languages."""


class MigrationError(Exception):
    """The database was left as it is: what, where, what to do, in English (`en`) and Chinese (`zh`)."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class ServerTooOldError(MigrationError):
    """The PostgreSQL server is older than Mainstem can use."""


class UnknownRevisionError(MigrationError):
    """The database holds a migration that this program does not know: a newer program was here."""


class ChangedHistoryError(MigrationError):
    """A migration was altered, removed or slipped in after later ones had been applied."""


class MigrationRefusedError(MigrationError):
    """A migration found data that it cannot take over. Its own message says what, its detail the same in Chinese."""


class MigrationLockedError(MigrationError):
    """Somebody else kept a lock for longer than a migration waits: the migrator's own, or one on a table."""
