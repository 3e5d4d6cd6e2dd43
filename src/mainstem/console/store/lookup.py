"""Look a SKU up: what is here, what it costs, and who nearby has it."""

from datetime import UTC, datetime
from math import inf
from typing import Any

import msgspec

from mainstem.console.frame import Reply, Visit
from mainstem.console.quantities import typed
from mainstem.console.store.nearest import distance, metres_between
from mainstem.console.store.place import choose, store_of
from mainstem.console.store.scanning import page
from mainstem.domains import catalog, inventory, pricing
from mainstem.domains.catalog import Goods, NodeView
from mainstem.platform.access.permissions import PRICES_READ
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

NEAREST_SHOWN = 10
PRODUCTS_SHOWN = 10

_TILL = "till"


class Nearby(msgspec.Struct, frozen=True):
    """Another node that can promise the SKU, and how far it is in words."""

    node: NodeView
    available: int
    away: str


async def show(visit: Visit) -> Reply:
    """What was asked for: the SKU, else products that begin like it. `goods=` answers the script with JSON."""
    store = store_of(visit)
    if "goods" in visit.query:
        return await _for_script(visit, visit.query["goods"])
    if store is None:
        return choose(visit)
    code = visit.query.get("q", "").replace("\x00", "")
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, catalog.goods_by_code(code))
        values: dict[str, Any] = {"goods": None, "products": []}
        if found:
            values = await _of(connection, visit, store, found[0])
        elif code:
            listed = catalog.list_products(catalog.ProductFilter(text=code), PRODUCTS_SHOWN)
            (values["products"],) = await ask(connection, listed)
    return page(visit, "lookup.html", store=store, code=code, **values)


async def _of(connection: Connection, visit: Visit, store: NodeView, goods: Goods) -> dict[str, Any]:
    now = datetime.now(UTC)
    others = [node for node in visit.network.nodes.values() if node.id != store.id and node.kind != "virtual"]
    others = others[: inventory.AVAILABILITY_PAIRS_MAX - 1]
    codes = [store.code, *(node.code for node in others)]
    found = await inventory.availability(connection, [goods.sku], codes, None, now)
    here, *elsewhere = found.rows()
    away = [
        (metres_between(store, node), node, one.available)
        for node, one in zip(others, elsewhere, strict=True)
        if one.available > 0
    ]
    away.sort(key=lambda one: (inf if one[0] is None else one[0], -one[2]))
    return {
        "goods": goods,
        "here": here,
        "nearby": [
            Nearby(node, available, distance(visit, metres)) for metres, node, available in away[:NEAREST_SHOWN]
        ],
        "more": max(0, len(away) - NEAREST_SHOWN),
        "prices": await _prices(connection, visit, store, goods, now) if visit.allowed(PRICES_READ) else [],
    }


async def _prices(
    connection: Connection, visit: Visit, store: NodeView, goods: Goods, now: datetime
) -> list[tuple[str, str]]:
    """(price, where it counts) at this store, tills first, each price once."""
    (prices,) = await ask(connection, pricing.prices_for([goods.id], now, [(goods.id, store.id)]))
    channels = [
        channel
        for channel in visit.network.channels.values()
        if channel.kind == _TILL or not channel.nodes or store.code in channel.nodes
    ]
    shown: dict[str, list[str]] = {}
    for channel in sorted(channels, key=lambda channel: (channel.kind != _TILL, channel.name)):
        amount = prices.at(goods.id, channel.id, store.id, channel.currency)
        if amount is not None:
            shown.setdefault(visit.fmt.money(amount, channel.currency), []).append(channel.name)
    if len(shown) == 1:
        return [(next(iter(shown)), "")]
    return [(price, ", ".join(names)) for price, names in shown.items()]


async def _for_script(visit: Visit, code: str) -> Reply:
    """What a code means, to add it to a list."""
    async with visit.desk.database.transaction() as connection:
        (found,) = await ask(connection, catalog.goods_by_code(code))
    if not found:
        return Reply(404, ((b"content-type", b"application/json"),), b"{}")
    goods = found[0]
    known = {
        "name": str(goods.id),
        "sku": goods.sku,
        "title": goods.name,
        "unit": goods.unit,
        "codes": [goods.sku, *goods.gtins],
        "measured": typed(1, goods.unit) != "1",
    }
    return Reply(200, ((b"content-type", b"application/json"),), msgspec.json.encode(known))
