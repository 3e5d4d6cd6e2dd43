"""One-time links. Opening one does nothing: what previews messages must not use it up."""

from mainstem.console.account.admitting import admit, sign_in_of, submit
from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.kernel.refusals import refuse
from mainstem.platform.access import people
from mainstem.platform.access.people import passwords, rules
from mainstem.platform.access.people.contracts import LINK_UNUSABLE, PASSWORD_LENGTH_MIN, OpenSession
from mainstem.platform.access.people.queries import KnownLink
from mainstem.platform.access.people.tokens import digest


async def show(visit: Visit) -> Reply:
    """What the link is for."""
    link = await sign_in_of(visit).link(visit.path["token"])
    if link is None or not link.usable:
        return _unusable(visit)
    return _form(visit, link)


async def use(visit: Visit) -> Reply:
    """Set the password, or sign in."""
    token: str = visit.path["token"]
    link = await sign_in_of(visit).link(token)
    if link is None:
        return _unusable(visit)
    # A link that was used goes on: sent twice with one key, a form is answered twice alike.
    return await (_sign_in(visit, link, token) if link.purpose == "sign_in" else _set_password(visit, link, token))


async def _sign_in(visit: Visit, link: KnownLink, token: str) -> Reply:
    form = await visit.form()
    command = OpenSession(
        principal=link.principal, token=b"", way="link", agent="", address="", device=b"", link=digest(token)
    )
    admitted = await admit(visit, command, "", seed=token, key=form.text("key"))
    return _unusable(visit, admitted) if isinstance(admitted, Problem) else admitted


async def _set_password(visit: Visit, link: KnownLink, token: str) -> Reply:
    form = await visit.form()
    password = form.text("password")
    refusal = rules.check_password(password, link.login, passwords.common())
    if refusal is not None:
        return _form(visit, link, visit.problem(refusal))
    call = await sign_in_of(visit).set_password(token, password, form.text("key"))
    done = await submit(visit, people.SET_PASSWORD, call)
    if isinstance(done, Problem):
        return _unusable(visit, done)
    return see_other("/sign-in", notice=visit.t("Your password is set. Sign in with it."))


def _form(visit: Visit, link: KnownLink, problem: Problem | None = None) -> Reply:
    return html(
        visit,
        "account/templates/link.html",
        status=200 if problem is None else problem.status,
        link=link,
        problem=problem,
        least=PASSWORD_LENGTH_MIN,
    )


def _unusable(visit: Visit, problem: Problem | None = None) -> Reply:
    shown = problem or visit.problem(refuse(LINK_UNUSABLE))
    return html(visit, "account/templates/link_unusable.html", status=shown.status, problem=shown)
