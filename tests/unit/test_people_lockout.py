"""Guessing is slowed for who guesses, and nobody can lock somebody else out by it."""

import asyncio

import pytest

from mainstem.kernel.refusals import RefusedError
from mainstem.platform.access.people import passwords
from mainstem.platform.access.people.signing_in import Browser
from mainstem.platform.execution import Executor
from tests.unit.people_office import HERE, PASSWORD, Office, with_device

pytestmark = [pytest.mark.unit, pytest.mark.anyio]


@pytest.fixture
def office(executor: Executor) -> Office:
    return Office(executor)


async def test_guessing_slows_the_guesser_and_nobody_else(office: Office) -> None:
    await office.person()
    _, device = await office.sign_in()
    known = with_device(HERE, device)
    elsewhere = Browser(address="198.51.100.9", agent="")
    answers = [await office.signer.password("ada", "wrong", HERE) for _ in range(5)]
    await office.sql("update platform.sign_in_attempts set last_at = last_at + interval '1 minute'")  # a slow machine
    answers += [await office.signer.password("ada", "wrong", HERE) for _ in range(2)]

    assert [one.code for one in answers if not isinstance(one, tuple)] == ["sign_in_failed"] * 5 + [
        "sign_in_slowed"
    ] * 2
    right = await office.signer.password("ada", PASSWORD, HERE)
    assert not isinstance(right, tuple)
    assert right.code == "sign_in_slowed"  # even the right password must wait here
    assert isinstance(await office.signer.password("ada", PASSWORD, known), tuple)  # a known device need not
    assert isinstance(await office.signer.password("ada", PASSWORD, elsewhere), tuple)  # nor another network
    await office.sql("update platform.sign_in_attempts set last_at = now() - interval '2 seconds'")
    assert isinstance(await office.signer.password("ada", PASSWORD, HERE), tuple)  # and the pause ends
    assert not isinstance(await office.signer.password("ada", "wrong", HERE), tuple)


async def test_a_stolen_device_is_slowed_too_and_its_owner_is_not(office: Office) -> None:
    await office.person()
    _, device = await office.sign_in()
    stolen = Browser(address="198.51.100.9", agent="", device=device)
    answers = [await office.signer.password("ada", "wrong", stolen) for _ in range(6)]

    assert [one.code for one in answers if not isinstance(one, tuple)][-1] == "sign_in_slowed"
    assert isinstance(await office.signer.password("ada", PASSWORD, HERE), tuple)


async def test_attempts_at_once_are_all_counted(office: Office) -> None:
    await office.person()
    answers = await asyncio.gather(*(office.signer.password("ada", "wrong", HERE) for _ in range(20)))

    assert (
        sorted(one.code for one in answers if not isinstance(one, tuple))
        == ["sign_in_failed"] * 5 + ["sign_in_slowed"] * 15
    )


async def test_forgotten_counters_go(office: Office) -> None:
    for number in range(3):
        await office.signer.password(f"nobody {number}", "wrong", HERE)
    await office.sql("update platform.sign_in_attempts set last_at = last_at - interval '2 days'")
    await office.signer.password("another", "wrong", HERE)
    async with office.executor.database.transaction() as connection:
        cursor = await connection.execute("select count(*) from platform.sign_in_attempts")
        assert await cursor.fetchone() == (1,)


async def test_a_flood_of_strangers_does_not_keep_known_browsers_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.person()
    _, device = await office.sign_in()
    monkeypatch.setattr(passwords, "WAITING_MAX", 2)
    strangers = [asyncio.create_task(office.signer.password(f"nobody {number}", "wrong", HERE)) for number in range(12)]
    await asyncio.sleep(0.02)

    assert isinstance(await office.signer.password("ada", PASSWORD, with_device(HERE, device)), tuple)
    busy = [one for one in await asyncio.gather(*strangers, return_exceptions=True) if isinstance(one, RefusedError)]
    assert {one.refusal.code for one in busy} == {"busy"}
