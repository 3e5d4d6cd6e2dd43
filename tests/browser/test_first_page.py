"""The first page in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Literal

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from mainstem.console.home import stream
from mainstem.console.home.texts import EVENTS, FINDINGS, KINDS, TEXTS
from mainstem.domains.orders import SaleLine
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

SHIFT_MAX = 0.05
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LIVE = ".status[data-state=live]"

WHERE = """() => [...document.querySelectorAll(".cards strong, section:not([data-part=feed]) h2, .plot svg")]
    .map((e) => e.getBoundingClientRect()).map((r) => [Math.round(r.left), Math.round(r.top), Math.round(r.height)])"""
SHIFTS = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries()
    .filter((entry) => !entry.hadRecentInput)
    .map((entry) => [entry.value, ...entry.sources.map(({ node }) => node?.parentElement?.outerHTML.slice(0, 80))])))
    .observe({ type: "layout-shift", buffered: true }))"""


@pytest.fixture
async def trading(site: Site) -> Site:
    """A site with a day's trade: one order, one sale with an oversold shelf and a line that is odd."""
    await site.network.place(2)
    await site.network.sell(datetime.now(UTC), SaleLine("milk", 120, 60_000), SaleLine("rice", 0, 0))
    return site


class Pages:
    """Opens pages, and remembers what their consoles complained about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    def _complain_of(self, url: str) -> None:
        if "/live" not in url:  # a page that is left ends its stream, which counts as a failed request
            self.complaints.append(url)

    async def open(
        self,
        url: str,
        *,
        viewport: ViewportSize = DESKTOP,
        locale: str = "en-GB",
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
    ) -> Page:
        context = await self._browser.new_context(
            viewport=viewport, locale=locale, color_scheme=scheme, java_script_enabled=scripts
        )
        page = await context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self._complain_of(request.url))
        await page.goto(url)
        return page


@pytest.fixture
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    opened = Pages(browser)
    yield opened
    for context in browser.contexts:
        await context.close()


async def test_it_is_readable_without_javascript(trading: Site, pages: Pages) -> None:
    page = await pages.open(trading.url, scripts=False)
    text = await page.inner_text("body")
    for shown in ("CN¥610.00", "Tills", "Web shop (simulated)", "122", "CN¥305.00", "Store <1>", "Latest events"):
        assert shown in text, shown
    assert "Stock is derived, not observed: 2 documents follow the rule test:rule." in text
    assert "China Time · Asia/Shanghai" in text
    assert "Figures at load" in text
    await page.get_by_text("The hours as a table").click()
    await expect(page.get_by_role("table", name="Sales by hour")).to_be_visible()


async def test_figures_follow_what_happens(trading: Site, pages: Pages) -> None:
    page = await pages.open(trading.url)
    await page.wait_for_selector(LIVE)
    await page.get_by_text("The hours as a table").click()
    orders = page.locator("[data-part=today] .cards > div", has_text="Orders").locator("strong")
    await expect(orders).to_have_text("2")
    where = await page.evaluate(WHERE)

    for _ in range(3):
        await trading.network.place(1, price_minor=2500)
    await expect(orders).to_have_text("5", timeout=5000)
    web = page.get_by_role("row", name="Web shop (simulated)").first
    await expect(web.get_by_role("cell")).to_have_text(["CN¥85.00", "4", "5", "CN¥21.25"])
    await expect(page.locator(".feed tbody tr").first).to_contain_text("Order placed")
    await expect(page.locator("[data-part=stock] .cards > div", has_text="Orders waiting")).to_contain_text(
        "4", timeout=15_000
    )
    assert await page.evaluate(WHERE) == where
    assert [shift for shift in await page.evaluate(SHIFTS) if shift[0] >= SHIFT_MAX] == []
    assert await page.locator("details[open]").count() == 1
    assert pages.complaints == []


async def test_it_speaks_chinese(trading: Site, pages: Pages) -> None:
    page = await pages.open(trading.url, locale="zh-CN")
    await page.wait_for_selector(LIVE)
    english = {text for table in (TEXTS, EVENTS, FINDINGS, KINDS) for text in table.values()}
    words = {re.sub(r"\{\w+\}.*", "", text).strip() for text in english} - {""}
    read = (
        "() => { const texts = [document.title]; const all = document.createTreeWalker(document.body, 4);"
        " while (all.nextNode()) texts.push(all.currentNode.data.trim());"
        " for (const e of document.querySelectorAll('[aria-label]')) texts.push(e.ariaLabel); return texts; }"
    )
    found = [text for text in await page.evaluate(read) if text]
    assert [text for text in found if text in words or any(text.startswith(f"{word} ") for word in words)] == []
    assert await page.get_attribute("html", "lang") == "zh-CN"
    assert "2 份" in " ".join(found) or "2 张" in " ".join(found)

    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="Sales today")).to_be_visible()
    assert await page.get_attribute("html", "lang") == "en"
    await page.get_by_role("link", name="简体中文").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator(LIVE)).to_be_visible()
    assert pages.complaints == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_nothing_is_cut_off(trading: Site, pages: Pages, viewport: ViewportSize, locale: str) -> None:
    page = await pages.open(trading.url, viewport=viewport, locale=locale)
    await page.wait_for_selector(LIVE)
    assert await page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    cut = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert await page.evaluate(cut) == 0


async def test_it_can_be_used_with_a_keyboard(trading: Site, pages: Pages) -> None:
    page = await pages.open(trading.url)
    await page.wait_for_selector(LIVE)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    summary = page.get_by_text("The hours as a table")
    await summary.focus()
    await trading.network.place()
    await expect(page.locator("[data-part=today] .cards strong").nth(1)).to_have_text("3", timeout=5000)
    await expect(page.locator("summary")).to_be_focused()
    levels = await page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((e) => e.tagName)")
    assert levels == ["H1", *["H2"] * 5]


async def test_dark_is_dark(trading: Site, pages: Pages) -> None:
    schemes: tuple[tuple[Literal["light", "dark"], str], ...]
    schemes = (("light", "rgb(245, 247, 247)"), ("dark", "rgb(15, 22, 21)"))
    for scheme, ground in schemes:
        page = await pages.open(trading.url, scheme=scheme)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


async def test_a_network_without_anything_has_a_page(site: Site, pages: Pages) -> None:
    page = await pages.open(site.url)
    await expect(page.get_by_text("Nothing has been sold today yet.")).to_be_visible()
    await expect(page.get_by_text("No findings.")).to_be_visible()


async def test_from_elsewhere_it_asks_for_a_key(trading: Site, browser: Browser) -> None:
    handed_on = {"x-forwarded-for": "192.0.2.7"}
    async with httpx.AsyncClient(base_url=trading.url) as client:
        for path in ("/", "/live"):
            turned_down = await client.get(path, headers=handed_on)
            assert turned_down.status_code == 401
            assert turned_down.headers["www-authenticate"].startswith("Basic ")
            assert "reports:read" in turned_down.text
            assert "610" not in turned_down.text
            assert (await client.get(path, headers={"host": "shop.example"})).status_code == 401
            assert (await client.get(path, headers=handed_on, auth=("me", "wrong"))).status_code == 401
        assert (await client.post("/", headers=handed_on)).status_code == 405
        assert (await client.get("/", headers=handed_on, auth=("me", trading.key))).status_code == 200
        # The credentials of the page open nothing else: browsers send them along with any request to this address.
        assert (await client.get("/v1/orders", auth=("me", trading.key))).status_code == 401

    context = await browser.new_context(
        extra_http_headers=handed_on, http_credentials={"username": "me", "password": trading.key}
    )
    page = await context.new_page()
    await page.goto(trading.url)
    await expect(page.locator(LIVE)).to_be_visible()
    await context.close()


async def test_pages_are_private_and_assets_are_kept(trading: Site) -> None:
    async with httpx.AsyncClient(base_url=trading.url) as client:
        page = await client.get("/", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
        assert page.headers["content-language"] == "zh-CN"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'self';")
        assert "<script>" not in page.text
        assert "style=" not in page.text
        assets = re.findall(r"/assets/[\w.]+", page.text)
        assert {path.rsplit(".", 1)[1] for path in assets} == {"css", "js", "svg"}
        for path in assets:
            asset = await client.get(path)
            assert asset.status_code == 200
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []


async def test_open_pages_do_not_hold_up_the_end(trading: Site) -> None:
    async with httpx.AsyncClient(base_url=trading.url, timeout=10) as client, client.stream("GET", "/live") as live:
        received = live.aiter_lines()
        assert await anext(received) == "retry: 3000"
        async for line in received:
            if line.startswith("data: "):
                break
        trading.console.stop()
        async with asyncio.timeout(2):
            assert [line async for line in received if line] == []
        assert (await client.get("/live")).status_code == 503


async def test_there_are_only_so_many_streams(trading: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.console.pages.LISTENERS_MAX", 1)
    assert stream.LISTENERS_MAX > 1
    async with httpx.AsyncClient(base_url=trading.url) as client, client.stream("GET", "/live") as live:
        assert live.status_code == 200
        assert (await client.get("/live")).status_code == 503
        assert (await client.get("/")).status_code == 200
