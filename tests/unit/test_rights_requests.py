"""Requests of people about their data: their life, deadlines, receipts, and what they do when they are done."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from mainstem.domains import customers
from mainstem.domains.customers.rights.receipts import Facts, issue
from mainstem.platform.execution import Executor
from tests.unit.privacy_people import People

consent, rights = customers.consent, customers.rights
pytestmark = pytest.mark.anyio


async def opened(people: People, customer: int, kind: str = "access", **more: object) -> rights.RequestChanged:
    command = msgspec.convert({"customer": customer, "kind": kind} | more, rights.OpenRequest)
    return await people.done(rights.OPEN_REQUEST, command)


async def stepped(people: People, request: int, *steps: str) -> rights.RequestChanged:
    changed = None
    for step in steps:
        command = msgspec.convert(
            {"number": request, "to": step, "identity": "call_back" if step == "identity_checked" else ""},
            rights.AdvanceRequest,
        )
        changed = await people.done(rights.ADVANCE_REQUEST, command)
    assert changed is not None
    return changed


@pytest.mark.parametrize(
    ("law", "received", "zone", "last_day"),
    [
        ("pipl", "2026-03-02T10:00", "Asia/Shanghai", "2026-03-23"),  # a Monday: three weeks
        ("pipl", "2026-03-07T10:00", "Asia/Shanghai", "2026-03-27"),  # a Saturday: from Monday on
        ("pipl", "2026-03-02T23:30", "UTC", "2026-03-24"),  # the next day in Shanghai
        ("gdpr", "2026-01-31T10:00", "Europe/Brussels", "2026-03-02"),  # 28 February is a Saturday
        ("gdpr", "2026-03-16T10:00", "Europe/Brussels", "2026-04-16"),
        ("gdpr", "2026-12-05T10:00", "Europe/Brussels", "2027-01-05"),
    ],
)
def test_the_deadline_is_the_end_of_the_last_day(law: str, received: str, zone: str, last_day: str) -> None:
    moment = datetime.fromisoformat(received).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    due = rights.due(rights.LAWS[law], moment)
    last = (due - timedelta(seconds=1)).astimezone(ZoneInfo(rights.LAWS[law].zone))
    assert f"{last:%Y-%m-%d %H:%M:%S}" == f"{last_day} 23:59:59"


def test_a_receipt_speaks_both_languages_and_is_proven_by_its_hash() -> None:
    now = datetime(2026, 3, 2, 20, tzinfo=UTC)
    facts = Facts(77, "erasure", "gdpr", "refused", now, now, now, "legal_obligation")
    issued = issue(facts)
    assert issued == issue(facts)
    assert issued.hash == hashlib.sha256(issued.document.encode()).digest()
    text = json.loads(issued.document)["text"]
    assert issued.number == "PR-20260302-77-2"
    assert "refused" in text["en"]
    assert "law obliges" in text["en"]
    assert "complain" in text["en"]
    assert "未被受理" in text["zh"]
    assert "法律要求" in text["zh"]


async def test_a_request_goes_its_way_and_every_state_is_told(executor: Executor) -> None:
    people = People(executor)
    customer = await people.record()
    made = await opened(people, customer)
    assert (made.state, made.receipt[-2:]) == ("received", "-1")
    done = await stepped(people, made.request, "identity_checked", "in_progress", "done")
    assert (done.state, done.receipt[-2:]) == ("done", "-2")
    told = [f"customers.request_{state}" for state in ("received", "identity_checked", "in_progress", "done")]
    assert await people.events(made.request) == told
    receipts = await people.ask(rights.receipts(made.request))
    assert [receipt.state for receipt in receipts] == ["received", "done"]
    view = await people.ask(rights.request(made.request, datetime.now(UTC)))
    assert view is not None
    assert view.identity == "call_back"
    assert view.closed_at is not None


@pytest.mark.parametrize("state", rights.TRANSITIONS)
async def test_only_what_the_table_says_follows(executor: Executor, state: str) -> None:
    people = People(executor)
    made = await opened(people, await people.record())
    way = {"received": [], "identity_checked": ["identity_checked"], "in_progress": ["identity_checked", "in_progress"]}
    closing = {"done": ["identity_checked", "in_progress", "done"], "withdrawn": ["withdrawn"]}
    steps = (way | closing).get(state)
    if steps is None:
        refused = rights.AdvanceRequest(made.request, "refused", reason="excessive")
        await people.done(rights.ADVANCE_REQUEST, refused)
    elif steps:
        await stepped(people, made.request, *steps)
    for to in {*rights.TRANSITIONS} - {"received"} - rights.TRANSITIONS[state]:
        command = msgspec.convert({"number": made.request, "to": to}, rights.AdvanceRequest)
        assert await people.refused(rights.ADVANCE_REQUEST, command) == "request_step_impossible"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"identity": "a hunch"}, "unknown_identity_way"),
        ({"kind": "objection", "purposes": ["fun"]}, "unknown_purpose"),
        ({"kind": "objection", "purposes": ["service"]}, "consent_not_asked"),
        ({"customer": 3}, "not_found"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(executor: Executor, wrong: dict[str, object], code: str) -> None:
    people = People(executor)
    right: dict[str, object] = {"customer": await people.record(), "kind": "access"}
    assert await people.refused(rights.OPEN_REQUEST, msgspec.convert(right | wrong, rights.OpenRequest)) == code


async def test_steps_without_what_they_need_are_refused(executor: Executor) -> None:
    people = People(executor)
    made = await opened(people, await people.record(), "erasure")
    checked = rights.AdvanceRequest(made.request, "identity_checked", identity="a hunch")
    assert await people.refused(rights.ADVANCE_REQUEST, checked) == "unknown_identity_way"
    refused = rights.AdvanceRequest(made.request, "refused", reason="no time")
    assert await people.refused(rights.ADVANCE_REQUEST, refused) == "unknown_request_reason"
    assert await people.refused(rights.ADVANCE_REQUEST, rights.AdvanceRequest(1, "withdrawn")) == "not_found"
    await stepped(people, made.request, "identity_checked", "in_progress")
    done = rights.AdvanceRequest(made.request, "done")
    assert await people.refused(rights.ADVANCE_REQUEST, done) == "erasure_to_carry_out"


async def test_one_open_request_of_a_kind_is_enough(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(2)
    first = rights.OpenRequest(records[0], "access")
    assert await people.batch(rights.OPEN_REQUEST, [first, first, rights.OpenRequest(records[0], "erasure")]) == [
        True,
        False,
        True,
    ]
    assert await people.refused(rights.OPEN_REQUEST, rights.OpenRequest(records[1], "access")) == "request_open_already"


async def test_a_restriction_stops_every_use_until_it_is_lifted(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(2)
    given = consent.GiveConsent(records[0], "marketing", consent.LATEST, consent.Evidence("till"), everywhere=True)
    await people.done(consent.GIVE_CONSENT, given)
    made = await opened(people, records[1], "restriction", identity="in_person")
    assert await people.ask(consent.allowed(records, "marketing", "sms")) == set(records)
    await stepped(people, made.request, "in_progress", "done")
    for purpose in consent.PURPOSES:
        assert await people.ask(consent.allowed(records, purpose)) == set()
    assert await people.ask(rights.is_restricted(records[0]))
    lifted = await people.done(rights.LIFT_RESTRICTION, rights.LiftRestriction(records[0]))
    assert lifted.records == 2
    assert await people.ask(consent.allowed(records, "marketing", "sms")) == set(records)
    assert await people.events(records[1]) == [
        "customers.consent_given",
        "customers.restricted",
        "customers.restriction_lifted",
    ]


async def test_an_objection_withdraws_consent_for_every_record(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(2)
    for purpose in ("automated_decisions", "personalisation"):
        given = consent.GiveConsent(records[0], purpose, consent.LATEST, consent.Evidence("till"), everywhere=True)
        await people.done(consent.GIVE_CONSENT, given)
    made = await opened(people, records[0], "objection", identity="account")
    await stepped(people, made.request, "in_progress", "done")
    assert await people.ask(consent.allowed(records, "automated_decisions")) == set()
    assert await people.ask(consent.allowed(records, "personalisation")) == set(records)
    (latest, *_) = await people.ask(consent.history(records[1], 10))
    assert (latest.given, latest.way, latest.reference) == (False, "request", str(made.request))


async def test_a_wish_is_kept_under_the_key_of_the_person(executor: Executor) -> None:
    people = People(executor)
    customer = await people.record()
    made = await opened(people, customer, "rectification", wish=" My name is Ada, not Aga. ")
    sealed = await people.ask(rights.sealed_wish(made.request))
    assert sealed is not None
    assert b"Ada" not in sealed[0]
    key = executor.database.vault.unwrap(sealed[1])
    assert key.open(sealed[0], rights.WISH) == b"My name is Ada, not Aga."


async def test_what_is_overdue_is_found_the_most_urgent_first(executor: Executor) -> None:
    people = People(executor)
    now = datetime.now(UTC)
    made = [(await opened(people, await people.record())).request for _ in range(4)]
    async with people.database.transaction() as connection:
        for days, number in zip((3, -1, -5, -2), made, strict=True):
            await connection.execute(
                "update customers.rights_request set due_at = %s where id = %s", (now + timedelta(days=days), number)
            )
    await stepped(people, made[3], "withdrawn")
    overdue = await people.ask(rights.open_requests(now, 10, due_before=now))
    assert [(one.id, one.overdue) for one in overdue] == [(made[2], True), (made[1], True)]
    (first,) = await people.ask(rights.open_requests(now, 1))
    rest = await people.ask(rights.open_requests(now, 10, (first.due_at, first.id)))
    assert [first.id, *[one.id for one in rest]] == [made[2], made[1], made[0]]


async def test_who_saw_what_is_remembered_and_forgotten_in_time(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(2)
    now = datetime.now(UTC)
    async with people.database.transaction() as connection:
        await rights.disclose(connection, [records[0]], "service", 7, "profile", now - timedelta(days=800))
        await rights.disclose(connection, [records[1]], "marketing", 8, "export:newsletter", now)
    found = await people.ask(rights.disclosures_of(records[0], 10))
    assert [(one.record, one.what) for one in found] == [(records[1], "export:newsletter"), (records[0], "profile")]
    assert await rights.forget_disclosures(people.database, 730, batch=1) == 1
    (left,) = await people.ask(rights.disclosures_of(records[0], 10))
    assert left.actor == 8
