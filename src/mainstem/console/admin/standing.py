"""Disabling and enabling a person, and ending sessions: asked once, then done."""

from mainstem.console.admin.people import the_principal
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.platform.access import people


async def form(visit: Visit) -> Reply:
    """What disabling or enabling will do."""
    row = await the_principal(visit)
    if row.login is None:
        raise MissingError
    return html(visit, "admin/templates/standing.html", row=row, problem=None)


async def change(visit: Visit) -> Reply:
    """Disable the person, or enable him again."""
    row = await the_principal(visit)
    form = await visit.form()
    disabled = form.text("disabled") == "yes"
    done = await visit.run(people.CHANGE_STANDING, people.ChangeStanding(row.principal, disabled), form.text("key"))
    if isinstance(done, Problem):
        return html(visit, "admin/templates/standing.html", status=done.status, row=row, problem=done)
    notice = visit.t("{name} can no longer sign in.") if disabled else visit.t("{name} can sign in again.")
    return see_other(f"/admin/people/{row.principal}", notice=notice.format(name=row.name))


async def sessions_form(visit: Visit) -> Reply:
    """What ending all sessions will do."""
    return html(visit, "admin/templates/sessions.html", row=await the_principal(visit), problem=None)


async def end_sessions(visit: Visit) -> Reply:
    """End every session of the person; the own one stays."""
    row = await the_principal(visit)
    form = await visit.form()
    keep = visit.signed.session if row.principal == visit.caller.principal else None
    done = await visit.run(people.END_SESSIONS, people.EndSessions(row.principal, keep), form.text("key"))
    if isinstance(done, Problem):
        return html(visit, "admin/templates/sessions.html", status=done.status, row=row, problem=done)
    return see_other(f"/admin/people/{row.principal}", notice=visit.t("Sessions ended: {count}", count=done.ended))
