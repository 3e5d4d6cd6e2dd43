"""The labelled set through the real operation: the bars hold on a small one; the graph that is copied is sound."""

import asyncio
from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from bench.identity import known_graph, latency
from bench.identity.known_graph import scratch_vault
from bench.identity.online import PRECISION_BAR, RECALL_BAR, resolve
from bench.identity.people import generate
from mainstem.domains.customers import IDENTIFY, Identified
from mainstem.domains.customers.checks import CHECKS
from mainstem.platform.execution import Executor
from mainstem.platform.postgres import Database

pytestmark = pytest.mark.anyio

PEOPLE, SEED = 300, 1
KNOWN = 200


async def test_people_are_told_apart_and_put_together(database: Database) -> None:
    resolved = await resolve(Executor(database, scratch_vault()), generate(PEOPLE, SEED))

    found = resolved.accuracy()
    assert found.precision >= PRECISION_BAR
    assert found.recall >= RECALL_BAR
    assert found.hub_pairs == 0
    assert resolved.suspended >= 3


async def test_a_copied_graph_is_sound_and_knows_its_customers(database: Database, database_url: str) -> None:
    await asyncio.to_thread(known_graph.load, database_url, KNOWN)
    executor = Executor(database, scratch_vault())

    told = [known_graph.customer(number) for number in range(KNOWN)]
    calls = [IDENTIFY.call(known_graph.ordered(known), str(known.number)) for known in told]
    answers = [msgspec.json.decode(one.body, type=Identified) for one in await executor.execute(IDENTIFY, calls)]

    first = [known_graph.FIRST_ID + known.number * known_graph.IDS_EACH for known in told]
    assert [answer.customer for answer in answers] == first
    assert {answer.decision for answer in answers} == {"linked"}
    async with database.transaction() as connection:
        wrong = {check.name: await (await connection.execute(check.sql.encode())).fetchall() for check in CHECKS}
    assert {name: rows for name, rows in wrong.items() if rows} == {}


def test_what_is_asked_is_of_people_of_the_graph_or_strangers() -> None:
    asked = [latency.asked(Random(serial), KNOWN, serial) for serial in range(300)]

    known = [customer for _, customer in asked if customer is not None]
    assert {customer.number < KNOWN for customer in known} == {True}
    assert 0 < len(asked) - len(known) < 60
    assert all(said.occurred_at is not None and said.occurred_at < datetime.now(UTC) for said, _ in asked)
