"""Two-step sign-in: switching codes of an app on, and off again."""

import time

import segno

from mainstem.console.account.admitting import browser_of, run, sign_in_of, submit
from mainstem.console.account.profile import own_account
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform import crypto
from mainstem.platform.access import people
from mainstem.platform.access.people import codes
from mainstem.platform.access.people.contracts import CODE_WRONG

_QR_SCALE = 5
_QR_BORDER = 3


async def show(visit: Visit) -> Reply:
    """The secret as a picture for the app, and the form for its first code."""
    found = await _with_password(visit)
    if found.has_totp:
        return see_other("/account")
    enrolment = codes.new_enrolment()
    return _form(visit, found, enrolment, codes.seal_enrolment(_box(visit), enrolment, visit.signed.session))


async def enrol(visit: Visit) -> Reply:
    """Ask for codes from now on, and show the recovery codes, this once."""
    form = await visit.form()
    found = await _with_password(visit)
    held = form.text("held")
    try:
        enrolment = codes.open_enrolment(_box(visit), held, visit.signed.session)
    except crypto.SpoiltError:
        return see_other("/account/codes")
    proof = await sign_in_of(visit).own_password(found.principal, form.text("current"), browser_of(visit))
    if isinstance(proof, Refusal):
        return _form(visit, found, enrolment, held, visit.problem(proof))
    step = codes.step_of(enrolment.secret, form.text("code"), time.time())
    if step is None:
        return _form(visit, found, enrolment, held, visit.problem(refuse(CODE_WRONG, "/code")))
    call = sign_in_of(visit).enrol(found.principal, enrolment, step, held, form.text("key"))
    done = await submit(visit, people.ENROL_TOTP, call)
    if isinstance(done, Problem):
        return _form(visit, found, enrolment, held, done)
    return html(visit, "account/templates/recovery_codes.html", codes=enrolment.recovery)


async def ask_off(visit: Visit) -> Reply:
    """What switching off means, and the form that does it."""
    return _off_form(visit, await _with_password(visit))


async def switch_off(visit: Visit) -> Reply:
    """Ask for no codes any more."""
    form = await visit.form()
    found = await _with_password(visit)
    proof = await sign_in_of(visit).own_password(found.principal, form.text("current"), browser_of(visit))
    if isinstance(proof, Refusal):
        return _off_form(visit, found, visit.problem(proof))
    done = await run(visit, people.DROP_TOTP, people.DropTotp(principal=found.principal), form.text("key"))
    if isinstance(done, Problem):
        return _off_form(visit, found, done)
    return see_other("/account", notice=visit.t("Two-step sign-in is off."))


async def _with_password(visit: Visit) -> people.Account:
    """The account; for who signs in with a provider alone, the second step is that provider's."""
    found = await own_account(visit)
    if not found.has_password:
        raise MissingError
    return found


def _box(visit: Visit) -> crypto.Box:
    return crypto.box(visit.desk.settings)


def _form(
    visit: Visit, found: people.Account, enrolment: codes.Enrolment, held: str, problem: Problem | None = None
) -> Reply:
    picture = segno.make(codes.provisioning_uri(enrolment.secret, found.login), micro=False)
    return html(
        visit,
        "account/templates/codes.html",
        status=200 if problem is None else problem.status,
        picture=picture.svg_data_uri(scale=_QR_SCALE, border=_QR_BORDER, dark="#000", light="#fff"),
        secret=" ".join(enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4)),
        held=held,
        login=found.login,
        problem=problem,
    )


def _off_form(visit: Visit, found: people.Account, problem: Problem | None = None) -> Reply:
    status = 200 if problem is None else problem.status
    return html(visit, "account/templates/codes_off.html", status=status, login=found.login, problem=problem)
