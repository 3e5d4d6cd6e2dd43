"""What a visitor asked of the page, and where its figures may lead: all that makes one person's page differ."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

import msgspec

from mainstem.platform.access import Permission
from mainstem.platform.access.permissions import ORDERS_READ, STOCK_READ

TRADE_SORTS = ("sales", "change", "plan", "orders", "basket", "units", "name")
NODE_SORTS = (*TRADE_SORTS, "stockouts", "discrepancies", "waiting", "late")
LIST_PERMISSIONS = (ORDERS_READ, STOCK_READ)
"""What opens the lists behind the figures."""


class Wanted(msgspec.Struct, frozen=True):
    """How the two tables are sorted, whether all nodes are listed, and which lists the visitor may open."""

    channels_by: str = "sales"
    nodes_by: str = "sales"
    all_nodes: bool = False
    orders: bool = True
    stock: bool = True

    def url(self, path: str = "/", **changes: str | bool) -> str:
        """The page with this and some changes of it."""
        other = msgspec.structs.replace(self, **changes)
        query = {}
        if other.channels_by != TRADE_SORTS[0]:
            query["channels_by"] = other.channels_by
        if other.nodes_by != NODE_SORTS[0]:
            query["nodes_by"] = other.nodes_by
        if other.all_nodes:
            query["nodes"] = "all"
        return f"{path}?{urlencode(query)}" if query else path

    def orders_url(self, day: date | None = None, **query: str) -> str:
        """The list of orders, of a day; empty when the visitor may not see it."""
        span = {} if day is None else {"from": day.isoformat(), "to": day.isoformat()}
        return f"/orders?{urlencode(query | span)}" if self.orders else ""

    def order_url(self, number: int | None) -> str:
        """An order."""
        return f"/orders/{number}" if self.orders and number is not None else ""

    def discrepancies_url(self, node: str = "") -> str:
        """The open discrepancies, of a node."""
        return self._stock("/discrepancies", node)

    def stockouts_url(self, node: str = "") -> str:
        """The stock-outs, of a node."""
        return self._stock("/stock-outs", node)

    def plan_url(self, day: date) -> str:
        """The plan of the month of a day."""
        return f"/plan?month={day:%Y-%m}"

    def node_url(self, node: str) -> str:
        """The stock of a node; its master data for who may not see stock."""
        return f"/stock/nodes/{node}" if self.stock else f"/nodes/{node}"

    def stock_url(self) -> str:
        """The stock of the network."""
        return "/stock" if self.stock else ""

    def _stock(self, path: str, node: str) -> str:
        if not self.stock:
            return ""
        return f"{path}?{urlencode({'node': node})}" if node else path


def wanted(query: Mapping[str, str], may: set[Permission]) -> Wanted:
    """What a query string asks for; what it does not know is the usual."""
    channels_by, nodes_by = query.get("channels_by", ""), query.get("nodes_by", "")
    return Wanted(
        channels_by=channels_by if channels_by in TRADE_SORTS else TRADE_SORTS[0],
        nodes_by=nodes_by if nodes_by in NODE_SORTS else NODE_SORTS[0],
        all_nodes=query.get("nodes") == "all",
        orders=ORDERS_READ in may,
        stock=STOCK_READ in may,
    )
