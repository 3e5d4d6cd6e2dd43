"""Removing a segment, after saying what goes with it."""

from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.segments.showing import head_of
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND


async def ask_first(visit: Visit) -> Reply:
    """What will happen, and whether it is wanted."""
    return await _page(visit)


async def remove(visit: Visit) -> Reply:
    """Remove it, unless somebody has changed it meanwhile: then the page asks again, of what there is now."""
    form = await visit.form()
    segment, revision = visit.path["segment"], form.integer("revision")
    if revision is None:
        return await _page(visit)
    done = await visit.run(customers.REMOVE_SEGMENT, customers.RemoveSegment(segment, revision), form.text("key"))
    if not isinstance(done, Problem):
        return see_other("/segments", notice=visit.t("The segment has been removed."))
    if done.code == NOT_FOUND.code:
        raise MissingError
    return await _page(visit, done)


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, visit.path["segment"])
    return html(
        visit,
        "segments/templates/remove.html",
        status=problem.status if problem else 200,
        head=head,
        problem=problem,
    )
