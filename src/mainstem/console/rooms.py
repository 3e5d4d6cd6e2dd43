"""Every page of the console, room by room."""

from mainstem.console import account, admin, catalog, importing, orders, plan, privacy, search, stock, store
from mainstem.console.frame import Page

PAGES: tuple[Page, ...] = (
    *account.PAGES,
    *admin.PAGES,
    *catalog.PAGES,
    *importing.PAGES,
    *privacy.PAGES,
    *search.PAGES,
    *stock.PAGES,
    *store.PAGES,
    *orders.PAGES,
    *plan.PAGES,
)
"""The pages in the order of their rooms."""
