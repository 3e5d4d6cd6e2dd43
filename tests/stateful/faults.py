"""A database that breaks when it is told to: before a statement, at the commit, after it, or by losing the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

import psycopg

from mainstem.platform.postgres import Connection, Database
from tests.vaults import VAULT

FaultKind = Literal["statement", "commit", "acknowledgement", "killed", "killed_at_commit"]


@dataclass
class Fault:
    """What breaks in the next transaction. A statement is named by how many went before it."""

    kind: FaultKind
    after: int = 0


class FaultyDatabase(Database):
    """One fault a transaction, in the order given; none when there is none left."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=2, vault=VAULT)
        self.faults: list[Fault] = []
        self.struck = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        fault = self.faults.pop(0) if self.faults else None
        async with super().transaction() as connection:
            yield connection if fault is None else cast("Connection", _Breaking(connection, self, fault))
        if fault is not None and fault.kind == "acknowledgement":
            self.strike()

    def strike(self) -> None:
        self.struck += 1
        raise psycopg.OperationalError("injected")

    def kill(self, connection: Connection) -> None:
        """End the server process behind a connection."""
        self.struck += 1
        with psycopg.connect(self.url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


class _Breaking:
    def __init__(self, connection: Connection, database: FaultyDatabase, fault: Fault) -> None:
        self._connection = connection
        self._database = database
        self._fault = fault

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._connection, name)

    async def execute(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the connection's
        if self._fault.after == 0:
            self._break("statement", "killed")
        self._fault.after -= 1
        return await self._connection.execute(*arguments, **options)

    async def commit(self) -> None:
        self._break("commit", "killed_at_commit")
        await self._connection.commit()

    def _break(self, politely: FaultKind, hard: FaultKind) -> None:
        if self._fault.kind == politely:
            self._database.strike()
        if self._fault.kind == hard:
            self._database.kill(self._connection)
