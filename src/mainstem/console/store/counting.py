"""Count a shelf: scan what is there, then send the count. A count is a fact."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mainstem.console.frame import Form, Problem, Reply, Visit
from mainstem.console.store.place import choose, store_of
from mainstem.console.store.scanning import Row, done, page, ticked
from mainstem.domains import catalog, inventory
from mainstem.domains.catalog import Goods, NodeView
from mainstem.platform.query import ask

ROWS_MAX = 500
"""SKUs of one quick count."""


async def show(visit: Visit) -> Reply:
    """An empty count, or one that begins with the SKU in the address. What the books say is not shown: count blind."""
    store = store_of(visit)
    if store is None:
        return choose(visit)
    code = visit.query.get("sku", "")
    found = await _goods(visit, [code]) if code else {}
    return _page(visit, store, [Row(name=str(one.id), goods=one, wanted=0) for one in found.values()])


async def count(visit: Visit) -> Reply:
    """Add what was scanned or typed, or send the count."""
    store = store_of(visit)
    if store is None:
        return choose(visit)
    form = await visit.form()
    rows = await _typed_rows(visit, form)
    if form.text("do") == "add":
        return await _add(visit, store, rows, form)
    found = ticked(form, {row.name: row.goods.unit for row in rows})
    empty = {row.name for row in rows if not row.value}
    if not rows or found.wrong or empty:
        marked = [_marked(row, wrong=row.name in found.wrong | empty) for row in rows]
        return _page(visit, store, marked, form=form, status=422, unfinished=True)
    lines = tuple(inventory.StockLine(row.goods.sku, found.quantities[row.name]) for row in rows)
    command = inventory.CountStock(store.code, lines, form.text("document"), _moment(form.text("counted_at")))
    result = await visit.run(inventory.COUNT_STOCK, command, form.text("key"))
    if isinstance(result, Problem):
        return _page(visit, store, rows, form=form, status=result.status, problem=result)
    if result.discrepancies:
        said = visit.t(
            "Counted {lines} SKUs; {count} differ and are noted.", lines=result.lines, count=result.discrepancies
        )
    else:
        said = visit.t("Counted {lines} SKUs; everything is as it should be.", lines=result.lines)
    return done(visit, "/store", said)


async def _add(visit: Visit, store: NodeView, rows: list[Row], form: Form) -> Reply:
    code = form.text("code")
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, catalog.goods_by_code(code))
    if not found or len(rows) >= ROWS_MAX:
        return _page(visit, store, rows, form=form, status=422, unknown=code, unfinished=not code)
    known = {row.name for row in rows}
    rows += [Row(name=str(one.id), goods=one, wanted=0) for one in found[:1] if str(one.id) not in known]
    return _page(visit, store, rows, form=form)


async def _typed_rows(visit: Visit, form: Form) -> list[Row]:
    skus = list(dict.fromkeys(form.all("sku")))[:ROWS_MAX]
    found = await _goods(visit, skus)
    goods = [found[sku] for sku in skus if sku in found]
    return [Row(name=str(one.id), goods=one, wanted=0, value=form.text(f"q-{one.id}")) for one in goods]


async def _goods(visit: Visit, skus: Sequence[str]) -> dict[str, Goods]:
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, catalog.goods_by_sku(skus))
    return found


def _marked(row: Row, *, wrong: bool) -> Row:
    return Row(name=row.name, goods=row.goods, wanted=row.wanted, value=row.value, wrong=wrong)


def _moment(text: str) -> datetime | None:
    """When the last item was counted, as the script says; None means now."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _page(
    visit: Visit,
    store: NodeView,
    rows: Sequence[Row],
    *,
    status: int = 200,
    problem: Problem | None = None,
    unknown: str = "",
    unfinished: bool = False,
    form: Form | None = None,
) -> Reply:
    return page(
        visit,
        "counting.html",
        status=status,
        store=store,
        rows=rows,
        problem=problem,
        unknown=unknown,
        unfinished=unfinished,
        document=form.text("document") if form else "",
        served=round(datetime.now(UTC).timestamp() * 1000),
    )
