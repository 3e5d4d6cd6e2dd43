"""A person's own account: name, language, theme, password."""

from mainstem.console.account.admitting import browser_of, run, sign_in_of, submit
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.kernel.refusals import Refusal
from mainstem.platform.access import people
from mainstem.platform.access.people import passwords, rules
from mainstem.platform.access.people.contracts import PASSWORD_LENGTH_MIN, PASSWORD_WRONG
from mainstem.platform.access.roles import ROLES
from mainstem.platform.query import ask


async def show(visit: Visit) -> Reply:
    """The account."""
    found = await own_account(visit)
    return _page(visit, found, {"name": found.name, "language": found.language, "theme": found.theme})


async def change(visit: Visit) -> Reply:
    """Change the name, the language and the theme."""
    form = await visit.form()
    typed = {name: form.text(name) for name in ("name", "language", "theme")}
    command = people.ChangePreferences(principal=visit.caller.principal, **typed)
    done = await run(visit, people.CHANGE_PREFERENCES, command, form.text("key"))
    if isinstance(done, Problem):
        return _page(visit, await own_account(visit), typed, done)
    return see_other("/account", notice=visit.t("Your choices are saved."))


async def show_password(visit: Visit) -> Reply:
    """The form to change the password; there is none to change for who signs in with a provider alone."""
    return _password_form(visit, await _with_password(visit))


async def change_password(visit: Visit) -> Reply:
    """Change the password; the other sessions end."""
    form = await visit.form()
    found = await _with_password(visit)
    signer, browser = sign_in_of(visit), browser_of(visit)
    current, password = form.text("current"), form.text("password")
    refusal = rules.check_password(password, found.login, passwords.common())
    if refusal is not None:
        return _password_form(visit, found, visit.problem(refusal))
    notice = visit.t("Your password is changed. Your other sessions have ended.")
    proof = await signer.own_password(found.principal, current, browser)
    if isinstance(proof, Refusal):
        if proof.code == PASSWORD_WRONG.code and not isinstance(
            await signer.own_password(found.principal, password, browser), Refusal
        ):
            return see_other("/account", notice=notice)  # the form was sent twice, and the first time has done it
        return _password_form(visit, found, visit.problem(proof))
    token = visit.cookies[people.SESSION_COOKIE]
    call = await signer.change_password(proof, visit.signed.session, token, password, form.text("key"))
    done = await submit(visit, people.CHANGE_PASSWORD, call)
    return _password_form(visit, found, done) if isinstance(done, Problem) else see_other("/account", notice=notice)


async def own_account(visit: Visit) -> people.Account:
    """The account of who is signed in."""
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, people.account(visit.caller.principal))
    if found is None:
        raise MissingError
    return found


async def _with_password(visit: Visit) -> people.Account:
    found = await own_account(visit)
    if not found.has_password:
        raise MissingError
    return found


def _page(visit: Visit, found: people.Account, typed: dict[str, str], problem: Problem | None = None) -> Reply:
    role = ROLES.get(found.role)
    return html(
        visit,
        "account/templates/account.html",
        status=200 if problem is None else problem.status,
        account=found,
        typed=typed,
        role=found.role if role is None else role.zh if visit.language == "zh" else role.en,
        problem=problem,
    )


def _password_form(visit: Visit, found: people.Account, problem: Problem | None = None) -> Reply:
    return html(
        visit,
        "account/templates/password.html",
        status=200 if problem is None else problem.status,
        account=found,
        least=PASSWORD_LENGTH_MIN,
        problem=problem,
    )
