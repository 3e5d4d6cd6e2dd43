"""Who is who, told by a service agent in a real browser: reviews by key, a merge and its undoing, a shared phone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.async_api import Browser, Locator, expect

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.browser.harness import serving
from tests.browser.harness.names import Tongue
from tests.browser.harness.people import Person, employ
from tests.browser.harness.visiting import Width, visitor
from tests.browser.harness.walking import WAYS, Walker, walking
from tests.unit.console_shop import Network
from tests.unit.identity_people import identify, phone, rows, run, told
from tests.vaults import VAULT

pytestmark = [pytest.mark.browser, pytest.mark.anyio]

_births = count(1950)


@dataclass
class Counter:
    """Where customers are told apart, and who does it."""

    url: str
    executor: Executor
    people: dict[str, Person]


@pytest.fixture(scope="module")
async def counter(server_url: str, template: str) -> AsyncIterator[Counter]:
    """One for all tests of the module; each has people of its own, and leaves no review open."""
    name = f"counter_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
        async with Database(url, pool_size=4, vault=VAULT) as database:
            executor = Executor(database)
            await Network(executor).open()
            people = await employ(executor, node="S1")
            async with serving.served(database) as opened:
                yield Counter(opened.url, executor, people)
        connection.execute(f"drop database {name} with (force)")


async def likely(executor: Executor) -> tuple[int, int]:
    """Two who may be one person; nobody else may be either."""
    year = next(_births)
    born: dict[str, Any] = {"birth_date": f"{year}-01-02", "city": "上海市"}
    one, other = await identify(
        executor,
        told("loyalty", f"m{year}", phone(2 * year), name="王小明", **born),
        told("pos", f"p{year}", phone(2 * year + 1), name="李小明", **born),
    )
    return one.record, other.record


async def owners(executor: Executor, *records: int) -> list[int]:
    found = await rows(
        executor, "select customer from customers.source_record where id = any(%s) order by id", list(records)
    )
    return [row[0] for row in found]


def agent(browser: Browser, counter: Counter, tongue: Tongue, width: Width) -> Any:  # noqa: ANN401 - a context manager
    return walking(browser, counter.url, counter.people["service_agent"].token, tongue, width)


def said(who: Walker, answer: str) -> Locator:
    """The button of an answer."""
    return who.main.locator(f"button[value={answer}]")


@WAYS
async def test_the_queue_is_worked_off(counter: Counter, browser: Browser, tongue: Tongue, width: Width) -> None:
    executor = counter.executor
    same, different, third = [await likely(executor) for _ in range(3)]
    ((apart,),) = await rows(executor, "select count(*) from customers.review where state = 'kept_apart'")
    async with agent(browser, counter, tongue, width) as who:
        await who.go("/orders")
        await who.turn_to("Who is who")
        await who.headed("Who is who")
        await who.link("Begin with the first").click()
        await who.headed("Are these two one person?")
        await expect(who.main.locator("svg rect")).to_have_count(6)
        first = who.page.url
        await who.page.keyboard.press("l")
        await expect(who.page).not_to_have_url(first)
        await who.page.go_back()
        await expect(who.page).to_have_url(first)
        await who.context.set_offline(True)
        await said(who, "joined").click()
        await expect(who.page.locator("#offline")).to_be_visible()
        await who.context.set_offline(False)
        await expect(who.page.locator("#offline")).to_be_hidden()
        assert len(set(await owners(executor, *same))) == 2
        await who.page.keyboard.press("s")
        await who.told("They are one customer now.")
        assert len(set(await owners(executor, *same))) == 1
        await said(who, "kept_apart").dblclick()
        await who.told("They are kept apart for good.")
        assert len(set(await owners(executor, *different))) == 2
        # Somebody else is quicker.
        async with executor.database.transaction() as connection:
            cursor = await connection.execute("select id from customers.review where state = 'open'")
            ((number,),) = await cursor.fetchall()
        other = counter.people["privacy_officer"].principal
        await run(executor, customers.ANSWER_REVIEW, [customers.AnswerReview(number, "kept_apart")], other)
        await who.page.keyboard.press("s")
        await who.warned("Somebody else has answered meanwhile.")
        assert len(set(await owners(executor, *third))) == 2
        await who.turn_to("Who is who")
        await who.reads("Nobody has to be told apart")
        await who.link("Different people").click()
        await expect(who.main.locator("tbody tr")).to_have_count(apart + 2)


@WAYS
async def test_two_are_merged_and_parted_again(
    counter: Counter, browser: Browser, tongue: Tongue, width: Width
) -> None:
    executor = counter.executor
    one, other = await likely(executor)
    async with agent(browser, counter, tongue, width) as who:
        await who.go(f"/customers/{one}")
        await who.link("Merge").click()
        await who.field("Name, telephone number or its end, e-mail address, card, or customer number").fill(str(other))
        await who.page.keyboard.press("Enter")
        await who.main.get_by_role("link", name=who.t("Compare")).click()
        await who.reads("What changes")
        await who.field("Reason").fill("Came to the counter")
        await who.context.set_offline(True)
        await who.button("Merge").click()
        await expect(who.page.locator("#offline")).to_be_visible()
        await expect(who.field("Reason")).to_have_value("Came to the counter")
        await who.context.set_offline(False)
        await who.button("Merge").dblclick()
        await who.told("The two are one customer now.")
        assert len(set(await owners(executor, one, other))) == 1
        await who.page.go_back()
        await expect(who.page.get_by_role("heading", level=1)).to_be_visible()

        await who.go(f"/customers/{other}/split")
        await who.reads("Came to the counter")
        await who.main.get_by_role("link", name=who.t("Undo")).click()
        await who.field("Reason").fill("Two people after all")
        await who.button("Split").dblclick()
        await who.told("They are different customers now: {numbers}.", numbers=f"{one}, {other}")
        assert await owners(executor, one, other) == [one, other]


@WAYS
async def test_a_clerks_telephone_is_suspended_and_lifted(
    counter: Counter, browser: Browser, tongue: Tongue, width: Width
) -> None:
    executor = counter.executor
    people = [one.record for one in await identify(executor, *[told(f"s{n}", tongue, phone(width)) for n in range(2)])]
    number = f"1391{width:07d}"
    async with agent(browser, counter, tongue, width) as who:
        await who.go("/identity/reviews")
        await who.link("Suspended identifiers").click()
        await who.field("Value").fill(number)
        await who.button("Find").click()
        await who.reads("Who uses it")
        assert number not in who.page.url
        await who.button("Suspend").dblclick()
        await who.told("The identifier joins nobody any more.")
        assert await owners(executor, *people) == people
        await who.button("Lift the suspension").click()
        await who.told("The suspension is lifted, and does not come back by itself.")
        assert await owners(executor, *people) == [people[0]] * 2


@WAYS
async def test_the_previews_are_sound(counter: Counter, browser: Browser, tongue: Tongue, width: Width) -> None:
    """Accessible, no wider than the screen, in the language asked for; pages that links lead to are seen with all."""
    executor = counter.executor
    one, other = await likely(executor)
    third, fourth = await likely(executor)
    await run(executor, customers.MERGE_CUSTOMERS, [customers.MergeCustomers(third, fourth, "见过本人")])
    agents = counter.people["service_agent"].token
    async with visitor(browser, counter.url, agents, tongue=tongue, width=width) as somebody:
        tab = await somebody.tab()
        found: list[str] = []
        for path in (f"/customers/{one}/merge?other={other}", f"/customers/{third}/split?out={fourth}"):
            found += await tab.faults(path, accessible=tongue == "en")
        assert found == []
