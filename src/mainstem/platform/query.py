"""Questions to the database as values, so that several rooms' questions travel in one round trip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from mainstem.platform.postgres import Connection

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A statement with its parameters and how its rows are read. Building one asks nothing."""

    sql: str
    parameters: Sequence[object]
    parse: Callable[[list[Row]], T]


async def read(connection: Connection, *statements: Statement) -> list[list[Row]]:
    """The rows of each statement; all statements travel in one round trip."""
    async with connection.pipeline():
        cursors = [
            await connection.execute(sql, parameters, prepare=True, binary=True) for sql, parameters in statements
        ]
    return [await cursor.fetchall() for cursor in cursors]


@overload
async def ask(connection: Connection, first: Query[T1], /) -> tuple[T1]: ...
@overload
async def ask(connection: Connection, first: Query[T1], second: Query[T2], /) -> tuple[T1, T2]: ...
@overload
async def ask(
    connection: Connection, first: Query[T1], second: Query[T2], third: Query[T3], /
) -> tuple[T1, T2, T3]: ...
@overload
async def ask(
    connection: Connection, first: Query[T1], second: Query[T2], third: Query[T3], fourth: Query[T4], /
) -> tuple[T1, T2, T3, T4]: ...
@overload
async def ask(
    connection: Connection,
    first: Query[T1],
    second: Query[T2],
    third: Query[T3],
    fourth: Query[T4],
    fifth: Query[T5],
    /,
) -> tuple[T1, T2, T3, T4, T5]: ...
@overload
async def ask(connection: Connection, first: Query[T1], /, *others: Query[Any]) -> tuple[Any, ...]: ...
async def ask(connection: Connection, *queries: Query[Any]) -> tuple[Any, ...]:
    """The answers of the queries, in one round trip."""
    answers = await read(connection, *((query.sql, query.parameters) for query in queries))
    return tuple(query.parse(rows) for query, rows in zip(queries, answers, strict=True))
