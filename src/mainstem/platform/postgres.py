"""PostgreSQL: a pool of connections, one transaction at the edge, and which errors are worth another try."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool

from mainstem.platform import arrays
from mainstem.platform.pipeline import PipelinedConnection
from mainstem.platform.vault import Vault

Connection = AsyncConnection[tuple[Any, ...]]

SERVER_VERSION_MIN = 150000

TRANSIENT: tuple[type[Exception], ...] = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.UniqueViolation,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.ConnectionFailure,
    psycopg.OperationalError,
)
"""Worth a bounded number of retries. A unique violation is a lost race: the retry finds the winner's row."""


async def _prepare(connection: Connection) -> None:
    arrays.register(connection)


class Database:
    """A bounded pool, and the vault of what is encrypted in the database; use as an async context manager."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        application: str = "mainstem",
        statement_timeout_seconds: int = 60,
        lock_timeout_seconds: int = 10,
        vault: Vault | None = None,
    ) -> None:
        self.url = url
        self.own_vault = vault
        options = (
            f"-c timezone=UTC -c statement_timeout={statement_timeout_seconds}s"
            f" -c lock_timeout={lock_timeout_seconds}s -c idle_in_transaction_session_timeout=120s -c jit=off"
        )
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=PipelinedConnection,
            kwargs={"options": options, "application_name": application, "prepare_threshold": 0},
            min_size=1,
            max_size=pool_size,
            configure=_prepare,
            open=False,
        )

    @property
    def vault(self) -> Vault:
        """The digests and keys of people in this database."""
        assert self.own_vault is not None, "what is encrypted here needs a vault: give one to Database"
        return self.own_vault

    async def __aenter__(self) -> Self:
        await self._pool.open(wait=True, timeout=30)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self._pool.connection() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """One read-only transaction in which every statement sees the same state."""
        async with self._pool.connection() as connection:
            await connection.execute("set transaction isolation level repeatable read, read only")
            yield connection

    async def ping(self) -> None:
        """Raises when the database cannot answer."""
        async with self._pool.connection(timeout=2) as connection:
            await connection.execute("select 1")

    def pool_stats(self) -> dict[str, int]:
        """The pool's own counters."""
        return self._pool.get_stats()
