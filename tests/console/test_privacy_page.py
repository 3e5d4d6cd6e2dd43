"""A customer's own page: the code opens it, switches and requests take effect, strangers see nothing."""

import re
import secrets
from typing import Any

import httpx
import msgspec
import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.console.conftest import Place

consent, rights = customers.consent, customers.rights
pytestmark = pytest.mark.anyio

PHONE, STREET = "+8613912340077", "南京东路"


async def done(place: Place, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
    call = operation.call(command, secrets.token_hex(8), actor=1)
    (outcome,) = await place.services.executor.execute(operation, [call])
    assert outcome.accepted, outcome.body
    return msgspec.json.decode(outcome.body, type=operation.result)


async def customer(place: Place) -> int:
    """Somebody who is known by two sources."""
    union = customers.Identifier("unionid", "oUnion_0077")
    told = customers.Identify(
        "web",
        "shopper-4711",
        identifiers=(union, customers.Identifier("phone", "13912340077")),
        attributes=customers.Attributes(name="王小明", street=STREET),
    )
    number: int = (await done(place, customers.IDENTIFY, told)).customer
    await done(place, customers.IDENTIFY, customers.Identify("loyalty", "CARD-1", identifiers=(union,)))
    return number


async def link(place: Place, number: int) -> tuple[str, str]:
    """The address of the page, and its code."""
    made = await place.api("POST", f"/v1/customers/{number}/privacy-link")
    return made["path"], made["code"]


async def opened(place: Place, number: int, language: str = "en") -> tuple[httpx.AsyncClient, str]:
    """A browser in which the page is open."""
    path, code = await link(place, number)
    browser = place.stranger(language)
    answer = await browser.post(path, data={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    return browser, path


def token(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found is not None
    return found[1]


async def allowed(place: Place, number: int, purpose: str, channel: str = "") -> bool:
    async with place.database.transaction() as connection:
        (found,) = await ask(connection, consent.allowed([number], purpose, channel))
    return number in found


async def test_the_link_alone_shows_nothing_and_uses_nothing_up(place: Place) -> None:
    path, code = await link(place, await customer(place))
    stranger = place.stranger()
    for _ in range(3):
        answer = await stranger.get(path)
        assert answer.status_code == 200
        assert "One-time code" in answer.text
        assert PHONE not in answer.text
    assert (await stranger.post(path, data={"code": code})).status_code == 303


async def test_the_right_code_opens_it_for_this_browser_alone(place: Place) -> None:
    number = await customer(place)
    path, code = await link(place, number)
    browser = place.stranger()
    assert (await browser.post(path, data={"code": "1"})).status_code == 403
    answer = await browser.post(path, data={"code": code})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/privacy"} <= set(cookie.split("; "))
    page = (await browser.get(path)).text
    for shown in (PHONE, STREET, "王小明", "shopper-4711", "oUnion_0077", "CARD-1", "loyalty"):
        assert shown in page
    other = place.stranger()
    answer = await other.get(path)
    assert answer.status_code == 404
    assert PHONE not in answer.text
    assert (await other.post(path, data={"code": code})).status_code == 404


async def test_five_wrong_codes_close_it(place: Place) -> None:
    path, code = await link(place, await customer(place))
    stranger = place.stranger()
    answers = [await stranger.post(path, data={"code": "00"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 404]
    assert (await stranger.post(path, data={"code": code})).status_code == 404


async def test_a_switch_takes_effect_at_once_for_every_record(place: Place) -> None:
    number = await customer(place)
    browser, path = await opened(place, number)
    page = (await browser.get(path)).text
    form = {"token": token(page), "key": "k1", "purpose": "marketing", "channel": "sms", "to": "on"}
    answer = await browser.post(f"{path}/purpose", data=form)
    assert answer.headers["location"] == f"{path}#purposes"
    assert await allowed(place, number, "marketing", "sms")
    assert not await allowed(place, number, "marketing", "email")
    page = (await browser.get(path)).text
    assert page.count('aria-checked="true"') == 1
    assert "You can change it back" in page
    await browser.post(f"{path}/purpose", data=form | {"key": "k2", "to": "off"})
    assert not await allowed(place, number, "marketing", "sms")
    async with place.database.transaction() as connection:
        (entries,) = await ask(connection, consent.history(number, 10))
    assert [(one.given, one.way, one.actor) for one in entries] == [
        *[(False, "privacy_page", 0)] * 2,
        *[(True, "privacy_page", 0)] * 2,
    ]


async def test_what_cannot_be_switched_is_refused_on_the_page(place: Place) -> None:
    browser, path = await opened(place, await customer(place))
    form = {"token": token((await browser.get(path)).text), "key": "k", "purpose": "service", "to": "off"}
    answer = await browser.post(f"{path}/purpose", data=form)
    assert answer.status_code == 409
    assert "does not rest on consent" in answer.text


@pytest.mark.parametrize("action", ["purpose", "request", "withdrawal", "copy", "close"])
async def test_nothing_is_done_without_the_token_of_the_page(place: Place, action: str) -> None:
    number = await customer(place)
    browser, path = await opened(place, number)
    forms = {"purpose": "marketing", "to": "on", "kind": "erasure", "law": "pipl", "request": "1"}
    for given in ({}, {"token": "0" * 32}):
        answer = await browser.post(f"{path}/{action}", data=forms | given)
        assert answer.status_code == 404
    mine = token((await browser.get(path)).text)
    foreign = await browser.post(f"{path}/{action}", data=forms | {"token": mine}, headers={"origin": "https://x.test"})
    assert foreign.status_code == 403
    stranger = await place.stranger().post(f"{path}/{action}", data=forms | {"token": mine})
    assert stranger.status_code == 404
    assert not await allowed(place, number, "marketing")


async def test_a_request_is_asked_for_shown_with_its_receipt_and_taken_back(place: Place) -> None:
    browser, path = await opened(place, await customer(place))
    mine = token((await browser.get(path)).text)
    incomplete = await browser.post(f"{path}/request", data={"token": mine, "wish": "my own words"})
    assert incomplete.status_code == 422
    assert "my own words" in incomplete.text
    form = {"token": mine, "key": "k", "kind": "erasure", "law": "gdpr", "wish": "all of it"}
    for _ in range(2):  # a double click asks once
        assert (await browser.post(f"{path}/request", data=form)).status_code == 303
    page = (await browser.get(path)).text
    assert page.count("Receipt PR-") == 1
    assert "SHA-256" in page
    assert "General Data Protection Regulation" in page
    again = await browser.post(f"{path}/request", data=form | {"key": "other"})
    assert again.status_code == 409
    number = re.search(r'name="request" value="(\d+)"', page)
    assert number is not None
    await browser.post(f"{path}/withdrawal", data={"token": mine, "key": "w", "request": number[1]})
    assert "Taken back" in (await browser.get(path)).text


async def test_nobody_takes_back_what_others_asked_for(place: Place) -> None:
    other = (await done(place, customers.IDENTIFY, customers.Identify("web", "somebody-else"))).customer
    made = await done(place, rights.OPEN_REQUEST, rights.OpenRequest(other, "access"))
    browser, path = await opened(place, await customer(place))
    form = {"token": token((await browser.get(path)).text), "request": str(made.request)}
    assert (await browser.post(f"{path}/withdrawal", data=form)).status_code == 303
    listed = await place.api("GET", "/v1/privacy/requests")
    assert [row["state"] for row in listed["items"]] == ["received"]


async def test_a_copy_holds_everything_and_is_remembered(place: Place) -> None:
    number = await customer(place)
    await place.api(
        "POST", "/v1/orders", {"channel": "web", "lines": [{"sku": "K1", "quantity": 1}], "customer": "shopper-4711"}
    )
    browser, path = await opened(place, number)
    answer = await browser.post(f"{path}/copy", data={"token": token((await browser.get(path)).text)})
    assert "my-data.json" in answer.headers["content-disposition"]
    copy = answer.json()
    assert {record["source"] for record in copy["held"]["records"]} == {"web", "loyalty"}
    assert copy["orders"][0]["lines"][0]["sku"] == "K1"
    seen = await place.api("GET", f"/v1/customers/{number}/disclosures")
    assert [(row["what"], row["actor"]) for row in seen["items"]] == [("package", 0), ("privacy_page", 0)]


async def test_who_looked_is_shown_by_his_role(place: Place) -> None:
    number = await customer(place)
    principal = (await place.api("POST", "/v1/principals", {"name": "Mia", "role": "marketer"}))["principal"]
    await customers.note_unmasked(place.database, [number], principal, "trace")
    browser, path = await opened(place, number)
    page = (await browser.get(path)).text
    assert "The profile was read" in page
    assert "Marketer" in page
    assert "Mia" not in page


async def test_closed_it_is_closed(place: Place) -> None:
    browser, path = await opened(place, await customer(place))
    mine = token((await browser.get(path)).text)
    await browser.post(f"{path}/close", data={"token": mine})
    assert (await browser.get(path)).status_code == 404


async def test_erasure_closes_it(place: Place) -> None:
    number = await customer(place)
    browser, path = await opened(place, number)
    made = await done(place, rights.OPEN_REQUEST, rights.OpenRequest(number, "erasure", identity="privacy_link"))
    await done(place, rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, "in_progress"))
    await done(place, ERASE_CUSTOMER, rights.EraseCustomer(made.request))
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert PHONE not in answer.text


async def test_it_speaks_chinese(place: Place) -> None:
    browser, path = await opened(place, await customer(place), "zh-CN")
    page = (await browser.get(path)).text
    for shown in ("您的个人信息", "信息的用途", "跨境传输", "短信", "姓名", "您的同意"):
        assert shown in page
    for english in ("Marketing", "Your personal data", "consent"):
        assert english not in re.sub(r"<[^>]*>", "", page)
