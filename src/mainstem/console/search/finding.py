"""One field that finds orders, goods and nodes; what can mean one thing only leads straight there."""

from urllib.parse import quote

import msgspec

from mainstem.console.frame import Reply, Visit, html, see_other
from mainstem.domains import catalog, orders
from mainstem.domains.catalog import NodeView, ProductView
from mainstem.platform.access.permissions import CATALOG_READ, ORDERS_READ, STOCK_READ, STOCK_WRITE
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

GROUP_MAX = 10
"""Results of a group; a link leads to the list with the rest."""

TEXT_LENGTH_MAX = 100


class Found(msgspec.Struct, frozen=True):
    """What was found. `exact` are the orders with this very number; a group holds one more than is shown."""

    exact: list[orders.queries.OrderRow] = []
    rows: list[orders.queries.OrderRow] = []
    goods: list[catalog.Goods] = []
    products: list[ProductView] = []
    nodes: list[NodeView] = []


async def show(visit: Visit) -> Reply:
    """The one thing that is meant, or everything that can be, by kind."""
    text = visit.query.get("q", "")[:TEXT_LENGTH_MAX]
    if not text:
        return html(visit, "search/templates/results.html", text="", found=None)
    async with visit.desk.database.snapshot() as connection:
        found = await _find(connection, visit, text)
    places = [f"/orders/{row.id}" for row in found.exact] + [sku_url(visit, one.sku) for one in found.goods]
    if len(places) == 1:
        return see_other(places[0])
    return html(
        visit,
        "search/templates/results.html",
        text=text,
        found=found,
        most=GROUP_MAX,
        sku_url=lambda sku: sku_url(visit, sku),
        node_url=lambda code: node_url(visit, code),
        more=f"q={quote(text, safe='')}",
    )


def sku_url(visit: Visit, sku: str) -> str:
    """Where a SKU is shown to this person."""
    if visit.node is not None and visit.allowed(STOCK_WRITE):
        return f"/store/lookup?q={quote(sku, safe='')}"
    if visit.allowed(STOCK_READ):
        return f"/stock/skus/{quote(sku, safe='')}"
    return f"/products?q={quote(sku, safe='')}"


def node_url(visit: Visit, code: str) -> str:
    """Where a node is shown to this person: its stock where he may see it, else its master data."""
    node = visit.network.node(code)
    if node is not None and visit.allowed(STOCK_READ, node.id):
        return f"/stock/nodes/{quote(code, safe='')}"
    return f"/nodes/{quote(code, safe='')}"


async def _find(connection: Connection, visit: Visit, text: str) -> Found:
    exact: list[orders.queries.OrderRow] = []
    rows: list[orders.queries.OrderRow] = []
    goods: list[catalog.Goods] = []
    products: list[ProductView] = []
    if visit.allowed(ORDERS_READ):
        exact, rows = await _orders(connection, visit, text)
    sees_goods = visit.allowed(CATALOG_READ)
    if sees_goods:
        goods, products = await ask(
            connection,
            catalog.goods_by_code(text),
            catalog.list_products(catalog.ProductFilter(text=text.replace("\x00", "")), GROUP_MAX + 1),
        )
    return Found(exact, rows, goods, products, _nodes(visit, text) if sees_goods else [])


async def _orders(
    connection: Connection, visit: Visit, text: str
) -> tuple[list[orders.queries.OrderRow], list[orders.queries.OrderRow]]:
    """The orders with this very number, and with them those of customers who are called or end like it."""
    own = None if visit.node is None else visit.node.id
    vault = visit.desk.vault
    meant = await orders.queries.meanings(connection, vault, text)
    exact: dict[int, orders.queries.OrderRow] = {}
    filters = []
    if meant.number is not None:
        filters.append(orders.queries.OrderFilter(number=meant.number, node=own))
    if meant.external_id is not None:
        filters.append(orders.queries.OrderFilter(external_id=meant.external_id, node=own))
    for wanted in filters:
        listed = await orders.queries.list_orders(connection, vault, wanted, GROUP_MAX + 1)
        exact |= {row.id: row for row in listed.rows}
    rows = dict(exact)
    if meant.people.records:
        of_customers = orders.queries.OrderFilter(customers=meant.people.records, node=own)
        listed = await orders.queries.list_orders(connection, vault, of_customers, GROUP_MAX + 1)
        rows |= {row.id: row for row in listed.rows}
    return list(exact.values()), list(rows.values())[: GROUP_MAX + 1]


def _nodes(visit: Visit, text: str) -> list[NodeView]:
    """Nodes whose code, name or city holds the text, in upper or lower case; those that begin with it first."""
    wanted = text.casefold()
    found = []
    for node in visit.network.nodes.values():
        names = [name.casefold() for name in (node.code, node.name, node.city)]
        if any(wanted in name for name in names):
            found.append((not any(name.startswith(wanted) for name in names), node.code, node))
    return [node for _, _, node in sorted(found, key=lambda one: one[:2])[: GROUP_MAX + 1]]
