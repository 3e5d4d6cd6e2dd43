"""The plan of sales: how an amount is spread, what is set, and what is refused."""

import itertools
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains import catalog, orders
from mainstem.domains.orders import PlannedDay, SalesPlanSet, SetSalesPlan, plan_rows, spread
from mainstem.kernel.money import AMOUNT_MINOR_MAX
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from mainstem.platform.query import ask

pytestmark = pytest.mark.anyio

_keys = itertools.count()
MAY = [date(2026, 5, 1) + timedelta(days=number) for number in range(31)]
FIRST, SECOND = MAY[:2]


@given(
    st.integers(0, AMOUNT_MINOR_MAX),
    st.integers(1, 31),
    st.dictionaries(st.integers(1, 7), st.integers(-5, 10**12)),
)
def test_the_days_add_up_to_the_amount_and_none_is_off_by_a_whole_unit(
    amount: int, size: int, weights: dict[int, int]
) -> None:
    days = MAY[:size]
    parts = spread(amount, days, weights)
    assert list(parts) == days
    assert sum(parts.values()) == amount
    of_day = [max(weights.get(day.isoweekday(), 0), 0) for day in days]
    if not any(of_day):
        of_day = [1] * size
    for day, weight in zip(days, of_day, strict=True):
        assert abs(parts[day] * sum(of_day) - amount * weight) < sum(of_day)


def test_remainders_go_to_the_largest_and_of_equal_ones_to_the_earlier_day() -> None:
    assert list(spread(8, MAY[:3], {}).values()) == [3, 3, 2]
    # The first of May 2026 is a Friday: of 100, Friday is due 33.3, Saturday 66.7.
    assert list(spread(100, MAY[:2], {5: 1, 6: 2}).values()) == [33, 67]


@pytest.fixture
async def shop(database: Database, executor: Executor) -> Database:
    """A node, and a channel that sells in CNY."""
    node = catalog.UPSERT_NODES.call(
        catalog.UpsertNode(code="S1", name="S1", kind="store", time_zone="Asia/Shanghai"), "node"
    )
    channel = catalog.UPSERT_CHANNELS.call(
        catalog.UpsertChannel(code="web", name="Web", kind="web", currency="CNY"), "channel"
    )
    assert all(one.accepted for one in await executor.execute(catalog.UPSERT_NODES, [node]))
    assert all(one.accepted for one in await executor.execute(catalog.UPSERT_CHANNELS, [channel]))
    return database


async def answers(executor: Executor, *commands: SetSalesPlan) -> list[SalesPlanSet | tuple[str, str]]:
    """For each command of one batch what was set, or the code and place of the refusal."""
    operation = orders.SET_SALES_PLAN
    calls = [operation.call(command, f"key {next(_keys)}", actor=7) for command in commands]
    found: list[SalesPlanSet | tuple[str, str]] = []
    for outcome in await executor.execute(operation, calls):
        if outcome.accepted:
            found.append(msgspec.json.decode(outcome.body, type=SalesPlanSet))
        else:
            found.append((outcome.refusal().code, outcome.refusal().where))
    return found


async def planned(database: Database) -> dict[tuple[date, bool, bool, str], int]:
    """What is planned, by day, whether of a node, whether of a channel, and currency."""
    async with database.snapshot() as connection:
        (rows,) = await ask(connection, plan_rows(MAY[0], MAY[-1]))
    return {(r.day, r.node is not None, r.channel is not None, r.currency): r.amount_minor for r in rows}


def plan(*days: PlannedDay, node: str | None = None, channel: str | None = None, currency: str = "CNY") -> SetSalesPlan:
    """A command."""
    return SetSalesPlan(currency=currency, days=days, node=node, channel=channel)


async def test_scopes_stand_for_themselves_and_are_set_over_and_removed(shop: Database, executor: Executor) -> None:
    done = await answers(
        executor,
        plan(PlannedDay(FIRST, 100), PlannedDay(SECOND, 0)),
        plan(PlannedDay(FIRST, 60), node="S1"),
        plan(PlannedDay(FIRST, 50), channel="web"),
        plan(PlannedDay(FIRST, 40), node="S1", channel="web"),
        plan(PlannedDay(FIRST, 9), currency="USD"),
    )
    assert done[0] == SalesPlanSet(changed=2, total_minor=100)
    assert await planned(shop) == {
        (FIRST, False, False, "CNY"): 100,
        (SECOND, False, False, "CNY"): 0,
        (FIRST, True, False, "CNY"): 60,
        (FIRST, False, True, "CNY"): 50,
        (FIRST, True, True, "CNY"): 40,
        (FIRST, False, False, "USD"): 9,
    }
    done = await answers(
        executor,
        plan(PlannedDay(FIRST, 61), node="S1"),
        plan(PlannedDay(FIRST, None), node="S1", channel="web"),
        plan(PlannedDay(FIRST, 50), channel="web"),
    )
    assert done == [SalesPlanSet(1, 61), SalesPlanSet(1, 0), SalesPlanSet(0, 50)]
    now = await planned(shop)
    assert now[FIRST, True, False, "CNY"] == 61
    assert (FIRST, True, True, "CNY") not in now


