"""Store mode in a real browser, as wide as a phone: a scanner, a camera, a lost connection, two clicks."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

from mainstem.api.app import create_app
from mainstem.api.services import assemble
from mainstem.console import Console, Desk
from mainstem.platform.access import ensure_administrator
from mainstem.platform.access.people.sessions import SESSION_COOKIE
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.harness.serving import QUIET
from tests.browser.test_barcode import ean_13
from tests.console.conftest import Place
from tests.console.store_floor import BREAD, MILK, on_hand, order, stock_up, transfer
from tests.contract.conftest import FURNITURE

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

PHONE = {"width": 390, "height": 844}
WIDTH, HEIGHT, BAR = 640, 480, 4
BLACK, WHITE = 16, 235


@dataclass
class Floor:
    """A served store with goods and work, and the token of an associate of S1."""

    place: Place
    url: str
    token: str
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def phone(self, browser: Browser, *, script: bool = True) -> AsyncIterator[Page]:
        """The associate's phone; what its console complains of is kept."""
        context: BrowserContext = await browser.new_context(
            viewport=PHONE,  # type: ignore[arg-type]  # a plain dict of the right shape
            base_url=self.url,
            locale="en",
            java_script_enabled=script,
            reduced_motion="reduce",
            permissions=["camera"],
        )
        await context.add_cookies([{"name": SESSION_COOKIE, "value": self.token, "url": self.url}])
        page = await context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        yield page
        await context.close()


