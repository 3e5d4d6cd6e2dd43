"""Sizes of segments over time: by the days of a zone, within windows, and of the time before they were counted."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from mainstem.domains import customers
from mainstem.domains.customers.segments.sizes import counted
from mainstem.platform.migrations import history
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
ENTER = counted(
    "insert into customers.segment_member (segment, customer, entered_at)"
    " select %b::bigint, unnest(%b::bigint[]), %b::timestamptz returning segment",
    "entered",
)
LEAVE = counted("delete from customers.segment_member where customer = any(%b::bigint[]) returning segment", "left")


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """A transaction in which there are two segments, 1 and 2."""
    async with database.transaction() as connection:
        await connection.execute(
            "insert into customers.segment (id, name, condition, actor, created_at, updated_at)"
            " select n, 'number ' || n, '{}', 1, now(), now() from generate_series(1, 2) as n"
        )
        yield connection


async def enter(connection: Connection, segment: int, people: list[int], at: datetime) -> None:
    await connection.execute(ENTER, (segment, people, at, at))


async def leave(connection: Connection, people: list[int], at: datetime) -> None:
    await connection.execute(LEAVE, (people, at))


async def test_figures_are_of_24_hours_and_of_seven_days(connection: Connection) -> None:
    await enter(connection, 1, [1, 2, 3, 4], NOW - timedelta(days=8))
    await enter(connection, 2, [1], NOW - timedelta(days=8))
    await leave(connection, [1], NOW - timedelta(days=3))
    await enter(connection, 1, [5, 6], NOW - timedelta(hours=2))
    await leave(connection, [5], NOW)

    (figures,) = await ask(connection, customers.segment_figures([1, 2, 3], NOW))

    assert figures == {
        1: customers.SegmentFigures(members=4, entered_day=2, left_day=1, entered_week=2, left_week=2),
        2: customers.SegmentFigures(members=0, entered_day=0, left_day=0, entered_week=0, left_week=1),
        3: customers.SegmentFigures(),
    }


async def test_days_are_those_of_the_zone_and_carry_the_size_on(connection: Connection) -> None:
    await enter(connection, 1, [1, 2], datetime(2026, 3, 1, 12, tzinfo=UTC))
    await enter(connection, 1, [3], datetime(2026, 3, 3, 17, tzinfo=UTC))  # the 4th in Shanghai
    await leave(connection, [1, 2], datetime(2026, 3, 4, 3, tzinfo=UTC))

    (utc,) = await ask(connection, customers.segment_days(1, date(2026, 3, 2), date(2026, 3, 5), "UTC"))
    (local,) = await ask(connection, customers.segment_days(1, date(2026, 3, 2), date(2026, 3, 5), "Asia/Shanghai"))

    assert [(day.day.day, day.entered, day.left, day.members) for day in utc] == [
        (2, 0, 0, 2),
        (3, 1, 0, 3),
        (4, 0, 2, 1),
        (5, 0, 0, 1),
    ]
    assert [(day.day.day, day.entered, day.left, day.members) for day in local] == [
        (2, 0, 0, 2),
        (3, 0, 0, 2),
        (4, 1, 2, 1),
        (5, 0, 0, 1),
    ]


async def test_a_clock_that_is_behind_counts_into_the_latest_hour(connection: Connection) -> None:
    await enter(connection, 1, [1, 2], NOW)
    await leave(connection, [1], NOW - timedelta(hours=5))

    cursor = await connection.execute("select hour, entered, departed, size from customers.segment_hour")
    assert await cursor.fetchall() == [(NOW.replace(minute=0), 2, 1, 1)]


async def test_what_moves_nobody_writes_nothing(connection: Connection) -> None:
    await leave(connection, [1], NOW)

    cursor = await connection.execute("select * from customers.segment_hour")
    assert await cursor.fetchall() == []


async def test_members_of_before_are_counted_when_they_entered(connection: Connection) -> None:
    (migration,) = [one for one in history.shipped() if one.revision == "0027_segment_sizes"]
    backfill = migration.sql[migration.sql.index("insert into customers.segment_hour") :]
    await enter(connection, 1, [1, 2], NOW - timedelta(days=2))
    await enter(connection, 1, [3], NOW)
    await enter(connection, 2, [3], NOW)
    await connection.execute("truncate customers.segment_hour")

    await connection.execute(backfill.encode())

    (figures,) = await ask(connection, customers.segment_figures([1, 2], NOW))
    (days,) = await ask(connection, customers.segment_days(1, date(2026, 3, 2), date(2026, 3, 5), "UTC"))
    assert [(one.members, one.entered_day, one.entered_week) for _, one in sorted(figures.items())] == [
        (3, 1, 3),
        (1, 1, 1),
    ]
    assert [day.members for day in days] == [0, 2, 2, 3]
