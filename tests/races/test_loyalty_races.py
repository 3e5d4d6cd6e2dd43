"""Many at once: points that are spent everywhere, a card that is paid with at every till, one who is brought twice."""

import asyncio
from collections import Counter

import pytest

from mainstem.domains import loyalty
from mainstem.kernel.refusals import Refusal
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.loyalty_club import Club, line
from tests.vaults import VAULT

pytestmark = [pytest.mark.races, pytest.mark.anyio]


async def test_points_are_spent_once_however_many_orders_want_them(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        club = Club(Executor(database, VAULT))
        await club.programme()
        customer, member = await club.both()
        await club.credit(member, 100)
        orders = await asyncio.gather(
            *[club.order(customer, [line(1, 1, 10000)], burn=30, settle=False) for _ in range(8)]
        )
        assert sum(not isinstance(found, Refusal) for _, found in orders) == 3
        view = await club.view(member)
        assert (view.available, view.held) == (10, 90)
        assert await club.faults() == []


async def test_an_order_that_comes_back_in_parts_at_once_takes_back_what_it_earned(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        club = Club(Executor(database, VAULT))
        await club.programme()
        customer, member = await club.both()
        await club.credit(member, 100)
        order, earned = await club.order(customer, [line(1, 7, 9999)], burn=50)
        taken = await asyncio.gather(*[club.back(order, {1: 1}) for _ in range(9)])
        assert sum(one[0] for one in taken) == earned.own.points
        assert sum(one[1] for one in taken) == 50
        assert (await club.view(member)).available == 100
        assert await club.faults() == []


async def test_a_card_is_paid_with_as_often_as_there_is_money_on_it(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        club = Club(Executor(database, VAULT))
        terms = loyalty.CardTerms(1, "CNY", 1000, "CN", active=True)
        issuance = loyalty.issue_cards(VAULT, terms, "issue", actor=7)
        (outcome,) = await club.executor.execute(loyalty.ISSUE_CARDS, [issuance.call])
        (card,) = issuance.cards(outcome)
        assert card.code is not None
        assert card.pin is not None
        wish = loyalty.RedeemCard(card.code, card.pin, 300, "CNY", "till")
        answers = await asyncio.gather(*[club.run(loyalty.REDEEM_CARD, wish) for _ in range(8)])
        codes = Counter(one.code if isinstance(one, Refusal) else "paid" for (one,) in answers)
        assert codes == {"paid": 3, "card_balance": 5}
        wrong = loyalty.RedeemCard(card.code, "x", 1, "CNY", "thief")
        answers = await asyncio.gather(*[club.run(loyalty.REDEEM_CARD, wrong) for _ in range(9)])
        assert Counter(one.code for (one,) in answers) == {"unknown_card": 5, "card_tries": 4}
        assert (
            await club.do(loyalty.REDEEM_CARD, loyalty.RedeemCard(card.code, card.pin, 100, "CNY", "till"))
        ).balance_minor == 0
        assert await club.faults() == []


async def test_a_customer_becomes_one_member_and_a_limit_of_referrals_holds(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        club = Club(Executor(database, VAULT))
        await club.programme()
        customer = await club.person()
        answers = await asyncio.gather(*[club.run(loyalty.ENROL, loyalty.Enrol("club", customer)) for _ in range(6)])
        assert len({one.member for (one,) in answers}) == 1
        host = answers[0][0].member
        guests = [await club.person() for _ in range(6)]
        brought = await asyncio.gather(
            *[club.run(loyalty.ENROL, loyalty.Enrol("club", guest, host)) for guest in guests]
        )
        assert sum(not isinstance(one, Refusal) for (one,) in brought) == 3


async def test_sweeps_side_by_side_do_everything_once(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        club = Club(Executor(database, VAULT))
        await club.programme(pending_days=5)
        members = [await club.both() for _ in range(10)]
        for customer, _ in members:
            await club.order(customer, [line(1, 1, 10000)])
        await club.write("update loyalty.earning set release_at = now() - interval '1 second'")
        done = await asyncio.gather(
            *[loyalty.sweep(club.executor, "test", loyalty.release_points, 3) for _ in range(4)]
        )
        assert sum(done) == 10
        await club.write(
            "update loyalty.lot set expires_on = expires_on - 800 where not pending and expires_on < '9999-01-01'"
        )
        await asyncio.gather(*[loyalty.sweep(club.executor, "test", loyalty.expire_points, 3) for _ in range(4)])
        assert {(await club.view(member)).available for _, member in members} == {0}
        assert await club.faults() == []
