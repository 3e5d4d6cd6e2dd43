"""Links to the privacy page: opened once, with the code, in time, after few attempts."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from tests.unit.privacy_people import People

rights = customers.rights
links = rights.links
pytestmark = pytest.mark.anyio


async def made(people: People, customer: int) -> tuple[str, str]:
    """The token and the code of a new link."""
    link = rights.new_link(customer, secrets.token_hex(4), actor=7)
    (outcome,) = await people.executor.execute(rights.MAKE_PRIVACY_LINK, [link.call])
    assert link.made(outcome)
    return link.path.removeprefix(links.PATH), link.code


async def tried(people: People, token: str, code: str, session: str = "browser") -> Any:  # noqa: ANN401 - an outcome
    command = links.OpenPrivacyPage(links.token_hash(token), links.code_hash(token, code), links.token_hash(session))
    return await people.outcome(rights.OPEN_PRIVACY_PAGE, command, 0)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**links.CODE_DIGITS:0{links.CODE_DIGITS}}"


async def test_the_code_opens_the_page_once_in_one_browser(executor: Executor) -> None:
    people = People(executor)
    customer = await people.record()
    token, code = await made(people, customer)
    now = datetime.now(UTC)
    assert await people.ask(links.usable_link(token, now))
    assert (await tried(people, token, f" {code[:4]} {code[4:]} ")).accepted
    opened = await people.ask(links.session(token, "browser", now))
    assert opened is not None
    assert opened.record == customer
    assert await people.ask(links.session(token, "another", now)) is None
    assert await people.ask(links.session("another", "browser", now)) is None
    assert await people.ask(links.session(token, "browser", now + timedelta(minutes=31))) is None
    assert (await tried(people, token, code, "another")).refusal().code == "privacy_link_unusable"
    assert not await people.ask(links.usable_link(token, now))
    assert await people.events(customer) == ["customers.privacy_link_made", "customers.privacy_page_opened"]


async def test_wrong_codes_use_the_link_up(executor: Executor) -> None:
    people = People(executor)
    token, code = await made(people, await people.record())
    left = [(await tried(people, token, wrong(code))).refusal().params["left"] for _ in range(links.ATTEMPTS_MAX)]
    assert left == [4, 3, 2, 1, 0]
    assert (await tried(people, token, code)).refusal().code == "privacy_link_unusable"


async def test_attempts_in_one_batch_are_counted(executor: Executor) -> None:
    people = People(executor)
    token, code = await made(people, await people.record())
    commands = [
        links.OpenPrivacyPage(links.token_hash(token), links.code_hash(token, typed), links.token_hash("browser"))
        for typed in [*[wrong(code)] * links.ATTEMPTS_MAX, code]
    ]
    assert not any(await people.batch(rights.OPEN_PRIVACY_PAGE, commands))


async def test_a_link_ends_after_a_day_and_when_another_is_made(executor: Executor) -> None:
    people = People(executor)
    records = await people.group(2)
    first, code = await made(people, records[0])
    now = datetime.now(UTC)
    assert not await people.ask(links.usable_link(first, now + timedelta(hours=25)))
    second, _ = await made(people, records[1])
    assert not await people.ask(links.usable_link(first, now))
    assert not (await tried(people, first, code)).accepted
    assert await people.ask(links.usable_link(second, now))


async def test_a_repeated_request_learns_neither_link_nor_code(executor: Executor) -> None:
    people = People(executor)
    customer = await people.record()
    first, again = (rights.new_link(customer, "same", actor=7) for _ in range(2))
    (outcome,) = await executor.execute(rights.MAKE_PRIVACY_LINK, [first.call])
    (repeated,) = await executor.execute(rights.MAKE_PRIVACY_LINK, [again.call])
    assert repeated.repeated
    assert first.made(outcome)
    assert not again.made(repeated)


async def test_nothing_that_opens_the_page_is_kept(executor: Executor) -> None:
    people = People(executor)
    token, code = await made(people, await people.record())
    await tried(people, token, code, "the browser's session")
    async with people.database.transaction() as connection:
        cursor = await connection.execute(
            "select l::text from customers.privacy_link as l union all select e::text from platform.event as e"
            " union all select convert_from(answer, 'UTF8') from platform.idempotency"
        )
        kept = "\n".join(str(row[0]) for row in await cursor.fetchall())
    for secret in (token, code, "the browser's session"):
        assert secret not in kept


async def test_nobody_gets_no_link(executor: Executor) -> None:
    people = People(executor)
    command = links.MakePrivacyLink(1, b"h" * 32, b"c" * 32)
    assert await people.refused(rights.MAKE_PRIVACY_LINK, command) == "not_found"
