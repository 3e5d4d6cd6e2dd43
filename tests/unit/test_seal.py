"""The hash chain over the events: what it covers, and which tampering it shows."""

import hashlib
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from mainstem.platform import seal
from mainstem.platform.postgres import Database
from mainstem.platform.seal import Fault, Head, SealReport, seal_pending, verify

pytestmark = pytest.mark.anyio

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SLIP_IN = """
insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload)
select xid, 0, type, subject, actor, trace, occurred_at, payload from platform.event where id = 3
"""


async def write(database: Database, ids: Sequence[int]) -> None:
    async with database.transaction() as connection:
        await connection.cursor().executemany(
            "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
            " values (%s, 'test.sold', %s, 3, 'trace', %s, %s)",
            [
                (number, number * 10, FIRST + timedelta(seconds=number), f'{{"sku": "茶{number}",  "quantity": 1}}')
                for number in ids
            ],
        )


async def change(database: Database, *statements: str) -> None:
    async with database.transaction() as connection:
        for statement in statements:
            cursor = await connection.execute(statement)
            assert cursor.rowcount > 0


async def verified(database: Database, anchor: Head | None = None) -> SealReport:
    async with database.snapshot() as connection:
        return await verify(connection, anchor=anchor)


@pytest.fixture
async def sealed(database: Database) -> Database:
    """Three seals: events 1 to 4 (two transactions), 5 to 8, 9 and 10; event 11 is not sealed yet."""
    await write(database, [1, 2])
    await write(database, range(3, 11))
    assert [await seal_pending(database, limit=4) for _ in range(4)] == [4, 4, 2, 0]
    await write(database, [11])
    return database


async def test_an_untouched_log_fits(sealed: Database) -> None:
    calls: list[tuple[int, int]] = []
    async with sealed.snapshot() as connection:
        report = await verify(connection, lambda seals, events: calls.append((seals, events)))
        newest = await seal.head(connection)

    assert report == SealReport(3, 10, newest, None)
    assert calls == [(1, 4), (2, 8), (3, 10)]
    assert newest.number == 3


async def test_an_empty_log_fits(database: Database) -> None:
    assert await seal_pending(database) == 0
    assert await verified(database) == SealReport(0, 0, Head(0, bytes(32)), None)


async def test_the_hash_is_what_the_documentation_says(sealed: Database) -> None:
    async with sealed.snapshot() as connection:
        events = await connection.execute(
            "select id, type, subject, actor, trace, occurred_at, recorded_at, payload::text from platform.event"
            " where id <= 10 order by xid, id"
        )
        rows = await events.fetchall()
        cursor = await connection.execute("select hash from platform.event_seal order by number")
        hashes = [row[0] for row in await cursor.fetchall()]

    def canonical(value: object, kind: int) -> bytes:
        match value:
            case int():
                field = struct.pack(">q", value)
            case datetime():
                field = struct.pack(">q", (value - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
            case _:
                field = str(value).encode()
        return struct.pack(">Ii", kind, len(field)) + field

    bigint, text, timestamptz, json = 20, 25, 1184, 114
    kinds = (bigint, text, bigint, bigint, text, timestamptz, timestamptz, json)
    previous = bytes(32)
    for number, covered in enumerate((rows[:4], rows[4:8], rows[8:])):
        events_sent = [struct.pack(">i", 8) + b"".join(map(canonical, row, kinds)) for row in covered]
        digests = b"".join(hashlib.sha256(sent).digest() for sent in events_sent)
        previous = hashlib.sha256(previous + digests).digest()
        assert hashes[number] == previous


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (['update platform.event set payload = \'{"sku": "茶6", "quantity": 1}\' where id = 6'], ("edited", 2, 4, 4)),
        (["update platform.event set actor = 4 where id = 10"], ("edited", 3, 2, 2)),
        (["update platform.event set recorded_at = recorded_at - interval '1 us' where id = 1"], ("edited", 1, 4, 4)),
        (["delete from platform.event where id = 7"], ("removed", 2, 4, 3)),
        (["delete from platform.event where id = 8"], ("removed", 2, 4, 3)),
        (["delete from platform.event where id > 4"], ("removed", 2, 4, 0)),
        (
            [SLIP_IN],
            ("inserted", 1, 4, 5),
        ),
        (
            [
                "update platform.event set id = 999 where id = 5",
                "update platform.event set id = 5 where id = 6",
                "update platform.event set id = 6 where id = 999",
            ],
            ("edited", 2, 4, 4),
        ),
        (
            [
                "update platform.event set xid = (select xid from platform.event where id = 3), id = 100 where id = 1",
                "update platform.event set id = 1 where id = 100",
            ],
            ("edited", 1, 4, 4),
        ),
        (["update platform.event_seal set hash = sha256('x') where number = 2"], ("edited", 2, 4, 4)),
        (["update platform.event_seal set id = 7, events = 3 where number = 2"], ("edited", 2, 3, 3)),
        (["delete from platform.event_seal where number = 2"], ("seal_missing", 2, 0, 0)),
        (["delete from platform.event_seal where number = 1"], ("seal_missing", 1, 0, 0)),
    ],
    ids=str,
)
async def test_tampering_shows(
    sealed: Database, statements: list[str], fault: tuple[seal.FaultKind, int, int, int]
) -> None:
    kind, number, events, found = fault
    await change(sealed, *statements)

    report = await verified(sealed)

    assert report.fault == Fault(number, kind, events, found)
    assert report.seals == number - 1
    assert str(number) in report.fault.en
    assert str(number) in report.fault.zh


async def test_sealing_anew_is_found_by_an_anchor_only(sealed: Database) -> None:
    async with sealed.snapshot() as connection:
        anchor = await seal.head(connection)
    await change(sealed, "update platform.event set actor = 4 where id = 6", "delete from platform.event_seal")
    while await seal_pending(sealed, limit=4):
        pass

    assert (await verified(sealed)).fault is None
    assert (await verified(sealed, anchor)).fault == Fault(3, "anchor", 3, 3)


async def test_a_chain_that_was_cut_short_is_found_by_an_anchor(sealed: Database) -> None:
    async with sealed.snapshot() as connection:
        anchor = await seal.head(connection)
    assert (await verified(sealed, anchor)).fault is None
    await change(sealed, "delete from platform.event_seal where number = 3")

    assert (await verified(sealed)).fault is None
    assert (await verified(sealed, anchor)).fault == Fault(3, "seal_missing")


async def test_what_a_running_transaction_may_still_precede_is_not_sealed(database: Database) -> None:
    async with database.transaction() as earlier:
        await earlier.execute("select pg_current_xact_id()")
        await write(database, [1])
        assert await seal_pending(database) == 0
    assert await seal_pending(database) == 1


async def test_one_sealer_at_a_time(database: Database) -> None:
    await write(database, [1])
    async with database.transaction() as other:
        await other.execute(seal._LOCK)
        assert await seal_pending(database) == 0
    assert await seal_pending(database) == 1


async def test_the_encoding_of_the_client_does_not_matter(sealed: Database) -> None:
    async with sealed.snapshot() as connection:
        await connection.execute("set client_encoding = 'LATIN1'")
        assert (await verify(connection)).fault is None


def test_every_fault_is_explained_in_both_languages() -> None:
    for kind in seal._FAULTS:
        texts = (Fault(1, kind, 2, 3).en, Fault(1, kind, 2, 3).zh)
        assert "{" not in json.dumps(texts)
