"""Principals and keys on a real PostgreSQL: who is let in, for how long, and where the secret is never found."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import psycopg
import pytest
from structlog.testing import capture_logs

from mainstem.kernel.refusals import Refusal
from mainstem.platform.access import (
    CHANGE_ROLE,
    CREATE_PRINCIPAL,
    ISSUE_KEY,
    REVOKE_KEY,
    Authenticator,
    Caller,
    ChangeRole,
    CreatePrincipal,
    KeyIssued,
    KeyTerms,
    PrincipalChanged,
    RevokeKey,
    ensure_administrator,
    issue,
    list_keys,
    list_principals,
    recover_administrator,
)
from mainstem.platform.access.keys import digest, new_key
from mainstem.platform.access.store import note_used
from mainstem.platform.execution import Executor, Operation, Outcome
from mainstem.platform.postgres import Connection, Database
from mainstem.platform.query import ask

pytestmark = [pytest.mark.unit, pytest.mark.anyio]

C = TypeVar("C")


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counted(Database):
    """Counts its transactions."""

    transactions = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        self.transactions += 1
        async with super().transaction() as connection:
            yield connection


class Gated(Database):
    """Holds back what a committed transaction answered until its gate is open."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.gate = asyncio.Event()
        self.gate.set()
        self.answered = asyncio.Event()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
        self.answered.set()
        await self.gate.wait()


async def change(database: Database, sql: str, *parameters: object) -> None:
    async with database.transaction() as connection:
        await connection.execute(sql, parameters)


async def everything(database: Database) -> str:
    """Every row of every table as text; bytes show as hexadecimal digits."""
    async with database.transaction() as connection:
        tables = await connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        rows: list[str] = []
        for (table,) in await tables.fetchall():
            rows += [
                text for (text,) in await (await connection.execute(f"select t::text from {table} as t")).fetchall()
            ]
    return "\n".join(rows)


def wrong_key() -> str:
    """A well-formed key that nobody issued."""
    return new_key().secret


async def run(executor: Executor, operation: Operation[C, Any], *commands: C, actor: int = 9) -> list[Outcome]:
    """Run commands as one batch, each under a key of its own."""
    calls = [
        operation.call(one, f"{id(commands)}-{index}-{datetime.now(UTC)}", actor=actor)
        for index, one in enumerate(commands)
    ]
    return await executor.execute(operation, calls)


def code(outcome: Outcome) -> str:
    return "ok" if outcome.accepted else f"{outcome.refusal().code} {outcome.refusal().where}"


async def principal(executor: Executor, role: str, node: int | None = None, name: str = "someone") -> int:
    (outcome,) = await run(executor, CREATE_PRINCIPAL, CreatePrincipal(name, role, node))
    return msgspec.json.decode(outcome.body, type=PrincipalChanged).principal


async def key(
    executor: Executor, owner: int, scopes: Sequence[str] = (), expires_at: datetime | None = None
) -> tuple[int, str]:
    """A key's id and its secret."""
    wanted = issue(KeyTerms(owner, tuple(scopes), expires_at), f"{datetime.now(UTC)}", actor=9)
    (outcome,) = await executor.execute(ISSUE_KEY, [wanted.call])
    secret = wanted.secret(outcome)
    assert secret is not None
    return msgspec.json.decode(outcome.body, type=KeyIssued).key, secret


async def let_in(authenticator: Authenticator, secret: str) -> Caller:
    answer = await authenticator.authenticate(f"Bearer {secret}")
    assert isinstance(answer, Caller)
    return answer


async def turned_away(authenticator: Authenticator, header: str | None) -> str:
    answer = await authenticator.authenticate(header)
    assert isinstance(answer, Refusal)
    return answer.code


async def test_a_key_carries_its_principal_role_and_node(database: Database, executor: Executor) -> None:
    owner = await principal(executor, "store_associate", node=77)
    number, secret = await key(executor, owner)
    caller = await let_in(Authenticator(database), secret)
    assert (caller.principal, caller.key, caller.role, caller.node) == (owner, number, "store_associate", 77)
    assert "sales:write" in caller.permissions


