"""The day of an administrator, in a real browser."""

import re
from contextlib import AbstractAsyncContextManager
from itertools import count

import pytest
from playwright.async_api import Browser, expect

from mainstem.platform import verification
from mainstem.platform.access.roles import ROLES
from mainstem.platform.seal import seal_pending
from tests.browser.conftest import Retailer
from tests.browser.harness.names import Tongue
from tests.browser.harness.people import PASSWORD, sign_in
from tests.browser.harness.visiting import Width
from tests.browser.harness.walking import WAYS, Walker, walking

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

_NUMBERS = count(1)


async def somebody(
    browser: Browser, retailer: Retailer, tongue: Tongue, width: Width, role: str = "administrator"
) -> AbstractAsyncContextManager[Walker]:
    """Somebody of a role, in a session of his own."""
    token = await sign_in(retailer.world.executor, retailer.people[role].principal)
    return walking(browser, retailer.site.url, token, tongue, width)


def called(who: Walker, role: str) -> str:
    """What a role is called."""
    return ROLES[role].en if who.tongue == "en" else ROLES[role].zh


async def signed_in(who: Walker, login: str) -> None:
    """Sign in with the password."""
    await who.field("Name or e-mail").fill(login)
    await who.field("Password").fill(PASSWORD)
    await who.button("Sign in").dblclick()


