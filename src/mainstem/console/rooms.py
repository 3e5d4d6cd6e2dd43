"""Every page of the console, room by room."""

from mainstem.console import (
    account,
    admin,
    catalog,
    consents,
    customers,
    identity,
    importing,
    loyalty,
    orders,
    plan,
    prices,
    privacy,
    promotions,
    search,
    segments,
    stock,
    store,
)
from mainstem.console.frame import Page

PAGES: tuple[Page, ...] = (
    *account.PAGES,
    *admin.PAGES,
    *catalog.PAGES,
    *consents.PAGES,
    *customers.PAGES,
    *identity.PAGES,
    *importing.PAGES,
    *loyalty.PAGES,
    *prices.PAGES,
    *privacy.PAGES,
    *promotions.PAGES,
    *search.PAGES,
    *segments.PAGES,
    *stock.PAGES,
    *store.PAGES,
    *orders.PAGES,
    *plan.PAGES,
)
"""The pages in the order of their rooms."""