async def test_scopes_are_a_subset_of_the_role(database: Database, executor: Executor) -> None:
    owner = await principal(executor, "analyst")
    _, secret = await key(executor, owner, ["stock:read", "orders:read", "stock:read"])
    assert (await let_in(Authenticator(database), secret)).permissions == {"stock:read", "orders:read"}

    for scopes, expected in [
        (("orders:read", "keys:write"), "scope_beyond_role /scopes/1"),
        (("orders:fly",), "unknown_permission /scopes/0"),
    ]:
        (outcome,) = await executor.execute(ISSUE_KEY, [issue(KeyTerms(owner, scopes), expected, actor=9).call])
        assert code(outcome) == expected
    (outcome,) = await executor.execute(ISSUE_KEY, [issue(KeyTerms(1), "nobody", actor=9).call])
    assert code(outcome) == "not_found /principal"


async def test_a_new_role_takes_away_what_it_does_not_hold(database: Database, executor: Executor) -> None:
    owner = await principal(executor, "operations_manager")
    _, narrow = await key(executor, owner, ["stock:adjust"])
    _, wide = await key(executor, owner)
    await run(executor, CHANGE_ROLE, ChangeRole(owner, "store_associate", 5))
    authenticator = Authenticator(database)
    assert (await let_in(authenticator, narrow)).permissions == set()  # not: all of the new role
    caller = await let_in(authenticator, wide)
    assert "stock:adjust" not in caller.permissions
    assert caller.node == 5


async def test_expiry(database: Database, executor: Executor) -> None:
    owner = await principal(executor, "analyst")
    past = issue(KeyTerms(owner, (), datetime.now(UTC) - timedelta(seconds=1)), "past", actor=9)
    (outcome,) = await executor.execute(ISSUE_KEY, [past.call])
    assert code(outcome) == "expiry_past /expires_at"
    assert past.secret(outcome) is None

    clock = Clock()
    authenticator = Authenticator(database, clock=clock)
    number, secret = await key(executor, owner, expires_at=datetime.now(UTC) + timedelta(seconds=2))
    await let_in(authenticator, secret)
    await change(database, "update platform.api_key set expires_at = now() where id = %s", number)
    await let_in(authenticator, secret)
    clock.now += 2  # remembered for less than five seconds, because the key has less to live
    assert await turned_away(authenticator, f"Bearer {secret}") == "key_expired"


async def test_a_revoked_key_is_refused_at_once_here_and_within_five_seconds_elsewhere(
    database: Database, executor: Executor
) -> None:
    number, secret = await key(executor, await principal(executor, "analyst"))
    clock = Clock()
    here, elsewhere = Authenticator(database), Authenticator(database, clock=clock)
    await let_in(here, secret)
    await let_in(elsewhere, secret)

    await here.forgetting(lambda calls: executor.execute(REVOKE_KEY, calls))(
        [REVOKE_KEY.call(RevokeKey(number), "revoke", actor=9)]
    )

    assert await turned_away(here, f"Bearer {secret}") == "unauthenticated"
    clock.now += 4.999
    await let_in(elsewhere, secret)
    clock.now += 0.001
    assert await turned_away(elsewhere, f"Bearer {secret}") == "unauthenticated"


@pytest.mark.parametrize("meanwhile", [True, False])
async def test_an_answer_under_way_while_a_key_is_revoked_is_not_remembered(
    database_url: str, executor: Executor, *, meanwhile: bool
) -> None:
    number, secret = await key(executor, await principal(executor, "analyst"))
    async with Gated(database_url) as gated:
        authenticator = Authenticator(gated)
        gated.gate.clear()
        early = asyncio.create_task(let_in(authenticator, secret))
        await gated.answered.wait()
        await authenticator.forgetting(lambda calls: executor.execute(REVOKE_KEY, calls))(
            [REVOKE_KEY.call(RevokeKey(number), "revoke", actor=9)]
        )
        late: list[asyncio.Task[str]] = []
        if meanwhile:  # it comes while the answer of before is on its way, and must not share it
            late.append(asyncio.create_task(turned_away(authenticator, f"Bearer {secret}")))
            await asyncio.sleep(0)
        gated.gate.set()
        await early  # it began before the revocation
        assert [await one for one in late] == ["unauthenticated"] * len(late)
        assert await turned_away(authenticator, f"Bearer {secret}") == "unauthenticated"
        await authenticator.close()


