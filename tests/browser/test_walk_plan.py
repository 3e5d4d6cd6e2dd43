"""The plan of sales, set by an operations manager in a real browser."""

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from mainstem.domains import orders
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

NODES = {"en": "SH-01", "zh": "TK-01"}
"""Each walk plans for a node of its own."""


async def opened(who: Walker) -> None:
    """Find the form of the plan of the walk's node."""
    await who.go("/")
    await who.turn_to("Sales plan")
    await who.field("Node").select_option(NODES[who.tongue])
    await who.field("Channel").select_option(names.WEB)
    await who.button("Continue").click()
    await expect(who.button("Save the days")).to_be_visible()


def days(who: Walker) -> Locator:
    """The fields of the days, first to last."""
    return who.main.get_by_role("textbox", name=re.compile(who.t("Plan of {day}").replace("{day}", ".+")))


@WAYS
async def test_a_month_is_planned_by_two_people(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    url, people = retailer.site.url, retailer.people
    async with (
        walking(browser, url, people["operations_manager"].token, tongue, width) as first,
        walking(browser, url, people["administrator"].token, tongue, width) as second,
    ):
        await opened(first)
        await first.field("Amount in {currency}", currency="CNY").fill("three")
        await first.button("Spread over the days").click()
        await expect(first.field("Amount in {currency}", currency="CNY")).to_have_value("three")
        await first.field("Amount in {currency}", currency="CNY").fill("31000")
        await first.button("Spread over the days").dblclick()
        await expect(first.page.get_by_role("status").filter(has_text="31,000")).to_be_visible()
        await first.page.go_back()
        await expect(first.button("Save the days")).to_be_visible()  # the form, and nothing that is sent again

        for who in (first, second):
            await opened(who)
        await days(first).nth(0).fill("1000")
        await first.button("Save the days").dblclick()
        await first.told("Days changed: {count}.", count=1)
        await days(second).nth(0).fill("2000")
        await days(second).nth(1).fill("3000")
        await second.button("Save the days").click()
        await expect(second.page.get_by_role("alert")).to_be_focused()
        await expect(second.page.get_by_role("alert")).to_contain_text(
            second.t(orders.PLAN_CHANGED.message).split("{")[0]
        )
        await expect(days(second).nth(1)).to_have_value("3000")
        await second.button("Save the days").click()
        await second.told("Days changed: {count}.", count=2)

        await second.link("Remove the plan").click()
        await second.button("Remove the plan").dblclick()
        await second.told("The plan has been removed.")
