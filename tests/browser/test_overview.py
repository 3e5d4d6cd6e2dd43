"""The overview in a real browser: live, on a phone, in both languages, with the keyboard, with many open pages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from mainstem.console.overview import stream
from mainstem.domains import catalog
from mainstem.domains.catalog import UpsertNode
from mainstem.domains.orders import SaleLine
from mainstem.platform.access.people.sessions import SESSION_COOKIE
from tests.browser.conftest import Retailer, Site
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Visitor, Width, visitor
from tests.unit.console_shop import ZONE

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

LIVE = "[data-live-state=live]"
WHERE = """() => [...document.querySelectorAll(".figure-value, h2, .chart")]
    .map((e) => e.getBoundingClientRect()).map((r) => [Math.round(r.left), Math.round(r.top), Math.round(r.height)])"""


@pytest.fixture
async def trading(site: Site) -> Site:
    """A site with a day's trade: one order, one sale with an oversold shelf and a line that is odd."""
    await site.network.place(2)
    await site.network.sell(datetime.now(UTC), SaleLine("milk", 120, 60_000), SaleLine("rice", 0, 0))
    return site


def figure(page: Page, part: str, name: str) -> Locator:
    """The value of a card."""
    card = page.locator(f"[data-part={part}] .figure", has=page.get_by_role("heading", name=name, exact=True))
    return card.locator(".figure-value")


@asynccontextmanager
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """The operations manager without a browser."""
    cookies = {SESSION_COOKIE: site.people["operations_manager"].token}
    async with httpx.AsyncClient(base_url=site.url, timeout=10, cookies=cookies) as opened:
        yield opened


@pytest.fixture
async def manager(trading: Site, browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser, trading.url, trading.people["operations_manager"].token) as opened:
        yield opened


async def test_it_is_readable_without_javascript(trading: Site, browser: Browser) -> None:
    token = trading.people["operations_manager"].token
    async with visitor(browser, trading.url, token, scripts=False) as guest:
        page, complaints = await guest.open("/")
        text = await page.inner_text("body")
        for shown in ("CN¥610.00", "Tills", "Web shop (simulated)", "122", "CN¥305.00", "Store <1>", "Latest events"):
            assert shown in text, shown
        assert "Stock is derived, not observed: 2 documents follow the rule test:rule." in text
        assert "China Time · Asia/Shanghai" in text
        assert "Figures at load" in text
        await page.get_by_text("The figures as a table").click()
        await expect(page.locator(".chart-table table")).to_be_visible()
        await expect(page.locator(".chart")).to_be_hidden()
        assert complaints == []


async def test_figures_follow_what_happens(trading: Site, manager: Visitor) -> None:
    page, complaints = await manager.open("/")
    await page.wait_for_selector(LIVE)
    await page.get_by_text("The figures as a table").click()
    await expect(figure(page, "trade", "Orders")).to_have_text("2")
    await expect(figure(page, "attention", "Open discrepancies")).to_have_text("1")
    await expect(figure(page, "attention", "Stock-outs")).to_have_text("1")
    bars = page.locator(".chart svg path")
    await expect(bars.first).to_be_attached()
    where, drawn = await page.evaluate(WHERE), await page.locator(".chart").inner_html()

    for _ in range(3):
        await trading.network.place(1, price_minor=2500)
    await expect(figure(page, "trade", "Orders")).to_have_text("5", timeout=5000)
    web = page.locator("[data-part=channels]").get_by_role("row", name="Web shop (simulated)")
    await expect(web.get_by_role("cell")).to_have_text(["CN¥85.00", "–", "4", "CN¥21.25", "5"])
    await expect(page.locator(".feed li").first).to_contain_text("Order placed")
    await expect(figure(page, "attention", "Orders waiting")).to_have_text("4", timeout=15_000)
    assert await page.locator(".chart").inner_html() != drawn
    assert await page.locator(".chart > *").count() == 1
    assert await page.evaluate(WHERE) == where
    assert await page.locator("details.chart-table[open]").count() == 1
    assert complaints == []


