"""In a real browser: what a page weighs for who has nothing of it yet, and whether it stands still while it loads."""

import asyncio
import os
import re

from playwright.async_api import Browser, async_playwright

from bench.console.visitors import Visited
from bench.report import Measure, at_most
from mainstem.platform.access.people.sessions import SESSION_COOKIE
from tests.browser.harness.addresses import Address
from tests.browser.harness.visiting import WATCH

FIRST_LOAD_KB, SHIFT = 350.0, 0.05
LATER = re.compile(r"/assets/(vendor/)?(charts|barcode)\.")
SETTLE_MS = 500
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def measure(visited: Visited) -> list[Measure]:
    """The heaviest page, and the one that moves most."""
    looks = asyncio.run(_looks(visited))
    heaviest, restless = max(looks, key=lambda look: look[1]), max(looks, key=lambda look: look[2])
    return [
        at_most(f"first load over the wire, heaviest ({heaviest[0]})", "kB", heaviest[1] / 1000, bar=FIRST_LOAD_KB),
        at_most(f"layout shift, largest ({restless[0]})", "", restless[2], bar=SHIFT),
    ]


async def _looks(visited: Visited) -> list[tuple[str, int, float]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            first = {address.page.path: address for address in reversed(visited.shown)}
            return [(page, *await _look(browser, visited, address)) for page, address in first.items()]
        finally:
            await browser.close()


async def _look(browser: Browser, visited: Visited, address: Address) -> tuple[int, float]:
    """Bytes that came over the wire, charts apart, and the sum of layout shifts."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    if token := visited.tokens[address.role]:
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": visited.url}])
    page = await context.new_page()
    watch = await context.new_cdp_session(page)
    await watch.send("Network.enable")
    later: set[str] = set()
    weights: dict[str, int] = {}
    watch.on(
        "Network.requestWillBeSent", lambda e: later.add(e["requestId"]) if LATER.search(e["request"]["url"]) else None
    )
    watch.on("Network.loadingFinished", lambda e: weights.update({e["requestId"]: e["encodedDataLength"]}))
    await page.add_init_script(f"({WATCH})()")
    await page.goto(visited.url + address.path)
    await page.wait_for_timeout(SETTLE_MS)
    shift = sum(await page.evaluate("() => window.layoutShifts()"))
    await context.close()
    return int(sum(weight for request, weight in weights.items() if request not in later)), shift