@pytest.fixture
async def floor(database: Database) -> AsyncIterator[Floor]:
    settings = load(QUIET)
    services = assemble(settings, database)
    secret = await ensure_administrator(database)
    assert secret is not None
    desk = Desk(settings=settings, database=database, sessions=services.sessions, batcher=services.batcher)
    console = Console(desk)
    place = Place(create_app(services, console.handlers()), services, database, console, secret)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(place.app, ws="none", lifespan="on", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        async with console:
            serving = asyncio.create_task(server._serve([listener]))
            for method, path, body in FURNITURE:
                await place.api(method, path, body)
            await stock_up(place)
            associate = await place.visitor("store_associate", "S1")
            token: str = associate.cookies[SESSION_COOKIE]
            yield Floor(place, f"http://127.0.0.1:{listener.getsockname()[1]}", token)
            for client in place.clients:
                await client.aclose()
            server.should_exit = True
            console.stop()
            await serving


async def wedge(page: Page, code: str) -> None:
    """What a wedge scanner does: it types fast and ends with Enter. It is used once the page is there to be seen."""
    await page.bring_to_front()
    await page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")


def quantity(sku: str) -> str:
    """The selector of a SKU's quantity."""
    return f'[data-sku="{sku}"] [data-quantity]'


async def test_an_order_is_picked_with_a_scanner_wherever_the_focus_is(floor: Floor, browser: Browser) -> None:
    number = await order(floor.place)
    async with floor.phone(browser) as page:
        await page.goto("/store")
        await page.get_by_role("link", name="W1").click()
        await expect(page.get_by_label("Barcode or SKU")).to_be_visible()

        await wedge(page, MILK.lstrip("0"))
        await expect(page.locator("[data-feedback]")).to_have_text("Milk: 1 / 2")
        await page.locator(quantity("M3")).focus()
        await wedge(page, f"0{MILK.lstrip('0')}")  # another form of the same number
        await expect(page.locator(quantity("M1"))).to_have_value("2")
        await expect(page.locator(quantity("M3"))).to_have_value("")  # what had the focus is untouched
        await wedge(page, "9999999999994")
        await expect(page.locator("[data-feedback]")).to_have_text("9999999999994 does not belong here. Put it back.")
        await wedge(page, MILK)
        await expect(page.locator("[data-feedback]")).to_contain_text("all 2 are picked already")
        await wedge(page, BREAD.lstrip("0"))
        await page.get_by_label("Barcode or SKU").fill("M3")
        await page.keyboard.press("Enter")
        await expect(page.locator(quantity("M3"))).to_have_value("1.25")
        await expect(page.locator("[data-progress]")).to_have_text("4 of 4")
        await page.get_by_role("button", name="Hand over").click()

        await expect(page.get_by_role("status").first).to_contain_text("Order W1 is handed over.")
        await expect(page.get_by_text("All done")).to_be_visible()
    assert (await floor.place.api("GET", f"/v1/orders/{number}"))["state"] == "delivered"
    assert floor.complaints == []


async def test_what_is_missing_is_asked_for_and_the_answer_counts(floor: Floor, browser: Browser) -> None:
    number = await order(floor.place)
    async with floor.phone(browser) as page:
        await page.goto(f"/store/orders/{number}")
        await wedge(page, MILK)
        await expect(page.locator("[data-feedback]")).to_have_text("Milk: 1 / 2")
        await page.get_by_role("button", name="Hand over").click()
        await expect(page.get_by_text("Something is missing. What happens to it?")).to_be_visible()
        await wedge(page, MILK)
        await page.get_by_label("Keep it open").check()
        await page.get_by_role("button", name="Hand over").dblclick()
        await expect(page).to_have_url(f"{floor.url}/store")
    found = await floor.place.api("GET", f"/v1/orders/{number}")
    assert (found["state"], [line["shipped"] for line in found["lines"]]) == ("part_shipped", [2, 0, 0])


async def test_a_lost_connection_loses_nothing(floor: Floor, browser: Browser) -> None:
    number = await transfer(floor.place)
    async with floor.phone(browser) as page:
        await page.goto(f"/store/receive/{number}")
        for _ in range(6):
            await wedge(page, MILK)
        await page.get_by_label("Barcode or SKU").fill("M3")
        await page.keyboard.press("Enter")
        await page.context.set_offline(True)
        await page.get_by_role("button", name="Receive").click()
        await expect(page.locator("[data-feedback]")).to_contain_text("Not sent: no connection.")
        await expect(page.locator(quantity("M1"))).to_have_value("6")
        await page.context.set_offline(False)
        await page.reload()
        await expect(page.locator(quantity("M1"))).to_have_value("6")
        await expect(page.locator("[data-feedback]")).to_have_text("What you had ticked is still here.")
        await page.get_by_role("button", name="Receive").click()
        await expect(page.get_by_text("Transfer TR-1: received.")).to_be_visible()
    assert await on_hand(floor.place, "M1") == 26


async def test_an_answer_that_got_lost_is_asked_for_again_under_the_same_key(floor: Floor, browser: Browser) -> None:
    number = await order(floor.place)
    async with floor.phone(browser) as page:
        await page.goto(f"/store/orders/{number}")
        for code in (MILK, MILK, BREAD):
            await wedge(page, code)
        await page.locator(quantity("M3")).fill("1.25")

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort()

        await page.route("**/store/orders/*", lose_the_answer, times=1)
        await page.get_by_role("button", name="Hand over").click()
        await expect(page.locator("[data-feedback]")).to_contain_text("Not sent: no connection.")
        await page.get_by_role("button", name="Hand over").click()
        await expect(page).to_have_url(f"{floor.url}/store")
    assert len((await floor.place.api("GET", f"/v1/orders/{number}"))["shipments"]) == 1


async def test_a_shelf_is_counted_by_scanning(floor: Floor, browser: Browser) -> None:
    async with floor.phone(browser) as page:
        await page.goto("/store/count")
        for code in (MILK, BREAD, MILK):
            await wedge(page, code)
            await expect(page.locator("[data-feedback]")).to_contain_text(": ")
        await expect(page.locator(quantity("M1"))).to_have_value("2")
        await page.reload()
        await expect(page.locator(quantity("M1"))).to_have_value("2")
        await page.locator('[data-sku="M2"]').get_by_role("button", name="Take off the list").click()
        await page.get_by_role("button", name="Send the count").click()
        await expect(page.get_by_text("Counted 1 SKUs; 1 differ and are noted.")).to_be_visible()
    assert (await on_hand(floor.place, "M1"), await on_hand(floor.place, "M2")) == (2, 20)


async def test_without_a_script_an_order_is_handed_over_too(floor: Floor, browser: Browser) -> None:
    number = await order(floor.place)
    async with floor.phone(browser, script=False) as page:
        await page.goto(f"/store/orders/{number}")
        await expect(page.get_by_label("Barcode or SKU")).to_be_hidden()
        for sku, much in (("M1", "2"), ("M2", "1"), ("M3", "1.25")):
            await page.locator(quantity(sku)).fill(much)
        await page.get_by_role("button", name="Hand over").click()
        await expect(page.get_by_text("Order W1 is handed over.")).to_be_visible()
    assert (await floor.place.api("GET", f"/v1/orders/{number}"))["state"] == "delivered"


def film(path: Path, digits: str) -> Path:
    """A film (YUV4MPEG2) of one still picture: an EAN-13 on white."""
    bars = ean_13(digits)
    start = (WIDTH - len(bars) * BAR) // 2
    line = bytearray([WHITE]) * WIDTH
    for place, bar in enumerate(bars):
        if bar == "1":
            line[start + place * BAR : start + (place + 1) * BAR] = bytes([BLACK]) * BAR
    blank = bytes([WHITE]) * WIDTH
    picture = blank * 120 + bytes(line) * (HEIGHT - 240) + blank * 120 + bytes([128]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + picture) * 10)
    return path


async def test_the_camera_reads_a_barcode(floor: Floor, tmp_path: Path) -> None:
    number = await order(floor.place)
    shown = film(tmp_path / "milk.y4m", MILK.lstrip("0"))
    flags = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={shown}",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        async with floor.phone(browser) as page:
            await page.goto(f"/store/orders/{number}")
            await page.get_by_role("button", name="Scan with the camera").click()
            await expect(page.locator(quantity("M1"))).to_have_value("1", timeout=20_000)
            await page.wait_for_timeout(1_500)
            await expect(page.locator(quantity("M1"))).to_have_value("1")  # it never left the picture
            await page.get_by_role("button", name="Stop").click()
            await expect(page.locator("video")).to_be_hidden()
        await browser.close()
    assert floor.complaints == []
