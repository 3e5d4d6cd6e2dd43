"""Somebody writes a promotion in a real browser and reads it in words; another one approves and starts it."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.conftest import Retailer
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width, visitor
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

PAGES: dict[str, tuple[str, ...]] = {
    "en": ("/new/promotion", "/promotion-calendar", "/new/coupons"),
    "zh": ("/promotions", "/promotion-conflicts", "/new/price"),
}
"""Pages that axe looks at, in the language and width of each way."""


def somebody(browser: Browser, retailer: Retailer, tongue: Tongue, width: Width, role: str) -> Any:  # noqa: ANN401
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width, calm=False)


def part(who: Walker, name: str) -> Locator:
    """A field of the builder, by what it becomes."""
    return who.main.locator(f"[name='{name}']")


@WAYS
async def test_a_promotion_is_written_approved_and_started(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    code = f"WALK-{tongue}".upper()
    async with (
        somebody(browser, retailer, tongue, width, "marketer") as writer,
        somebody(browser, retailer, tongue, width, "administrator") as other,
    ):
        await writer.go("/promotions")
        await writer.link("New promotion").click()
        await part(writer, "/code").fill(code)
        await part(writer, "/name/en").fill("Autumn")
        await part(writer, "/name/zh").fill("秋季")
        await part(writer, "/reward/percent").fill("much")
        await part(writer, "/reward/percent").press("Tab")
        await writer.reads("Type a percentage such as 20 or 12.5.")
        await part(writer, "/reward/percent").fill("45")
        await writer.button("Add a condition").first.click()
        await expect(part(writer, "/when/0/type")).to_be_focused()
        await part(writer, "/when/0/type").select_option("basket")
        await part(writer, "/when/0/items_min").fill("2")
        await part(writer, "/when/0/items_min").press("Tab")
        await expect(writer.main.locator("#words")).to_contain_text("45%")
        await writer.button("Save as a draft").click()
        await writer.told("Promotion {code} is saved as a draft.", code=code)

        await other.go(f"/promotions/{code}")
        for verb, done in (("Approve", "Promotion {code} is approved."), ("Start", "Promotion {code} is live.")):
            await other.link(verb).click()
            await other.button(verb).click()
            await other.told(done, code=code)
        await other.link("Promotions").click()
        await expect(other.main.get_by_text(code)).to_be_visible()


@WAYS
async def test_no_page_has_faults(retailer: Retailer, browser: Browser, tongue: Tongue, width: Width) -> None:
    token = retailer.people["administrator"].token
    async with visitor(browser, retailer.site.url, token, tongue=tongue, width=width) as tab_of:
        for path in PAGES[tongue]:
            assert await tab_of.faults(path) == [], path
