"""Histories are read in stretches: nothing is left out, nothing comes twice, however little of it fits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstem.ledger.histories import (
    REFERENCES_SCANNED_MAX,
    SCANNED_MAX,
    Position,
    References,
    Stretch,
    daily_net,
    movements_at,
    movements_of_asset,
    references,
)
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, tzinfo=UTC)
MANY = SCANNED_MAX + 500


@pytest.fixture
async def busy(database: Database) -> Database:
    """More movements of an asset than one question looks at, a minute apart; every 9,000th of them at place 7."""
    async with database.transaction() as connection:
        await connection.execute(
            "select ledger.ensure_month(%s), ledger.ensure_month(%s)", (START, START + timedelta(40))
        )
        await connection.execute(
            "insert into ledger.movement (id, asset, source, target, quantity, kind, reference, occurred_at)"
            " select n, 1, -1, case when n %% 9000 = 0 then 7 else 8 end, 1, 'delivery', n,"
            " %s + n * interval '1 minute' from generate_series(1, %s) as n",
            (START, MANY),
        )
    return database


async def stretches(database: Database, place: int | None, limit: int) -> list[Stretch]:
    found: list[Stretch] = []
    before: Position | None = None
    async with database.transaction() as connection:
        while True:
            query = movements_of_asset(1, before, limit) if place is None else movements_at((1, place), before, limit)
            (stretch,) = await ask(connection, query)
            found.append(stretch)
            before = stretch.resume
            if before is None:
                return found


async def test_a_rare_place_is_found_stretch_by_stretch(busy: Database) -> None:
    found = await stretches(busy, 7, 1)
    assert [item.id for stretch in found for item in stretch.moved] == [18_000, 9_000]
    assert [item.id for one in await stretches(busy, 7, 50) for item in one.moved] == [18_000, 9_000]


async def test_a_place_where_nothing_moved_ends_too(busy: Database) -> None:
    found = await stretches(busy, 9, 50)
    assert [len(stretch.moved) for stretch in found] == [0, 0]
    assert found[0].resume == (START + timedelta(minutes=MANY - SCANNED_MAX + 1), MANY - SCANNED_MAX + 1)


async def test_all_movements_come_once_newest_first(busy: Database) -> None:
    found = [item.id for stretch in await stretches(busy, None, 6_000) for item in stretch.moved]
    assert found == list(range(MANY, 0, -1))


async def test_days_are_those_of_the_zone_and_only_whole_ones_are_told(busy: Database) -> None:
    async with busy.transaction() as connection:
        (net,) = await ask(connection, daily_net(1, [7, 8], START, "Asia/Shanghai"))
        (part,) = await ask(connection, daily_net(1, [7, 8], START + timedelta(days=10), "Asia/Shanghai"))
        (outside,) = await ask(connection, daily_net(1, [5], START + timedelta(days=10), "Asia/Shanghai"))
    assert not net.whole
    assert net.days[0].day == date(2026, 3, 2)
    assert {one.net for one in net.days[:-1]} == {24 * 60}
    assert part.whole
    assert sum(one.net for one in part.days) == MANY - 10 * 24 * 60 + 1
    assert {one.net for one in outside.days} == {0}


@pytest.mark.parametrize("limit", [None, 3_000])
async def test_references_of_a_kind_come_once_however_the_window_ends(busy: Database, limit: int | None) -> None:
    """Two sales of one moment, where the first window ends: one of them moved the asset twice."""
    end = START + timedelta(minutes=MANY - REFERENCES_SCANNED_MAX + 1)
    async with busy.transaction() as connection:
        await connection.execute(
            "insert into ledger.movement (id, asset, source, target, quantity, kind, reference, occurred_at)"
            " select 100000 + n, 1, 8, -2, 1, 'sale', 100000 + n %% 2, %s from generate_series(1, 3) as n",
            (end,),
        )
    for kind, expected in (("delivery", list(range(MANY, 0, -1))), ("sale", [100_001, 100_000]), ("count", [])):
        found: list[int] = []
        behind: Position | None = None
        async with busy.transaction() as connection:
            while True:
                query = references(1, kind, (START, START + timedelta(40)), behind, limit)
                (part,) = await ask(connection, query)
                assert isinstance(part, References)
                found += part.found
                behind = part.resume
                if behind is None:
                    break
        assert found == expected
