"""Private releases: what one customer can add, the noise, and the budget."""

import asyncio
import math
import secrets
import statistics
from datetime import UTC, datetime

import msgspec
import pytest

from mainstem.analytics.private_release import RELEASE_PRIVATELY, PrivateRelease, PrivateReleased
from mainstem.analytics.private_release.bounding import bounded
from mainstem.analytics.private_release.noise import known_groups, told_groups
from mainstem.analytics.private_release.releasing import months
from mainstem.domains import catalog, customers, inventory, orders, pricing
from mainstem.platform.execution import Executor
from mainstem.processes.place_orders import PLACE_ORDERS
from tests.unit.privacy_people import People

consent, rights = customers.consent, customers.rights
budgets = rights.budgets
pytestmark = pytest.mark.anyio

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)


def asked(**changes: object) -> PrivateRelease:
    plain: dict[str, object] = {
        "dataset": "orders",
        "group_by": "channel",
        "measure": "customers",
        "epsilon": 0.1,
        "since": SINCE,
        "until": UNTIL,
    }
    return PrivateRelease(**(plain | changes))  # type: ignore[arg-type]


def test_nobody_adds_more_than_the_bounds_say() -> None:
    everywhere = [(1, group, 50) for group in "abcdefgh"]
    assert sum(bounded(everywhere, 3, 10).values()) == 30
    assert bounded([(1, "a", 4), (1, "a", 4), (2, "a", 3)], 1, 10) == {"a": 11}
    assert bounded([(1, "a", -4)], 1, 10) == {"a": 0}


def test_which_groups_count_follows_from_the_customer_alone() -> None:
    mine = [(1, group, 1) for group in "abcdefgh"]
    others = [(number, group, 1) for number in range(2, 40) for group in "abcdefgh"]
    with_me, without = bounded([*others, *mine], 3, 1), bounded(others, 3, 1)
    added = {group: with_me[group] - without.get(group, 0) for group in with_me}
    assert {group: more for group, more in added.items() if more} == bounded(mine, 3, 1)
    drawn = bounded([(number, group, 1) for number in range(2_000) for group in "abcd"], 1, 1)
    assert min(drawn.values()) > 400


def test_the_noise_is_that_of_laplace() -> None:
    """4,000 draws at sensitivity 2 and epsilon 0.5: scale 4, so a standard deviation of about 5.64, around 0."""
    groups = [str(number) for number in range(4_000)]
    noisy = known_groups(dict.fromkeys(groups, 1_000), groups, (2, 1), 0.5)
    off = [value - 1_000 for value in noisy.values.values()]
    assert math.isclose(noisy.scale, 4.0, rel_tol=1e-6)
    assert abs(statistics.fmean(off)) < 5 * 5.64 / math.sqrt(4_000)
    assert 5.0 < statistics.pstdev(off) < 6.3
    beyond = sum(abs(one) > noisy.accuracy for one in off) / len(off)
    assert 0.02 < beyond < 0.07
    # The definition itself, where it is tightest: next to each other, probabilities differ by e^(1/scale) at most.
    zero, one = sum(one == 0 for one in off), sum(one == 1 for one in off)
    assert 0.5 < zero / max(one, 1) < 2.2


def test_groups_of_few_are_not_told() -> None:
    told = told_groups({"large": 100_000, "small": 1}, (1, 1), 1.0, 1e-9)
    assert set(told.values) == {"large"}
    assert told.threshold > 10
    stricter = told_groups({"large": 100_000}, (1, 1), 1.0, 1e-12)
    assert stricter.threshold > told.threshold


def test_the_months_of_a_span() -> None:
    assert months(datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)) == [
        "2026-11",
        "2026-12",
        "2027-01",
    ]


def test_a_loss_is_never_counted_as_less_than_it_is() -> None:
    for epsilon in (0.1, 1 / 3, 0.0000001, 2.5, 1e-6, 0.3):
        loss = budgets.loss(epsilon, 0.0)
        assert isinstance(loss, budgets.Loss)
        assert loss.epsilon >= epsilon * budgets.EPSILON_UNIT * (1 - 1e-9)
        assert loss.epsilon >= 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dataset": "diaries"}, "unknown_dataset"),
        ({"group_by": "source"}, "bad_private_release"),
        ({"dataset": "customers", "group_by": "source", "measure": "spend"}, "bad_private_release"),
        ({"since": None}, "bad_release_span"),
        ({"until": SINCE}, "bad_release_span"),
        ({"measure": "spend"}, "release_currency_needed"),
        ({"delta": 0.1}, "release_delta_unused"),
        ({"dataset": "customers", "group_by": "source"}, "release_delta_needed"),
        ({"epsilon": 0.0}, "bad_privacy_loss"),
        ({"epsilon": math.inf}, "bad_privacy_loss"),
        ({"epsilon": -1.0}, "bad_privacy_loss"),
        ({}, "privacy_budget_exhausted"),
    ],
)
async def test_what_cannot_be_released_is_refused(executor: Executor, changes: dict[str, object], code: str) -> None:
    assert await People(executor).refused(RELEASE_PRIVATELY, asked(**changes)) == code


