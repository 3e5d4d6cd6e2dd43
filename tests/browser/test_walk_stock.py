"""The day of an operations manager among goods, in a real browser."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import count

import pytest
from playwright.async_api import Browser, Locator, expect

from mainstem.domains import catalog, inventory
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

SHOP, HOUSE = names.SPOTS[0], names.SPOTS[3]
HELD = 4
"""Of the forty pieces of each new SKU at the shop; the house has a hundred."""
_NUMBERS = count(1)


async def goods(retailer: Retailer) -> str:
    """A SKU of its own that came two days ago, some of it reserved."""
    sku = f"NEW-{next(_NUMBERS)}"
    world = retailer.world
    product = catalog.UpsertProduct(sku, f"{sku} lamp", (catalog.VariantInput(sku),), category="Walks")
    await world.run(catalog.UPSERT_PRODUCTS, [product])
    came = world.now - timedelta(days=2)
    for code, much in ((SHOP.code, 40), (HOUSE.code, 100)):
        line = (inventory.StockLine(sku, much),)
        await world.run(inventory.RECEIVE_STOCK, [inventory.ReceiveStock(code, line, occurred_at=came)])
    kept = inventory.ReserveStock(SHOP.code, (inventory.StockLine(sku, HELD),), 600, names.MINI)
    await world.run(inventory.RESERVE_STOCK, [kept])
    return sku


def manager(
    browser: Browser, retailer: Retailer, tongue: Tongue, width: Width, role: str = "operations_manager"
) -> AbstractAsyncContextManager[Walker]:
    """The operations manager, or somebody of another role."""
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width)


def term(who: Walker, name: str) -> Locator:
    """One of the figures that explain what is available."""
    why = who.page.get_by_role("group", name=who.t("Why so much is available"))
    return why.get_by_text(who.t(name), exact=True).locator("..")


async def explained(who: Walker, on_hand: int, held: int, safety: int, available: int) -> None:
    """The page explains what is available like this."""
    for name, value in (("On hand", on_hand), ("Held", held), ("Safety stock", safety), ("Available", available)):
        await expect(term(who, name)).to_have_text(f"{who.t(name)}{value}")


async def entered(who: Walker, sku: str, quantity: int, line: int = 1) -> None:
    """Type into a line of a form."""
    await who.field("SKU or GTIN, line {number}", number=line).fill(sku)
    await who.field("Quantity, line {number}", number=line).fill(str(quantity))


@WAYS
async def test_what_is_available_is_explained(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    sku = await goods(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go("/")
        await who.turn_to("Stock")
        await who.field("SKU, GTIN, or the beginning of a SKU or a name").fill(f"{sku} la")
        await who.page.keyboard.press("Enter")
        await who.link(sku).click()
        await explained(who, 140, HELD, 5, 131)
        await who.link(SHOP.name("zh")).click()
        await explained(who, 40, HELD, 5, 31)
        await term(who, "Held").get_by_role("link").click()
        held = who.row(who.t("Reservation {number}", number="").strip()).last
        await expect(held).to_contain_text(str(HELD))
        await held.get_by_role("link").click()
        await expect(who.page.get_by_role("heading", level=1)).to_contain_text(who.t("Reservation"))
        await who.page.go_back()
        await term(who, "Safety stock").get_by_role("link").click()
        await who.headed("What holds for a SKU")
        await expect(who.row(SHOP.name("zh"))).to_contain_text("5")
        await who.page.go_back()
        await who.field("As the channel sees it").select_option(names.WEB)
        await expect(term(who, "Channel buffer")).to_be_visible()


@WAYS
async def test_stock_is_adjusted_once(retailer: Retailer, browser: Browser, tongue: Tongue, width: Width) -> None:
    sku = await goods(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/stock/skus/{sku}/nodes/{SHOP.code}")
        await who.link("Adjust").click()
        await expect(who.field("SKU or GTIN, line {number}", number=1)).to_have_value(sku)
        await who.choose("Reason", "Damaged")
        await who.field("Note").fill(names.FOUND_BROKEN(tongue))
        await entered(who, sku, 90)
        await who.button("Adjust the stock").click()
        await expect(who.page.get_by_role("alert")).to_be_focused()
        await expect(who.field("Note")).to_have_value(names.FOUND_BROKEN(tongue))
        await entered(who, sku, 3)
        await who.button("Adjust the stock").dblclick()
        await who.told("The stock has been adjusted.")
        await explained(who, 37, HELD, 5, 28)
        await expect(who.row(who.t("Adjustment"))).to_have_count(1)
        await who.page.go_back()
        await who.headed("Adjust stock")
        await who.page.go_forward()
        await explained(who, 37, HELD, 5, 28)
        await who.row(who.t("Adjustment")).get_by_role("link").click()
        await who.reads("Damaged")
        await expect(who.main.get_by_text(names.FOUND_BROKEN(tongue))).to_be_visible()


@WAYS
async def test_goods_are_sent_and_what_is_missing_is_resolved(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    sku = await goods(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/stock/skus/{sku}/nodes/{HOUSE.code}")
        await who.link("New transfer").click()
        await expect(who.field("From")).to_have_value(HOUSE.code)
        await who.field("To").select_option(SHOP.code)
        await who.field("Delivery note").fill(f"N-{sku}")
        await entered(who, sku, 10)
        await who.button("Send the goods").dblclick()
        await who.told("The transfer is on its way.")
        await who.field("What of {sku} arrives now", sku=sku).fill("6")
        await who.button("Record what arrived").click()
        await who.told("The arrival has been recorded.")
        await who.field("What of {sku} arrives now", sku=sku).fill("3")
        rest = "Nothing more will come: what is missing becomes a discrepancy and the transfer is closed"
        await who.main.get_by_text(who.t(rest)).click()
        await who.button("Record what arrived").dblclick()
        await who.told("What did not fit is among the discrepancies: {number}.", number=1)
        await who.go("/transfers")
        await expect(who.row(f"N-{sku}")).to_contain_text(who.t("Arrived"))

        await who.go("/discrepancies")
        await who.field("SKU").fill(sku)
        await who.page.keyboard.press("Enter")
        await who.row(sku).get_by_role("link", name=who.t("Transfer short")).click()
        await who.field("What was found").fill(names.MISCOUNTED(tongue))
        await who.button("Resolve").dblclick()
        await who.told("The discrepancy has been resolved.")
        await expect(who.main.get_by_text(names.MISCOUNTED(tongue))).to_be_visible()
        await expect(who.button("Resolve")).to_have_count(0)
        await who.go(f"/stock/skus/{sku}")
        await explained(who, 139, HELD, 5, 130)


@WAYS
async def test_a_shelf_is_counted_and_yesterday_stays(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    sku = await goods(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/stock/skus/{sku}/nodes/{SHOP.code}")
        await who.link("New count").click()
        await entered(who, sku, 36)
        await who.field("Number of the count sheet").fill(f"C-{sku}")
        await who.button("Post the count").dblclick()
        await who.told("The count has been posted: {lines} SKUs, {different} of them different.", lines=1, different=1)
        await expect(who.row(sku)).to_contain_text("4")
        await who.link(sku).click()
        await explained(who, 36, HELD, 5, 27)
        await who.link(sku).click()
        yesterday = retailer.world.now - timedelta(days=1)
        await who.field("Date and time, by the clock of each node").fill(yesterday.strftime("%Y-%m-%dT%H:%M"))
        await who.button("Show").click()
        then = who.main.get_by_role("table").filter(has_text=who.t("On hand then")).get_by_role("row")
        await expect(then.filter(has_text=SHOP.name("zh")).get_by_role("cell").last).to_contain_text("40")
        await explained(who, 136, HELD, 5, 127)


@WAYS
async def test_the_second_editor_of_a_policy_sees_what_the_first_has_set(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    sku = await goods(retailer)
    async with (
        manager(browser, retailer, tongue, width) as first,
        manager(browser, retailer, tongue, width, "administrator") as second,
    ):
        await first.go("/policies")
        await first.link("Set a policy").click()
        await first.field("SKU").fill(sku)
        await first.field("Safety stock").fill("2")
        await first.button("Save").dblclick()
        await first.told("The policy has been set.")
        for who in (first, second):
            await who.go(f"/policies?sku={sku}")
            await who.link("Edit").click()
        await second.field("Safety stock").fill("9")
        await second.field("Buffer").fill("7")
        await first.field("Safety stock").fill("3")
        await first.button("Save").click()
        await first.told("The policy has been set.")

        await second.button("Save").click()
        await second.warned("Compare it with what you wanted, and set it again if you still want to.")
        await expect(second.page.get_by_role("alert")).to_contain_text("3")
        await expect(second.field("Safety stock")).to_have_value("9")
        await expect(second.field("Buffer")).to_have_value("7")
        await second.button("Save").click()
        await second.told("The policy has been set.")

        await second.go(f"/stock/skus/{sku}/nodes/{SHOP.code}")
        await explained(second, 40, HELD, 9, 20)
        await second.go(f"/policies?sku={sku}")
        await second.link("Remove").click()
        await second.button("Remove the policy").dblclick()
        await second.told("The policy has been removed.")
