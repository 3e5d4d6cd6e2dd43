"""Products, nodes, channels and files with them, by the hand of an operations manager in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import anyio
import pytest
from playwright.async_api import Browser, Route, expect
from stdnum import ean

from mainstem.connectors import files
from mainstem.domains import catalog
from mainstem.platform.jobs import run_worker
from tests.browser.conftest import Retailer
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

SOON = 30.0
OFFLINE = "No connection. What you typed is still here; try again when you are online."
CHANGED = "Somebody else has changed this meanwhile"
_NUMBERS = count(1)


def manager(
    browser: Browser,
    retailer: Retailer,
    tongue: Tongue,
    width: Width,
    role: str = "operations_manager",
    *,
    calm: bool = True,
) -> AbstractAsyncContextManager[Walker]:
    """The operations manager, or somebody of another role."""
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width, calm=calm)


async def product(retailer: Retailer) -> str:
    """A product of its own."""
    code = f"OWN-{next(_NUMBERS)}"
    wanted = catalog.UpsertProduct(code, f"{code} lamp", (catalog.VariantInput(f"{code}-a"),), category="Walks")
    await retailer.world.run(catalog.UPSERT_PRODUCTS, [wanted])
    return code


async def edited(who: Walker, code: str) -> None:
    """Find a product and open its form."""
    await who.go("/products")
    await who.field("Name, SKU, GTIN or number").fill(code)
    await who.page.keyboard.press("Enter")
    await who.main.get_by_role("link", name=f"{code} lamp").click()
    await who.link("Edit").click()
    await who.headed("Edit {name}", name=f"{code} lamp")


@WAYS
async def test_a_product_is_made_and_a_wrong_one_is_kept(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    number = next(_NUMBERS)
    code, body = f"MADE-{number}", f"699{number:09d}"
    right = body + ean.calc_check_digit(body)
    wrong = body + str((int(right[-1]) + 1) % 10)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go("/")
        await who.turn_to("Products")
        await who.link("New product").click()
        await who.field("Product number").fill(code)
        await who.field("Name").fill(f"{code} lamp")
        await who.field("Category").fill("Walks/Lamps")
        await who.field("SKU").first.fill(f"{code}-a")
        await who.field("GTINs").first.fill(wrong)
        await who.button("Save").click()
        await expect(who.page.get_by_role("alert")).to_be_focused()
        await expect(who.field("Name")).to_have_value(f"{code} lamp")
        await expect(who.field("GTINs").first).to_have_value(wrong)
        await who.field("GTINs").first.fill(right)
        await who.field("Attributes").first.fill("colour=red")
        await who.button("Save").dblclick()
        await who.told("Created.")
        await expect(who.row(f"{code}-a")).to_contain_text(right)
        await who.page.go_back()
        await who.go("/products")
        await who.field("Name, SKU, GTIN or number").fill(code)
        await who.page.keyboard.press("Enter")
        await expect(who.main.get_by_role("link", name=f"{code} lamp")).to_have_count(1)


@WAYS
async def test_a_lost_connection_loses_nothing_that_was_typed(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    code = await product(retailer)
    async with manager(browser, retailer, tongue, width, calm=False) as who:
        await edited(who, code)
        await who.context.set_offline(True)
        await who.field("Brand").fill("Better")
        await who.button("Save").click()
        await who.told(OFFLINE)
        await expect(who.field("Brand")).to_have_value("Better")
        await who.context.set_offline(False)
        await expect(who.page.get_by_role("status").filter(has_text=who.t(OFFLINE))).to_be_hidden()
        await who.button("Save").click()
        await who.told("Saved.")

        async def lose(route: Route) -> None:
            await route.abort("connectionreset")

        await who.link("Edit").click()
        await who.field("Brand").fill("Best")
        await who.page.route("**/edit", lose, times=1)
        await who.button("Save").click()
        await who.page.wait_for_url(re.compile("^chrome-error:"))
        await who.page.go_back()
        if await who.link("Edit").is_visible():  # the page that could not be reached stands in the place of the form
            await who.link("Edit").click()
        await who.told("What you typed is here again. It has not been sent yet.")
        await expect(who.field("Brand")).to_have_value("Best")
        await who.button("Save").click()
        await who.told("Saved.")
        await expect(who.link("Best")).to_be_visible()


@WAYS
async def test_the_second_editor_of_a_product_is_told(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    code = await product(retailer)
    async with (
        manager(browser, retailer, tongue, width) as first,
        manager(browser, retailer, tongue, width, "administrator") as second,
    ):
        await edited(first, code)
        await edited(second, code)
        await first.field("Category").fill("Walks/Lights")
        await first.button("Save").click()
        await first.told("Saved.")
        await second.field("Brand").fill("Mine")
        await second.button("Save").click()
        await second.warned(CHANGED)
        await expect(second.row("Walks/Lights")).to_contain_text(second.t("Category"))
        await expect(second.field("Brand")).to_have_value("Mine")
        await second.field("Category").fill("Walks/Lights")
        await second.button("Save").dblclick()
        await second.told("Saved.")
        await second.reads("Lights")
        await expect(second.link("Mine")).to_be_visible()


@WAYS
async def test_a_node_and_a_channel_are_changed(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    code = f"N-{next(_NUMBERS)}"
    async with (
        manager(browser, retailer, tongue, width) as first,
        manager(browser, retailer, tongue, width, "administrator") as second,
    ):
        await first.go("/nodes")
        await first.link("New node").click()
        await first.field("Code").fill(code)
        await first.field("Name").fill(f"{code} shop")
        await first.choose("Kind", "Store")
        await first.field("Time zone").select_option("Asia/Shanghai")
        await first.field("Monday").fill("9 to 5")
        await first.button("Save").click()
        await expect(first.field("Monday")).to_have_attribute("aria-invalid", "true")
        await expect(first.field("Name")).to_have_value(f"{code} shop")
        await first.field("Monday").fill("09:00-17:00")
        await first.button("Save").dblclick()
        await first.told("Created.")
        for who in (first, second):
            await who.go(f"/nodes/{code}")
            await who.link("Edit").click()
        await first.field("City").fill("Ningbo")
        await first.button("Save").click()
        await first.told("Saved.")
        await second.field("Street").fill("1 Quay")
        await second.button("Save").click()
        await second.warned(CHANGED)
        await expect(second.row("Ningbo")).to_contain_text(second.t("City"))
        await expect(second.field("Street")).to_have_value("1 Quay")

        await first.go("/channels/web")
        await first.link("Edit").click()
        await first.field("Add nodes by their codes, one a line").fill("NOBODY")
        await first.button("Save").click()
        await expect(first.field("Add nodes by their codes, one a line")).to_have_value("NOBODY")
        await first.field("Add nodes by their codes, one a line").fill(code)
        await first.button("Save").dblclick()
        await first.told("Saved.")
        await expect(first.main.get_by_role("link", name=f"{code} shop")).to_have_count(1)


@asynccontextmanager
async def working(retailer: Retailer) -> AsyncIterator[None]:
    """A worker beside the console, as in a running Mainstem."""
    stop, database = asyncio.Event(), retailer.world.executor.database
    task = asyncio.create_task(
        run_worker(database, files.JOBS, stop, idempotency_retention_days=30, shutdown_seconds=5.0)
    )
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, SOON)


@WAYS
async def test_a_file_is_checked_imported_and_accounted_for(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width, tmp_path: Path
) -> None:
    code = await product(retailer)
    sheet = tmp_path / f"{code}.csv"
    sheet.write_text(
        "external_id,name,brand,category,sku,unit,gtins\n"
        f"{code},{code} lantern,,Walks,{code}-a,pc,\n"
        f"{code}-N,{code} torch,,Walks,{code}-b,pc,\n"
        f"{code}-B,Broken,,Walks,{code}-c,barrel,\n",
        encoding="utf-8",
    )
    async with manager(browser, retailer, tongue, width) as who:
        await who.go("/products")
        await who.link("Import").click()
        await who.field("File").set_input_files(sheet)
        await who.button("Check the file").dblclick()
        await who.headed(sheet.name)
        await who.reads("Being checked")
        async with working(retailer):
            await who.reads(
                "Nothing has been changed yet. This is what the file would change now;"
                " what somebody else changes before you confirm can make a difference."
            )
            await expect(who.row(f"{code} lantern")).to_contain_text(f"{code} lamp")
            await expect(who.row("barrel")).to_have_count(1)
        await who.button("Import {count} rows", count=2).dblclick()
        await who.told("The import has begun.")
        await who.page.go_back()
        await who.page.go_forward()
        async with working(retailer):
            report = who.link("Report of every row")
            await expect(report).to_be_visible()
        async with who.page.expect_download() as started:
            await report.click()
        account = await anyio.Path(await (await started.value).path()).read_text(encoding="utf-8-sig")
        assert [line.split(",")[1] for line in account.splitlines()] == ["what", "changed", "created", "refused"]
        await who.go("/import")
        await expect(who.row(sheet.name)).to_contain_text(who.t("Imported"))
        await expect(who.row(sheet.name)).to_have_count(1)
        await who.go(f"/products?q={code}-N")
        await expect(who.main.get_by_role("link", name=f"{code} torch")).to_have_count(1)
