"""Take goods back: find the order by its number or by what is returned, then say what, why and where it goes."""

from datetime import UTC, datetime, timedelta

import msgspec

from mainstem.console.frame import N_, Form, MissingError, Problem, Reply, Visit, see_other
from mainstem.console.store.place import choose, remembered, store_of
from mainstem.console.store.scanning import Row, Ticked, done, number_of, page, ticked
from mainstem.domains import catalog, orders
from mainstem.domains.catalog import NodeView
from mainstem.platform.access.permissions import ORDERS_WRITE, STOCK_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask
from mainstem.processes import RETURN_ORDERS

FOUND_MAX = 20
OUT = ("part_shipped", "shipped", "delivered", "sold", "part_returned")
"""The states of orders of which the customer can have something."""

RECENT = timedelta(days=30)
REASONS = (
    N_("Does not fit"),
    N_("Changed my mind"),
    N_("Damaged or defective"),
    N_("Wrong item"),
    N_("Other reason"),
)


class Returning(msgspec.Struct, frozen=True):
    """An order and the rows that the customer still has."""

    order: orders.queries.OrderView
    store: NodeView
    rows: tuple[Row, ...]


async def find(visit: Visit) -> Reply:
    """The orders that can be meant, or straight the one that is."""
    store = store_of(visit)
    if store is None:
        return choose(visit)
    code = visit.query.get("q", "")
    goods: list[catalog.Goods] = []
    async with visit.desk.database.snapshot() as connection:
        found = await _named(visit, connection, code) if code else await _recent(visit, connection, store.id)
        if code and not found:
            (goods,) = await ask(connection, catalog.goods_by_code(code))
            found = await _left_with(visit, connection, goods[0].id, store.id) if goods else []
    if code and not goods and len(found) == 1:
        return see_other(f"/store/return/{found[0].id}", headers=remembered(visit))
    return page(visit, "returns.html", store=store, code=code, found=found, goods=goods[0] if goods else None)


async def show(visit: Visit) -> Reply:
    """What can be returned of an order."""
    store = store_of(visit)
    return choose(visit) if store is None else _page(visit, await _returning(visit, store))


async def take_back(visit: Visit) -> Reply:
    """Record the return at this store."""
    store = store_of(visit)
    if store is None:
        return choose(visit)
    form = await visit.form()
    returning = await _returning(visit, store)
    names, units = form.all("line"), form.all("unit")
    found = ticked(form, {name: unit for name, unit in zip(names, units, strict=False) if name.isdecimal()})
    chosen = form.text("reason")
    reason = visit.t(chosen) if chosen in REASONS else ""
    note = form.text("note")
    reason = ": ".join(part for part in (reason, note) if part)
    if found.wrong or not any(found.quantities.values()) or not reason:
        return _page(visit, _again(returning, form, found), form=form, status=422, ticked=found, reasonless=not reason)
    lines = tuple(orders.LineQuantity(int(name), steps) for name, steps in found.quantities.items() if steps)
    command = orders.ReturnOrder(returning.order.id, store.code, reason, lines, form.text("restock") == "yes")
    result = await visit.run(RETURN_ORDERS, command, form.text("key"))
    if isinstance(result, Problem):
        now = _again(await _returning(visit, store), form, found)
        return _page(visit, now, form=form, status=result.status, ticked=found, problem=result)
    amount = visit.fmt.money(result.refund_minor, returning.order.currency)
    number = returning.order.external_id or returning.order.id
    said = visit.t("Order {order}: the return is taken.", order=number)
    return done(visit, "/store", f"{said} {visit.t('To refund: {amount}.', amount=amount)}")


async def _returning(visit: Visit, store: NodeView) -> Returning:
    visit.require(ORDERS_WRITE, store.id)
    visit.require(STOCK_WRITE, store.id)
    async with visit.desk.database.snapshot() as connection:
        order = await orders.queries.order_view(connection, visit.desk.vault, number_of(visit, "order"))
        if order is None:
            raise MissingError
        (goods,) = await ask(connection, catalog.goods_by_sku({line.sku for line in order.lines}))
    rows = tuple(
        Row(
            name=str(line.line),
            goods=goods[line.sku],
            wanted=line.shipped - line.returned,
            before=line.returned,
        )
        for line in order.lines
        if line.shipped > line.returned
    )
    return Returning(order, store, rows)


async def _named(visit: Visit, connection: Connection, code: str) -> list[orders.queries.OrderRow]:
    """Orders with this number, ours or that of their channel."""
    meant = await orders.queries.meanings(connection, visit.desk.vault, code)
    found: dict[int, orders.queries.OrderRow] = {}
    for wanted in (
        None if meant.number is None else orders.queries.OrderFilter(number=meant.number),
        None if meant.external_id is None else orders.queries.OrderFilter(external_id=meant.external_id),
    ):
        if wanted is not None:
            listed = await orders.queries.list_orders(connection, visit.desk.vault, wanted, FOUND_MAX)
            found |= {row.id: row for row in listed.rows}
    return list(found.values())


async def _left_with(visit: Visit, connection: Connection, variant: int, node: int) -> list[orders.queries.OrderRow]:
    """The latest orders and sales that this node gave the goods out with."""
    found: list[orders.queries.OrderRow] = []
    for kind in ("order", "sale"):
        wanted = orders.queries.OrderFilter(node=node, variant=variant, states=OUT, kind=kind)
        found += (await orders.queries.list_orders(connection, visit.desk.vault, wanted, FOUND_MAX)).rows
    return sorted(found, key=lambda row: row.occurred_at, reverse=True)[:FOUND_MAX]


async def _recent(visit: Visit, connection: Connection, node: int) -> list[orders.queries.OrderRow]:
    """What was handed over or sold here lately."""
    wanted = orders.queries.OrderFilter(node=node, states=OUT, placed_from=datetime.now(UTC) - RECENT)
    return (await orders.queries.list_orders(connection, visit.desk.vault, wanted, FOUND_MAX)).rows


def _again(returning: Returning, form: Form, found: Ticked) -> Returning:
    """The same with what was typed."""
    rows = tuple(
        msgspec.structs.replace(row, value=form.text(f"q-{row.name}"), wrong=row.name in found.wrong)
        for row in returning.rows
    )
    return msgspec.structs.replace(returning, rows=rows)


def _page(
    visit: Visit,
    returning: Returning,
    *,
    form: Form | None = None,
    status: int = 200,
    ticked: Ticked | None = None,
    problem: Problem | None = None,
    reasonless: bool = False,
) -> Reply:
    return page(
        visit,
        "returning.html",
        status=status,
        order=returning.order,
        store=returning.store,
        rows=returning.rows,
        reasons=REASONS,
        reason=form.text("reason") if form else "",
        note=form.text("note") if form else "",
        restock=form.text("restock") if form else "yes",
        problem=problem,
        reasonless=reasonless,
        nothing=ticked is not None and not ticked.wrong and not any(ticked.quantities.values()),
    )
