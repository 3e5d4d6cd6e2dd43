"""What all ways to sign in share: the browser, its cookies, where to go afterwards, and the session itself."""

from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import msgspec

from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.console.frame.navigation import first_place
from mainstem.platform import crypto
from mainstem.platform.access import people
from mainstem.platform.access.people.contracts import OpenSession
from mainstem.platform.access.people.store import LIFE_SECONDS
from mainstem.platform.execution import Call, Operation

C = TypeVar("C")
R = TypeVar("R")
Header = tuple[bytes, bytes]

DEVICE_SECONDS = 400 * 86400
"""The longest that browsers keep a cookie."""

_PUNCTUATION = "/?&=%:@!$'()*+,;~-._"


def browser_of(visit: Visit) -> people.Browser:
    """Where a request comes from. The address is the peer's: what a proxy says of others is not believed."""
    client = visit.scope.get("client")
    return people.Browser(
        address=client[0] if client else "",
        agent=visit.headers.get(b"user-agent", b"").decode("latin-1"),
        device=visit.cookies.get(people.DEVICE_COOKIE, ""),
    )


def sign_in_of(visit: Visit) -> people.SignIn:
    """What verifies who signs in."""
    return people.SignIn(visit.desk.database, crypto.box(visit.desk.settings))


def local(target: str) -> str:
    """The path on this site that `next` names; "" when it leads elsewhere, or back to signing in.

    Browsers take a backslash for a slash, and strip tabs and line breaks: neither has a place in a path of ours.
    """
    if not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        return ""
    if target.startswith(("/sign-in", "/sign-out", "/link/")):
        return ""
    return quote(target, safe=_PUNCTUATION)


def cookie(visit: Visit, name: str, value: str, *, seconds: int | None = None, path: str = "/") -> Header:
    """A cookie that scripts cannot read, other sites cannot use, and https does not lose to http."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if visit.secure else ""
    return (b"set-cookie", f"{name}={value}; Path={path}{age}; HttpOnly; SameSite=Lax{secure}".encode())


async def submit(visit: Visit, operation: Operation[C, R], call: Call[Any]) -> R | Problem:
    """Run a call that was made at the edge; what this process remembers of sessions is forgotten."""
    outcome = await visit.desk.batcher(operation).submit(call)
    visit.desk.sessions.forget()
    if not outcome.accepted:
        return visit.problem(outcome.refusal())
    return msgspec.json.decode(outcome.body, type=operation.result)


async def run(visit: Visit, operation: Operation[C, R], command: C, key: str) -> R | Problem:
    """`visit.run` of an operation of people."""
    done = await visit.run(operation, command, key)
    visit.desk.sessions.forget()
    return done


async def admit(
    visit: Visit, command: OpenSession, target: str, *, seed: str = "", key: str = "", headers: tuple[Header, ...] = ()
) -> Reply | Problem:
    """Begin the session of who has been verified, in place of the one that the browser had, and go on to `target`."""
    browser = browser_of(visit)
    admission = await sign_in_of(visit).open(command, browser, seed=seed, key=key)
    opened = await submit(visit, people.OPEN_SESSION, admission.call)
    if isinstance(opened, Problem):
        return opened
    former = visit.somebody
    if former is not None and former.session != opened.session:  # a form that is sent twice opens one session
        ending = people.EndSession(principal=former.caller.principal, session=former.session)
        await run(visit, people.END_SESSION, ending, uuid4().hex)
    signed = await visit.desk.sessions.find(admission.token)
    where = local(target) or ("/" if signed is None else first_place(signed.caller))
    return see_other(
        where,
        headers=(
            cookie(visit, people.SESSION_COOKIE, admission.token, seconds=int(LIFE_SECONDS)),
            cookie(visit, people.DEVICE_COOKIE, admission.device, seconds=DEVICE_SECONDS),
            *headers,
        ),
    )
