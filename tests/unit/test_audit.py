"""The audit trail as it is read: commit order, filters, days; personal data; settling; verification; jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mainstem.kernel.refusals import MALFORMED, refuse
from mainstem.platform import audit, job_list, personal, seal, verification
from mainstem.platform.audit import TrailFilter
from mainstem.platform.execution import Executor
from mainstem.platform.jobs import Queue, housekeeping
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.quarantine import Arrival, hold_back
from mainstem.platform.query import Query, ask
from mainstem.platform.settling import SETTLE_ENTRY, SettleEntry

pytestmark = pytest.mark.anyio

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


async def asked(database: Database, query: Query[Any]) -> Any:  # noqa: ANN401 - whatever it answers
    async with database.transaction() as connection:
        (answer,) = await ask(connection, query)
    return answer


async def write(database: Database, *events: tuple[int, int], kind: str = "test.sold") -> None:
    """Events (transaction, id), recorded a day apart."""
    async with database.transaction() as connection:
        for xid, number in events:
            await connection.execute(
                "insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, recorded_at, payload)"
                " values (%s::text::xid8, %s, %s, %s, %s, 't', %s, %s, '{}')",
                (str(xid), number, kind, number * 10, number % 2, FIRST, FIRST + timedelta(days=number)),
            )


def ids(entries: list[audit.Entry]) -> list[int]:
    return [entry.event.id for entry in entries]


async def test_commit_order_is_that_of_numbers_and_not_of_their_digits(database: Database) -> None:
    await write(database, (9, 1), (10, 2), (99, 3), (100, 4))
    assert ids(await asked(database, audit.following(audit.BEGIN, 10))) == [1, 2, 3, 4]
    assert ids(await asked(database, audit.following(("10", 2), 10))) == [3, 4]
    assert ids(await asked(database, audit.following(audit.BEGIN, 10, subject=30))) == [3]
    assert ids(await asked(database, audit.history(40))) == [4]
    assert ids(await asked(database, audit.trail(TrailFilter(), 10))) == [4, 3, 2, 1]
    assert ids(await asked(database, audit.trail(TrailFilter(), 2, ("99", 3)))) == [2, 1]
    assert (await asked(database, audit.event(("99", 3)))).event.id == 3
    assert await asked(database, audit.event(("99", 4))) is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (TrailFilter(actor=1), [3, 1]),
        (TrailFilter(type="test.sold"), [4, 3, 2, 1]),
        (TrailFilter(type="test.other"), []),
        (TrailFilter(subject=20), [2]),
        (TrailFilter(trace="t", actor=0), [4, 2]),
        (TrailFilter(begin=FIRST + timedelta(days=2), end=FIRST + timedelta(days=4)), [3, 2]),
        (TrailFilter(begin=FIRST + timedelta(days=4)), [4]),
        (TrailFilter(end=FIRST + timedelta(days=2)), [1]),
    ],
)
@pytest.mark.parametrize("sealed", [False, True])
async def test_the_trail_is_narrowed_with_and_without_seals(
    database: Database, wanted: TrailFilter, found: list[int], *, sealed: bool
) -> None:
    await write(database, (9, 1), (10, 2), (99, 3), (100, 4))
    if sealed:
        while await seal.seal_pending(database, 1):
            pass
        async with database.transaction() as connection:
            await connection.execute(
                "update platform.event_seal set sealed_at = %s + number * interval '1 day' + interval '1 minute'",
                (FIRST,),
            )
    within = await asked(database, audit.bounds(wanted))
    assert ids(await asked(database, audit.trail(wanted, 10, None, within))) == found


async def test_what_is_rare_and_what_is_frequent_are_both_read_from_few_blocks(database: Database) -> None:
    """The rare after many of the frequent: a plan that was kept for the frequent would read everything."""
    async with database.transaction() as connection:
        await connection.execute(
            "insert into platform.event (xid, id, type, subject, actor, trace, occurred_at, payload)"
            " select n::text::xid8, n, case when n %% 50000 = 7 then 'rare' else 'sold' end, n,"
            " case when n %% 50000 = 9 then 777 else hashint4(n) & 7 end, md5(n::text), %s, '{}'"
            " from generate_series(1, 150000) as n",
            (FIRST,),
        )
        await connection.execute("select brin_summarize_new_values('platform.event_bloom')")
        await connection.execute("analyze platform.event")
    found = {}
    async with database.transaction() as connection:
        frequent = (TrailFilter(actor=3), TrailFilter(type="sold"))
        rare = (TrailFilter(actor=777), TrailFilter(type="rare"))
        for wanted in (*frequent * 8, *rare):
            before = await fetched(connection)
            (entries,) = await ask(connection, audit.trail(wanted, 50))
            found[wanted] = ids(entries)
            assert await fetched(connection) - before < 30_000, wanted
    assert found[TrailFilter(actor=777)] == [100_009, 50_009, 9]
    assert found[TrailFilter(type="rare")] == [100_007, 50_007, 7]
    assert [len(entries) for entries in found.values()] == [50, 50, 3, 3]


async def fetched(connection: Connection) -> int:
    """Rows of events that this transaction has read."""
    cursor = await connection.execute(
        "select (seq_tup_read + idx_tup_fetch)::bigint from pg_stat_xact_user_tables"
        " where relid = 'platform.event'::regclass"
    )
    ((number,),) = await cursor.fetchall()
    return int(number)


async def test_the_seals_of_days_and_of_an_event_are_found(database: Database) -> None:
    assert (await asked(database, verification.sealed())).number == 0
    await write(database, (9, 1), (10, 2), (99, 3))
    while await seal.seal_pending(database, 1):
        pass
    await write(database, (100, 4))
    seals = await asked(database, verification.sealed())
    assert (seals.number, seals.waiting) == (3, FIRST + timedelta(days=4))
    assert await asked(database, verification.seal_of("10", 2)) == 2
    assert await asked(database, verification.seal_of("100", 4)) is None
    async with database.transaction() as connection:
        await connection.execute("update platform.event_seal set sealed_at = %s + number * interval '1 day'", (FIRST,))
    day = timedelta(days=1)
    assert await asked(database, verification.span(FIRST + 1.5 * day, FIRST + 2.5 * day)) == (2, 3)
    assert await asked(database, verification.span(FIRST + 2.5 * day, FIRST + 9 * day)) == (3, 3)
    assert await asked(database, verification.span(FIRST + 9 * day, FIRST + 10 * day)) is None


async def test_a_span_of_seals_is_verified_on_the_word_of_the_one_before(database: Database) -> None:
    await write(database, (9, 1), (10, 2), (99, 3))
    while await seal.seal_pending(database, 1):
        pass
    async with database.transaction() as connection:
        await connection.execute("update platform.event set actor = 7 where id = 1")
        await connection.commit()
        whole = await seal.verify(connection)
        rest = await seal.verify(connection, first=2)
        one = await seal.verify(connection, first=2, last=2)
        beyond = await seal.verify(connection, first=2, last=4)
        nowhere = await seal.verify(connection, first=9)
    assert whole.fault == seal.Fault(1, "edited", 1, 1)
    assert (rest.seals, rest.events, rest.fault) == (3, 2, None)
    assert (one.seals, one.events, one.fault) == (2, 1, None)
    assert beyond.fault == seal.Fault(4, "seal_missing")
    assert nowhere.fault == seal.Fault(8, "seal_missing")


async def test_a_verification_is_refused_beyond_the_seals_and_done_once(database: Database, executor: Executor) -> None:
    await write(database, (9, 1))
    await seal.seal_pending(database)
    wrong = [verification.VerifySeals(*span) for span in ((0, 1), (1, 2), (2, 1))]
    calls = [verification.VERIFY_SEALS.call(command, str(command)) for command in wrong]
    outcomes = await executor.execute(verification.VERIFY_SEALS, calls)
    assert [outcome.refusal().code for outcome in outcomes] == ["no_such_seals"] * 3
    call = verification.VERIFY_SEALS.call(verification.VerifySeals(1, 1), "once", actor=5)
    await executor.execute(verification.VERIFY_SEALS, [call, call])
    (found,) = await asked(database, verification.verifications(10))
    assert (found.asked_by, found.began_at, found.total) == (5, None, 1)
    await verification.run(database, found.id)
    await verification.run(database, found.id)
    done = await asked(database, verification.verification(found.id))
    assert (done.seals, done.events, done.fault, done.ended_at is None) == (1, 1, None, False)
    trail = await asked(database, audit.trail(TrailFilter(type="audit.verified"), 10))
    assert len(trail) == 1


async def test_a_settled_entry_says_who_and_why(database: Database, executor: Executor) -> None:
    async with database.transaction() as connection:
        arrivals = [Arrival(number, "sale", "till", b"%d" % number, refuse(MALFORMED, detail="x")) for number in (1, 2)]
        await hold_back(connection, arrivals)
    commands = [
        SettleEntry(1, "set_aside", " "),
        SettleEntry(1, "set_aside", "x" * 501),
        SettleEntry(1, "set_aside", " a test "),
        SettleEntry(1, "resubmitted"),
        SettleEntry(2, "resubmitted"),
        SettleEntry(3, "resubmitted"),
    ]
    calls = [SETTLE_ENTRY.call(command, str(number), actor=9) for number, command in enumerate(commands)]
    outcomes = await executor.execute(SETTLE_ENTRY, calls)
    codes = [None if outcome.accepted else outcome.refusal().code for outcome in outcomes]
    assert codes == ["note_missing", "note_missing", None, "quarantine_settled", None, "not_found"]
    trail = await asked(database, audit.trail(TrailFilter(actor=9), 10))
    assert [(entry.event.type, entry.event.subject) for entry in trail] == [
        ("quarantine.resubmitted", 2),
        ("quarantine.set_aside", 1),
    ]
    assert b'"note":"a test"' in bytes(trail[1].event.payload)


async def test_what_a_job_said_when_it_failed_is_kept(database: Database) -> None:
    (broken, *_) = housekeeping(30)

    async def fail(_: Database) -> None:
        msg = "no \0 luck"
        raise ValueError(msg)

    queue = Queue(database, [type(broken)("test.broken", fail)])
    async with queue.app.open_async():
        await queue.app.configure_task("test.broken", queue="mainstem").defer_async()
        await queue.app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    (row,) = await asked(database, job_list.jobs(["todo"], 10))
    assert (row.name, row.attempts, row.error) == ("test.broken", 1, "ValueError: no  luck")


def test_personal_data_is_hidden_but_for_its_end() -> None:
    command = {"customer": "13812345678", "lines": [{"sku": "K1", "name": ""}], "phone": "123", "total": 5}
    assert personal.masked({"command": command, "recipient": {"street": "人民路 1 号 2 单元", "floor": 3}}) == {
        "command": {"customer": "••••5678", "lines": [{"sku": "K1", "name": ""}], "phone": "••••3", "total": 5},
        "recipient": {"street": "••••2 单元", "floor": "••••3"},
    }
    assert personal.masked({"customer": 13812345678}) == {"customer": "••••5678"}
    assert personal.masked_event({"command": {"customer": 4711, "phone": 4711}}) == {
        "command": {"customer": 4711, "phone": "••••1"}
    }
    assert personal.masked_event({"customer": "13812345678"}) == {"customer": "••••5678"}
    assert personal.names_customers("orders.order_placed")
    assert not personal.names_customers("access.person_invited")
