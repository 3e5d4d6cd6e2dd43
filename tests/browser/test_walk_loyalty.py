"""A service agent and a manager with members, their points and gift cards, in a real browser."""

import csv
from itertools import count
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, expect

from mainstem.domains import customers, loyalty
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, walking
from tests.unit.loyalty_club import FORM

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

_NUMBERS = count(1)


async def person(retailer: Retailer) -> int:
    """A customer, and the club."""
    number = next(_NUMBERS)
    if number == 1:
        form = msgspec.convert(FORM, loyalty.Programme)
        await retailer.world.run(loyalty.SAVE_PROGRAMME, [loyalty.SaveProgramme(form)])
    said = customers.Identify(names.TILL, f"loyal-{number}", attributes=customers.Attributes(name=f"王{number}"))
    (known,) = await retailer.world.run(customers.IDENTIFY, [said])
    return int(known.record)


async def available(retailer: Retailer, member: str) -> int:
    database = retailer.world.executor.database
    async with database.snapshot() as connection:
        return (await loyalty.member(connection, database.vault, member)).available


def at_work(browser: Browser, retailer: Retailer, role: str, tongue: Tongue, width: Width) -> Any:  # noqa: ANN401
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width)


@WAYS
async def test_a_customer_joins_and_much_is_approved_by_somebody_else(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    customer = await person(retailer)
    async with at_work(browser, retailer, "service_agent", tongue, width) as agent:
        await agent.go(f"/customers/{customer}")
        await agent.link("Loyalty").click()
        await agent.button("Make a member").dblclick()
        await agent.told("The customer is a member now.")
        member = agent.page.url.rpartition("/")[2]
        await expect(agent.main.locator(".loyal-qr")).to_be_visible()
        await agent.link("Adjust").click()
        await agent.field("Points").fill("5000")
        await agent.field("Reason").fill("十月投诉")
        await agent.button("Adjust the points").dblclick()
        await agent.told("Noted. It waits until somebody else approves it.")
    assert await available(retailer, member) == 0
    async with at_work(browser, retailer, "operations_manager", tongue, width) as manager:
        await manager.go("/")
        await manager.turn_to("Loyalty members")
        await manager.main.get_by_role("link", name=manager.t("Adjustments")).click()
        row = manager.row(member)
        await row.get_by_role("button", name=manager.t("Approve"), exact=True).click()
        await manager.told("Approved: the points are adjusted.")
        await manager.turn_to("Loyalty members")
        await manager.field("Search").fill(member)
        await manager.button("Show").click()
        await manager.main.get_by_role("link", name=member, exact=True).click()
        await expect(manager.main.locator(".figure-value").first).to_have_text("5,000")
        await expect(manager.main.locator("#expiring svg")).to_be_visible()
    assert await available(retailer, member) == 5_000


@WAYS
async def test_cards_are_issued_found_and_frozen(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    async with at_work(browser, retailer, "service_agent", tongue, width) as agent:
        await agent.go("/")
        await agent.turn_to("Gift cards")
        await agent.link("Issue gift cards").click()
        await agent.field("How many").fill("2")
        await agent.field("Amount on each").fill("50")
        await agent.main.get_by_role("checkbox").check()
        await agent.button("Issue the cards").click()
        async with agent.page.expect_download() as started:
            await agent.link("Download the codes").click()
        path = await (await started.value).path()
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert len(rows) == 2
        await agent.turn_to("Gift cards")
        await agent.field("The whole code").fill(rows[0]["code"])
        await agent.button("Find the card").click()
        await expect(agent.page).to_have_url(f"{retailer.site.url}/gift-cards/{rows[0]['card']}")
        await agent.link("Freeze").click()
        await agent.field("Reason").fill("丢失")
        await agent.button("Freeze the card").click()
        await agent.told("The card is frozen.")
        kept = await agent.page.evaluate("JSON.stringify([sessionStorage, localStorage])")
        assert rows[0]["code"] not in kept


async def test_the_liability_is_drawn(retailer: Retailer, browser: Browser) -> None:
    async with at_work(browser, retailer, "analyst", "en", 1280) as analyst:
        await analyst.go("/")
        await analyst.turn_to("Loyalty liability")
        await analyst.headed("Loyalty liability")
        await expect(analyst.main.locator("#liability svg")).to_be_visible()
        async with analyst.page.expect_download():
            await analyst.link("Download as CSV").click()
