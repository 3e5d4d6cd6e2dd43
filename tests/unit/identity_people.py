"""People as sources tell of them, and what became of them in the database."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from mainstem.domains import customers
from mainstem.domains.customers.resolve.checks import CHECKS
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor, Operation

NOON = datetime(2024, 1, 5, 12, tzinfo=UTC)
TABLES = (
    "source_record",
    "statement",
    "subject_key",
    "identifier",
    "identifier_use",
    "block",
    "search_key",
    "review",
)
"""Tables of identity that a merge and its split leave as they were: all but the assertions, which are a journal."""

Role = Literal["identity", "attribute"]
Became = tuple[int, ...] | str

_keys = itertools.count()


def use(
    type_: str, value: str, scope: str = "", role: Role = "identity", *, verified: bool = False
) -> customers.Identifier:
    return customers.Identifier(type_, value, scope, role, verified)


def phone(number: int, role: Role = "identity") -> customers.Identifier:
    """A number that could be somebody's."""
    return use("phone", f"1391{number:07d}", role=role)


def told(
    source: str,
    reference: str = "",
    *identifiers: customers.Identifier,
    at: datetime | int | None = None,
    **attributes: Any,  # noqa: ANN401 - texts, and `custom`
) -> customers.Identify:
    """What a source says; `at` may be a number of days after `NOON`."""
    moment = NOON + timedelta(days=at) if isinstance(at, int) else at
    return customers.Identify(source, reference, moment, identifiers, customers.Attributes(**attributes))


async def run(executor: Executor, operation: Operation[Any, Any], commands: Sequence[Any], actor: int = 7) -> list[Any]:
    """What becomes of commands, sent as one batch."""
    calls = [operation.call(command, f"key {next(_keys)}", actor=actor) for command in commands]
    outcomes = await executor.execute(operation, calls)
    return [msgspec.json.decode(one.body, type=operation.result if one.accepted else Refusal) for one in outcomes]


async def identify(executor: Executor, *commands: customers.Identify) -> list[Any]:
    """Who they are, told in one batch."""
    return await run(executor, customers.IDENTIFY, commands)


async def merge(executor: Executor, customer: int, other: int) -> Became:
    """Who they are by then, or the code of the refusal."""
    return _became(await run(executor, customers.MERGE_CUSTOMERS, [customers.MergeCustomers(customer, other, "met")]))


async def split(executor: Executor, customer: int, *records: int) -> Became:
    """Who they are by then, or the code of the refusal."""
    return _became(await run(executor, customers.SPLIT_CUSTOMER, [customers.SplitCustomer(customer, records, "two")]))


def _became(answers: Sequence[Any]) -> Became:
    (answer,) = answers
    return answer.code if isinstance(answer, Refusal) else tuple(answer.customers)


async def rows(executor: Executor, sql: str, *parameters: object) -> list[Any]:
    async with executor.database.transaction() as connection:
        return await (await connection.execute(sql, parameters)).fetchall()


async def partition(executor: Executor) -> set[frozenset[bytes]]:
    """Who belongs together, by the keys of records: ids depend on who came first."""
    groups: dict[int, set[bytes]] = defaultdict(set)
    for customer, key in await rows(executor, "select customer, key from customers.source_record"):
        groups[customer].add(bytes(key))
    return {frozenset(group) for group in groups.values()}


async def dump(executor: Executor, tables: Iterable[str] = TABLES) -> dict[str, list[str]]:
    """Every row of the tables as text."""
    return {
        table: sorted(row[0] for row in await rows(executor, f"select t::text from customers.{table} as t"))
        for table in tables
    }


async def events(executor: Executor, type_: str) -> list[dict[str, Any]]:
    """The payloads of the events of a type, in the order of their ids."""
    found = await rows(executor, "select payload from platform.event where type = %s order by id", f"customers.{type_}")
    return [row[0] for row in found]


async def audit(executor: Executor) -> None:
    """Nothing that the doctor would find."""
    for check in CHECKS:
        assert await rows(executor, check.sql) == [], check.name
