"""A customer's own privacy page in a real browser, on a phone and at a desk, in both languages."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Retailer
from tests.browser.harness.names import Tongue
from tests.browser.harness.privacy import privacy_link
from tests.browser.harness.visiting import Width, visitor

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

WORDS = {
    "en": {
        "code": "One-time code",
        "open": "Open the page",
        "off": "Personalisation",
        "said": "You can change it back",
    },
    "zh": {"code": "一次性验证码", "open": "打开页面", "off": "个性化", "said": "您可以随时更改"},
}


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_the_code_opens_a_page_without_faults_and_a_switch_switches(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    link, words = await privacy_link(retailer.world.executor), WORDS[tongue]
    async with visitor(browser, retailer.site.url, "", tongue=tongue, width=width) as guest:
        tab = await guest.tab()
        await tab.go(link.path)
        await tab.page.get_by_label(words["code"]).fill(link.code)
        await tab.page.get_by_role("button", name=words["open"]).click()
        await expect(tab.page.get_by_text("王小明")).to_be_visible()
        assert await tab.faults(link.path) == []
        switch = tab.page.get_by_role("switch", name=words["off"])
        await expect(switch).to_have_attribute("aria-checked", "false")
        await switch.click()
        await expect(tab.page.get_by_text(words["said"])).to_be_visible()
        await expect(tab.page.get_by_role("switch", name=words["off"])).to_have_attribute("aria-checked", "true")


async def test_it_needs_no_scripts(retailer: Retailer, browser: Browser) -> None:
    link, words = await privacy_link(retailer.world.executor), WORDS["zh"]
    async with visitor(browser, retailer.site.url, "", tongue="zh", width=390, scripts=False) as guest:
        page = await guest.context.new_page()
        await page.goto(retailer.site.url + link.path)
        await page.get_by_label(words["code"]).fill(link.code)
        await page.get_by_role("button", name=words["open"]).click()
        await page.get_by_role("switch", name=words["off"]).click()
        await expect(page.get_by_role("switch", name=words["off"])).to_have_attribute("aria-checked", "true")
