"""Views of the list that a person keeps under a name."""

from urllib.parse import parse_qsl, urlencode

from mainstem.console.frame import Reply, Visit, html, see_other
from mainstem.console.promotions.listing import AREA, narrowed
from mainstem.platform.preferences import SavedView, delete_view, save_view


def _query(text: str) -> str:
    """What narrows the list in a query string that a form brought."""
    return narrowed(dict(parse_qsl(text)))


async def naming(visit: Visit) -> Reply:
    """Ask for the name of the view that the address shows."""
    return html(visit, "promotions/templates/view.html", query=narrowed(visit.query), name="", problem=None)


async def save(visit: Visit) -> Reply:
    """Keep the view, and show the list in it."""
    form = await visit.form()
    view = SavedView(form.text("name"), _query(form.text("query")))
    async with visit.desk.database.transaction() as connection:
        refusal = await save_view(connection, visit.caller.principal, AREA, view)
    if refusal is not None:
        problem = visit.problem(refusal)
        page = "promotions/templates/view.html"
        return html(visit, page, status=problem.status, query=view.query, name=view.name, problem=problem)
    url = f"/promotions?{view.query}&" if view.query else "/promotions?"
    return see_other(f"{url}{urlencode({'view': view.name})}", notice=visit.t("The view is saved."))


async def delete(visit: Visit) -> Reply:
    """Forget a view; the list stays as it is."""
    form = await visit.form()
    async with visit.desk.database.transaction() as connection:
        await delete_view(connection, visit.caller.principal, AREA, form.text("name"))
    query = _query(form.text("query"))
    return see_other(f"/promotions?{query}" if query else "/promotions", notice=visit.t("The view is deleted."))
