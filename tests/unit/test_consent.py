"""Consent against an independent model, and what surrounds it."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.domains import customers
from mainstem.domains.customers.consent.policies import Policy, in_force
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.privacy_people import People
from tests.vaults import VAULT

consent = customers.consent

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
TILL = consent.Evidence("till", "K1")

Said = tuple[int, str, str, bool, int]
"""(record 0..3, purpose, channel, given, second)."""

_said = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["marketing", "analytics"]),
    st.sampled_from(["", "sms", "email"]),
    st.booleans(),
    st.integers(0, 4),
).map(lambda one: one if one[1] == "marketing" else (one[0], one[1], "", one[3], one[4]))


def expected(said: Sequence[Said], members: Sequence[int], purpose: str, channel: str) -> bool:
    """An independent reading of the rule: each channel by itself, record by record, statement by statement."""
    verdicts = [
        verdict
        for record in members
        for verdict in [_verdict([one for one in said if one[0] == record and one[1] == purpose], channel)]
        if verdict is not None
    ]
    return bool(verdicts) and all(verdicts)


def _verdict(said: Sequence[Said], channel: str) -> bool | None:
    if channel:
        heard = [one for one in said if one[2] in ("", channel)]
        if not heard:
            return None
        last = max(one[4] for one in heard)
        return all(one[3] for one in heard if one[4] == last)
    everywhere = _verdict([one for one in said if one[2] == ""], "anything else")
    single = [_verdict(said, one) for one in sorted({one[2] for one in said} - {""})]
    if everywhere is False or False in single:
        return False
    return everywhere


@settings(max_examples=25)
@given(
    said=st.lists(_said, max_size=12),
    groups=st.sampled_from([(0, 0, 0, 0), (0, 1, 2, 3), (0, 0, 2, 2), (0, 1, 1, 3), (0, 1, 0, 0)]),
    batch=st.booleans(),
)
def test_what_is_allowed_is_what_an_independent_reading_says(
    database_url: str, said: list[Said], groups: tuple[int, ...], *, batch: bool
) -> None:
    asyncio.run(_agrees(database_url, said, groups, batch=batch))


async def _agrees(url: str, said: list[Said], groups: tuple[int, ...], *, batch: bool) -> None:
    async with Database(url, pool_size=2, vault=VAULT) as database:
        people = People(Executor(database, VAULT))
        records = [await people.record() for _ in range(4)]
        for group in set(groups):
            await people.belong([record for record, mine in zip(records, groups, strict=True) if mine == group])
        if batch:  # withdrawals first, each kind as one batch: another order of arrival
            await people.batch(consent.WITHDRAW_CONSENT, [_command(one, records) for one in said if not one[3]])
            await people.batch(consent.GIVE_CONSENT, [_command(one, records) for one in said if one[3]])
        else:
            for one in said:
                operation = consent.GIVE_CONSENT if one[3] else consent.WITHDRAW_CONSENT
                await people.done(operation, _command(one, records))
        await _compare(people, records, said, groups)
        await people.belong(records)
        await _compare(people, records, said, (0, 0, 0, 0))
        for record in records:
            await people.belong([record])
        await _compare(people, records, said, (0, 1, 2, 3))


async def _compare(people: People, records: list[int], said: list[Said], groups: tuple[int, ...]) -> None:
    for purpose, channel in itertools.chain(
        itertools.product(["marketing"], ["", "sms", "email", "phone"]), [("analytics", "")]
    ):
        found = await people.ask(consent.allowed(records, purpose, channel))
        for number, record in enumerate(records):
            members = [other for other in range(4) if groups[other] == groups[number]]
            assert (record in found) == expected(said, members, purpose, channel), (purpose, channel, number)
    async with people.database.transaction() as connection:
        for number, record in enumerate(records):
            views = await consent.consents_of(connection, record)
            assert views is not None
            members = [other for other in range(4) if groups[other] == groups[number]]
            for view in views:
                if view.purpose in ("marketing", "analytics"):
                    assert view.allowed == expected(said, members, view.purpose, view.channel), view


def _command(one: Said, records: list[int]) -> consent.GiveConsent | consent.WithdrawConsent:
    record, purpose, channel, is_given, second = one
    moment = BEGIN + timedelta(seconds=second)
    if is_given:
        return consent.GiveConsent(records[record], purpose, consent.LATEST, TILL, channel=channel, occurred_at=moment)
    return consent.WithdrawConsent(records[record], purpose, TILL, channel=channel, occurred_at=moment)


@pytest.mark.anyio
async def test_it_is_told_and_kept_with_its_evidence(executor: Executor) -> None:
    people = People(executor)
    record = await people.record()
    await people.done(consent.GIVE_CONSENT, consent.GiveConsent(record, "analytics", consent.LATEST, TILL), actor=42)
    await people.done(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(record, "analytics", TILL), actor=43)
    later, earlier = await people.ask(consent.history(record, 10))
    assert (earlier.given, earlier.policy, earlier.way, earlier.reference, earlier.actor) == (
        True,
        consent.LATEST,
        "till",
        "K1",
        42,
    )
    assert (later.given, later.actor) == (False, 43)
    assert await people.events(record) == ["customers.consent_given", "customers.consent_withdrawn"]


@pytest.mark.anyio
async def test_said_everywhere_it_is_said_for_every_record(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(3)
    for record in records:
        await people.done(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(record, "analytics", TILL))
    changed = await people.done(
        consent.GIVE_CONSENT, consent.GiveConsent(records[1], "analytics", consent.LATEST, TILL, everywhere=True)
    )
    assert changed.records == 3
    assert await people.ask(consent.allowed(records, "analytics")) == set(records)


@pytest.mark.anyio
async def test_a_large_set_is_filtered_in_its_order(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.domains.customers.consent.queries.CHUNK", 3)
    people = People(executor)
    records = [await people.record() for _ in range(10)]
    agreed = records[::2]
    given_by = [consent.GiveConsent(one, "partners", consent.LATEST, TILL) for one in agreed]
    assert all(await people.batch(consent.GIVE_CONSENT, given_by))
    async with people.database.transaction() as connection:
        passed = await consent.only_allowed(connection, [5, *reversed(records)], "partners")
    assert passed == list(reversed(agreed))


@pytest.mark.anyio
async def test_a_purpose_that_is_not_declared_is_a_defect_of_who_asks() -> None:
    with pytest.raises(KeyError):
        consent.allowed([1], "fun")


@pytest.mark.unit
def test_a_policy_that_changed_much_must_be_agreed_to_anew() -> None:
    both = frozenset(("marketing", "analytics"))
    policies = (
        Policy("1", BEGIN, both, both),
        Policy("2", BEGIN, both),
        Policy("3", BEGIN, both, frozenset(("marketing",))),
    )
    assert in_force("marketing", policies) == ("3",)
    assert in_force("analytics", policies) == ("3", "2", "1")


@pytest.mark.anyio
async def test_what_was_given_to_a_former_policy_counts_no_longer(executor: Executor) -> None:
    people = People(executor)
    record = await people.record()
    await people.done(consent.GIVE_CONSENT, consent.GiveConsent(record, "analytics", consent.LATEST, TILL))
    async with people.database.transaction() as connection:
        await connection.execute("update customers.consent_state set policy = '2019' where record = %s", (record,))
        views = await consent.consents_of(connection, record)
    assert views is not None
    (view,) = [one for one in views if one.purpose == "analytics"]
    assert not view.allowed
    assert await people.ask(consent.allowed([record], "analytics")) == set()
