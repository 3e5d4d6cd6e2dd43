"""Named lists of SKUs that promotions select."""

from urllib.parse import quote

from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import catalog, pricing
from mainstem.platform.access.permissions import PROMOTIONS_WRITE
from mainstem.platform.query import ask

ROWS = 50
SKUS_MAX = 20_000


async def listed(visit: Visit) -> Reply:
    """A page of lists by name."""
    after = visit.query.get("after", "").replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, pricing.product_lists_page(ROWS + 1, after))
    return html(
        visit,
        "promotions/templates/product_lists.html",
        rows=rows[:ROWS],
        urls={row.name: f"/product-list?{_query(row.name)}" for row in rows},
        may_write=visit.allowed(PROMOTIONS_WRITE),
        next_url=visit.url(after=rows[ROWS - 1].name) if len(rows) > ROWS else "",
        first_url=visit.url(after=None) if after else "",
    )


def _query(name: str) -> str:
    return f"name={quote(name)}"


async def edit(visit: Visit) -> Reply:
    """A list with its SKUs; a new one when the address names none."""
    name = visit.query.get("name", "")
    if not name:
        return _page(visit, "", "", 0)
    row, skus = await _list(visit, name)
    return _page(visit, row.name, "\n".join(skus), row.revision)


async def _list(visit: Visit, name: str) -> tuple[pricing.ProductListRow, list[str]]:
    async with visit.desk.database.snapshot() as connection:
        name = name.replace("\x00", "")
        (row,) = await ask(connection, pricing.product_list(name))
        if row is None:
            raise MissingError
        (ids,) = await ask(connection, pricing.listed_variants(name, SKUS_MAX))
        (variants,) = await ask(connection, catalog.variants_by_id(ids))
    return row, sorted(one.sku for one in variants.values())


async def save(visit: Visit) -> Reply:
    """Save it; what cannot be saved is shown with all that was typed."""
    form = await visit.form()
    name, text, revision = form.text("name"), form.text("skus"), form.integer("revision") or 0
    skus = tuple(dict.fromkeys(text.split()))
    command = pricing.SaveProductList(name, skus, revision)
    saved = await visit.run(pricing.SAVE_PRODUCT_LIST, command, form.text("key"))
    if isinstance(saved, Problem):
        return _page(visit, name, text, revision, saved)
    said = visit.t(
        "List “{name}” is saved: {added} SKUs came, {removed} went.",
        name=name,
        added=saved.added,
        removed=saved.removed,
    )
    return see_other(f"/product-list?{_query(name)}", notice=said)


def _page(visit: Visit, name: str, skus: str, revision: int, problem: Problem | None = None) -> Reply:
    return html(
        visit,
        "promotions/templates/product_list.html",
        status=200 if problem is None else problem.status,
        name=name,
        skus=skus,
        revision=revision,
        problem=problem,
        count=len(skus.split()),
        may_write=visit.allowed(PROMOTIONS_WRITE),
    )
