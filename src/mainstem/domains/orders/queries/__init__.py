"""All SQL that only reads orders. Amounts in minor units, quantities in smallest steps."""

from mainstem.domains.orders.queries.happened import KINDS as EVENT_KINDS
from mainstem.domains.orders.queries.happened import OrderEvent, happened
from mainstem.domains.orders.queries.listing import (
    PAGE_MAX,
    OrderFilter,
    OrderPage,
    Position,
    list_orders,
    orders_by_id,
)
from mainstem.domains.orders.queries.one import count_findings, node_of, order_view, revision_of
from mainstem.domains.orders.queries.searching import Meanings, meanings
from mainstem.domains.orders.queries.timeline import Happening, timeline
from mainstem.domains.orders.queries.views import (
    FindingView,
    HoldView,
    LineDiscount,
    LineView,
    MovedLine,
    OrderRow,
    OrderView,
    ReturnView,
    ShipmentView,
    TaxView,
    TenderView,
)

__all__ = [
    "EVENT_KINDS",
    "PAGE_MAX",
    "FindingView",
    "Happening",
    "HoldView",
    "LineDiscount",
    "LineView",
    "Meanings",
    "MovedLine",
    "OrderEvent",
    "OrderFilter",
    "OrderPage",
    "OrderRow",
    "OrderView",
    "Position",
    "ReturnView",
    "ShipmentView",
    "TaxView",
    "TenderView",
    "count_findings",
    "happened",
    "list_orders",
    "meanings",
    "node_of",
    "order_view",
    "orders_by_id",
    "revision_of",
    "timeline",
]
