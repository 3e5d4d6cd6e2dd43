"""Opening the page: the link alone shows nothing, and opening it uses nothing up; the code does, once."""

import secrets
from datetime import UTC, datetime
from hashlib import blake2b
from uuid import uuid4

import msgspec

from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.privacy.showing import page
from mainstem.domains import customers
from mainstem.kernel.refusals import refuse
from mainstem.platform.query import ask

links = customers.rights.links

COOKIE = "mainstem_privacy"
COOKIE_PATH = "/privacy"
CODE_LENGTH_MAX = 40


async def show(visit: Visit) -> Reply:
    """The page where it is open, else the form for the code, else that the link cannot be used."""
    opened = await session_of(visit)
    if opened is not None:
        return await page(visit, opened, csrf_of(visit))
    token: str = visit.path["token"]
    async with visit.desk.database.transaction() as connection:
        (usable,) = await ask(connection, links.usable_link(token, datetime.now(UTC)))
    return html(visit, "privacy/templates/code.html", problem=None) if usable else unusable(visit)


async def enter(visit: Visit) -> Reply:
    """Try a code; the right one opens the page in this browser."""
    token: str = visit.path["token"]
    form = await visit.form()
    session = secrets.token_urlsafe(32)
    command = links.OpenPrivacyPage(
        links.token_hash(token),
        links.code_hash(token, form.text("code")[:CODE_LENGTH_MAX]),
        links.token_hash(session),
    )
    # Every time it is sent is an attempt: the key is our own.
    call = links.OPEN_PRIVACY_PAGE.call(command, uuid4().hex, trace=visit.trace)
    outcome = await visit.desk.batcher(links.OPEN_PRIVACY_PAGE).submit(call)
    if outcome.accepted:
        ends_at = msgspec.json.decode(outcome.body, type=links.PrivacyPageOpened).ends_at
        seconds = max(0, int((ends_at - datetime.now(UTC)).total_seconds()))
        return see_other(visit.url_path, headers=(cookie(visit, session, seconds),))
    problem = visit.problem(outcome.refusal())
    if problem.code == links.PRIVACY_CODE_WRONG.code and outcome.refusal().params.get("left"):
        return html(visit, "privacy/templates/code.html", status=problem.status, problem=problem)
    return unusable(visit, problem if problem.code != links.PRIVACY_CODE_WRONG.code else None)


async def session_of(visit: Visit) -> links.PrivacySession | None:
    """Who has the page of this link open in this browser."""
    held = visit.cookies.get(COOKIE, "")
    if not held:
        return None
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, links.session(visit.path["token"], held, datetime.now(UTC)))
    return found


def csrf_of(visit: Visit) -> str:
    """What a form of the open page must carry."""
    held = visit.cookies.get(COOKIE, "")
    return blake2b(b"privacy", key=held.encode()[:64], digest_size=16).hexdigest()


async def acting_for(visit: Visit) -> links.PrivacySession | None:
    """Who sends a form of the open page; None when it is not open, or the form is not of this browser's page."""
    opened = await session_of(visit)
    if opened is None or not secrets.compare_digest((await visit.form()).text("token"), csrf_of(visit)):
        return None
    return opened


def unusable(visit: Visit, problem: Problem | None = None) -> Reply:
    """What is shown in place of a page that is not open, or not any more."""
    shown = problem or visit.problem(refuse(links.PRIVACY_LINK_UNUSABLE))
    return html(visit, "privacy/templates/unusable.html", status=shown.status, problem=shown)


def cookie(visit: Visit, value: str, seconds: int) -> tuple[bytes, bytes]:
    """The cookie of an open page: for this browser, these addresses and this site alone."""
    secure = "; Secure" if visit.secure else ""
    text = f"{COOKIE}={value}; Path={COOKIE_PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", text.encode()
