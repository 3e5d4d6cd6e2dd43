"""The day of an operations manager among orders, in a real browser."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from mainstem.domains import orders
from mainstem.processes import ALLOCATE_ORDERS, PLACE_ORDERS
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

SOY, VINEGAR = "019-1", "020-1"
"""SKUs that come in pieces."""
_NUMBERS = count(1)


async def order(retailer: Retailer, *skus: str, customer: str = "") -> orders.OrderPlaced:
    """A new order of two of each SKU, promised at the warehouse; its customer's name is its own."""
    number = next(_NUMBERS)
    lines = tuple(orders.OrderLine(sku, 2) for sku in skus or (SOY, VINEGAR))
    wanted = orders.PlaceOrder(
        names.WEB, lines, f"WALK-{number}", names.WAREHOUSE, customer or f"1380000{number:04d}", hold_minutes=600
    )
    (placed,) = await retailer.world.run(PLACE_ORDERS, [wanted])
    assert isinstance(placed, orders.OrderPlaced)
    return placed


async def allocated(retailer: Retailer) -> orders.OrderPlaced:
    """A new order that is ready to be shipped."""
    placed = await order(retailer)
    await retailer.world.run(ALLOCATE_ORDERS, [orders.AllocateOrder(placed.id)])
    return placed


async def events(retailer: Retailer, number: int) -> list[str]:
    """What has happened to an order, oldest first, without the name of the room."""
    async with retailer.world.executor.database.snapshot() as connection:
        cursor = await connection.execute("select type from platform.event where subject = %s order by id", (number,))
        return [str(kind).rpartition(".")[2] for (kind,) in await cursor.fetchall()]


def manager(
    browser: Browser, retailer: Retailer, tongue: Tongue = "en", width: Width = 1280, role: str = "operations_manager"
) -> Any:  # noqa: ANN401 - a context manager
    """The operations manager, or somebody of another role."""
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width)


async def search(who: Walker, text: str) -> None:
    await who.field("Search").fill(text)
    await who.page.keyboard.press("Enter")


