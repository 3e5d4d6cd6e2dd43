"""Somebody of each role, with a session: what a browser holds after a sign-in, which has tests of its own."""

from dataclasses import dataclass
from uuid import uuid4

import msgspec

from mainstem.domains import catalog
from mainstem.platform import access
from mainstem.platform.access.people import passwords
from mainstem.platform.access.people.tokens import new_token
from mainstem.platform.access.roles import ROLES
from mainstem.platform.execution import Executor
from mainstem.platform.query import ask
from mainstem.platform.work import Work
from tests.browser.harness import names
from tests.browser.harness.names import Tongue

LASTS = "interval '1 day'"
PASSWORD = "walrus-cabinet-thirteen-oars"  # noqa: S105 - of people who are made up
WITH_CODES = "marketer"
"""The role of the one who is asked for codes: the secret cannot be read, so nobody signs in with it."""


@dataclass(frozen=True)
class Person:
    """Who it is, the token of the session, and that of a one-time link to sign in with."""

    role: str
    principal: int
    token: str
    link: str = ""


async def employ(executor: Executor, tongue: Tongue = "zh", node: str = names.STORES[0]) -> dict[str, Person]:
    """One person a role that signs in, by role; who is bound to a node is bound to this one."""
    async with executor.database.transaction() as connection:
        (nodes,) = await ask(connection, catalog.nodes_by_code([node]))
    found = {}
    password = await passwords.hashed(PASSWORD)
    for role, name in names.PEOPLE.items():
        wanted = access.CreatePrincipal(f"{role}@example.com", role, nodes[node].id if ROLES[role].bound else None)
        call = access.CREATE_PRINCIPAL.call(wanted, uuid4().hex)
        (outcome,) = await executor.execute(access.CREATE_PRINCIPAL, [call])
        assert outcome.accepted, outcome.refusal()
        made = msgspec.json.decode(outcome.body, type=access.PrincipalChanged)
        link = new_token()
        async with executor.database.transaction() as connection:
            await connection.execute(
                "insert into platform.person (principal, login, name, password_hash, password_changed_at, totp_secret)"
                " values (%s, %s, %s, %s, now(), %s)",
                (made.principal, wanted.name, name(tongue), password, b"\0" if role == WITH_CODES else None),
            )
            await connection.execute(
                "insert into platform.one_time_link (hash, principal, purpose, expires_at)"
                f" values (%s, %s, 'sign_in', now() + {LASTS})",
                (link.hash, made.principal),
            )
        found[role] = Person(role, made.principal, await sign_in(executor, made.principal), link.text)
    return found


async def sign_in(executor: Executor, principal: int) -> str:
    """The token of a new session of a person."""
    token = new_token()

    async def act(work: Work) -> None:
        await work.reserve_ids(1)
        await work.connection.execute(
            "insert into platform.session (id, principal, hash, way, role, node, agent, address, ends_at)"
            f" select %s, id, %s, 'password', role, node, 'Chromium', '127.0.0.1', now() + {LASTS}"
            " from platform.principal where id = %s",
            (work.ids.take(), token.hash, principal),
        )

    await executor.transact("test.sign_in", act)
    return token.text
