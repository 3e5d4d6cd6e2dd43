"""The orders of the network: the list, the page of one order, and every step of its life."""

from mainstem.console.frame import Page
from mainstem.console.orders import acting, bulk, exporting, listing, order, views
from mainstem.platform.access.permissions import DATA_EXPORT, ORDERS_READ, ORDERS_WRITE

PAGES: tuple[Page, ...] = (
    Page("GET", "/orders", ORDERS_READ, listing.show, nav="orders"),
    Page("GET", "/orders/export.csv", DATA_EXPORT, exporting.export),
    Page("GET", "/orders/views", ORDERS_READ, views.naming, nav="orders"),
    Page("POST", "/orders/views", ORDERS_READ, views.save, nav="orders"),
    Page("POST", "/orders/views/delete", ORDERS_READ, views.delete, nav="orders"),
    Page("GET", "/orders/bulk", ORDERS_WRITE, bulk.plan, nav="orders"),
    Page("POST", "/orders/bulk", ORDERS_WRITE, bulk.take, nav="orders"),
    Page("GET", "/orders/{order:int}", ORDERS_READ, order.show, nav="orders"),
    *acting.pages(),
)
