"""A service agent and a privacy officer at work with consent and rights, in a real browser."""

import re
import secrets
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, expect

from mainstem.domains import customers
from mainstem.platform.execution import Operation
from mainstem.platform.query import ask
from tests.browser.conftest import Retailer
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width, visitor
from tests.browser.harness.walking import WAYS, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

consent, rights = customers.consent, customers.rights


async def done(retailer: Retailer, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
    (outcome,) = await retailer.world.executor.execute(operation, [operation.call(command, secrets.token_hex(8))])
    assert outcome.accepted, outcome.refusal()
    return msgspec.json.decode(outcome.body, type=operation.result)


async def customer(retailer: Retailer) -> int:
    """Somebody new whom two sources know, one of which has heard him refuse text messages; his id."""
    mark = secrets.token_hex(6)
    union = customers.Identifier("unionid", f"o{mark}")
    phone = customers.Identifier("phone", f"139{secrets.randbelow(10**8):08}")
    named = customers.Attributes(name="王小明", city="上海")
    first = await done(
        retailer, customers.IDENTIFY, customers.Identify("web", f"w-{mark}", None, (union, phone), named)
    )
    second = await done(retailer, customers.IDENTIFY, customers.Identify("loyalty", f"l-{mark}", None, (union,)))
    said = consent.WithdrawConsent(second.record, "marketing", consent.Evidence("call", "call-77"), "sms")
    await done(retailer, consent.WITHDRAW_CONSENT, said)
    number: int = first.customer
    return number


async def entries(retailer: Retailer, number: int) -> int:
    """How many statements the ledger holds of a customer."""
    async with retailer.world.executor.database.snapshot() as connection:
        (found,) = await ask(connection, consent.history(number, 100))
    return len(found)


@WAYS
async def test_an_agent_records_what_a_customer_says_and_sends_a_link(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    number = await customer(retailer)
    agent = retailer.people["service_agent"]
    async with walking(browser, retailer.site.url, agent.token, tongue, width, calm=False) as who:
        await who.go(f"/customers/{number}/consent")
        cell = who.main.locator("a.consent-cell").filter(has_text=who.t("Refused"))
        await expect(cell).to_have_count(1)
        await cell.click()
        await who.reads("Record what the customer says now")
        await who.main.get_by_label(who.t("agrees"), exact=True).check()
        await who.button("Record it").click()  # the browser asks how it can be shown
        await expect(who.field("How it can be shown")).to_be_focused()
        way = consent.EVIDENCE["paper"].zh if tongue == "zh" else consent.EVIDENCE["paper"].en
        await who.field("How it can be shown").select_option(label=way)
        await who.field("Where the proof lies").fill("form-12")
        await who.context.set_offline(True)
        await who.button("Record it").click()
        await expect(who.page.locator("#offline")).to_be_visible()
        await expect(who.field("Where the proof lies")).to_have_value("form-12")
        await who.context.set_offline(False)
        await who.button("Record it").dblclick()
        await who.told("The consent is recorded. It counts from now on.")
        assert await entries(retailer, number) == 3  # one for each record
        await expect(who.main.locator("a.consent-cell").filter(has_text=who.t("Refused"))).to_have_count(0)
        await who.reads("form-12")
        await who.page.go_back()
        await who.reads("Record what the customer says now")
        await who.page.go_forward()
        await who.link("History").click()
        await expect(who.row("call-77")).to_have_count(1)
        await who.link("Back to what stands").click()
        await who.link("What the customer sees").click()
        await expect(who.page.get_by_text(who.t("Preview: this is what the customer sees"))).to_be_visible()
        await expect(who.page.get_by_role("switch").first).to_be_disabled()
        await who.page.get_by_role("link", name=who.t("Back to the customer")).click()
        await who.link("Privacy link").click()
        await who.button("Make a link").dblclick()
        await who.reads("It is shown now and never again. Send the link by one way, and the code by another.")
        address, code = await who.field("Link").input_value(), await who.field("One-time code").input_value()
        await who.link("I have sent both").click()
        await who.reads("Not opened yet")
    async with visitor(browser, retailer.site.url, tongue=tongue, width=390) as guest:
        page, _ = await guest.open(address.removeprefix(retailer.site.url))
        await page.get_by_label(who.t("One-time code")).fill(code)
        await page.get_by_role("button", name=who.t("Open the page")).click()
        await expect(page.get_by_text("王小明").first).to_be_visible()


@WAYS
async def test_an_officer_carries_an_erasure_out(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    number = await customer(retailer)
    officer = retailer.people["privacy_officer"]
    async with walking(browser, retailer.site.url, officer.token, tongue, width, calm=False) as who:
        await who.go(f"/customers/{number}/consent")
        await who.link("Open a request").click()
        kind = rights.KINDS["erasure"]
        await who.field("Asks for").select_option(label=kind.zh if tongue == "zh" else kind.en)
        await who.field("What the customer says").fill("zeppelin")
        await who.button("Open the request").dblclick()
        await who.reads("Not checked yet")
        await expect(who.main.get_by_text("zeppelin")).to_have_count(0)
        await who.main.get_by_role("link", name=who.t("Show; the customer is told that you read it")).click()
        await expect(who.main.get_by_text("zeppelin")).to_be_visible()
        request = re.search(r"/requests/(\d+)", who.page.url)
        assert request is not None
        await who.turn_to("Privacy requests")
        await who.main.locator(f'a[href="/requests/{request[1]}"]').click()
        await who.link("Note identity check").click()
        in_person = rights.IDENTITY["in_person"]
        await who.field("How it was checked who asks").select_option(
            label=in_person.zh if tongue == "zh" else in_person.en
        )
        await who.button("Note identity check").click()
        await who.told("The identity check is noted.")
        await who.link("Begin work").click()
        await who.button("Begin work").click()
        await who.told("The request is in progress.")
        await who.link("Carry out the erasure").click()
        await who.reads("What is kept, and why")
        confirm = who.field("Type the number of the request, {number}, to confirm", number=request[1])
        await confirm.fill("yes")
        await who.button("Erase the customer").click()
        await who.reads("That is not the number of this request. Nothing has been erased.")
        await confirm.fill(request[1])
        await who.button("Erase the customer").dblclick()
        await expect(who.page).to_have_url(re.compile(f"/requests/{request[1]}$"))
        await who.reads("Done")
        await who.page.go_back()
        await who.reads("This is not possible now")
        await who.link("Back to the request").click()
        await who.main.get_by_role("link", name=re.compile("^PR-.*-2$")).click()
        await expect(who.button("Print")).to_be_visible()
        await expect(who.main.locator("pre").first).to_contain_text("您的请求已办理完毕")


@WAYS
async def test_pages_behind_forms_are_without_faults(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    """Those that links lead to are looked at with all others."""
    number = await customer(retailer)
    asked = rights.OpenRequest(number, "erasure", identity="account")
    made = await done(retailer, rights.OPEN_REQUEST, asked)
    await done(retailer, rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, "in_progress"))
    officer = retailer.people["privacy_officer"]
    of_customer, of_request = f"/customers/{number}/consent", f"/requests/{made.request}"
    async with visitor(browser, retailer.site.url, officer.token, tongue=tongue, width=width) as somebody:
        tab = await somebody.tab()
        faults = [
            fault
            for path in (
                f"{of_customer}/change?purpose=marketing&channel=sms",
                f"{of_request}/erasure",
                f"/requests/new?customer={number}",
            )
            for fault in await tab.faults(path, accessible=tongue == "en")
        ]
    assert faults == []
