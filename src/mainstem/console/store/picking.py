"""Pick an order by scanning, and hand it over."""

import msgspec

from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit
from mainstem.console.store.place import work_at
from mainstem.console.store.scanning import Row, Ticked, done, missing, number_of, page, ticked
from mainstem.domains import catalog, orders
from mainstem.domains.catalog import NodeView
from mainstem.kernel.quantity import UNITS
from mainstem.platform.access.permissions import ORDERS_WRITE
from mainstem.platform.query import ask
from mainstem.processes import ALLOCATE_ORDERS, CANCEL_ORDERS, DELIVER_ORDERS, SHIP_ORDERS


class Picking(msgspec.Struct, frozen=True):
    """An order with the rows that are still to pick, empty when there is nothing to pick now."""

    order: orders.queries.OrderView
    store: NodeView
    rows: tuple[Row, ...]


class Wish(msgspec.Struct, frozen=True):
    """How the goods leave, and what becomes of what is missing: `keep` it open, `cancel` it, or not said."""

    courier: bool = False
    carrier: str = ""
    tracking: str = ""
    rest: str = ""
    reason: str = ""


async def show(visit: Visit) -> Reply:
    """What is to pick."""
    return _page(visit, await _picking(visit))


async def hand_over(visit: Visit) -> Reply:
    """Record what left: shipped and, in the customer's hands, delivered; the rest stays open or is cancelled.

    Each step has a key made of the form's, so sending the form again repeats none of them.
    """
    form = await visit.form()
    picking = await _picking(visit)
    units = dict(zip(form.all("line"), form.all("unit"), strict=False))
    wish = Wish(
        courier=form.text("way") == "courier",
        carrier=form.text("carrier"),
        tracking=form.text("tracking"),
        rest=form.text("rest"),
        reason=form.text("reason"),
    )
    found = ticked(form, {name: unit for name, unit in units.items() if name.isdecimal() and unit in UNITS})
    asked = {name: form.integer(f"open-{name}") or 0 for name in found.quantities}
    left = {name: most - found.quantities[name] for name, most in asked.items() if found.quantities[name] < most}
    if found.wrong or not any(found.quantities.values()) or (left and wish.rest not in ("keep", "cancel")):
        return _page(visit, _again(picking, form, found), status=422, wish=wish, ticked=found, ask_rest=bool(left))
    if left and wish.rest == "cancel" and not wish.reason:
        return _page(
            visit, _again(picking, form, found), status=422, wish=wish, ticked=found, ask_rest=True, ask_reason=True
        )
    problem = await _record(visit, picking.order, found, left if wish.rest == "cancel" else {}, wish)
    if isinstance(problem, Problem):
        now = _again(await _picking(visit), form, found)
        return _page(visit, now, status=problem.status, wish=wish, ticked=found, problem=problem)
    return done(visit, "/store", _said(visit, picking.order, wish, left))


async def _picking(visit: Visit) -> Picking:
    async with visit.desk.database.snapshot() as connection:
        number = number_of(visit, "order")
        (node,) = await ask(connection, orders.queries.node_of(number))
        if node is None:
            raise MissingError
        store = work_at(visit, node)
        visit.require(ORDERS_WRITE, node)
        order = await orders.queries.order_view(connection, visit.desk.vault, number)
        if order is None:
            raise MissingError
        (goods,) = await ask(connection, catalog.goods_by_sku({line.sku for line in order.lines}))
    rows = tuple(
        Row(
            name=str(line.line),
            goods=goods[line.sku],
            wanted=line.quantity - line.shipped - line.cancelled,
            before=line.shipped,
        )
        for line in order.lines
        if line.quantity > line.shipped + line.cancelled
    )
    return Picking(order, store, rows if _pickable(order) else ())


def _pickable(order: orders.queries.OrderView) -> bool:
    paid = order.payment in ("paid", "refund_due")
    return order.state in ("allocated", "part_shipped") or (order.state == "placed" and paid)


def _again(picking: Picking, form: Form, found: Ticked) -> Picking:
    """The same with what was typed."""
    rows = tuple(
        msgspec.structs.replace(row, value=form.text(f"q-{row.name}"), wrong=row.name in found.wrong)
        for row in picking.rows
    )
    return msgspec.structs.replace(picking, rows=rows)


async def _record(
    visit: Visit, order: orders.queries.OrderView, found: Ticked, cancelled: dict[str, int], wish: Wish
) -> Problem | None:
    key = (await visit.form()).text("key")
    if order.state == "placed":
        allocated = await visit.run(ALLOCATE_ORDERS, orders.AllocateOrder(order.id), f"{key}:allocate")
        if isinstance(allocated, Problem):
            return allocated
    carrier, tracking = (wish.carrier, wish.tracking) if wish.courier else ("", "")
    lines = tuple(orders.LineQuantity(int(name), steps) for name, steps in found.quantities.items() if steps)
    shipped = await visit.run(SHIP_ORDERS, orders.ShipOrder(order.id, lines, carrier, tracking), f"{key}:ship")
    if isinstance(shipped, Problem):
        return shipped
    if not wish.courier:
        delivered = await visit.run(DELIVER_ORDERS, orders.DeliverOrder(order.id, shipped.created), f"{key}:deliver")
        if isinstance(delivered, Problem):
            return delivered
    if cancelled:
        rest = tuple(orders.LineQuantity(int(name), steps) for name, steps in cancelled.items())
        given_up = await visit.run(CANCEL_ORDERS, orders.CancelOrder(order.id, wish.reason, rest), f"{key}:cancel")
        if isinstance(given_up, Problem):
            return given_up
    return None


def _said(visit: Visit, order: orders.queries.OrderView, wish: Wish, left: dict[str, int]) -> str:
    number = order.external_id or order.id
    if wish.courier:
        text = visit.t("Order {order} is on its way.", order=number)
    else:
        text = visit.t("Order {order} is handed over.", order=number)
    if left and wish.rest == "keep":
        text += " " + visit.t("What was missing stays open.")
    elif left:
        text += " " + visit.t("What was missing is cancelled; check whether a refund is due.")
    return text


def _page(
    visit: Visit,
    picking: Picking,
    *,
    status: int = 200,
    wish: Wish | None = None,
    ticked: Ticked | None = None,
    problem: Problem | None = None,
    ask_rest: bool = False,
    ask_reason: bool = False,
) -> Reply:
    nothing = ticked is not None and not ticked.wrong and not any(ticked.quantities.values())
    return page(
        visit,
        "picking.html",
        status=status,
        order=picking.order,
        store=picking.store,
        rows=picking.rows,
        left=missing(picking.rows, ticked.quantities) if ticked is not None else [],
        wish=wish or Wish(),
        problem=problem,
        nothing=nothing,
        ask_rest=ask_rest and not nothing and not (ticked and ticked.wrong),
        ask_reason=ask_reason,
        channel=visit.network.channel(picking.order.channel),
    )