@WAYS
async def test_a_person_comes_changes_and_goes(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    login = f"new{next(_NUMBERS)}@example.com"
    async with (
        await somebody(browser, retailer, tongue, width) as first,
        await somebody(browser, retailer, tongue, width) as second,
        walking(browser, retailer.site.url, "", tongue, width) as newcomer,
    ):
        await first.go("/")
        await first.turn_to("People and keys")
        await first.link("Invite a person").click()
        await first.field("Signs in as").fill(login)
        await first.field("Name").fill("Ma Li")
        await first.field("Role").select_option(label=called(first, "analyst"))
        await first.button("Invite").dblclick()
        await first.headed("One-time link for {name}", name="Ma Li")
        link = await first.field("Link").input_value()
        await first.link("Done").click()
        await expect(first.row(login)).to_have_count(1)

        await newcomer.page.goto(link)
        await newcomer.field("New password").fill(PASSWORD)
        await newcomer.button("Set password").dblclick()
        await signed_in(newcomer, login)
        await expect(newcomer.page.get_by_role("navigation").first).to_be_attached()
        await newcomer.go("/orders")
        await newcomer.headed("Orders")
        await newcomer.page.goto(link)  # it is of no use any more
        await newcomer.headed("This link cannot be used")

        for who in (first, second):
            await who.go("/admin/people")
            await who.field("Name or login").fill(login)
            await who.page.keyboard.press("Enter")
            await who.main.get_by_role("link", name="Ma Li").click()
            await who.reads("Set")
        await second.field("Role").select_option(label=called(second, "marketer"))
        await first.field("Role").select_option(label=called(first, "operations_manager"))
        await first.button("Change role").dblclick()
        await first.told("The role is changed.")
        await first.reads("Not signed in anywhere.")
        await second.button("Change role").click()
        await second.warned("Somebody else has changed the role or node of this principal meanwhile.")
        await expect(second.field("Role").locator("option:checked")).to_have_text(called(second, "marketer"))
        await second.button("Change role").click()
        await second.told("The role is changed.")
        await newcomer.go("/orders")
        await newcomer.headed("Sign in")

        await second.link("Disable").click()
        await second.button("Disable").dblclick()
        await second.told("{name} can no longer sign in.", name="Ma Li")
        await signed_in(newcomer, login)
        await expect(newcomer.page.get_by_role("alert")).to_be_visible()


@WAYS
async def test_who_is_signed_out_comes_back_to_what_he_typed(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    role = "operations_manager"
    principal = retailer.people[role].principal
    async with (
        await somebody(browser, retailer, tongue, width) as administrator,
        await somebody(browser, retailer, tongue, width, role) as manager,
    ):
        await manager.go("/policies/new?node=UR-01")
        await manager.field("Category").fill(f"Walks {tongue}")
        await manager.field("Channel").select_option("mini")
        await manager.field("Safety stock").fill("12")
        await administrator.go(f"/admin/people/{principal}")
        await administrator.link("End all sessions").click()
        await administrator.button("End all sessions").dblclick()
        await expect(administrator.page.get_by_role("status").first).to_be_visible()

        await manager.button("Save").click()
        await manager.headed("This form is out of date")
        await manager.link("Continue").click()
        await signed_in(manager, f"{role}@example.com")
        await manager.headed("Set a policy")
        await manager.told("What you typed is here again. It has not been sent yet.")
        await expect(manager.field("Category")).to_have_value(f"Walks {tongue}")
        await expect(manager.field("Channel")).to_have_value("mini")
        await manager.button("Save").click()
        await manager.told("The policy has been set.")
        await expect(manager.row(f"Walks {tongue}")).to_contain_text("12")
        await manager.link("Set a policy").click()
        await expect(manager.field("Category")).to_have_value("")


@WAYS
async def test_what_was_held_back_is_corrected_and_applied(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    unknown = "The command as JSON, to be corrected"
    async with await somebody(browser, retailer, tongue, width) as who:
        await who.go("/admin/quarantine")
        await (
            who.main.locator("tbody").last.get_by_role("row").first.get_by_role("rowheader").get_by_role("link").click()
        )
        await who.reads("Why it is here")
        number = who.page.url.rpartition("/")[2]
        arrived = await who.field(unknown).input_value()
        wrong = re.sub(r"SH-9\d+", "SH-99", arrived)
        await who.field(unknown).fill(wrong)
        await who.button("Apply the command").click()
        await expect(who.page.get_by_role("alert")).to_contain_text("SH-99")
        await expect(who.field(unknown)).to_have_value(wrong)
        await who.field(unknown).fill(re.sub(r"SH-9\d+", "SH-01", arrived))
        await who.button("Apply the command").dblclick()
        await who.told("Entry {entry} is applied.", entry=number)
        await who.page.go_back()
        await who.go(f"/admin/quarantine/{number}")
        await expect(who.button("Apply the command")).to_have_count(0)

        await who.go("/admin/quarantine")
        await who.main.get_by_role("checkbox").nth(1).check()
        await who.button("Apply the chosen again").dblclick()
        await who.told("Applied: {applied}. Still refused: {refused}.", applied=0, refused=1)
        await who.main.locator("tbody").last.get_by_role("rowheader").first.get_by_role("link").click()
        number = who.page.url.rpartition("/")[2]
        await who.field("Why it is not needed").fill("test")
        await who.button("Set aside").dblclick()
        await who.told("Entry {entry} is set aside.", entry=number)


@WAYS
async def test_the_audit_trail_is_read_and_verified(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    database = retailer.world.executor.database
    while await seal_pending(database):
        pass
    async with await somebody(browser, retailer, tongue, width) as who:
        await who.go("/admin/audit")
        await who.field("What").select_option(label=who.t("Stock adjusted"))
        await expect(who.page).to_have_url(re.compile("type=inventory.stock_adjusted"))
        await who.row(who.t("Stock adjusted")).first.get_by_role("link").first.click()
        await who.headed("Stock adjusted")
        await expect(who.main.get_by_text("SH-01").first).to_be_visible()
        await who.go("/admin/audit")
        await who.link("Verification").click()
        await who.button("Verify").dblclick()
        await who.reads("Waiting for the worker. It takes one verification after the other.")
        asked = int(who.page.url.rpartition("/")[2])
        await verification.run(database, asked)  # what the worker does
        found = who.t("Intact: {events} events under {seals} seals are as they were sealed.").split("{")[0]
        await expect(who.page.get_by_role("status").filter(has_text=found)).to_be_visible()
        await who.page.go_back()
        await who.page.reload()
        verified = who.main.get_by_role("row").filter(has=who.page.locator(f'a[href$="/verification/{asked}"]'))
        await expect(verified).to_contain_text(who.t("Intact"))


async def failed_job(retailer: Retailer) -> None:
    """A verification that came to nothing."""
    while await seal_pending(retailer.world.executor.database):
        pass
    await retailer.world.run(verification.VERIFY_SEALS, [verification.VerifySeals(1, 1)])
    async with retailer.world.executor.database.transaction() as connection:
        await connection.execute(
            "with failed as (update procrastinate_jobs set status = 'failed', attempts = 5"
            " where id = (select max(id) from procrastinate_jobs where task_name = %s) returning id)"
            " insert into platform.job_failure (job, error) select id, 'OSError: disk full' from failed",
            (verification.JOB,),
        )


@WAYS
async def test_jobs_and_settings_are_looked_after(
    retailer: Retailer, browser: Browser, tongue: Tongue, width: Width
) -> None:
    await failed_job(retailer)
    async with await somebody(browser, retailer, tongue, width) as who:
        await who.go("/admin/jobs")
        await who.link("Failed").click()
        await expect(who.row("OSError: disk full")).to_have_count(1)
        await who.row("OSError: disk full").get_by_role("link").click()
        await who.button("Run again").dblclick()
        await who.told("The job is queued again.")
        await who.link("Stop").click()
        await who.button("Stop job").dblclick()
        await who.told("The job is told to stop.")
        await expect(who.link("Stop")).to_have_count(0)
        await who.go("/admin/system")
        await expect(who.row("MAINSTEM_LOG_LEVEL")).to_contain_text("error")
        await who.go("/admin/roles")
        await expect(who.main.get_by_role("row").nth(1)).to_be_visible()