async def test_every_figure_opens_its_list(trading: Site, manager: Visitor) -> None:  # noqa: ARG001 - made for it
    page, _ = await manager.open("/")
    await figure(page, "attention", "Orders waiting").get_by_role("link").click()
    await expect(page).to_have_url(re.compile(r"/orders\?show=waiting$"))
    await page.go_back()
    await figure(page, "attention", "Stock-outs").get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Stock-outs")).to_be_visible()
    await expect(page.get_by_role("row", name="milk")).to_contain_text("-20")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_wrong_with_it(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width, scheme: str
) -> None:
    token = retailer.people["operations_manager"].token
    async with visitor(browser, retailer.site.url, token, tongue=tongue, width=width, scheme=scheme) as person:  # type: ignore[arg-type]
        for path in ("/", "/?nodes=all&nodes_by=late", "/stock-outs"):
            assert await person.faults(path) == []


async def test_it_can_be_used_with_a_keyboard(trading: Site, manager: Visitor) -> None:
    page, _ = await manager.open("/")
    await page.wait_for_selector(LIVE)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    link = figure(page, "trade", "Orders").get_by_role("link")
    await link.focus()
    await trading.network.place()
    await expect(figure(page, "trade", "Orders")).to_have_text("3", timeout=5000)
    await expect(figure(page, "trade", "Orders").get_by_role("link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/orders\?from="))


async def test_the_map_leads_to_a_node(trading: Site, manager: Visitor) -> None:
    placed = UpsertNode("S1", "Store <1>", "store", ZONE, latitude=31.2, longitude=121.5)
    await trading.network.run(catalog.UPSERT_NODES, [placed])
    page, complaints = await manager.open("/")
    place = page.locator(".network-map a")
    await expect(place).to_have_count(1, timeout=20_000)
    assert "CN¥6" in (await place.get_attribute("aria-label") or "")
    await expect(page.locator(".network-map text")).to_have_text("Store <1>")
    await expect(page.locator(".network-dots a")).to_have_count(1)
    await place.click()
    await expect(page).to_have_url(re.compile("/stock/nodes/S1$"))
    assert complaints == []


async def test_a_lost_connection_is_told_and_comes_back(
    trading: Site, manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstem.console.overview.stream.STREAM_SECONDS_MAX", 1.0)
    page, _ = await manager.open("/")
    await page.wait_for_selector(LIVE)
    await page.wait_for_selector("[data-live-state=paused]")
    await expect(page.get_by_text("Connecting again…")).to_be_visible()
    await trading.network.place()
    await page.wait_for_selector(LIVE)
    await expect(figure(page, "trade", "Orders")).to_have_text("3")


async def test_a_stranger_gets_nothing(trading: Site) -> None:
    async with httpx.AsyncClient(base_url=trading.url) as stranger:
        for path in ("/", "/live", "/stock-outs"):
            answer = await stranger.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in")


async def test_pages_are_private_and_assets_are_kept(trading: Site) -> None:
    async with client(trading) as signed:
        page = await signed.get("/", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
        assert page.headers["content-language"] == "zh-CN"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'self';")
        assert "<script>" not in page.text
        assert "style=" not in page.text
        assets = set(re.findall(r"/assets/[\w./-]+", page.text))
        assert {path.rsplit(".", 1)[1] for path in assets} == {"css", "js", "svg"}
        for path in assets:
            asset = await signed.get(path)
            assert asset.status_code == 200
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []


async def test_open_pages_do_not_hold_up_the_end(trading: Site) -> None:
    async with client(trading) as signed, signed.stream("GET", "/live") as live:
        received = live.aiter_lines()
        assert await anext(received) == "retry: 3000"
        async for line in received:
            if line.startswith("data: "):
                break
        trading.console.stop()
        async with asyncio.timeout(2):
            assert [line async for line in received if line] == []
        assert (await signed.get("/live")).status_code == 503


async def test_there_are_only_so_many_streams(trading: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.console.overview.pages.LISTENERS_MAX", 1)
    assert stream.LISTENERS_MAX > 1
    async with client(trading) as signed, signed.stream("GET", "/live") as live:
        assert live.status_code == 200
        assert (await signed.get("/live")).status_code == 503
        assert (await signed.get("/")).status_code == 200
