"""Receive a transfer by scanning, in parts when it comes in parts."""

import msgspec

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit
from mainstem.console.store.place import work_at
from mainstem.console.store.scanning import Row, Ticked, done, missing, number_of, page, ticked
from mainstem.domains import catalog, inventory
from mainstem.domains.catalog import NodeView
from mainstem.platform.query import ask


class Receiving(msgspec.Struct, frozen=True):
    """A transfer to a store, a row for each of its SKUs."""

    document: inventory.DocumentView
    source: NodeView | None
    store: NodeView
    rows: tuple[Row, ...]


async def show(visit: Visit) -> Reply:
    """What is on its way."""
    return _page(visit, await _receiving(visit))


async def receive(visit: Visit) -> Reply:
    """Record what arrived. When something is missing it is asked once whether more will come."""
    form = await visit.form()
    receiving = await _receiving(visit)
    found = ticked(form, {row.name: row.goods.unit for row in receiving.rows})
    rest = form.text("rest")
    open_before = {row.name: form.integer(f"open-{row.name}") or 0 for row in receiving.rows}
    short = any(found.quantities.get(name, 0) < most for name, most in open_before.items())
    nothing = not any(found.quantities.values())
    if found.wrong or (short and rest not in ("later", "final")) or (nothing and rest != "final"):
        now = _again(receiving, form, found)
        return _page(visit, now, status=422, ticked=found, ask_rest=short and not found.wrong, rest=rest)
    lines = tuple(
        inventory.StockLine(row.goods.sku, found.quantities[row.name])
        for row in receiving.rows
        if found.quantities[row.name]
    )
    command = inventory.ReceiveTransfer(receiving.document.id, lines, final=rest == "final" or not short)
    result = await visit.run(inventory.RECEIVE_TRANSFER, command, form.text("key"))
    if isinstance(result, Problem):
        now = _again(await _receiving(visit), form, found)
        return _page(visit, now, status=result.status, ticked=found, problem=result)
    said = visit.t("Transfer {transfer}: received.", transfer=receiving.document.document or receiving.document.id)
    if result.discrepancies:
        said += " " + visit.t("{count} differences were noted.", count=result.discrepancies)
    return done(visit, "/store", said)


async def _receiving(visit: Visit) -> Receiving:
    async with visit.desk.database.snapshot() as connection:
        document = await inventory.document(connection, number_of(visit, "transfer"))
        target = None if document.target is None else visit.network.node(document.target)
        if document.kind != "transfer" or target is None:
            raise MissingError
        store = work_at(visit, target.id)
        (goods,) = await ask(connection, catalog.goods_by_sku({line.sku for line in document.lines}))
    rows = tuple(
        Row(
            name=str(goods[line.sku].id),
            goods=goods[line.sku],
            wanted=max(0, line.quantity - line.done),
            before=line.done,
        )
        for line in document.lines
    )
    return Receiving(document, visit.network.node(document.node), store, rows)


def _again(receiving: Receiving, form: Form, found: Ticked) -> Receiving:
    """The same with what was typed."""
    rows = tuple(
        msgspec.structs.replace(row, value=form.text(f"q-{row.name}"), wrong=row.name in found.wrong)
        for row in receiving.rows
    )
    return msgspec.structs.replace(receiving, rows=rows)


def _page(
    visit: Visit,
    receiving: Receiving,
    *,
    status: int = 200,
    ticked: Ticked | None = None,
    problem: Problem | None = None,
    ask_rest: bool = False,
    rest: str = "",
) -> Reply:
    return page(
        visit,
        "receiving.html",
        status=status,
        document=receiving.document,
        source=receiving.source,
        store=receiving.store,
        rows=receiving.rows,
        left=missing(receiving.rows, ticked.quantities) if ticked is not None else [],
        problem=problem,
        ask_rest=ask_rest,
        rest=rest,
        wrong=ticked is not None and bool(ticked.wrong),
    )
