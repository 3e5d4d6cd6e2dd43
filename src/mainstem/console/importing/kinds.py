"""The kinds of files that people import, and who may."""

from typing import NamedTuple

from mainstem.console.frame import N_, Visit
from mainstem.platform.access import Permission
from mainstem.platform.access.permissions import CATALOG_WRITE, ORDERS_WRITE, PRICES_WRITE, STOCK_WRITE


class Kind(NamedTuple):
    """A kind of file: what it is called, what it holds, its picture, and what it takes to import one."""

    text: str
    about: str
    icon: str
    permission: Permission


KINDS = {
    "nodes": Kind(N_("Nodes"), N_("Stores, warehouses and other places that hold stock"), "map-pin", CATALOG_WRITE),
    "products": Kind(N_("Products"), N_("Products with their variants, SKUs and GTINs"), "tag", CATALOG_WRITE),
    "prices": Kind(N_("Prices"), N_("What a SKU costs, where, and from when on"), "cash", PRICES_WRITE),
    "stock": Kind(N_("Stock"), N_("Deliveries, opening stock and counts"), "packages", STOCK_WRITE),
    "orders": Kind(N_("Orders"), N_("Orders to be placed: each is accepted or refused"), "shopping-cart", ORDERS_WRITE),
}


def open_kinds(visit: Visit) -> dict[str, Kind]:
    """The kinds that somebody may import. A file can name any node: who is bound to one imports none of those."""
    bound = visit.caller.node is not None
    return {
        code: kind
        for code, kind in KINDS.items()
        if visit.allowed(kind.permission) and not (bound and kind.permission.at_node)
    }
