"""A marketer makes, changes, compares and removes segments in a real browser; an analyst takes a list of members."""

import csv
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from mainstem.domains import customers
from mainstem.platform.outbox import Published
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step
from tests.browser.conftest import Retailer
from tests.browser.harness import names
from tests.browser.harness.names import Tongue
from tests.browser.harness.visiting import Width, visitor
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

_NUMBERS = count(1)
FIVE_HUNDRED = {"trait": "spend_90d", "op": ">=", "value": 50_000}
ANYBODY = {"trait": "has_phone", "op": "=", "value": True}


async def people(retailer: Retailer, many: int = 3) -> list[int]:
    """New customers with a telephone, whom the segments know."""
    told = [
        customers.Identify(
            names.TILL,
            f"walk-{number}",
            identifiers=(customers.Identifier("phone", f"1371234{number:04d}"),),
            attributes=customers.Attributes(name=f"王{number}"),
        )
        for number in (next(_NUMBERS) for _ in range(many))
    ]
    found = [one.customer for one in await retailer.world.run(customers.IDENTIFY, told)]
    async with retailer.world.executor.database.transaction() as connection:
        cursor = await connection.execute(
            "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
            " from platform.event where subject = any(%s) order by xid, id",
            (found,),
        )
        events = [Published(int(row[0]), *row[1:]) for row in await cursor.fetchall()]
    await FollowCustomers(retailer.world.executor).deliver(events)
    return found


async def segment(retailer: Retailer, name: str, condition: dict[str, Any]) -> int:
    """The id of a segment with its members."""
    (saved,) = await retailer.world.run(customers.SAVE_SEGMENT, [customers.SaveSegment(name, condition)])
    await fill(retailer)
    number: int = saved.id
    return number


async def fill(retailer: Retailer) -> None:
    while await fill_step(retailer.world.executor):
        pass


async def called(retailer: Retailer, name: str) -> int:
    """How many segments have this name."""
    async with retailer.world.executor.database.snapshot() as connection:
        cursor = await connection.execute("select count(*) from customers.segment where name = %s", (name,))
        found = await cursor.fetchone()
    assert found is not None
    return int(found[0])


def marketer(
    browser: Browser, retailer: Retailer, tongue: Tongue, width: Width, role: str = "marketer", *, calm: bool = True
) -> Any:  # noqa: ANN401 - a context manager
    return walking(browser, retailer.site.url, retailer.people[role].token, tongue, width, calm=calm)


def taken(path: Path) -> list[str]:
    """Whom a file holds."""
    return [line["customer"] for line in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]


def part(who: Walker, name: str) -> Locator:
    """A field of the builder, by where it stands."""
    return who.main.locator(f"[name='{name}']")


def figure(who: Walker) -> Locator:
    return who.main.locator("#outcome .figure-value")


