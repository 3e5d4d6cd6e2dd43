"""Carrying out an erasure in the console: the preview, the confirmation, and what is there afterwards."""

from datetime import UTC, datetime

import pytest

from mainstem.domains import customers
from tests.console.conftest import Place
from tests.console.consents_people import NAME, PAPER, PHONE, REFERENCE, consent, done, found, person, request, rights
from tests.console.orders_forms import fields, told

pytestmark = pytest.mark.anyio


async def test_it_is_previewed_confirmed_and_done_for_good(place: Place) -> None:
    first, second = await person(place)
    await done(place, consent.GIVE_CONSENT, consent.GiveConsent(first, "analytics", consent.LATEST, PAPER))
    lines = [{"sku": "K1", "quantity": 1}]
    await place.api("POST", "/v1/orders", {"channel": "web", "lines": lines, "customer": REFERENCE, "node": "S1"})
    other = await request(place, first, "access", "received")
    number = await request(place, first, "erasure", wish="forget me")
    officer = await place.visitor("privacy_officer")
    url = f"/requests/{number}/erasure"
    page = await officer.get(url)
    said = told(page)
    assert "Web, loyalty 2" in said
    assert "cards, accounts 2" in said
    assert "What the customer wrote in requests 1" in said
    assert "Where the evidence of consent lies 1" in said
    assert "names nobody any more. 1" in said  # the order
    assert "under which policy: it proves what was lawful. 1" in said
    assert "they prove that the law was kept. 2" in said
    assert str(other) in said.partition("Other open requests")[2]
    for hidden in (NAME, PHONE, REFERENCE):
        assert hidden not in page.text
    form = fields(page, url)
    assert form["record"] == [str(first), str(second)]
    mistyped = await officer.post(url, data=form | {"confirm": "yes"})
    assert mistyped.status_code == 422
    assert "Nothing has been erased" in told(mistyped)
    assert await found(place, rights.erasure_preview(first)) is not None
    for _ in range(2):  # a double click
        answer = await officer.post(url, data=form | {"confirm": str(number)})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{number}")
    page = await officer.get(f"/requests/{number}")
    assert "Receipt PR-" in told(page)
    assert "Carry out the erasure" not in page.text
    assert await found(place, rights.erasure_preview(first)) is None
    assert (await found(place, rights.request(other, datetime.now(UTC)))).state == "refused"
    assert (await officer.get(url)).status_code == 409
    orders = await place.api("GET", "/v1/orders")
    assert len(orders["items"]) == 1


async def test_whoever_joins_meanwhile_is_not_erased_unseen(place: Place) -> None:
    first, _ = await person(place)
    stranger = (await done(place, customers.IDENTIFY, customers.Identify("till", "guest-1"))).customer
    number = await request(place, first, "erasure")
    officer = await place.visitor("privacy_officer")
    url = f"/requests/{number}/erasure"
    form = fields(await officer.get(url), url)
    await done(place, customers.MERGE_CUSTOMERS, customers.MergeCustomers(first, stranger, "the same"))
    answer = await officer.post(url, data=form | {"confirm": str(number)})
    assert answer.status_code == 409
    assert "made of other records now: 3" in told(answer)
    assert f'value="{number}"' in answer.text  # what was typed
    again = fields(answer, url)
    preview = await found(place, rights.erasure_preview(stranger))
    assert [str(one) for one in preview.records] == again["record"]
    assert (await officer.post(url, data=again | {"confirm": str(number)})).status_code == 303
    assert await found(place, rights.erasure_preview(stranger)) is None


async def test_what_others_use_too_is_said(place: Place) -> None:
    first, _ = await person(place)
    phone = customers.Identifier("phone", "13912340077", role="attribute")
    await done(place, customers.IDENTIFY, customers.Identify("till", "wife", identifiers=(phone,)))
    number = await request(place, first, "erasure")
    page = await (await place.visitor("privacy_officer")).get(f"/requests/{number}/erasure")
    assert "Of the identifiers 1 are used by other customers too" in told(page)


async def test_it_needs_an_erasure_whose_time_has_come(place: Place) -> None:
    first, _ = await person(place)
    officer, agent = await place.visitor("privacy_officer"), await place.visitor("service_agent")
    waiting = await request(place, first, "erasure", "identity_checked")
    assert (await officer.get(f"/requests/{waiting}/erasure")).status_code == 409
    access = await request(place, first, "access")
    assert (await officer.get(f"/requests/{access}/erasure")).status_code == 404
    assert (await agent.get(f"/requests/{waiting}/erasure")).status_code == 403
    page = await officer.get(f"/requests/{waiting}")
    assert f"/requests/{waiting}/done" not in page.text
