"""`make screenshots`: the main pages of a retailer that is made up for it, as pictures in docs/images.

Made-up data is the same every time; times of day follow the clock.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, async_playwright

from bench.postgres import new_database, scratch_server
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.browser.harness.addresses import addresses
from tests.browser.harness.names import Tongue
from tests.browser.harness.people import Person, employ
from tests.browser.harness.serving import Site, served
from tests.browser.harness.visiting import Scheme, Width, visitor
from tests.browser.harness.world import World
from tests.vaults import VAULT

FOLDER = Path(__file__).parents[3] / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
SETTLE_MS = 800


class Picture(NamedTuple):
    """A page, and who looks at it on what; the file is called `name`."""

    name: str
    page: str
    tongue: Tongue = "en"
    width: Width = 1280
    scheme: Scheme = "light"
    role: str = "administrator"


PICTURES = (
    Picture("overview", "/"),
    Picture("overview-dark", "/", scheme="dark"),
    Picture("overview-zh", "/", "zh"),
    Picture("overview-phone", "/", width=390),
    Picture("orders", "/orders"),
    Picture("orders-zh", "/orders", "zh"),
    Picture("order", "/orders/{order:int}"),
    Picture("stock", "/stock"),
    Picture("transfers", "/transfers"),
    Picture("discrepancies", "/discrepancies"),
    Picture("products", "/products"),
    Picture("store-phone", "/store", width=390, role="store_associate"),
    Picture("store-phone-zh", "/store", "zh", 390, role="store_associate"),
    Picture("quarantine", "/admin/quarantine"),
    Picture("quality", "/admin/quality"),
    Picture("audit", "/admin/audit"),
)


def main() -> int:
    """Take all pictures; 1 when a page of them is not there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with scratch_server() as server:
        urls: dict[Tongue, str] = {"en": new_database(server, "pictures_en"), "zh": new_database(server, "pictures_zh")}
        absent = [name for tongue, url in urls.items() for name in asyncio.run(_take(tongue, url))]
    for name in absent:
        sys.stderr.write(f"screenshots: there is no page for {name}\n")
    return 1 if absent else 0


async def _take(tongue: Tongue, url: str) -> list[str]:
    """The pictures in one language; those whose page is not there."""
    opened = Database(url, pool_size=4, application="mainstem screenshots", vault=VAULT)
    async with opened as database, async_playwright() as play:
        executor = Executor(database)
        await World(executor, tongue).make()
        people = await employ(executor, tongue)
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        async with served(database) as site:
            found, _ = await addresses(site.url, site.pages, [people["administrator"]])
            paths = {address.page.path: address.path for address in found}
            absent = []
            for picture in (one for one in PICTURES if one.tongue == tongue):
                if picture.page in paths:
                    await _picture(browser, site, people[picture.role], picture, paths[picture.page])
                else:
                    absent.append(picture.name)
        await browser.close()
        return absent


async def _picture(browser: Browser, site: Site, person: Person, picture: Picture, path: str) -> None:
    tongue, width, scheme = picture.tongue, picture.width, picture.scheme
    async with visitor(browser, site.url, person.token, tongue=tongue, width=width, scheme=scheme) as somebody:
        page, complaints = await somebody.open(path)
        assert not complaints, (path, complaints)
        await page.wait_for_timeout(SETTLE_MS)
        await page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