async def test_who_saw_something_else_is_refused_and_nothing_of_his_is_set(shop: Database, executor: Executor) -> None:
    await answers(executor, plan(PlannedDay(FIRST, 100)))
    done = await answers(
        executor,
        plan(PlannedDay(SECOND, 7, None), PlannedDay(FIRST, 8, 99)),
        plan(PlannedDay(FIRST, 8, None)),
        plan(PlannedDay(FIRST, 101, 100)),
        plan(PlannedDay(FIRST, 102, 100)),  # the second of two that saw the same
    )
    assert done == [
        ("plan_changed", "/days/1"),
        ("plan_changed", "/days/0"),
        SalesPlanSet(1, 101),
        ("plan_changed", "/days/0"),
    ]
    assert await planned(shop) == {(FIRST, False, False, "CNY"): 101}


async def test_what_cannot_be_a_plan_is_refused(shop: Database, executor: Executor) -> None:
    one = PlannedDay(FIRST, 1)
    assert await answers(
        executor,
        plan(one, node="S9"),
        plan(one, channel="S9"),
        plan(one, currency="XYZZ"),
        plan(one, channel="web", currency="USD"),
        plan(),
        plan(one, one),
        plan(*[PlannedDay(FIRST + timedelta(days=n), 1) for n in range(367)]),
        plan(PlannedDay(date(1999, 12, 31), 1)),
        plan(PlannedDay(FIRST, -1)),
        plan(one, PlannedDay(SECOND, AMOUNT_MINOR_MAX + 1)),
    ) == [
        ("unknown_node", "/node"),
        ("unknown_channel", "/channel"),
        ("unknown_currency", "/currency"),
        ("wrong_currency", "/currency"),
        ("bad_plan_days", "/days"),
        ("bad_plan_days", "/days"),
        ("bad_plan_days", "/days"),
        ("bad_plan_days", "/days/0/day"),
        ("bad_amount", "/days/0/amount_minor"),
        ("bad_amount", "/days/1/amount_minor"),
    ]
    assert await planned(shop) == {}


async def test_a_change_is_told_once_and_no_change_is_not(shop: Database, executor: Executor) -> None:
    await answers(executor, plan(PlannedDay(FIRST, 5), node="S1"))
    await answers(executor, plan(PlannedDay(FIRST, 5), node="S1"))
    async with shop.snapshot() as connection:
        cursor = await connection.execute(
            "select e.actor, e.subject = n.id, e.payload -> 'command' ->> 'node'"
            " from platform.event as e, catalog.node as n where e.type = 'orders.sales_plan_set'"
        )
        rows = await cursor.fetchall()
    assert rows == [(7, True, "S1")]


async def test_weekdays_weigh_what_they_sold_in_the_weeks_before_today(shop: Database) -> None:
    # Sundays in Shanghai: the evening of the day before in UTC counts, today and what is older does not.
    today = date(2026, 6, 29)
    moments = [
        (datetime(2026, 6, 27, 16, 30, tzinfo=UTC), 100),  # Sunday 00:30 there
        (datetime(2026, 6, 28, 15, 59, tzinfo=UTC), 20),  # Sunday 23:59 there
        (datetime(2026, 6, 28, 16, 0, tzinfo=UTC), 3),  # today
        (datetime(2026, 5, 3, 16, 0, tzinfo=UTC), 7),  # the first Monday that counts
        (datetime(2026, 5, 3, 15, 59, tzinfo=UTC), 9),  # before it
    ]
    async with shop.transaction() as connection:
        for number, (moment, amount) in enumerate(moments):
            await connection.execute(
                "insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, currency,"
                " total_minor, due_minor, occurred_at) values (%s, 1, 2, '', '', 'sale', 'sold', 'CNY', %s, 0, %s)",
                (number, amount, moment),
            )
    async with shop.snapshot() as connection:
        found = await ask(
            connection,
            orders.weekday_sales(today, "Asia/Shanghai", "CNY"),
            orders.weekday_sales(today, "Asia/Shanghai", "CNY", node=2, channel=1),
            orders.weekday_sales(today, "Asia/Shanghai", "CNY", node=1),
            orders.weekday_sales(today, "Asia/Shanghai", "USD", channel=1),
        )
    assert list(found) == [{7: 120, 1: 7}, {7: 120, 1: 7}, {}, {}]
