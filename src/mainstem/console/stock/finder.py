"""Where the stock pages begin: find a SKU, choose a node."""

import msgspec

from mainstem.console.frame import Reply, Visit
from mainstem.console.stock import texts
from mainstem.console.stock.answering import answer
from mainstem.console.stock.finding import node_url, sku_url
from mainstem.domains import catalog
from mainstem.domains.catalog import NodeView
from mainstem.platform.access.permissions import STOCK_ADJUST, STOCK_READ, STOCK_WRITE
from mainstem.platform.query import ask

FOUND_MAX = 30


class Hit(msgspec.Struct, frozen=True):
    """A SKU that was found."""

    sku: str
    name: str
    category: str
    url: str


class Place(msgspec.Struct, frozen=True):
    """A node and where its stock is; no `url` where the person may not see it."""

    node: NodeView
    kind: str
    url: str


async def show(visit: Visit) -> Reply:
    """The search, what it found, and the nodes."""
    wanted = visit.query.get("q", "")[:200]
    hits = await _found(visit, wanted) if wanted else []
    nodes = sorted(visit.network.nodes.values(), key=lambda node: (node.kind != "warehouse", node.code))
    if visit.node is not None:
        nodes = [visit.node]
    places = [
        Place(
            node,
            texts.called(visit, texts.NODE_KINDS, node.kind),
            node_url(node.code) if visit.allowed(STOCK_READ, node.id) else "",
        )
        for node in nodes
    ]
    return answer(
        visit,
        "finder",
        wanted=wanted,
        hits=hits,
        places=places,
        may_write=visit.allowed(STOCK_WRITE),
        may_adjust=visit.allowed(STOCK_ADJUST),
    )


async def _found(visit: Visit, wanted: str) -> list[Hit]:
    """What a SKU, a GTIN, or the beginning of a SKU or a name finds; what it names exactly comes first."""
    if "\x00" in wanted:
        return []
    async with visit.desk.database.transaction() as connection:
        skus, gtins, products = await ask(
            connection,
            catalog.variants_by_sku([wanted]),
            catalog.variants_by_gtin([wanted]),
            catalog.list_products(catalog.ProductFilter(text=wanted), FOUND_MAX),
        )
        exact = [variant.id for variant in (*skus.values(), *gtins.values())]
        ids = dict.fromkeys((*exact, *(variant.id for product in products for variant in product.variants)))
        (named,) = await ask(connection, catalog.named_variants(list(ids)[:FOUND_MAX]))
    return [
        Hit(one.sku, one.name, one.category, sku_url(one.sku))
        for one in (named[number] for number in ids if number in named)
    ]
