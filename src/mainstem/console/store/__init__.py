"""Store mode: what is to do now, and the tasks themselves, by scanning, on a phone."""

from mainstem.console.frame import Page
from mainstem.console.store import counting, lookup, picking, place, receiving, returning, tasks
from mainstem.platform.access.permissions import ORDERS_WRITE, STOCK_WRITE

PAGES: tuple[Page, ...] = (
    Page("GET", "/store", STOCK_WRITE, tasks.show, nav="store"),
    Page("GET", "/store/choose", STOCK_WRITE, place.change, nav="store"),
    Page("GET", "/store/orders/{order:int}", ORDERS_WRITE, picking.show, nav="store"),
    Page("POST", "/store/orders/{order:int}", ORDERS_WRITE, picking.hand_over, nav="store"),
    Page("GET", "/store/receive/{transfer:int}", STOCK_WRITE, receiving.show, nav="store"),
    Page("POST", "/store/receive/{transfer:int}", STOCK_WRITE, receiving.receive, nav="store"),
    Page("GET", "/store/count", STOCK_WRITE, counting.show, nav="store"),
    Page("POST", "/store/count", STOCK_WRITE, counting.count, nav="store"),
    Page("GET", "/store/return", ORDERS_WRITE, returning.find, nav="store"),
    Page("GET", "/store/return/{order:int}", ORDERS_WRITE, returning.show, nav="store"),
    Page("POST", "/store/return/{order:int}", ORDERS_WRITE, returning.take_back, nav="store"),
    Page("GET", "/store/lookup", STOCK_WRITE, lookup.show, nav="store"),
)

__all__ = ["PAGES"]
