"""The consent of a customer as the console shows and changes it."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import customers
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.console.conftest import Place
from tests.console.consents_people import (
    NAME,
    PAPER,
    PHONE,
    REFERENCE,
    STREET,
    allowed,
    consent,
    done,
    found,
    matrix,
    person,
    request,
    rights,
    sent,
)
from tests.console.orders_forms import fields, told

pytestmark = pytest.mark.anyio


async def test_it_shows_what_stands_and_what_decides(place: Place) -> None:
    first, second = await person(place)
    month = datetime.now(UTC) - timedelta(days=30)
    await done(
        place, consent.GIVE_CONSENT, consent.GiveConsent(first, "marketing", consent.LATEST, PAPER, occurred_at=month)
    )
    call = consent.Evidence("call", "call 77")
    await done(place, consent.WITHDRAW_CONSENT, consent.WithdrawConsent(second, "marketing", call, "sms"))
    agent = await place.visitor("service_agent")
    page = await agent.get(f"/customers/{first}/consent")
    stands = matrix(page)
    assert stands["Marketing"] == ["Agreed", "Refused", "Agreed", "Agreed", "Agreed", "Agreed"]
    assert stands["Service"] == ["Not a matter of consent"]
    assert stands["Analysis"] == ["Never asked"]
    said = told(page)
    for shown in ("form 12", "call 77", "A signed paper", "A telephone call", consent.LATEST, f"loyalty · {second}"):
        assert shown in said
    assert "Records that agree: 1, that refuse: 1. The strictest counts" in said
    assert said.count("The strictest") == 2  # the cell, and why
    for hidden in (NAME, PHONE, STREET, REFERENCE):
        assert hidden not in page.text


async def test_a_merge_takes_the_strictest_and_a_split_restores(place: Place) -> None:
    told_web = customers.Identify("web", "a-1", attributes=customers.Attributes(name="Ann"))
    one = (await done(place, customers.IDENTIFY, told_web)).customer
    other = (await done(place, customers.IDENTIFY, customers.Identify("loyalty", "b-2"))).customer
    await done(place, consent.GIVE_CONSENT, consent.GiveConsent(one, "analytics", consent.LATEST, PAPER))
    await done(place, consent.WITHDRAW_CONSENT, consent.WithdrawConsent(other, "analytics", PAPER))
    officer = await place.visitor("privacy_officer")
    assert matrix(await officer.get(f"/customers/{one}/consent"))["Analysis"] == ["Agreed"]
    await done(place, customers.MERGE_CUSTOMERS, customers.MergeCustomers(one, other, "the same"))
    page = await officer.get(f"/customers/{min(one, other)}/consent")
    assert matrix(page)["Analysis"] == ["Refused"]
    moved = await officer.get(f"/customers/{max(one, other)}/consent")
    assert moved.headers["location"] == f"/customers/{min(one, other)}/consent"
    assert not await allowed(place, one, "analytics")
    await done(place, customers.SPLIT_CUSTOMER, customers.SplitCustomer(one, (other,), "not the same"))
    assert matrix(await officer.get(f"/customers/{one}/consent"))["Analysis"] == ["Agreed"]
    assert await allowed(place, one, "analytics")


async def test_a_consent_and_a_withdrawal_count_when_they_are_answered(place: Place) -> None:
    first, second = await person(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/change"
    address = f"{path}?purpose=marketing&channel=sms"
    answer = await sent(agent, address, at=path, to="give", way="call", reference="call 5")
    assert answer.headers["location"] == f"/customers/{first}/consent"
    assert "It counts from now on" in told(await agent.get(f"/customers/{first}/consent"))
    assert await allowed(place, first, "marketing", "sms")
    assert not await allowed(place, first, "marketing", "email")
    entries = await found(place, consent.history(first, 10))
    assert {one.record for one in entries} == {first, second}
    assert {(one.way, one.reference) for one in entries} == {("call", "call 5")}
    assert all(one.actor > 0 for one in entries)
    await sent(agent, address, at=path, to="withdraw", way="message")
    assert not await allowed(place, first, "marketing", "sms")
    assert matrix(await agent.get(f"/customers/{first}/consent"))["Marketing"][1] == "Refused"


async def test_a_double_click_records_once(place: Place) -> None:
    first, _ = await person(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/change"
    form = fields(await agent.get(f"{path}?purpose=analytics"), path)
    for _ in range(2):
        answer = await agent.post(path, data=form | {"to": ["give"], "way": ["till"], "record": [str(first)]})
        assert answer.status_code == 303
    entries = await found(place, consent.history(first, 10))
    assert [one.record for one in entries] == [first]


async def test_what_does_not_count_says_so(place: Place) -> None:
    first, second = await person(place)
    await done(place, consent.WITHDRAW_CONSENT, consent.WithdrawConsent(second, "partners", PAPER))
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/change"
    await sent(agent, f"{path}?purpose=partners", at=path, to="give", way="till", record=str(first))
    assert "A refusal still counts" in told(await agent.get(f"/customers/{first}/consent"))
    typed = {"to": "withdraw", "way": "paper", "occurred_at": "2026-02-01T10:00", "record": str(first)}
    await sent(agent, f"{path}?purpose=partners", at=path, **typed)
    entries = await found(place, consent.history(first, 10))
    assert entries[0].occurred_at == datetime(2026, 2, 1, 2, tzinfo=UTC)  # by the clock of the stores


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"way": "hearsay"}, 422, "no way in which consent is shown"),
        ({"channel": "pigeon"}, 422, "not consented to over a channel"),
        ({"policy": "1999"}, 422, "no policy 1999"),
        ({"occurred_at": "1999-01-01T10:00"}, 422, "cannot be when somebody said so"),
        ({"occurred_at": "soon"}, 422, "cannot be when somebody said so"),
        ({"record": "1"}, 404, "record"),
    ],
)
async def test_what_is_refused_keeps_what_was_typed(
    place: Place, typed: dict[str, str], status: int, says: str
) -> None:
    first, _ = await person(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/change"
    given = {"to": "give", "way": "till", "reference": "my own words"} | typed
    answer = await sent(agent, f"{path}?purpose=marketing", at=path, **given)
    assert answer.status_code == status, answer.text
    assert says in told(answer)
    assert "my own words" in answer.text
    assert await found(place, consent.history(first, 10)) == []


async def test_what_rests_on_no_consent_cannot_be_changed(place: Place) -> None:
    first, _ = await person(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/change"
    assert (await agent.get(f"{path}?purpose=service")).status_code == 404
    assert (await agent.get(f"{path}?purpose=fun")).status_code == 404
    form = fields(await agent.get(f"{path}?purpose=marketing"), path)
    answer = await agent.post(path, data=form | {"purpose": "service", "to": "withdraw", "way": "till"})
    assert answer.status_code == 409
    assert "does not rest on consent" in told(answer)


@pytest.mark.parametrize(
    ("role", "sees", "writes", "handles"),
    [
        ("service_agent", True, True, False),
        ("privacy_officer", True, True, True),
        ("administrator", True, True, True),
        ("marketer", True, False, False),
        ("store_associate", True, False, False),
        ("operations_manager", True, False, False),
        ("analyst", False, False, False),
    ],
)
async def test_each_role_sees_what_it_may(place: Place, role: str, *, sees: bool, writes: bool, handles: bool) -> None:
    first, _ = await person(place)
    async with place.database.transaction() as connection:
        await rights.disclose(connection, [first], "service", 1, "profile", datetime.now(UTC))
    visitor = await place.visitor(role, "S1" if role == "store_associate" else None)
    page = await visitor.get(f"/customers/{first}/consent")
    assert page.status_code == (200 if sees else 403)
    if not sees:
        return
    assert ("Privacy link" in page.text) == writes
    assert ("The profile was read" in page.text) == handles
    change = await visitor.get(f"/customers/{first}/consent/change?purpose=marketing")
    assert ("Record it" in change.text) == writes
    assert (await visitor.get(f"/customers/{first}/consent/link")).status_code == (200 if writes else 403)
    assert (await visitor.get(f"/customers/{first}/consent/preview")).status_code == (200 if writes else 403)
    assert (await visitor.get(f"/customers/{first}/consent/history")).status_code == 200


async def test_the_history_goes_on_behind_its_first_page(place: Place) -> None:
    first, _ = await person(place)
    for number in range(60):
        said = consent.WithdrawConsent(first, "analytics", consent.Evidence("call", f"call-{number:02}"))
        await done(place, consent.WITHDRAW_CONSENT, said)
    agent = await place.visitor("service_agent")
    page = await agent.get(f"/customers/{first}/consent/history")
    assert page.text.count("call-") == 50
    assert "call-59" in page.text
    following = page.text.partition('rel="next" href="')[2].partition('"')[0]
    rest = await agent.get(following.replace("&amp;", "&"))
    assert rest.text.count("call-") == 10
    assert "call-00" in rest.text


async def test_the_link_is_shown_once_and_opens_the_page(place: Place) -> None:
    first, _ = await person(place)
    agent = await place.visitor("service_agent")
    path = f"/customers/{first}/consent/link"
    form = fields(await agent.get(path), path)
    made = await agent.post(path, data=form)
    assert made.status_code == 200
    address = made.text.partition('id="f-address" value="')[2].partition('"')[0]
    code = made.text.partition('id="f-code" value="')[2].partition('"')[0]
    assert address.startswith("http://shop/privacy/")
    again = await agent.post(path, data=form)
    assert (again.status_code, again.headers["location"]) == (303, path)
    page = await agent.get(path)
    assert "was shown once" in told(page)
    assert address not in page.text
    assert "Not opened yet" in page.text
    browser = place.stranger()
    opened = await browser.post(address.removeprefix("http://shop"), data={"code": code})
    assert opened.status_code == 303
    assert PHONE in (await browser.get(address.removeprefix("http://shop"))).text
    assert "Opened" in (await agent.get(path)).text


async def test_the_preview_is_masked_and_can_do_nothing(place: Place) -> None:
    first, _ = await person(place)
    await request(place, first, "access")
    agent, officer = await place.visitor("service_agent"), await place.visitor("privacy_officer")
    for visitor, handles in ((agent, False), (officer, True)):
        page = await visitor.get(f"/customers/{first}/consent/preview")
        assert page.status_code == 200
        for hidden in (NAME, PHONE, STREET, REFERENCE, "oUnion_0077"):
            assert hidden not in page.text
        assert "••••0077" in page.text
        assert "<fieldset" in page.text
        assert page.text.partition("<fieldset")[2].partition(">")[0].endswith(" disabled")
        assert ("Receipt PR-" in page.text) == handles
        assert ("Who saw it lately" in page.text) == handles
    assert await found(place, rights.disclosures_of(first, 10)) == []


async def test_a_restriction_is_shown_and_lifted(place: Place) -> None:
    first, _ = await person(place)
    await done(place, consent.GIVE_CONSENT, consent.GiveConsent(first, "analytics", consent.LATEST, PAPER))
    number = await request(place, first, "restriction")
    await done(place, rights.ADVANCE_REQUEST, rights.AdvanceRequest(number, "done"))
    officer, agent = await place.visitor("privacy_officer"), await place.visitor("service_agent")
    assert f"by request {number}" in told(await agent.get(f"/customers/{first}/consent"))
    path = f"/customers/{first}/consent/restriction"
    assert (await agent.get(path)).status_code == 403
    assert not await allowed(place, first, "analytics")
    form = fields(await officer.get(path), path)
    for _ in range(2):
        assert (await officer.post(path, data=form)).status_code == 303
    assert await allowed(place, first, "analytics")
    assert "is not restricted" in told(await officer.get(path))


async def test_an_erased_customer_can_say_nothing(place: Place) -> None:
    first, _ = await person(place)
    number = await request(place, first, "erasure")
    await done(place, ERASE_CUSTOMER, rights.EraseCustomer(number))
    officer = await place.visitor("privacy_officer")
    page = await officer.get(f"/customers/{first}/consent")
    assert page.status_code == 200
    assert "Privacy link" not in page.text
    assert (await officer.get(f"/customers/{first}/consent/preview")).status_code == 404
    assert "there is no page" in told(await officer.get(f"/customers/{first}/consent/link"))
    assert "Record it" not in (await officer.get(f"/customers/{first}/consent/change?purpose=marketing")).text
    assert (await officer.get("/customers/1/consent")).status_code == 404
