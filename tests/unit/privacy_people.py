"""People for tests of consent and rights: records as they are, without resolving who is who."""

import itertools
import secrets
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import msgspec

from mainstem.platform.execution import Executor, Operation
from mainstem.platform.query import Query, ask

R = TypeVar("R")
T = TypeVar("T")

_numbers = itertools.count(1_000_000)


class People:
    """Records in groups, and what is done to them."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.database = executor.database

    async def record(self, customer: int | None = None) -> int:
        """A record, of a customer or for itself."""
        number = next(_numbers)
        async with self.database.transaction() as connection:
            await connection.execute(
                "insert into customers.source_record (id, source, key, customer) values (%s, 'web', %s, %s)",
                (number, secrets.token_bytes(16), customer or number),
            )
        return number

    async def group(self, size: int) -> list[int]:
        """Records of one customer, whose id is the first."""
        first = await self.record()
        return [first, *[await self.record(first) for _ in range(size - 1)]]

    async def belong(self, records: Collection[int]) -> None:
        """From now on these records are one customer."""
        async with self.database.transaction() as connection:
            await connection.execute(
                "update customers.source_record set customer = %s where id = any(%s)", (min(records), list(records))
            )

    async def done(self, operation: Operation[Any, R], command: object, actor: int = 7) -> R:
        """What an accepted command answers."""
        outcome = await self.outcome(operation, command, actor)
        assert outcome.accepted, outcome.body
        return msgspec.json.decode(outcome.body, type=operation.result)

    async def refused(self, operation: Operation[Any, Any], command: object) -> str:
        """The code of the refusal."""
        outcome = await self.outcome(operation, command, 7)
        assert not outcome.accepted, outcome.body
        return str(outcome.refusal().code)

    async def outcome(self, operation: Operation[Any, Any], command: object, actor: int = 7) -> Any:  # noqa: ANN401
        call = operation.call(command, secrets.token_hex(8), actor=actor)
        (outcome,) = await self.executor.execute(operation, [call])
        return outcome

    async def batch(self, operation: Operation[Any, Any], commands: Sequence[object]) -> list[bool]:
        """Which commands of one batch were accepted."""
        calls = [operation.call(command, secrets.token_hex(8), actor=7) for command in commands]
        return [outcome.accepted for outcome in await self.executor.execute(operation, calls)]

    async def ask(self, query: Query[T]) -> T:
        """What a question answers."""
        async with self.database.transaction() as connection:
            (found,) = await ask(connection, query)
        return found

    async def events(self, subject: int) -> list[str]:
        """The types of what happened to a subject."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(
                "select type from platform.event where subject = %s order by id", (subject,)
            )
            return [row[0] for row in await cursor.fetchall()]
