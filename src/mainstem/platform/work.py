"""A unit of work: what a command handler may do with the one transaction it runs in."""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.platform.ids import Ids
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Row, Statement, read
from mainstem.platform.vault import Vault


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened: a past-tense type, whom it is about, who did it, and the facts as JSON."""

    type: str
    subject: int
    actor: int
    trace: str
    occurred_at: datetime
    payload: bytes


class Work:
    """Reads go at once, several in one round trip; writes wait and go together at the end, in the order given.

    `now` is the moment of the batch: handlers read no clock. `ids` hands out identifiers without a round trip.
    `foreseen` holds the answers to what the operation foresaw. `lasting` remembers, for this process and database,
    committed facts that can never become untrue again, by names that begin with the room's. On the `first_try` of a
    batch a handler may decide on what it has read without locking, if its writes guard it.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        ids: Ids,
        lasting: dict[tuple[Any, ...], Any],
        *,
        vault: Vault | None = None,
        first_try: bool = False,
    ) -> None:
        self.connection = connection
        self.now = now
        self.ids = ids
        self.lasting = lasting
        self._vault = vault
        self.first_try = first_try
        self.foreseen: list[Any] = []
        self.events: list[Event] = []
        self._writes: list[Statement] = []
        self._last: list[Statement] = []

    @property
    def vault(self) -> Vault:
        """The digests and keys of people."""
        assert self._vault is not None, "this command needs a vault: give one to Executor, or to its Database"
        return self._vault

    async def read(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each statement; all statements travel in one round trip. Ask a `Query` with `query.ask`."""
        return await read(self.connection, *statements)

    async def reserve_ids(self, count: int) -> None:
        """Make sure that `ids` can hand out this many more."""
        await self.ids.reserve(self.connection, count)

    def write(self, sql: str, *parameters: object) -> None:
        """Queue a statement that returns nothing."""
        self._writes.append((sql, parameters))

    def write_last(self, sql: str, *parameters: object) -> None:
        """Queue a statement for the very end: one whose rows others wait for, to keep them waiting briefly."""
        self._last.append((sql, parameters))

    def emit(self, event: Event) -> None:
        """Queue an event; it is published if and only if the transaction commits."""
        self.events.append(event)

    async def flush(self) -> None:
        """Send the queued writes now: for a handler that must read what it wrote."""
        writes, self._writes = self._writes, []
        if not writes:
            return
        async with self.connection.pipeline():
            for sql, parameters in writes:
                await self.connection.execute(sql, parameters, prepare=True)

    async def commit(self) -> None:
        """Send the queued writes and the commit together."""
        writes = self._writes + self._last
        self._writes, self._last = [], []
        async with self.connection.pipeline():
            for sql, parameters in writes:
                await self.connection.execute(sql, parameters, prepare=True)
            await self.connection.commit()
