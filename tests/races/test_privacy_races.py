"""Many at once: a code that is typed everywhere, and people who change their minds faster than batches end."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from mainstem.domains import customers
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database
from tests.unit.privacy_people import People
from tests.vaults import VAULT

consent, rights = customers.consent, customers.rights
links = rights.links
pytestmark = [pytest.mark.races, pytest.mark.anyio]


async def test_a_code_that_is_typed_many_times_at_once_opens_one_page(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        people = People(Executor(database, VAULT))
        link = rights.new_link(await people.record(), "link", actor=7)
        await people.executor.execute(rights.MAKE_PRIVACY_LINK, [link.call])
        token = link.path.removeprefix(links.PATH)
        typed = [
            links.OpenPrivacyPage(
                links.token_hash(token), links.code_hash(token, link.code), links.token_hash(f"browser {number}")
            )
            for number in range(8)
        ]
        outcomes = await asyncio.gather(*[people.outcome(rights.OPEN_PRIVACY_PAGE, one, 0) for one in typed])
        assert [one.accepted for one in outcomes].count(True) == 1
        now = datetime.now(UTC)
        opened = [await people.ask(links.session(token, f"browser {number}", now)) for number in range(8)]
        assert sum(one is not None for one in opened) == 1


async def test_wrong_codes_at_once_are_all_counted(database_url: str) -> None:
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        people = People(Executor(database, VAULT))
        link = rights.new_link(await people.record(), "link", actor=7)
        await people.executor.execute(rights.MAKE_PRIVACY_LINK, [link.call])
        token = link.path.removeprefix(links.PATH)
        wrong = links.OpenPrivacyPage(links.token_hash(token), b"w" * 32, b"s" * 32)
        outcomes = await asyncio.gather(*[people.outcome(rights.OPEN_PRIVACY_PAGE, wrong, 0) for _ in range(12)])
        codes = [one.refusal().code for one in outcomes]
        assert codes.count("privacy_code_wrong") == links.ATTEMPTS_MAX
        assert codes.count("privacy_link_unusable") == 12 - links.ATTEMPTS_MAX


async def test_whatever_the_order_of_commits_the_latest_moment_counts(database_url: str) -> None:
    drawn = random.Random(11)
    async with Database(database_url, pool_size=8, vault=VAULT) as database:
        people = People(Executor(database, VAULT))
        records = [await people.record() for _ in range(6)]
        begin, evidence = datetime(2026, 3, 1, tzinfo=UTC), consent.Evidence("app")
        said: dict[int, set[tuple[datetime, bool]]] = {record: set() for record in records}
        batches = []
        for _ in range(24):
            given = drawn.random() < 0.5
            moments = [(drawn.choice(records), begin + timedelta(seconds=drawn.randrange(40))) for _ in range(5)]
            for record, moment in moments:
                said[record].add((moment, not given))
            if given:
                agreed = [
                    consent.GiveConsent(record, "analytics", consent.LATEST, evidence, occurred_at=moment)
                    for record, moment in moments
                ]
                batches.append(people.batch(consent.GIVE_CONSENT, agreed))
            else:
                refused = [
                    consent.WithdrawConsent(record, "analytics", evidence, occurred_at=moment)
                    for record, moment in moments
                ]
                batches.append(people.batch(consent.WITHDRAW_CONSENT, refused))
        drawn.shuffle(batches)
        assert all(all(accepted) for accepted in await asyncio.gather(*batches))
        expected = {record for record, heard in said.items() if heard and not max(heard)[1]}
        assert await people.ask(consent.allowed(records, "analytics")) == expected
        async with database.transaction() as connection:
            for check in consent.CHECKS:
                cursor = await connection.execute(check.sql.encode())
                assert await cursor.fetchall() == []
