"""Where a person is signed in, and signing out there."""

from mainstem.console.account.admitting import run
from mainstem.console.frame import N_, Problem, Reply, Visit, html, see_other
from mainstem.platform.access import people
from mainstem.platform.query import ask

SHOWN_MAX = 100
"""Sessions in the list, the latest first."""

WAYS = {"password": N_("Password"), "link": N_("One-time link"), "oidc": N_("Identity provider")}


async def show(visit: Visit) -> Reply:
    """The sessions that have not ended."""
    return await _list(visit)


async def end(visit: Visit) -> Reply:
    """End one of the own sessions."""
    form = await visit.form()
    command = people.EndSession(principal=visit.caller.principal, session=visit.path["session"])
    done = await run(visit, people.END_SESSION, command, form.text("key"))
    if isinstance(done, Problem):
        return await _list(visit, done)
    return see_other("/account/sessions", notice=visit.t("That session has ended."))


async def end_others(visit: Visit) -> Reply:
    """End all own sessions but this one."""
    form = await visit.form()
    command = people.EndSessions(principal=visit.caller.principal, keep=visit.signed.session)
    done = await run(visit, people.END_SESSIONS, command, form.text("key"))
    if isinstance(done, Problem):
        return await _list(visit, done)
    return see_other("/account/sessions", notice=visit.t("You are signed in here only."))


async def _list(visit: Visit, problem: Problem | None = None) -> Reply:
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(connection, people.list_sessions(visit.caller.principal, limit=SHOWN_MAX))
    return html(
        visit,
        "account/templates/sessions.html",
        status=200 if problem is None else problem.status,
        rows=rows,
        ways={way: visit.t(text) for way, text in WAYS.items()},
        problem=problem,
    )