async def test_what_is_no_key_is_refused_without_asking(database: Database, executor: Executor) -> None:
    _, secret = await key(executor, await principal(executor, "analyst"))
    unopened = Authenticator(Database(database.url))  # it would raise if it were asked
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    headers = [None, "", "Bearer", f"Bearer {wrong}", f"Basic  {secret}", secret, f"Bearer {secret}x", "é" * 68]
    assert {await turned_away(unopened, header) for header in headers} == {"unauthenticated"}

    open_one = Authenticator(database)
    assert isinstance(await open_one.authenticate(f"bearer {secret}"), Caller)
    assert await turned_away(open_one, f"Basic_ {secret}") == "unauthenticated"  # also when the key is remembered
    await open_one.close()


async def test_a_flood_of_wrong_keys_costs_few_questions(
    database_url: str, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstem.platform.access.authentication.REMEMBERED_MAX", 300)
    monkeypatch.setattr("mainstem.platform.access.authentication.STRANGERS_WAITING_MAX", 400)
    _, secret = await key(executor, await principal(executor, "analyst"))
    async with Counted(database_url) as counted:
        authenticator = Authenticator(counted)
        flood = [f"Bearer {wrong_key()}" for _ in range(500)]
        codes = await asyncio.gather(*(turned_away(authenticator, header) for header in flood))
        assert (codes.count("unauthenticated"), codes.count("busy")) == (400, 100)
        assert counted.transactions == 1
        assert len(authenticator._wrong) == 300
        await asyncio.gather(*(turned_away(authenticator, header) for header in flood[100:400]))
        assert counted.transactions == 1  # remembered
        await let_in(authenticator, secret)
        await authenticator.close()


async def test_known_keys_do_not_wait_behind_strangers(
    database: Database, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstem.platform.access.authentication.STRANGERS_PAUSE_SECONDS", 0.3)
    _, secret = await key(executor, await principal(executor, "analyst"))
    clock = Clock()
    authenticator = Authenticator(database, clock=clock)
    await let_in(authenticator, secret)
    waiting = asyncio.create_task(turned_away(authenticator, f"Bearer {wrong_key()}"))
    await asyncio.sleep(0)
    clock.now += 6
    await let_in(authenticator, secret)
    assert not waiting.done()
    assert await waiting == "unauthenticated"
    await authenticator.close()


async def test_many_requests_with_one_key_ask_once_and_the_memory_is_cheap(
    database_url: str, executor: Executor
) -> None:
    number, secret = await key(executor, await principal(executor, "analyst"))
    async with Counted(database_url) as counted:
        authenticator = Authenticator(counted)
        callers = await asyncio.gather(*(let_in(authenticator, secret) for _ in range(64)))
        assert {caller.key for caller in callers} == {number}
        await authenticator.close()
        assert counted.transactions == 2  # one question, one note of the use
        await let_in(authenticator, secret)
        assert counted.transactions == 2


async def test_who_gives_up_waiting_does_not_take_the_others_along(database_url: str, executor: Executor) -> None:
    _, secret = await key(executor, await principal(executor, "analyst"))
    async with Gated(database_url) as gated:
        authenticator = Authenticator(gated)
        gated.gate.clear()
        first, second = (asyncio.create_task(let_in(authenticator, secret)) for _ in range(2))
        await gated.answered.wait()
        first.cancel()
        gated.gate.set()
        assert isinstance(await second, Caller)
        await authenticator.close()


async def test_a_database_that_is_away_is_no_refusal(database_url: str, executor: Executor) -> None:
    _, secret = await key(executor, await principal(executor, "analyst"))
    away = Authenticator(Database(database_url))
    with pytest.raises(psycopg.OperationalError):
        await away.authenticate(f"Bearer {secret}")


async def test_last_use_is_noted_off_the_path_and_once_a_minute(database: Database, executor: Executor) -> None:
    number, secret = await key(executor, await principal(executor, "analyst"))

    async def last_used() -> datetime | None:
        async with database.transaction() as connection:
            ((row,),) = await ask(connection, list_keys(limit=10))
        assert row.key == number
        return row.last_used_at

    async def use() -> None:
        authenticator = Authenticator(database)
        await let_in(authenticator, secret)
        await authenticator.close()

    assert await last_used() is None
    await use()
    first = await last_used()
    assert first is not None
    await use()
    async with database.transaction() as connection:
        await note_used(connection, [number])  # another process that thought it was due
    assert await last_used() == first
    await change(
        database, "update platform.api_key set last_used_at = now() - interval '61 seconds' where id = %s", number
    )
    await use()
    second = await last_used()
    assert second is not None
    assert second > first


async def test_a_repeated_request_for_a_key_gets_its_answer_but_no_secret(
    database: Database, executor: Executor
) -> None:
    owner = await principal(executor, "analyst")
    first, again, other = (
        issue(terms, "same", actor=9) for terms in (KeyTerms(owner), KeyTerms(owner), KeyTerms(owner, ("stock:read",)))
    )
    (issued,) = await executor.execute(ISSUE_KEY, [first.call])
    (repeated,) = await executor.execute(ISSUE_KEY, [again.call])
    (reused,) = await executor.execute(ISSUE_KEY, [other.call])

    secret = first.secret(issued)
    assert secret is not None
    assert (repeated.repeated, repeated.body) == (True, issued.body)
    assert again.secret(repeated) is None
    assert reused.refusal().code == "idempotency_key_reused"
    assert other.secret(reused) is None
    # The executor answers itself so when the confirmation of a commit was lost: the secret is still the owner's.
    (found,) = await executor.execute(ISSUE_KEY, [first.call])
    assert first.secret(found) == secret
    await let_in(Authenticator(database), secret)


async def test_the_secret_is_nowhere_but_with_its_owner(
    database: Database, executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        owner = await principal(executor, "analyst")
        wanted = issue(KeyTerms(owner), "one", actor=9)
        (outcome,) = await executor.execute(ISSUE_KEY, [wanted.call])
        secret = wanted.secret(outcome)
        assert secret is not None
        number = msgspec.json.decode(outcome.body, type=KeyIssued).key
        authenticator = Authenticator(database)
        await let_in(authenticator, secret)
        await executor.execute(ISSUE_KEY, [issue(KeyTerms(owner), "one", actor=9).call])
        await run(executor, REVOKE_KEY, RevokeKey(number))
        authenticator.forget()
        await turned_away(authenticator, f"Bearer {secret}")
        first = await ensure_administrator(database)
        assert first is not None
        await authenticator.close()

    written = f"{logs} {caplog.text} {wanted!r} {outcome!r}"
    stored = await everything(database)
    for one in (secret, first):
        public, hidden = one[3:11], one[12:]
        assert hidden not in written
        assert hidden not in stored
        assert hidden.encode().hex() not in stored
        assert public in stored  # the search would have found it, in text
        assert public.encode().hex() in stored  # and in a stored answer
        assert digest(one).hex() in stored
    assert secret[3:11] in written


async def test_every_write_leaves_an_event_with_its_actor(database: Database, executor: Executor) -> None:
    owner = await principal(executor, "analyst")
    number, _ = await key(executor, owner)
    await run(executor, REVOKE_KEY, RevokeKey(number), RevokeKey(number))
    await run(executor, REVOKE_KEY, RevokeKey(number))
    await run(executor, CHANGE_ROLE, ChangeRole(owner, "marketer"), ChangeRole(owner, "marketer"))
    async with database.transaction() as connection:
        rows = await (
            await connection.execute("select type, subject, actor, payload from platform.event order by xid, id")
        ).fetchall()
    assert [row[:3] for row in rows] == [
        ("access.principal_created", owner, 9),
        ("access.key_issued", number, 9),
        ("access.key_revoked", number, 9),  # once
        ("access.role_changed", owner, 9),  # once
    ]
    assert rows[3][3] == {
        "principal": owner,
        "role_before": "analyst",
        "node_before": None,
        "role": "marketer",
        "node": None,
    }


async def test_what_principals_are_refused(executor: Executor) -> None:
    outcomes = await run(
        executor,
        CREATE_PRINCIPAL,
        CreatePrincipal("till 1", "store_associate", 5),
        CreatePrincipal("till 1", "analyst"),
        CreatePrincipal("till 2", "store_associate"),
        CreatePrincipal("till 3", "analyst", 5),
        CreatePrincipal("till 4", "emperor"),
        CreatePrincipal(" ", "analyst"),
    )
    assert [code(outcome) for outcome in outcomes] == [
        "ok",
        "principal_exists /name",
        "node_required /node",
        "node_not_allowed /node",
        "unknown_role /role",
        "bad_principal_name /name",
    ]
    (again, unknown_key), (unknown,) = (
        [
            *await run(executor, CREATE_PRINCIPAL, CreatePrincipal("till 1", "analyst")),
            *await run(executor, REVOKE_KEY, RevokeKey(1)),
        ],
        await run(executor, CHANGE_ROLE, ChangeRole(1, "analyst")),
    )
    assert code(again) == "principal_exists /name"
    assert code(unknown_key) == "not_found /key"
    assert code(unknown) == "not_found /principal"


async def test_the_last_administrator_stays_one(executor: Executor, database: Database) -> None:
    first = await principal(executor, "administrator", name="first")
    second = await principal(executor, "administrator", name="second")
    outcomes = await run(executor, CHANGE_ROLE, ChangeRole(first, "analyst"), ChangeRole(second, "analyst"))
    assert [code(outcome) for outcome in outcomes] == ["ok", "last_administrator /role"]

    await run(executor, CHANGE_ROLE, ChangeRole(first, "administrator"))
    async with database.transaction() as elsewhere:  # another process takes the role from the first one
        await elsewhere.execute("update platform.principal set role = 'analyst' where id = %s", (first,))
        racing = asyncio.create_task(run(executor, CHANGE_ROLE, ChangeRole(second, "analyst")))
        await asyncio.wait([racing], timeout=0.3)
    (outcome,) = await racing
    assert code(outcome) == "last_administrator /role"
    async with database.transaction() as connection:
        (rows,) = await ask(connection, list_principals(limit=10))
    assert [row.role for row in rows] == ["analyst", "administrator"]


async def test_one_of_many_starting_processes_gets_the_first_key(database_url: str, executor: Executor) -> None:
    await principal(executor, "analyst", name="administrator")  # the name is taken, the role is not
    async with Database(database_url) as one, Database(database_url) as two:
        secrets = await asyncio.gather(*(ensure_administrator(database) for database in (one, two) * 4))
        (secret,) = [secret for secret in secrets if secret is not None]
        caller = await let_in(Authenticator(one), secret)
        assert (caller.role, caller.node) == ("administrator", None)
        assert await ensure_administrator(two) is None


async def test_an_operator_who_lost_all_keys_gets_another(database: Database) -> None:
    with pytest.raises(LookupError):
        await recover_administrator(database)
    lost = await ensure_administrator(database)
    assert lost is not None
    found = await recover_administrator(database)
    authenticator = Authenticator(database)
    assert (await let_in(authenticator, found)).principal == (await let_in(authenticator, lost)).principal
    await authenticator.close()