async def furnished(people: People, buyers: int) -> None:
    """Buyers of one order each, all of whom agree to be counted but the last."""
    product = catalog.UpsertProduct("P1", "Milk", (catalog.VariantInput("S1"),))
    await people.done(catalog.UPSERT_PRODUCTS, product)
    await people.done(pricing.SET_PRICES, pricing.SetPrice(sku="S1", currency="EUR", amount_minor=500))
    await people.done(catalog.UPSERT_NODES, catalog.UpsertNode("N1", "N1", "store", "Europe/Berlin"))
    for code in ("web", "till"):
        await people.done(catalog.UPSERT_CHANNELS, catalog.UpsertChannel(code, code, "web", "EUR", ("N1",)))
    await people.done(inventory.RECEIVE_STOCK, inventory.ReceiveStock("N1", (inventory.StockLine("S1", 1_000),)))
    placed = [orders.PlaceOrder("web", (orders.OrderLine("S1", 1),), customer=f"buyer-{n}") for n in range(buyers)]
    assert all(await people.batch(PLACE_ORDERS, placed))
    async with people.database.transaction() as connection:
        cursor = await connection.execute("select id from customers.source_record order by id")
        records = [row[0] for row in await cursor.fetchall()]
    agreed = [
        consent.GiveConsent(record, "analytics", consent.LATEST, consent.Evidence("till")) for record in records[:-1]
    ]
    assert all(await people.batch(consent.GIVE_CONSENT, agreed))


async def test_figures_are_near_what_was_counted_and_are_paid_for(executor: Executor) -> None:
    people = People(executor)
    await furnished(people, 200)
    await people.done(rights.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("orders", 10.0))
    released = await people.done(RELEASE_PRIVATELY, asked(epsilon=4.0))
    figures = {one.group: one.value for one in released.figures}
    assert set(figures) == {"till", "web"}
    assert abs(figures["web"] - 199) <= 8  # the one who has not agreed is not counted; 8: less than once in 10^13
    assert abs(figures["till"]) <= 8
    assert (released.epsilon, released.epsilon_left, released.threshold) == (4.0, 6.0, 0)
    spent = await people.done(
        RELEASE_PRIVATELY, asked(measure="spend", currency="EUR", value_max=500, epsilon=5.0, group_by="node")
    )
    assert abs({one.group: one.value for one in spent.figures}["N1"] - 199 * 500) < 4_000
    assert spent.epsilon_left == pytest.approx(1.0)
    assert await people.refused(RELEASE_PRIVATELY, asked(epsilon=1.01)) == "privacy_budget_exhausted"
    (left,) = await people.ask(budgets.left())
    assert left.epsilon_left == pytest.approx(1.0)


async def test_the_same_request_gets_the_same_figures_for_nothing(executor: Executor) -> None:
    people = People(executor)
    await furnished(people, 5)
    await people.done(rights.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("orders", 1.0))
    calls = [RELEASE_PRIVATELY.call(asked(), "same") for _ in range(3)]
    bodies = {(await executor.execute(RELEASE_PRIVATELY, [call]))[0].body for call in calls}
    assert len(bodies) == 1
    assert msgspec.json.decode(bodies.pop(), type=PrivateReleased).epsilon_left == 0.9
    others = [(await people.done(RELEASE_PRIVATELY, asked(epsilon=0.01))).figures for _ in range(3)]
    assert len(set(others)) > 1


async def test_sources_are_told_when_they_know_many(executor: Executor) -> None:
    people = People(executor)
    records = [await people.record() for _ in range(150)]
    agreed = [consent.GiveConsent(one, "analytics", consent.LATEST, consent.Evidence("till")) for one in records]
    assert all(await people.batch(consent.GIVE_CONSENT, agreed))
    rare = await people.record()
    async with people.database.transaction() as connection:
        await connection.execute("update customers.source_record set source = 'rare' where id = %s", (rare,))
    await people.done(
        consent.GIVE_CONSENT, consent.GiveConsent(rare, "analytics", consent.LATEST, consent.Evidence("till"))
    )
    await people.done(rights.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("customers", 2.0, 1e-6))
    command = PrivateRelease("customers", "source", "customers", 2.0, 1e-6)
    released = await people.done(RELEASE_PRIVATELY, command)
    assert [one.group for one in released.figures] == ["web"]
    assert abs(released.figures[0].value - 150) < 20
    assert (released.epsilon_left, released.delta_left) == (0, 0)


async def test_a_grant_is_checked(executor: Executor) -> None:
    people = People(executor)
    grant = rights.GRANT_PRIVACY_BUDGET
    assert await people.refused(grant, budgets.GrantPrivacyBudget("diaries", 1.0)) == "unknown_dataset"
    assert await people.refused(grant, budgets.GrantPrivacyBudget("orders", -1.0)) == "bad_privacy_loss"
    async with people.database.transaction() as connection:
        cursor = await connection.execute("select count(*) from customers.privacy_budget")
        assert await cursor.fetchone() == (0,)


@pytest.mark.races
async def test_releases_at_once_never_overspend(executor: Executor) -> None:
    people = People(executor)
    await furnished(people, 5)
    grants = [people.outcome(rights.GRANT_PRIVACY_BUDGET, budgets.GrantPrivacyBudget("orders", 0.25)) for _ in range(2)]
    assert all(one.accepted for one in await asyncio.gather(*grants))
    calls = [RELEASE_PRIVATELY.call(asked(epsilon=0.1), secrets.token_hex(8)) for _ in range(12)]
    runs = [executor.execute(RELEASE_PRIVATELY, calls[start : start + 2]) for start in range(0, 12, 2)]
    outcomes = [outcome for batch in await asyncio.gather(*runs) for outcome in batch]
    assert [one.accepted for one in outcomes].count(True) == 5
    assert {one.refusal().code for one in outcomes if not one.accepted} == {"privacy_budget_exhausted"}
    (left,) = await people.ask(budgets.left())
    assert left.epsilon_left == 0
