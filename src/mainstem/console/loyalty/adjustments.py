"""Adjustments of points: those that wait for a second person, and what became of the others."""

from mainstem.console.frame import Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import ID_MAX, number_of, position
from mainstem.domains import loyalty
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import LOYALTY_APPROVE
from mainstem.platform.query import ask

ROWS = 50


async def listed(visit: Visit) -> Reply:
    """A page of adjustments, by default of those that wait."""
    return await _page(visit)


async def decide(visit: Visit) -> Reply:
    """Approve or decline one; back to where it was decided."""
    form = await visit.form()
    approve = form.text("decision") == "approve"
    number = number_of(visit.path["adjustment"])
    done = await visit.run(loyalty.DECIDE_ADJUSTMENT, loyalty.DecideAdjustment(number, approve), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done, number)
    notice = visit.t("Approved: the points are adjusted.") if approve else visit.t("Declined: nothing has changed.")
    back = f"/members/{done.member}" if visit.came_from.startswith("/members/") else "/adjustments"
    return see_other(back, notice=notice)


async def _page(visit: Visit, problem: Problem | None = None, about: int = 0) -> Reply:
    state = visit.query.get("state", "waiting")
    wanted = state if state in ("waiting", "posted", "declined") else ""
    before = position(visit.query.get("after", "")) if problem is None else ID_MAX
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, loyalty.adjustments(wanted, ROWS + 1, before))  # type: ignore[arg-type]
        shown = rows[:ROWS]
        actors = {one.actor for one in shown} | {one.decided_by or 0 for one in shown}
        (called,) = await ask(connection, names(actors - {0}))
    return html(
        visit,
        "loyalty/templates/adjustments.html",
        status=problem.status if problem else 200,
        rows=shown,
        called=called,
        words=words,
        state=wanted or "all",
        me=visit.caller.principal,
        may_approve=visit.allowed(LOYALTY_APPROVE),
        problem=problem,
        about=about,
        next_url=visit.url(after=shown[-1].id) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if visit.query.get("after") else "",
    )
