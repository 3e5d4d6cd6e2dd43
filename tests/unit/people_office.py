"""What the edges of people do, on one database."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from mainstem.platform import crypto
from mainstem.platform.access import people
from mainstem.platform.access.people.contracts import OpenSession
from mainstem.platform.access.people.links import LINK_PATH
from mainstem.platform.access.people.signing_in import Browser
from mainstem.platform.execution import Call, Executor, Operation, Outcome

R = TypeVar("R")
PASSWORD = "correct horse battery"  # noqa: S105 - of the tests
HERE = Browser(address="203.0.113.7", agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36")
BOX = crypto.Box([b"k" * 32])


class Office:
    """Invites people, signs them in, and sees what became of it."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.signer = people.SignIn(executor.database, BOX)
        self.sessions = people.Sessions(executor.database)
        self._keys = 0

    def key(self) -> str:
        self._keys += 1
        return f"key {self._keys}"

    async def outcome(self, operation: Operation[Any, Any], call: Call[Any]) -> Outcome:
        (outcome,) = await self.executor.execute(operation, [call])
        self.sessions.forget()
        return outcome

    async def done(self, operation: Operation[Any, R], command: object, actor: int = 0) -> R:
        outcome = await self.outcome(operation, operation.call(command, self.key(), actor=actor))
        assert outcome.accepted, outcome.body
        return msgspec.json.decode(outcome.body, type=operation.result)

    async def refused(self, operation: Operation[Any, Any], command: object) -> str:
        outcome = await self.outcome(operation, operation.call(command, self.key()))
        assert not outcome.accepted
        return outcome.refusal().code

    async def invite(self, login: str = "ada", role: str = "analyst") -> tuple[int, str]:
        """The principal of a new person, and the token of the link for the password."""
        invitation = people.invite(login, login.title(), role, None, self.key(), actor=0)
        outcome = await self.outcome(people.INVITE_PERSON, invitation.call)
        path = invitation.path(outcome)
        assert path is not None
        return msgspec.json.decode(outcome.body)["principal"], path.removeprefix(LINK_PATH)

    async def person(self, login: str = "ada", role: str = "analyst", password: str = PASSWORD) -> int:
        principal, token = await self.invite(login, role)
        outcome = await self.outcome(people.SET_PASSWORD, await self.signer.set_password(token, password, self.key()))
        assert outcome.accepted
        return principal

    async def opening(
        self, login: str = "ada", browser: Browser = HERE, **more: object
    ) -> tuple[Call[OpenSession], str, str]:
        found = await self.signer.password(login, PASSWORD, browser)
        assert isinstance(found, tuple), found
        proof, renewed = found
        command = OpenSession(
            principal=proof.principal,
            token=b"",
            way="password",
            agent="",
            address="",
            device=b"",
            known_at=proof.password_changed_at,
            renewed=renewed,
            **more,  # type: ignore[arg-type]  # fields of the command
        )
        admission = await self.signer.open(command, browser)
        return admission.call, admission.token, admission.device

    async def sign_in(self, login: str = "ada", browser: Browser = HERE, **more: object) -> tuple[str, str]:
        """The tokens of a new session and of the device."""
        call, token, device = await self.opening(login, browser, **more)
        outcome = await self.outcome(people.OPEN_SESSION, call)
        assert outcome.accepted, outcome.body
        return token, device

    async def events(self) -> Sequence[str]:
        async with self.executor.database.transaction() as connection:
            cursor = await connection.execute("select type from platform.event where type like 'access.%' order by id")
            return [kind.removeprefix("access.") for (kind,) in await cursor.fetchall()]

    async def sql(self, text: str) -> None:
        async with self.executor.database.transaction() as connection:
            await connection.execute(text)


def with_device(browser: Browser, device: str) -> Browser:
    """The same browser, known by a token."""
    return msgspec.structs.replace(browser, device=device)
