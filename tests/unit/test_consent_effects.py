"""Consent takes effect where people are used: in the transaction that says so, after a merge, and in what leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.analytics.private_release import RELEASE_PRIVATELY, PrivateRelease
from mainstem.domains import customers
from mainstem.platform.execution import Executor
from tests.unit.privacy_people import People

consent, rights = customers.consent, customers.rights
pytestmark = pytest.mark.anyio

CALL = consent.Evidence("call", "call 5")


async def transactions(people: People, *types: str) -> set[str]:
    """The transactions that told events of these types."""
    async with people.database.transaction() as connection:
        cursor = await connection.execute("select xid::text from platform.event where type = any(%s)", (list(types),))
        return {row[0] for row in await cursor.fetchall()}


async def written_by(people: People, record: int) -> set[str]:
    """The transactions that wrote what counts of a record now."""
    async with people.database.transaction() as connection:
        cursor = await connection.execute(
            "select xmin::text from customers.consent_state where record = %s and not given", (record,)
        )
        return {row[0] for row in await cursor.fetchall()}


async def test_a_withdrawal_counts_in_the_transaction_that_records_it(executor: Executor) -> None:
    people = People(executor)
    record = await people.record()
    await people.done(consent.GIVE_CONSENT, consent.GiveConsent(record, "marketing", consent.LATEST, CALL))
    await people.done(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(record, "marketing", CALL, "sms"))
    assert await people.ask(consent.allowed([record], "marketing", "sms")) == set()
    assert await people.ask(consent.allowed([record], "marketing", "email")) == {record}
    told = await transactions(people, "customers.consent_withdrawn")
    assert len(told) == 1
    assert told == await written_by(people, record)


async def test_an_objection_that_is_done_withdraws_in_the_same_transaction(executor: Executor) -> None:
    people = People(executor)
    record = await people.record()
    await people.done(consent.GIVE_CONSENT, consent.GiveConsent(record, "analytics", consent.LATEST, CALL))
    asked = rights.OpenRequest(record, "objection", identity="account", purposes=("analytics",))
    number = (await people.done(rights.OPEN_REQUEST, asked)).request
    await people.done(rights.ADVANCE_REQUEST, rights.AdvanceRequest(number, "in_progress"))
    assert await people.ask(consent.allowed([record], "analytics")) == {record}
    await people.done(rights.ADVANCE_REQUEST, rights.AdvanceRequest(number, "done"))
    assert await people.ask(consent.allowed([record], "analytics")) == set()
    told = await transactions(people, "customers.consent_withdrawn", "customers.request_done")
    assert len(told) == 1
    assert told == await written_by(people, record)


async def identified(people: People, source: str, reference: str) -> int:
    """Somebody whom a source tells of; his id."""
    number: int = (await people.done(customers.IDENTIFY, customers.Identify(source, reference))).customer
    return number


@pytest.mark.parametrize("first_gives", [True, False])
async def test_of_a_merged_customer_the_strictest_counts(executor: Executor, *, first_gives: bool) -> None:
    people = People(executor)
    one, other = await identified(people, "web", "a-1"), await identified(people, "loyalty", "b-2")
    giver, refuser = (one, other) if first_gives else (other, one)
    await people.done(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(refuser, "marketing", CALL, "sms"))
    await people.done(consent.GIVE_CONSENT, consent.GiveConsent(giver, "marketing", consent.LATEST, CALL))
    both = [one, other]
    assert await people.ask(consent.allowed(both, "marketing", "sms")) == {giver}
    await people.done(customers.MERGE_CUSTOMERS, customers.MergeCustomers(one, other, "the same"))
    assert await people.ask(consent.allowed(both, "marketing", "sms")) == set()
    assert await people.ask(consent.allowed(both, "marketing", "email")) == set(both)
    async with people.database.transaction() as connection:
        found = await consent.explained(connection, other)
    assert found is not None
    (sms,) = [each for each in found.standings if each.view.channel == "sms"]
    assert (sms.state, sms.strictest, sms.counted[0].record) == ("refused", True, refuser)
    assert {each.record for each in sms.counted} == set(both)
    assert found.sources == {one: "web", other: "loyalty"}
    await people.done(customers.SPLIT_CUSTOMER, customers.SplitCustomer(one, (other,), "not the same"))
    assert await people.ask(consent.allowed(both, "marketing", "sms")) == {giver}


async def test_what_is_released_for_a_purpose_leaves_out_who_has_not_agreed(executor: Executor) -> None:
    people = People(executor)
    ids = [await identified(people, "web", f"s-{number}") for number in range(400)]
    agreed = [consent.GiveConsent(one, "analytics", consent.LATEST, CALL) for one in ids[:300]]
    assert all(await people.batch(consent.GIVE_CONSENT, agreed))
    withdrawn = [consent.WithdrawConsent(one, "analytics", CALL) for one in ids[:100]]
    assert all(await people.batch(consent.WITHDRAW_CONSENT, withdrawn))
    await people.done(rights.GRANT_PRIVACY_BUDGET, rights.budgets.GrantPrivacyBudget("customers", 20, 0.001))
    asked = PrivateRelease("customers", "source", "customers", 8.0, 0.0001)
    (web,) = (await people.done(RELEASE_PRIVATELY, asked)).figures
    assert (web.group, abs(web.value - 200) <= 8) == ("web", True)


async def test_a_consent_of_a_former_policy_is_shown_as_lapsed(executor: Executor) -> None:
    people = People(executor)
    record = await people.record()
    earlier = datetime.now(UTC) - timedelta(days=1)
    given = consent.GiveConsent(record, "partners", consent.LATEST, CALL, occurred_at=earlier)
    await people.done(consent.GIVE_CONSENT, given)
    async with people.database.transaction() as connection:
        await connection.execute("update customers.consent_state set policy = '2019' where record = %s", (record,))
        found = await consent.explained(connection, record)
    assert found is not None
    (partners,) = [each for each in found.standings if each.view.purpose == "partners"]
    assert (partners.state, partners.view.said, partners.view.allowed) == ("lapsed", False, False)
    assert [each.record for each in partners.counted] == [record]
