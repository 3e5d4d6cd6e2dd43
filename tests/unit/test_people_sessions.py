"""What ends a session, and when that is seen."""

import asyncio

import pytest

from mainstem.platform.access import people
from mainstem.platform.access.people.queries import Proof
from mainstem.platform.execution import Executor
from tests.unit.people_office import HERE, PASSWORD, Office

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
def office(executor: Executor) -> Office:
    return Office(executor)


@pytest.mark.parametrize(
    "end",
    [
        "update platform.session set ended_at = now()",
        "update platform.session set ends_at = now()",
        "update platform.session set seen_at = now() - interval '12 hours 1 second'",
        "update platform.person set disabled_at = now()",
        "update platform.principal set role = 'marketer'",
        "update platform.principal set node = 5",
    ],
)
async def test_what_ends_a_session(office: Office, end: str) -> None:
    await office.person()
    token, _ = await office.sign_in()
    assert await office.sessions.find(token) is not None

    await office.sql(end)
    assert await office.sessions.find(token) is not None  # believed for some seconds
    office.sessions.forget()
    assert await office.sessions.find(token) is None


async def test_memory_is_believed_for_five_seconds_at_most(office: Office) -> None:
    now = 0.0
    sessions = people.Sessions(office.executor.database, clock=lambda: now)
    await office.person()
    token, _ = await office.sign_in()
    assert await sessions.find(token) is not None
    await office.sql("update platform.session set ended_at = now()")
    now = 4.9
    assert await sessions.find(token) is not None
    now = 5.1
    assert await sessions.find(token) is None
    for stranger in ("", "x" * 43, "x" * 42, "é" * 43):
        assert await sessions.find(stranger) is None


async def test_a_session_that_is_revoked_while_it_is_used_is_not_found_afterwards(office: Office) -> None:
    principal = await office.person()
    token, _ = await office.sign_in()
    run = office.sessions.forgetting(lambda calls: office.executor.execute(people.END_SESSIONS, calls))
    call = people.END_SESSIONS.call(people.EndSessions(principal=principal), "k", actor=principal)
    stop = asyncio.Event()

    async def use() -> None:
        while not stop.is_set():
            await office.sessions.find(token)
            await asyncio.sleep(0)

    users = [asyncio.create_task(use()) for _ in range(4)]
    await asyncio.sleep(0.05)
    await run([call])
    assert await office.sessions.find(token) is None
    stop.set()
    await asyncio.gather(*users)
    assert await office.sessions.find(token) is None
    await office.sessions.close()


async def test_the_use_of_a_session_is_noted_now_and_then(office: Office) -> None:
    await office.person()
    token, _ = await office.sign_in()
    await office.sql("update platform.session set seen_at = now() - interval '1 hour'")
    await office.sessions.find(token)
    await office.sessions.close()
    async with office.executor.database.transaction() as connection:
        cursor = await connection.execute("select now() - seen_at < interval '1 minute' from platform.session")
        assert await cursor.fetchone() == (True,)


async def test_a_changed_password_ends_the_other_sessions(office: Office) -> None:
    principal = await office.person()
    (here, _), (there, _) = await office.sign_in(), await office.sign_in()
    signed = await office.sessions.find(here)
    proof = await office.signer.own_password(principal, PASSWORD, HERE)
    assert signed is not None
    assert isinstance(proof, Proof)
    call = await office.signer.change_password(proof, signed.session, here, PASSWORD + " new", "k")
    stale = await office.signer.change_password(proof, signed.session, here, PASSWORD + " other", "l")

    assert (await office.outcome(people.CHANGE_PASSWORD, call)).accepted
    assert (await office.outcome(people.CHANGE_PASSWORD, stale)).refusal().code == "sign_in_outdated"
    assert await office.sessions.find(here) is not None
    assert await office.sessions.find(there) is None


async def test_a_sign_in_that_was_overtaken_by_a_new_password_does_not_succeed(office: Office) -> None:
    await office.person()
    call, _, _ = await office.opening()
    await office.sql("update platform.person set password_changed_at = now()")

    assert (await office.outcome(people.OPEN_SESSION, call)).refusal().code == "sign_in_outdated"
