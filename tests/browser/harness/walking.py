"""Somebody at work in the console: goes where links lead, reads labels, fills in forms, in one of two languages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from mainstem.platform.texts import translate
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Tab, Width, visitor

WAYS = pytest.mark.parametrize(("tongue", "width"), [("en", 1280), ("zh", 390)])
"""In English at a desk, in Chinese on a phone."""

NARROW = 992
"""Narrower than this the navigation is behind a menu."""

_TOLD = "status of 4"
"""The browser remarks on answers such as 409 and 422, which a page gives on purpose."""


class Walker:
    """A person in front of a page; every text is given in English and looked for in the person's language."""

    def __init__(self, tab: Tab, context: BrowserContext) -> None:
        self.page: Page = tab.page
        self.context = context
        self.tongue = tab.tongue
        self.width = tab.width
        self._tab = tab

    def t(self, text: str, **values: object) -> str:
        """A text of the console in the person's language."""
        said = translate(text, self.tongue)
        return said.format_map(values) if values else said

    @property
    def main(self) -> Locator:
        """The page with its heading, without the navigation."""
        return self.page.locator(".page-wrapper, .bare-main")

    async def go(self, path: str) -> None:
        """To an address that a colleague has sent."""
        await self.page.goto(self._tab.url + path)

    async def turn_to(self, entry: str) -> None:
        """To a place that the navigation leads to; on a phone it is behind the menu."""
        if self.width < NARROW:
            await self.page.get_by_label(self.t("Menu"), exact=True).click()
        places = self.page.get_by_role("navigation", name=self.t("Main navigation"))
        await places.get_by_role("link", name=self.t(entry), exact=True).click()

    def link(self, text: str, **values: object) -> Locator:
        """The first link of this name."""
        return self.main.get_by_role("link", name=self.t(text, **values), exact=True).first

    def button(self, text: str, **values: object) -> Locator:
        """The button of this name."""
        return self.main.get_by_role("button", name=self.t(text, **values), exact=True)

    def field(self, label: str, **values: object) -> Locator:
        """The field with this label, in the body of the page."""
        return self.main.get_by_label(self.t(label, **values), exact=True)

    def row(self, text: str) -> Locator:
        """The rows of tables in which this stands."""
        return self.main.get_by_role("row").filter(has_text=text)

    async def choose(self, label: str, option: str, **values: object) -> None:
        """Choose an option by what it is called."""
        await self.field(label).select_option(label=self.t(option, **values))

    async def headed(self, text: str, **values: object) -> None:
        """The page is called this."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(self.t(text, **values))

    async def told(self, text: str, **values: object) -> None:
        """The page says, once, that something is done."""
        await expect(self.page.get_by_role("status").filter(has_text=self.t(text, **values))).to_be_visible()

    async def warned(self, text: str, **values: object) -> None:
        """The page says why something was not done."""
        await expect(self.page.get_by_role("alert")).to_contain_text(self.t(text, **values))

    async def reads(self, text: str, **values: object) -> None:
        """This stands in the page."""
        await expect(self.main.get_by_text(self.t(text, **values)).first).to_be_visible()

    def complaints(self) -> list[str]:
        """What the browser has found wrong with the pages so far."""
        return [text for text in self._tab.complaints if _TOLD not in text]


@asynccontextmanager
async def walking(
    browser: Browser, url: str, token: str, tongue: Tongue = "en", width: Width = 1280, *, calm: bool = True
) -> AsyncIterator[Walker]:
    """Somebody with a session, until the block ends; then the browser had nothing to complain of, if it is `calm`."""
    async with visitor(browser, url, token, tongue=tongue, width=width) as somebody:
        walker = Walker(await somebody.tab(), somebody.context)
        yield walker
        assert not calm or walker.complaints() == []
