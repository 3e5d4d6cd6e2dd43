"""The quarantine keeps what arrived, once, until somebody settles it."""

import pytest

from mainstem.kernel.refusals import MALFORMED, refuse
from mainstem.platform.postgres import Database
from mainstem.platform.quarantine import Arrival, Entry, entry, hold_back, settle, waiting
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio


def arrival(number: int, payload: bytes = b'{"sku": \xff}', source: str = "till 7", operation: str = "sale") -> Arrival:
    return Arrival(number, operation, source, payload, refuse(MALFORMED, "/sku", detail="bad UTF-8 坏"))


async def hold(database: Database, *arrivals: Arrival) -> list[int]:
    async with database.transaction() as connection:
        return await hold_back(connection, arrivals)


async def listed(database: Database, after: int = 0, limit: int = 100) -> list[Entry]:
    async with database.transaction() as connection:
        (entries,) = await ask(connection, waiting(after, limit))
    return entries


async def test_what_arrived_is_kept_as_it_came(database: Database) -> None:
    assert await hold(database, arrival(5)) == [5]

    (kept,) = await listed(database)
    assert kept.payload == b'{"sku": \xff}'
    assert (kept.id, kept.operation, kept.source, kept.state) == (5, "sale", "till 7", "waiting")
    assert kept.refusal == arrival(5).refusal
    assert (kept.settled_at, kept.settled_by) == (None, None)


async def test_the_same_arrival_is_one_entry(database: Database) -> None:
    assert await hold(database, arrival(1), arrival(2), arrival(3, b"other")) == [1, 1, 3]
    assert await hold(database, arrival(4), arrival(5, b"other"), arrival(6, b"third")) == [1, 3, 6]
    assert await hold(database) == []

    assert [kept.id for kept in await listed(database)] == [1, 3, 6]


async def test_source_and_operation_tell_arrivals_apart(database: Database) -> None:
    arrivals = [arrival(1), arrival(2, source="till 8"), arrival(3, operation="return"), arrival(4, source="till 7s")]

    assert await hold(database, *arrivals) == [1, 2, 3, 4]


async def test_the_list_goes_by_pages(database: Database) -> None:
    await hold(database, *(arrival(number, b"%d" % number) for number in range(1, 8)))

    assert [kept.id for kept in await listed(database, limit=3)] == [1, 2, 3]
    assert [kept.id for kept in await listed(database, after=3, limit=3)] == [4, 5, 6]
    assert [kept.id for kept in await listed(database, after=6, limit=3)] == [7]


async def test_an_entry_is_settled_once(database: Database) -> None:
    await hold(database, arrival(1), arrival(2, b"other"))
    async with database.transaction() as connection:
        assert await settle(connection, 1, "set_aside", actor=9) is None
    async with database.transaction() as connection:
        late = await settle(connection, 1, "resubmitted", actor=8)
        unknown = await settle(connection, 77, "resubmitted", actor=8)
        (settled, nobody) = await ask(connection, entry(1), entry(77))

    assert late is not None
    assert (late.code, late.params) == ("quarantine_settled", {"id": 1, "state": "set_aside"})
    assert unknown is not None
    assert unknown.code == "not_found"
    assert settled is not None
    assert (settled.state, settled.settled_by) == ("set_aside", 9)
    assert settled.settled_at is not None
    assert nobody is None
    assert [kept.id for kept in await listed(database)] == [2]
    assert await hold(database, arrival(3)) == [1]
