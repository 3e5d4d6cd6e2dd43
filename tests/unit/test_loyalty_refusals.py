"""Everything that the room refuses of programmes, members and points."""

from typing import Any

import pytest

from mainstem.domains import customers, loyalty
from mainstem.domains.loyalty import contracts
from mainstem.kernel.refusals import RefusalCode
from mainstem.platform.execution import Executor
from mainstem.platform.texts import translate
from tests.unit.loyalty_club import FORM, Club, line

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
async def club(executor: Executor) -> Club:
    made = Club(executor)
    await made.programme()
    return made


TIER = {"code": "a", "name": {"en": "A"}, "at_least": 5}
RULE = {"code": "r", "name": {"en": "R"}, "gives": {"type": "amount", "points": 1, "per_minor": 100}}


@pytest.mark.parametrize(
    ("code", "where", "changes"),
    [
        ("programme_changed", "/revision", {}),
        ("bad_code", "/code", {"code": " "}),
        ("unknown_currency", "/currency", {"code": "x", "currency": "QQQ"}),
        ("out_of_range", "/zone", {"code": "x", "zone": "Moon"}),
        ("out_of_range", "/life/months", {"code": "x", "life": {"months": 0}}),
        ("out_of_range", "/pending_days", {"code": "x", "pending_days": -1}),
        ("name_needed", "/name", {"code": "x", "name": {"en": " "}}),
        ("named_twice", "/rules/1/code", {"code": "x", "rules": [RULE, RULE]}),
        ("not_in_programme", "/rules/0/tiers", {"code": "x", "rules": [{**RULE, "tiers": ["platinum"]}]}),
        ("out_of_range", "/rules/0/gives/times", {"code": "x", "rules": [{**RULE, "gives": {"type": "times", "times": "1"}}]}),  # noqa: E501 - a row
        ("out_of_range", "/rules/0/per_day_max", {"code": "x", "rules": [{**RULE, "per_day_max": 0}]}),
        (
            "out_of_range",
            "/rules/0/valid_until",
            {"code": "x", "rules": [{**RULE, "valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}]},  # noqa: E501 - a row
        ),
        ("out_of_range", "/burn/share_percent_max", {"code": "x", "burn": {"points": 1, "amount_minor": 1, "share_percent_max": 101}}),  # noqa: E501 - a row
        ("tiers_unsorted", "/tiers/steps/1/at_least", {"code": "x", "rules": [], "tiers": {"steps": [TIER, {**TIER, "code": "b"}]}}),  # noqa: E501 - a row
        ("not_in_programme", "/birthday/benefit", {"code": "x", "birthday": {"benefit": "cake"}}),
        ("out_of_range", "/referral/per_day_max", {"code": "x", "referral": {"referrer_points": 1, "referred_points": 1, "per_day_max": 0}}),  # noqa: E501 - a row
    ],
)  # fmt: skip
async def test_a_programme_that_contradicts_itself(club: Club, code: str, where: str, changes: dict[str, Any]) -> None:
    import msgspec

    form = msgspec.convert({**FORM, **changes}, loyalty.Programme)
    (answer,) = await club.run(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(form))
    assert (answer.code, answer.where) == (code, where)
    assert answer.message()


async def test_a_programme_keeps_its_currency(club: Club) -> None:
    import msgspec

    form = msgspec.convert({**FORM, "currency": "EUR"}, loyalty.Programme)
    assert await club.code(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(form, 1)) == "currency_fixed"


async def test_enrolling(club: Club) -> None:
    customer, host = await club.both()
    again = await club.do(loyalty.ENROL, loyalty.Enrol("club", customer))
    assert (again.member, again.fresh) == (host, False)

    async def refused(customer: int, by: str = "", device: str = "", programme: str = "club") -> str:
        return await club.code(loyalty.ENROL, loyalty.Enrol(programme, customer, by, device))

    assert await refused(customer, programme="other") == "unknown_programme"
    assert await refused(1) == "unknown_customer"
    assert await refused(customer, device="d" * 400) == "too_long"
    assert await refused(customer, by=host) == "enrolled_already"
    assert await refused(await club.person(), by="123") == "unknown_member"
    alone = await club.person()
    first = await club.member(alone, device="phone")
    assert await refused(await club.person(), by=host, device="phone") == "referral_device"
    for _ in range(3):
        await club.member(await club.person(), referred_by=host)
    assert await refused(await club.person(), by=host) == "referral_limit"
    home = {"street": "延安中路 998 弄 3 号 501", "city": "上海市", "postal_code": "200040", "country": "CN"}
    one, two = await club.person(name="王小明", **home), await club.person(name="王丽", **home)
    near = await club.member(one)
    await club.do(customers.CORRECT_HOUSEHOLD, customers.CorrectHousehold(one, two, "together", "seen"))
    assert await refused(two, by=near) == "referral_household"
    await club.programme(1, referral=None)
    assert await refused(two, by=first) == "referral_off"
    other = {**FORM, "code": "other"}
    import msgspec

    form = msgspec.convert(other, loyalty.Programme)
    await club.do(loyalty.SAVE_PROGRAMME, loyalty.SaveProgramme(form))
    there = (await club.do(loyalty.ENROL, loyalty.Enrol("other", two))).member
    assert await club.code(loyalty.TRANSFER_POINTS, loyalty.TransferPoints(near, there, 1)) == "another_programme"
    assert await club.code(loyalty.JOIN_POOL, loyalty.JoinPool((near, there))) == "another_programme"


async def test_nobody_brings_himself(club: Club) -> None:
    first, host = await club.both()
    second = await club.person()
    await club.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(first, second, "one"))
    assert await club.code(loyalty.ENROL, loyalty.Enrol("club", second, host)) == "enrolled_already"


async def test_burning(club: Club) -> None:
    customer, member = await club.both()
    await club.credit(member, 1000)
    lines = [line(1, 1, 10000)]
    assert (await club.order(customer, lines, burn=9))[1].code == "bad_points"
    assert (await club.order(customer, lines, burn=501))[1].code == "bad_points"
    await club.credit(member, -600)
    assert (await club.order(customer, lines, burn=500))[1].code == "points_missing"
    await club.programme(1, burn=None)
    assert (await club.order(customer, lines, burn=10))[1].code == "not_burnable"


async def test_adjusting(club: Club) -> None:
    _, member = await club.both()

    async def refused(points: int, reason: str = "why", note: str = "", whom: str = member) -> str:
        return await club.code(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(whom, points, reason, note))

    assert await refused(0) == "bad_points"
    assert await refused(5, " ") == "adjustment_reason_missing"
    assert await refused(5, note="n" * 400) == "too_long"
    assert await refused(-1) == "points_missing"
    assert await refused(1, whom="1") == "unknown_member"
    waiting = await club.do(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(member, 1001, "why"))
    assert (waiting.state, waiting.available) == ("waiting", 0)
    decide = loyalty.DecideAdjustment(waiting.adjustment, approve=True)
    assert await club.code(loyalty.DECIDE_ADJUSTMENT, decide) == "own_adjustment"
    assert (
        await club.code(loyalty.DECIDE_ADJUSTMENT, loyalty.DecideAdjustment(1, approve=True), 8) == "unknown_adjustment"
    )
    two = await club.run(loyalty.DECIDE_ADJUSTMENT, decide, decide, actor=8)
    assert (two[0].state, two[0].available, two[1].code) == ("posted", 1001, "adjustment_decided")
    assert [one.decided_by for one in await club.ask(loyalty.adjustments("posted", 10))] == [8]
    more = await club.do(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(member, -1001, "why"))
    await club.credit(member, -1)
    late = loyalty.DecideAdjustment(more.adjustment, approve=True)
    assert await club.code(loyalty.DECIDE_ADJUSTMENT, late, 8) == "points_missing"
    declined = await club.do(loyalty.DECIDE_ADJUSTMENT, loyalty.DecideAdjustment(more.adjustment, approve=False))
    assert (declined.state, declined.available) == ("declined", 1000)
    assert await club.faults() == []


async def test_transfers_and_pools(club: Club) -> None:
    first, one = await club.both()
    second, two = await club.both()
    _, three = await club.both()
    await club.credit(one, 800)

    async def refused(source: str, target: str, points: int) -> str:
        return await club.code(loyalty.TRANSFER_POINTS, loyalty.TransferPoints(source, target, points))

    assert await refused(one, two, 10) == "transfer_apart"
    assert await refused(one, one, 10) == "transfer_apart"
    assert await refused(one, "1", 10) == "unknown_member"
    assert await club.code(loyalty.JOIN_POOL, loyalty.JoinPool((one, two))) == "pool_apart"
    assert await club.code(loyalty.JOIN_POOL, loyalty.JoinPool((one,))) == "out_of_range"
    assert await club.code(loyalty.JOIN_POOL, loyalty.JoinPool((one, "1"))) == "unknown_member"
    assert await club.code(loyalty.LEAVE_POOL, loyalty.LeavePool(one)) == "not_pooled"
    assert await club.code(loyalty.LEAVE_POOL, loyalty.LeavePool("1")) == "unknown_member"
    await club.do(customers.CORRECT_HOUSEHOLD, customers.CorrectHousehold(first, second, "together", "seen"))
    moved = await club.do(loyalty.TRANSFER_POINTS, loyalty.TransferPoints(one, two, 300))
    assert moved.left == 500
    assert await refused(one, two, 201) == "transfer_limit"
    assert await refused(one, two, 0) == "bad_points"
    await club.do(loyalty.TRANSFER_POINTS, loyalty.TransferPoints(one, two, 200))
    assert await refused(two, one, 501) == "transfer_limit"
    assert await refused(three, one, 1) == "transfer_apart"
    await club.do(loyalty.JOIN_POOL, loyalty.JoinPool((one, two)))
    view = await club.view(two)
    assert (view.available, view.pooled) == (500, 300)
    await club.order(second, [line(1, 1, 20000)], burn=700)
    assert await refused(two, one, 231) == "points_missing"
    await club.programme(1, pool_members_max=1)
    assert await club.code(loyalty.JOIN_POOL, loyalty.JoinPool((one, two))) == "pool_too_large"
    left = await club.do(loyalty.LEAVE_POOL, loyalty.LeavePool(one))
    assert left.members == ()
    assert (await club.view(two)).pool is None
    assert await club.faults() == []


async def test_actions_rewards_and_benefits(club: Club) -> None:
    _, member = await club.both()
    act = loyalty.RecordAction(member, "review", "product 7")
    assert (await club.do(loyalty.RECORD_ACTION, act)).points == 20
    assert (await club.do(loyalty.RECORD_ACTION, act)).available == 20
    await club.write("delete from platform.idempotency")
    assert (await club.do(loyalty.RECORD_ACTION, act)).available == 20
    assert await club.code(loyalty.RECORD_ACTION, loyalty.RecordAction(member, "dance", "1")) == "unknown_action"
    assert await club.code(loyalty.RECORD_ACTION, loyalty.RecordAction("1", "review", "1")) == "unknown_member"
    assert await club.code(loyalty.REDEEM_REWARD, loyalty.RedeemReward(member, "tea")) == "points_missing"
    assert await club.code(loyalty.REDEEM_REWARD, loyalty.RedeemReward(member, "car")) == "unknown_reward"
    assert await club.code(loyalty.REDEEM_REWARD, loyalty.RedeemReward("1", "tea")) == "unknown_member"
    await club.credit(member, 80)
    both = await club.run(loyalty.REDEEM_REWARD, *[loyalty.RedeemReward(member, "tea")] * 3)
    assert [getattr(one, "available", None) or getattr(one, "code", "0") for one in both] == [50, "0", "points_missing"]
    grant = loyalty.GrantBenefit(member, "lounge", "summer", 2)
    two = await club.run(loyalty.GRANT_BENEFIT, grant, grant)
    assert (two[0].left, two[1].code) == (2, "benefit_granted")
    assert await club.code(loyalty.GRANT_BENEFIT, grant) == "benefit_granted"
    assert await club.code(loyalty.GRANT_BENEFIT, loyalty.GrantBenefit(member, "pool", "x")) == "unknown_benefit"
    assert await club.code(loyalty.GRANT_BENEFIT, loyalty.GrantBenefit(member, "gift", "x", 0)) == "out_of_range"
    assert await club.code(loyalty.GRANT_BENEFIT, loyalty.GrantBenefit(member, "gift", "x", days=0)) == "out_of_range"
    used = await club.run(loyalty.USE_BENEFIT, *[loyalty.UseBenefit(member, "lounge")] * 3)
    assert [getattr(one, "left", None) for one in used[:2]] == [1, 0]
    assert used[2].code == "benefit_used_up"
    assert (await club.do(loyalty.USE_BENEFIT, loyalty.UseBenefit(member, "gift", 2))).left == 0
    assert await club.code(loyalty.USE_BENEFIT, loyalty.UseBenefit("1", "gift")) == "unknown_member"
    assert await club.faults() == []


async def test_a_rule_gives_no_more_a_day_than_it_says(club: Club) -> None:
    await club.programme(1, rules=[{**FORM["rules"][0], "per_order_max": 60, "per_day_max": 100}])
    first, one = await club.both()
    second = await club.person()
    await club.do(customers.MERGE_CUSTOMERS, customers.MergeCustomers(first, second, "one"))
    for customer, points in ((first, 60), (second, 100), (first, 100)):
        await club.order(customer, [line(1, 1, 100000)])
        assert (await club.view(one)).available == points


async def test_a_birthday_is_granted_once_a_year(club: Club) -> None:
    await club.programme(1, birthday={"benefit": "gift"})
    from datetime import UTC, datetime

    month = datetime.now(UTC).month
    born = await club.person(birth_date=f"1990-{month:02d}-02", name="王小明")
    other = await club.person(birth_date=f"1990-{month % 12 + 1:02d}-02", name="李丽")
    for person in (born, other):
        await club.member(person)
        await club.executor.transact("keep", lambda work, who=person: customers.keep_current(work, [who]))  # type: ignore[misc]
    assert await loyalty.grant_birthdays(club.executor) == 1
    assert await loyalty.grant_birthdays(club.executor) == 0
    assert await club.faults() == []


def test_every_refusal_is_there_in_chinese() -> None:
    from mainstem.domains.loyalty.cards import contracts as cards

    for module in (contracts, cards):
        for declared in vars(module).values():
            if isinstance(declared, RefusalCode):
                for text in (declared.message, declared.remedy):
                    assert translate(text, "zh") != text, text