@WAYS
async def test_an_order_is_found_by_what_is_known_of_it(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    placed = await order(retailer, customer=f"1391234{width:04d}")
    number = str(placed.id)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go("/")
        await who.turn_to("Orders")
        for text, meaning in (
            (number, "order number"),
            (f"WALK-{await _external(retailer, placed.id)}", "external id"),
            (VINEGAR, "SKU"),
        ):
            await search(who, text)
            await expect(who.page).to_have_url(re.compile(r"\?.*q="))
            await expect(who.main.locator("strong").filter(has_text=who.t(meaning))).to_be_visible()
            await expect(who.page.get_by_role("link", name=number, exact=True)).to_be_visible()
        await search(who, f"{width:04d}")
        await who.reads("The end of a customer ({count})", count=1)
        await who.page.get_by_role("link", name=number, exact=True).click()
        await expect(who.page.get_by_role("heading", level=1)).to_contain_text(number)
        await who.page.go_back()
        await expect(who.field("Search")).to_have_value(f"{width:04d}")
        await search(who, "nothing is called this")
        await who.reads("No order fits")
        await who.page.keyboard.press("/")
        await who.page.keyboard.type(number)
        await who.page.keyboard.press("Enter")
        await expect(who.page).to_have_url(re.compile(f"/orders/{number}$"))  # there is no other that it could mean


async def _external(retailer: Retailer, number: int) -> str:
    """The part of the channel's number that is the walk's own."""
    async with retailer.world.executor.database.snapshot() as connection:
        cursor = await connection.execute("select external_id from orders.customer_order where id = %s", (number,))
        ((text,),) = await cursor.fetchall()
    return str(text).removeprefix("WALK-")


@WAYS
async def test_a_list_is_filtered_and_kept_as_a_view(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    async with manager(browser, retailer, tongue, width) as who:
        await who.go("/orders")
        await who.choose("State", "Part shipped")
        await expect(who.page).to_have_url(re.compile("state=part_shipped"))
        await who.main.get_by_text(who.t("More filters")).click()
        await who.field("Channel").select_option(names.MINI)
        await expect(who.page).to_have_url(re.compile("channel=mini"))
        shown = who.row(who.t("Part shipped"))
        await expect(shown.first).to_be_visible()
        assert await shown.count() == await who.main.get_by_role("row").filter(has_text="¥").count()

        await who.link("Save as a view").click()
        name = f"view {tongue}"
        await who.field("Name of the view").fill(name)
        await who.button("Save").dblclick()
        await who.told("The view is saved.")
        view = who.page.get_by_role("link", name=name)
        await expect(view).to_have_count(1)
        await expect(view).to_have_attribute("aria-current", "page")
        await who.link("All orders").click()
        await expect(who.field("State")).to_have_value("")
        await view.click()
        await expect(who.field("State")).to_have_value("part_shipped")
        await expect(who.field("Channel")).to_have_value(names.MINI)
        await who.button("Delete this view").click()
        await who.told("The view is deleted.")
        await expect(view).to_have_count(0)
        await expect(who.field("State")).to_have_value("part_shipped")


@WAYS
async def test_an_order_goes_its_whole_way(retailer: Retailer, browser: Browser, tongue: Tongue, width: Width) -> None:
    placed = await order(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/orders/{placed.id}")
        await who.link("Record payment").click()
        await who.choose("Means of payment", "WeChat Pay")
        await who.button("Record payment").click()
        await who.told("The payment is recorded.")
        await who.link("Allocate").click()
        await who.button("Allocate").click()
        await who.told("The order is allocated.")
        await who.link("Ship").click()
        await who.field("Quantity of {sku}", sku=VINEGAR).fill("0")
        await who.field("Carrier").fill("SF")
        await who.field("Tracking number").fill("SF-4711")
        await who.button("Ship").click()
        await who.told("The shipment is recorded.")
        await who.reads("Part shipped")
        await who.link("Ship").click()
        await expect(who.field("Quantity of {sku}", sku=VINEGAR)).to_have_value("2")
        await who.button("Ship").click()
        await who.told("The shipment is recorded.")
        await who.link("Mark delivered").click()
        await who.button("Mark delivered").click()
        await who.told("The delivery is recorded.")
        await who.link("Return").click()
        await who.field("Quantity of {sku}", sku=SOY).fill("1")
        await who.field("Reason").fill(names.FOUND_BROKEN(tongue))
        await who.button("Return").click()
        await who.told("The return is recorded.")
        await who.reads("Part returned")
        await expect(who.row(names.FOUND_BROKEN(tongue))).to_have_count(1)
        await expect(who.main.get_by_role("listitem").filter(has_text=who.t("Goods shipped"))).to_have_count(2)
    done = ["order_placed", "order_paid", "order_allocated", "order_shipped", "order_shipped"]
    assert await events(retailer, placed.id) == [*done, "order_delivered", "order_returned"]


@WAYS
async def test_an_order_is_cancelled_for_a_reason(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    placed = await order(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/orders/{placed.id}")
        await who.link("Cancel order").click()
        await who.headed("Cancel order {order}", order=placed.id)
        await who.button("Cancel order").click()  # the browser asks for the reason
        await expect(who.field("Reason")).to_be_focused()
        await who.field("Quantity of {sku}", sku=SOY).fill("1")
        await who.field("Quantity of {sku}", sku=VINEGAR).fill("0")
        await who.field("Reason").fill(who.t("Wrong address"))
        await who.button("Cancel order").dblclick()
        await who.told("The cancellation is recorded.")
        await expect(who.main.get_by_role("listitem").filter(has_text=who.t("Wrong address"))).to_have_count(1)
    assert await events(retailer, placed.id) == ["order_placed", "order_cancelled"]


@WAYS
async def test_two_clicks_and_the_back_button_do_it_once(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    placed = await allocated(retailer)
    async with manager(browser, retailer, tongue, width) as who:
        await who.go(f"/orders/{placed.id}")
        await who.link("Record payment").click()
        await who.button("Record payment").dblclick()
        await who.told("The payment is recorded.")
        await who.page.go_back()
        await who.headed("Record a payment of order {order}", order=placed.id)
        await who.reads("Nothing is left to pay. What is recorded now has to be refunded, or is a refund itself.")
        await who.page.go_forward()
        await who.link("Ship").click()
        sent = await who.page.locator("form[data-once]").evaluate(
            "form => Object.fromEntries(new FormData(form))", None
        )
        await who.button("Ship").dblclick()
        await who.told("The shipment is recorded.")
        again = await who.page.request.post(who.page.url + "/ship", form=sent)  # as a browser that sends it again does
        assert again.status == 200
        await who.page.go_back()
        await who.reads("This is not possible now")
        await who.link("Back to the order").click()
        await expect(who.main.get_by_role("listitem").filter(has_text=who.t("Goods shipped"))).to_have_count(1)
    assert await events(retailer, placed.id) == ["order_placed", "order_allocated", "order_paid", "order_shipped"]


@WAYS
async def test_who_decides_second_is_told_and_loses_nothing(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    placed = await allocated(retailer)
    async with (
        manager(browser, retailer, tongue, width) as first,
        manager(browser, retailer, tongue, width, "administrator") as second,
    ):
        await second.go(f"/orders/{placed.id}/ship")
        await second.field("Quantity of {sku}", sku=SOY).fill("1")
        await second.field("Carrier").fill("SF")
        await second.field("Tracking number").fill("SF-0815")
        await first.go(f"/orders/{placed.id}/cancel")
        await first.field("Quantity of {sku}", sku=SOY).fill("1")
        await first.field("Quantity of {sku}", sku=VINEGAR).fill("0")
        await first.field("Reason").fill(first.t("Suspected fraud"))
        await first.button("Cancel order").click()
        await first.told("The cancellation is recorded.")

        await second.button("Ship").click()
        await expect(second.page.get_by_role("alert")).to_be_focused()
        await second.reads("What happened meanwhile")
        told = second.main.get_by_role("listitem").filter(has_text=second.t("Suspected fraud"))
        await expect(told).to_contain_text("operations_manager")
        await expect(second.field("Quantity of {sku}", sku=SOY)).to_have_value("1")
        await expect(second.field("Tracking number")).to_have_value("SF-0815")
        assert await events(retailer, placed.id) == ["order_placed", "order_allocated", "order_cancelled"]
        await second.button("Ship").click()  # having read it
        await second.told("The shipment is recorded.")
    assert (await events(retailer, placed.id))[2:] == ["order_cancelled", "order_shipped"]


@WAYS
async def test_many_orders_are_decided_at_once(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    customer = f"1377777{width:04d}"
    some = [await order(retailer, customer=customer) for _ in range(3)]
    async with (
        manager(browser, retailer, tongue, width) as who,
        manager(browser, retailer, tongue, width, "administrator") as colleague,
    ):
        await who.go("/orders")
        await search(who, f"7777{width:04d}")
        for placed in some:
            await who.field("Select order {order}", order=placed.id).check()
        await who.button("Allocate").click()
        await who.reads(
            "{possible} of {count} orders will be changed, each for itself: one that fails does not stop the others.",
            possible=3,
            count=3,
        )
        await colleague.go(f"/orders/{some[1].id}/cancel")
        await colleague.field("Reason").fill("?")
        await colleague.button("Cancel order").click()
        await colleague.told("The cancellation is recorded.")
        await who.button("Allocate").dblclick()
        await expect(who.page.get_by_role("status").filter(has_text=re.compile("2.*3|3.*2"))).to_be_visible()
        await expect(who.row(who.t("Done"))).to_have_count(2)
        await expect(who.row(str(some[1].id))).to_contain_text(who.t("Cancelled"))
        await who.page.go_back()
        await expect(who.page).to_have_url(re.compile("/orders"))
    assert [(await events(retailer, one.id))[1:] for one in some] == [
        ["order_allocated"],
        ["order_cancelled"],
        ["order_allocated"],
    ]
