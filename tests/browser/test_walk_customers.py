"""The day of those who work with customers, in a real browser: who called, why is he one person, what may be seen."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from mainstem.domains import customers, orders
from mainstem.platform.execution import Executor
from mainstem.processes import PLACE_ORDERS
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

_NUMBERS = count(1)


class Somebody:
    """A customer whom the web shop and the loyalty programme know, with an order."""

    def __init__(self, number: int, phone: str, name: str, order: int) -> None:
        self.id, self.phone, self.name, self.order = number, phone, name, order


async def somebody(retailer: Retailer) -> Somebody:
    """Somebody of his own for each test."""
    number = next(_NUMBERS)
    phone, name = f"1391357{number:04d}", f"欧阳{'一二三四五六七八九十'[number % 10]}"
    union = customers.Identifier("unionid", f"oWalk_{number}")
    told = [
        customers.Identify(
            names.WEB,
            f"walk-{number}",
            identifiers=(union, customers.Identifier("phone", phone, verified=True)),
            attributes=customers.Attributes(name=name, city="上海", street="南京东路100号"),
        ),
        customers.Identify("loyalty", f"card-{number}", identifiers=(union,)),
    ]
    (known, _) = await retailer.world.run(customers.IDENTIFY, told)
    wanted = orders.PlaceOrder(
        names.WEB, (orders.OrderLine("019-1", 2),), f"WALKER-{number}", names.WAREHOUSE, f"walk-{number}"
    )
    (placed,) = await retailer.world.run(PLACE_ORDERS, [wanted])

    async def follow(work: Any) -> None:  # noqa: ANN401 - the transaction
        await customers.keep_current(work, [known.customer])

    await Executor(retailer.world.executor.database).transact("test.follow", follow)
    return Somebody(known.customer, phone, name, placed.id)


def agent(
    browser: Browser, retailer: Retailer, tongue: Tongue = "en", width: Width = 1280, role: str = "service_agent"
) -> Any:  # noqa: ANN401 - a context manager
    """The service agent, or somebody of another role."""
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width)


async def unmasked(retailer: Retailer, customer: int) -> int:
    """How often somebody saw this customer's data in the clear."""
    async with retailer.world.executor.database.snapshot() as connection:
        cursor = await connection.execute(
            "select count(*) from platform.event where subject = %s and type = 'customers.customer_unmasked'",
            (customer,),
        )
        ((found,),) = await cursor.fetchall()
    return int(found)


async def opened(who: Walker, person: Somebody) -> None:
    """Find somebody by the end of his number, and open his page."""
    await who.go("/")
    await who.turn_to("Customers")
    await who.field("Search").fill(person.phone[-8:])
    await who.page.keyboard.press("Enter")
    await who.reads("Searched as:")
    await who.page.locator(f"a[href='/customers/{person.id}']").click()
    await expect(who.page.get_by_role("heading", level=1)).to_have_text(f"••••{person.name[-1]}")


@WAYS
async def test_a_caller_is_found_and_his_day_is_told(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    person = await somebody(retailer)
    async with agent(browser, retailer, tongue, width) as who:
        await opened(who, person)
        await expect(who.main.get_by_text(person.phone)).to_have_count(0)
        await who.reads("Golden record")
        await expect(who.main.get_by_role("link", name=str(person.order)).first).to_be_visible()
        await who.link("Timeline").click()
        await who.reads("Order placed")
        await who.choose("Kind", "Records")
        await expect(who.page).to_have_url(re.compile("kind=record"))
        await who.reads("A source told something new")
        await expect(who.main.get_by_text(who.t("Order placed"))).to_have_count(0)
        await who.link("Clear").click()
        await who.main.get_by_role("link", name=re.compile(str(person.order))).click()
        await expect(who.page).to_have_url(re.compile(f"/orders/{person.order}$"))
        await who.page.go_back()
        await who.link("Records").click()
        await who.reads("Why these are one person")
        await expect(who.main.get_by_role("img", name=re.compile("2"))).to_be_visible()
        await expect(who.row(who.t("WeChat unionid")).first).to_be_visible()
        await who.link("Traits and tags").click()
        await who.reads("Has a phone number" if tongue == "en" else "有手机号")
        await who.go("/customers?q=nobody-is-called-this")
        await who.reads("No customer fits")


@WAYS
async def test_personal_data_is_shown_once_and_for_a_reason(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    person = await somebody(retailer)
    async with agent(browser, retailer, tongue, width) as who:
        await opened(who, person)
        await who.link("Show in the clear").click()
        await who.button("Show in the clear").click()  # the browser asks for the reason
        assert await unmasked(retailer, person.id) == 0
        await who.main.get_by_label(who.t("The customer asks"), exact=True).check()
        await who.button("Show in the clear").dblclick()
        await who.headed(person.name)
        await who.reads("+86" + person.phone)
        assert await unmasked(retailer, person.id) == 1
        await who.link("Hide it again").click()
        await expect(who.page.get_by_role("heading", level=1)).to_have_text(f"••••{person.name[-1]}")
        await who.page.go_back()  # to the form, not to what was shown
        await expect(who.main.get_by_text(person.phone)).to_have_count(0)
        await who.link("Timeline").click()
        await who.reads("Personal data shown in the clear")
    assert await unmasked(retailer, person.id) == 1


@WAYS
async def test_a_tag_is_attached_by_hand(retailer: Retailer, browser: Browser, tongue: Tongue, width: Width) -> None:
    person = await somebody(retailer)
    tag = f"tea-{tongue}"
    async with agent(browser, retailer, tongue, width, "marketer") as who:
        await who.go(f"/customers/{person.id}")
        await who.field("New tag").fill("VIP")
        await who.button("Attach").click()
        await expect(who.page.get_by_role("alert")).to_be_focused()
        await expect(who.field("New tag")).to_have_value("VIP")
        await who.field("New tag").fill(tag)
        await who.context.set_offline(True)
        await who.button("Attach").click()
        await expect(who.page.locator("#offline")).to_be_visible()
        await expect(who.field("New tag")).to_have_value(tag)
        await who.context.set_offline(False)
        await who.button("Attach").dblclick()
        await who.told("The tag is attached.")
        shown = who.main.get_by_role("listitem").filter(has_text=tag)
        await expect(shown).to_have_count(1)
        await who.go(f"/customers?tag={tag}")
        await expect(who.field("Tag")).to_have_value(tag)
        await expect(who.page.locator(f"a[href='/customers/{person.id}']")).to_be_visible()
        await who.link("Save as a view").click()
        await who.field("Name of the view").fill(tag)
        await who.button("Save").dblclick()
        await who.told("The view is saved.")
        await expect(who.page.get_by_role("link", name=tag)).to_have_attribute("aria-current", "page")
        await who.go(f"/customers/{person.id}")
        await who.button("Remove tag {tag}", tag=tag).click()
        await who.told("The tag is removed.")
        await expect(shown).to_have_count(0)