@WAYS
async def test_a_segment_is_put_together_counted_and_saved(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    await people(retailer)
    name = f"walk {tongue}"
    async with marketer(browser, retailer, tongue, width, calm=False) as who:
        await who.go("/")
        await who.turn_to("Segments")
        await who.link("New segment").click()
        await who.field("Name").fill(name)
        await part(who, "value-0").press_sequentially("500")  # counted while it is typed
        await expect(figure(who)).to_have_text("0")
        await expect(part(who, "value-0")).to_be_focused()
        await expect(who.main.locator("#words")).to_contain_text("500.00")

        await part(who, "value-0").fill("many")
        await part(who, "value-0").press("Tab")
        await expect(who.main.locator("#h-value-0")).to_be_visible()
        await expect(part(who, "value-0")).to_have_value("many")
        await part(who, "field-0").select_option("has_phone")
        await expect(who.main.locator("select[name='value-0']")).to_be_visible()
        await part(who, "value-0").select_option("true")
        await expect(figure(who)).not_to_have_text("0")
        await expect(who.main.locator(".segment-people a")).not_to_have_count(0)

        await who.button("Add a group").click()
        await expect(part(who, "field-1.0")).to_be_visible()
        await part(who, "field-1.0").select_option("bought")
        await expect(part(who, "days-1.0")).to_be_visible()
        await part(who, "value-1.0").fill("2")
        await part(who, "days-1.0").fill("90")
        await who.main.locator("#group-1").get_by_role("button", name=who.t("Add a condition"), exact=True).click()
        await expect(part(who, "days-1.0")).to_have_value("90")
        await who.main.locator("#row-1\\.1").get_by_role("button", name=who.t("Remove this condition")).click()
        await expect(part(who, "field-1.1")).to_have_count(0)
        await part(who, "mode-1").select_option("none")
        await expect(figure(who)).not_to_have_text("0")

        await who.context.set_offline(True)
        await who.button("Save the segment").click()
        await expect(who.page.locator("#offline")).to_be_visible()
        await who.context.set_offline(False)
        await expect(part(who, "days-1.0")).to_have_value("90")
        await who.button("Save the segment").dblclick()
        await who.told("Segment “{name}” has been saved.", name=name)
        await who.headed(name)
        assert await called(retailer, name) == 1
        await fill(retailer)
        await expect(who.main.locator("#standing .badge").filter(has_text=who.t("Live"))).to_be_visible()

        await who.page.go_back()
        await expect(who.button("Save the segment")).to_be_visible()
        assert await called(retailer, name) == 1


@WAYS
async def test_two_people_change_one_segment(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    number = await segment(retailer, f"shared {tongue}", {"all": [FIVE_HUNDRED]})
    async with (
        marketer(browser, retailer, tongue, width) as first,
        marketer(browser, retailer, tongue, width, "administrator") as second,
    ):
        for who in (first, second):
            await who.go(f"/segments/{number}")
            await who.link("Edit").click()
        await part(first, "value-0").fill("700")
        await first.button("Save the segment").click()
        await first.told("Segment “{name}” has been saved.", name=f"shared {tongue}")
        await part(second, "value-0").fill("900")
        await second.button("Save the segment").click()
        await expect(second.page.get_by_role("alert")).to_be_focused()
        await second.reads("What it is now")
        await expect(part(second, "value-0")).to_have_value("900")
        await second.button("Save the segment").click()
        await expect(second.main.locator("#words")).to_contain_text("900.00")

        await second.link("Remove").click()
        await second.button("Remove the segment").dblclick()
        await second.told("The segment has been removed.")


async def test_segments_are_compared_and_tags_lead_to_one(retailer: Retailer, browser: Browser) -> None:
    tongue: Tongue = "zh"
    width: Width = 390
    await people(retailer)
    left = await segment(retailer, f"left {tongue}", ANYBODY)
    await segment(retailer, f"right {tongue}", {"not": ANYBODY})
    async with marketer(browser, retailer, tongue, width) as who:
        await who.go(f"/segments/{left}")
        await who.link("Compare").click()
        await who.main.get_by_label(f"right {tongue}").check()
        await who.button("Compare").click()
        await expect(who.main.locator("table.overlap tbody tr")).to_have_count(2)
        await expect(who.main.locator("table.overlap .heat-0")).to_have_count(2)

        await who.turn_to("Tags")
        await expect(who.main.locator("#tags progress").first).to_be_visible()  # counted behind the page
        await who.main.locator("a[href='/segments/new?tag=prospect']").click()
        await who.headed("New segment")
        await expect(part(who, "value-0")).to_have_value("prospect")
        await expect(figure(who)).to_be_visible()


async def test_json_is_pasted_and_it_works_without_a_script(retailer: Retailer, browser: Browser) -> None:
    token = retailer.people["marketer"].token
    async with visitor(browser, retailer.site.url, token, scripts=False) as somebody:
        tab = await somebody.tab()
        await tab.go("/segments/new")
        who = Walker(tab, somebody.context)
        await who.field("Name").fill("plain")
        await part(who, "field-0").select_option("bought")
        await who.button("Choose").click()
        await part(who, "days-0").fill("30")
        await part(who, "value-0").fill("3")
        await who.button("Add a condition").click()
        await expect(part(who, "days-0")).to_have_value("30")
        await who.main.locator("#row-1").get_by_role("button", name="Remove this condition").click()
        await who.main.get_by_text("Paste a condition").click()
        await part(who, "pasted").fill('{"any": [{"tag": "vip"}, {"trait": "age", "op": ">=", "value": 30}]}')
        await who.button("Use it").click()
        await expect(part(who, "field-1")).to_have_value("age")
        await expect(who.field("Name")).to_have_value("plain")
        await who.button("Save the segment").click()
        await who.headed("plain")
    assert await called(retailer, "plain") == 1


async def test_an_analyst_takes_those_who_agreed(retailer: Retailer, browser: Browser) -> None:
    known = await people(retailer)
    consent = customers.consent
    given = consent.GiveConsent(known[0], "marketing", consent.LATEST, consent.Evidence("till"), "sms")
    await retailer.world.run(consent.GIVE_CONSENT, [given])
    number = await segment(retailer, "reachable", ANYBODY)
    async with marketer(browser, retailer, "en", 1280, "analyst") as who:
        await who.go("/segments")
        await who.link("reachable").click()
        await expect(who.link("Edit")).to_have_count(0)
        await who.link("Export members").click()
        await who.choose("Purpose and channel", "Marketing by Text message")
        await expect(who.main.locator(".segment-bars")).to_be_visible()
        async with who.page.expect_download() as coming:
            await who.button("Download as CSV").click()
        download = await coming.value
        assert re.fullmatch(rf"segment-{number}-marketing-sms-\d{{4}}-\d\d-\d\d\.csv", download.suggested_filename)
        agreed = taken(await download.path())
        assert str(known[0]) in agreed
        assert len(agreed) < len(known)
