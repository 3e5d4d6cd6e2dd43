"""Signing in with a password and, where the person has one, a second factor; and signing out."""

import time
from urllib.parse import quote

from mainstem.console.account.admitting import admit, browser_of, cookie, local, run, sign_in_of
from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.frame.navigation import first_place
from mainstem.kernel.refusals import Refusal
from mainstem.platform.access import people
from mainstem.platform.access.people import oidc
from mainstem.platform.access.people.contracts import SIGN_IN_OUTDATED, OpenSession
from mainstem.platform.access.people.queries import Proof
from mainstem.platform.access.people.signing_in import STEP_SECONDS

STEP_COOKIE = "mainstem_step"
STEP_PATH = "/sign-in"


async def show(visit: Visit) -> Reply:
    """The form; who is signed in already goes on."""
    target = local(visit.query.get("next", ""))
    if visit.somebody is not None:
        return see_other(target or first_place(visit.caller))
    return _form(visit, target)


async def check_password(visit: Visit) -> Reply:
    """The first step."""
    form = await visit.form()
    target = local(form.text("next"))
    login = form.text("login")
    found = await sign_in_of(visit).password(login, form.text("password"), browser_of(visit))
    if isinstance(found, Refusal):
        return _form(visit, target, login=login, problem=visit.problem(found))
    proof, renewed = found
    if proof.totp_secret is not None:
        step = sign_in_of(visit).step(proof, renewed, time.time())
        where = _where_of_code(target)
        return see_other(where, headers=(cookie(visit, STEP_COOKIE, step, seconds=STEP_SECONDS, path=STEP_PATH),))
    admitted = await admit(visit, _command(proof, renewed), target)
    return _form(visit, target, login=login, problem=admitted) if isinstance(admitted, Problem) else admitted


async def show_code(visit: Visit) -> Reply:
    """The second step; without the first one, that."""
    if STEP_COOKIE not in visit.cookies:
        return see_other("/sign-in")
    return _code_form(visit, local(visit.query.get("next", "")))


async def check_code(visit: Visit) -> Reply:
    """The second step is taken with the code of an app, or with a recovery code."""
    form = await visit.form()
    target = local(form.text("next"))
    held = visit.cookies.get(STEP_COOKIE, "")
    signer, browser = sign_in_of(visit), browser_of(visit)
    found = await signer.code(held, form.text("code"), browser)
    if isinstance(found, Refusal):
        problem = visit.problem(found)
        return (
            _form(visit, target, problem=problem)
            if found.code == SIGN_IN_OUTDATED.code
            else _code_form(visit, target, problem)
        )
    step, totp_step, recovery = found
    command = OpenSession(
        principal=step.principal,
        token=b"",
        way="password",
        agent="",
        address="",
        device=b"",
        known_at=step.known_at,
        renewed=step.renewed,
        step=totp_step,
        recovery=recovery,
    )
    # Without the form's key, which every page of ours has, the session would follow from the step alone.
    gone = cookie(visit, STEP_COOKIE, "", seconds=0, path=STEP_PATH)
    admitted = await admit(visit, command, target, seed=held, key=form.text("key"), headers=(gone,))
    if isinstance(admitted, Problem):
        return _code_form(visit, target, admitted)
    await signer.admitted(step.principal, browser)
    return admitted


async def sign_out(visit: Visit) -> Reply:
    """End the session."""
    form = await visit.form()
    command = people.EndSession(principal=visit.caller.principal, session=visit.signed.session)
    done = await run(visit, people.END_SESSION, command, form.text("key"))
    if isinstance(done, Problem):
        return html(visit, "frame/templates/refused.html", status=done.status, problem=done)
    gone = cookie(visit, people.SESSION_COOKIE, "", seconds=0)
    return see_other("/sign-in", notice=visit.t("You are signed out."), headers=(gone,))


def refused(visit: Visit, problem: Problem, target: str = "") -> Reply:
    """The form to sign in with, which says why another way did not succeed."""
    return _form(visit, target, problem=problem)


def _command(proof: Proof, renewed: str | None) -> OpenSession:
    return OpenSession(
        principal=proof.principal,
        token=b"",
        way="password",
        agent="",
        address="",
        device=b"",
        known_at=proof.password_changed_at,
        renewed=renewed,
    )


def _where_of_code(target: str) -> str:
    return f"/sign-in/code?next={quote(target, safe='')}" if target else "/sign-in/code"


def _form(visit: Visit, target: str, *, login: str = "", problem: Problem | None = None) -> Reply:
    return html(
        visit,
        "account/templates/sign_in.html",
        status=200 if problem is None else problem.status,
        next=target,
        login=login,
        problem=problem,
        provider=oidc.configured(visit.desk.settings),
    )


def _code_form(visit: Visit, target: str, problem: Problem | None = None) -> Reply:
    status = 200 if problem is None else problem.status
    return html(visit, "account/templates/code.html", status=status, next=target, problem=problem)
