"""Points from order to return: earned, spent, taken back and given back, over merges, pools and days."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import customers, loyalty
from mainstem.platform.execution import Executor
from mainstem.platform.work import Work
from tests.unit.loyalty_club import Club, line

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
async def club(executor: Executor) -> Club:
    made = Club(executor)
    await made.programme()
    return made


async def test_an_order_earns_and_its_return_takes_back_to_zero_in_any_parts(club: Club) -> None:
    customer, member = await club.both()
    order, earned = await club.order(customer, [line(1, 3, 1000), line(2, 7, 2555)])
    assert earned.own.points == 35  # 35.55, rounded down
    assert (await club.view(member)).available == 35
    taken = [(await club.back(order, part))[0] for part in ({1: 1}, {2: 3}, {1: 1, 2: 1}, {1: 1}, {2: 3})]
    assert sum(taken) == 35
    assert all(part >= 0 for part in taken)
    view = await club.view(member)
    assert (view.available, view.qualifying) == (0, 0)
    assert await club.back(order, {1: 5}) == (0, 0, 0)
    assert await club.faults() == []


async def test_points_pay_a_part_and_come_back_with_their_old_last_day(club: Club) -> None:
    customer, member = await club.both()
    await club.credit(member, 300)
    before = (await club.view(member)).expiring
    order, earned = await club.order(customer, [line(1, 4, 4000), line(2, 1, 1000)], burn=200)
    assert earned.own.points == 30  # what points paid earns nothing
    assert (await club.view(member)).available == 130
    taken, given, debt = await club.back(order, {1: 2})
    assert (taken, given, debt) == (12, 80, 0)
    assert (await club.view(member)).available == 130 + 80 - 12
    await club.back(order, {1: 2, 2: 1})
    view = await club.view(member)
    assert (view.available, view.expiring) == (300, before)
    assert await club.faults() == []


async def test_held_points_are_gone_for_others_and_come_back_when_the_order_lapses(club: Club) -> None:
    customer, member = await club.both()
    await club.credit(member, 100)
    order, worth = await club.order(customer, [line(1, 1, 10000)], burn=90, settle=False)
    assert worth == 900
    view = await club.view(member)
    assert (view.available, view.held) == (10, 90)
    _, refused = await club.order(customer, [line(1, 1, 10000)], burn=20)
    assert refused.code == "points_missing"
    await club.release(order)
    await club.release(order)
    assert (await club.view(member)).available == 100
    assert await club.faults() == []


async def test_what_was_spent_before_its_return_is_a_debt_that_new_points_pay_first(club: Club) -> None:
    customer, member = await club.both()
    order, _ = await club.order(customer, [line(1, 2, 10000)])
    await club.order(customer, [line(1, 1, 20000)], burn=100, plus=0)
    available = (await club.view(member)).available
    await club.do(loyalty.REDEEM_REWARD, loyalty.RedeemReward(member, "tea"))
    await club.credit(member, -(available - 50 - 10))
    taken, _, debt = await club.back(order, {1: 2})
    assert (taken, debt) == (100, 90)
    assert (await club.view(member)).available == -90
    _, refused = await club.order(customer, [line(1, 1, 10000)], burn=10)
    assert refused.code == "points_missing"
    await club.order(customer, [line(1, 1, 10000)])
    view = await club.view(member)
    assert view.available == 10
    assert [one.points for one in view.expiring] == [10]
    assert await club.faults() == []


async def test_points_wait_until_the_window_of_returns_closes(club: Club) -> None:
    await club.programme(1, pending_days=14)
    customer, member = await club.both()
    order, _ = await club.order(customer, [line(1, 4, 10000)])
    view = await club.view(member)
    assert (view.available, view.pending) == (0, 100)
    assert await club.sweep(loyalty.release_points) == 0
    assert await club.back(order, {1: 1}) == (25, 0, 0)
    await club.write("update loyalty.earning set release_at = now() - interval '1 second'")
    assert await club.sweep(loyalty.release_points) == 1
    assert await club.sweep(loyalty.release_points) == 0
    view = await club.view(member)
    assert (view.available, view.pending) == (75, 0)
    assert await club.back(order, {1: 3}) == (75, 0, 0)
    assert await club.faults() == []


async def test_what_expires_first_is_used_first_and_the_sweep_takes_the_rest(club: Club) -> None:
    customer, member = await club.both()
    await club.credit(member, 100)
    await club.programme(1, life={"months": 24})
    await club.credit(member, 100)
    await club.order(customer, [line(1, 1, 10000)], burn=130, settle=False)
    view = await club.view(member)
    assert [one.points for one in view.expiring] == [70]
    await club.write(
        "update loyalty.lot set expires_on = current_date - 2"
        " where expires_on > current_date + 400 and expires_on < '9999-01-01'"
    )
    assert (await club.view(member)).available == 0  # reads do not wait for the sweep
    assert await club.sweep(loyalty.expire_points) >= 1
    assert await club.sweep(loyalty.expire_points) == 0
    assert (await club.view(member)).available == 0
    assert await club.faults() == []


async def test_a_merge_reads_over_all_records_and_a_split_leaves_each_his_own(club: Club) -> None:
    first, one = await club.both()
    second, other = await club.both()
    await club.credit(one, 60)
    await club.credit(other, 40)
    await club.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(first, second, "the same"))
    view = await club.view(other)
    assert (view.available, view.account) == (100, (await club.view(one)).account)
    assert set(view.joined_under) == {one, other}
    order, _ = await club.order(second, [line(1, 1, 20000)], burn=90)
    earned = (await club.view(one)).available - 10
    await club.do(customers.SPLIT_CUSTOMER, customers.SplitCustomer(first, (second,), "not the same"))
    assert (await club.view(one)).available + (await club.view(other)).available == 10 + earned
    await club.back(order, {1: 1})
    assert (await club.view(one)).available == 60
    assert (await club.view(other)).available == 40
    assert await club.faults() == []


async def test_a_tier_is_reached_at_once_and_lowered_at_its_review_after_the_grace(club: Club) -> None:
    customer, member = await club.both()
    order, _ = await club.order(customer, [line(1, 1, 60000)])
    assert (await club.view(member)).tier == "silver"
    await club.order(customer, [line(1, 1, 140000)])
    view = await club.view(member)
    assert (view.tier, view.next_tier) == ("gold", None)
    assert [(one.benefit, one.quantity) for one in view.benefits] == [("lounge", 2)]
    await club.back(order, {1: 1})
    view = await club.view(member)
    assert (view.tier, view.qualifying) == ("gold", 140000)
    over = datetime.now(UTC).date() - timedelta(days=2)
    await club.write("update loyalty.account set tier_until = %s, review_on = %s", over, over)
    assert await club.sweep(loyalty.review_tiers) == 1
    assert (await club.view(member)).tier == "gold"  # the days of grace
    assert await club.sweep(loyalty.review_tiers) == 0
    over -= timedelta(days=40)
    await club.write("update loyalty.account set tier_until = %s, review_on = %s", over, over)
    assert await club.sweep(loyalty.review_tiers) == 1
    assert (await club.view(member)).tier == "silver"
    assert await club.faults() == []


async def test_a_referral_is_rewarded_once_with_the_first_order_and_taken_back_with_it(club: Club) -> None:
    _, host = await club.both()
    guest = await club.person()
    invited = await club.member(guest, referred_by=host, device="phone")
    assert (await club.view(host)).available == 0
    await club.order(guest, [line(1, 1, 500)])
    assert (await club.view(host)).available == 0
    order, _ = await club.order(guest, [line(1, 2, 2000)])
    assert (await club.view(host)).available == 100
    assert (await club.view(invited)).available == 5 + 20 + 50
    await club.order(guest, [line(1, 1, 2000)])
    assert (await club.view(host)).available == 100
    await club.back(order, {1: 2})
    assert (await club.view(host)).available == 0
    assert await club.faults() == []


async def test_devices_are_forgotten_and_points_stay(club: Club) -> None:
    customer = await club.person()
    member = await club.member(customer, device="phone")
    await club.credit(member, 10)

    async def forget(work: Work) -> None:
        loyalty.forget_devices(work, [customer])

    await club.executor.transact("erase", forget)
    assert await club.rows("select device from loyalty.account") == [(None,)]
    assert (await club.view(member)).available == 10


async def test_the_liability_of_a_day_says_what_is_outstanding_and_what_will_expire(club: Club) -> None:
    customer, member = await club.both()
    await club.credit(member, 1000)
    await club.programme(1, pending_days=7)
    await club.order(customer, [line(1, 1, 100000)], burn=400)
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    (before, now) = await club.liability(today - timedelta(days=1), today)
    assert (before.outstanding, before.pending) == (0, 0)
    assert (now.outstanding, now.outstanding_minor, now.pending) == (600, 6000, 960)
    assert sum(one.points for one in now.expiring) == 600
    assert (now.breakage_millionths, now.breakage) == (0, 0)
    await club.write(
        "update loyalty.lot set expires_on = expires_on - 800 where not pending and expires_on < '9999-01-01'"
    )
    await club.sweep(loyalty.expire_points)
    (now,) = await club.liability(today)
    assert (now.outstanding, now.breakage_millionths) == (0, 600000)
    assert now.breakage == 960 * 600000 // 1000000
