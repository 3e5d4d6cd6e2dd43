"""The navigation: where a person can go, by what he may do."""

from typing import NamedTuple

from mainstem.platform.access import Caller, Permission
from mainstem.platform.access.permissions import (
    AUDIT_READ,
    CATALOG_READ,
    COUPONS_READ,
    CUSTOMERS_MERGE,
    CUSTOMERS_READ,
    JOBS_READ,
    KEYS_READ,
    LOYALTY_READ,
    METRICS_READ,
    ORDERS_READ,
    PRICES_READ,
    PRIVACY_HANDLE,
    PROMOTIONS_READ,
    QUARANTINE_READ,
    REPORTS_READ,
    SEGMENTS_READ,
    STOCK_READ,
    STOCK_WRITE,
)
from mainstem.platform.texts import N_


class Entry(NamedTuple):
    """A place to go. `nav` is what pages that belong to it name."""

    nav: str
    url: str
    text: str
    icon: str
    permission: Permission


class Section(NamedTuple):
    """Entries under a heading."""

    text: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        N_("Today"),
        (
            Entry("overview", "/", N_("Overview"), "layout-dashboard", REPORTS_READ),
            Entry("plan", "/plan", N_("Sales plan"), "chart-bar", REPORTS_READ),
            Entry("store", "/store", N_("Store mode"), "building-store", STOCK_WRITE),
        ),
    ),
    Section(
        N_("Trade"),
        (
            Entry("orders", "/orders", N_("Orders"), "shopping-cart", ORDERS_READ),
            Entry("stock", "/stock", N_("Stock"), "packages", STOCK_READ),
            Entry("transfers", "/transfers", N_("Transfers"), "arrows-exchange", STOCK_READ),
            Entry("counts", "/counts", N_("Counts"), "clipboard-check", STOCK_READ),
            Entry("discrepancies", "/discrepancies", N_("Discrepancies"), "alert-triangle", STOCK_READ),
        ),
    ),
    Section(
        N_("Customers"),
        (
            Entry("customers", "/customers", N_("Customers"), "users-group", CUSTOMERS_READ),
            Entry("reviews", "/identity/reviews", N_("Who is who"), "git-merge", CUSTOMERS_MERGE),
            Entry("segments", "/segments", N_("Segments"), "filter", SEGMENTS_READ),
            Entry("tags", "/tags", N_("Tags"), "tags", SEGMENTS_READ),
            Entry("requests", "/requests", N_("Privacy requests"), "shield-lock", PRIVACY_HANDLE),
        ),
    ),
    Section(
        N_("Price and loyalty"),
        (
            Entry("prices", "/prices", N_("Prices"), "receipt", PRICES_READ),
            Entry("promotions", "/promotions", N_("Promotions"), "percentage", PROMOTIONS_READ),
            Entry("coupons", "/coupons", N_("Coupons"), "clipboard-check", COUPONS_READ),
            Entry("members", "/members", N_("Loyalty members"), "star", LOYALTY_READ),
            Entry("gift-cards", "/gift-cards", N_("Gift cards"), "gift", LOYALTY_READ),
            Entry("liability", "/liability", N_("Loyalty liability"), "scale", REPORTS_READ),
        ),
    ),
    Section(
        N_("Master data"),
        (
            Entry("products", "/products", N_("Products"), "tag", CATALOG_READ),
            Entry("nodes", "/nodes", N_("Nodes"), "map-pin", CATALOG_READ),
            Entry("channels", "/channels", N_("Channels"), "broadcast", CATALOG_READ),
            Entry("policies", "/policies", N_("Safety stock and buffers"), "shield", STOCK_READ),
            Entry("import", "/import", N_("Import"), "upload", CATALOG_READ),
        ),
    ),
    Section(
        N_("Administration"),
        (
            Entry("quality", "/admin/quality", N_("Data quality"), "checkup-list", REPORTS_READ),
            Entry("quarantine", "/admin/quarantine", N_("Quarantine"), "virus", QUARANTINE_READ),
            Entry("people", "/admin/people", N_("People and keys"), "users", KEYS_READ),
            Entry("audit", "/admin/audit", N_("Audit trail"), "history", AUDIT_READ),
            Entry("outbox", "/admin/outbox", N_("Outbox"), "send", AUDIT_READ),
            Entry("jobs", "/admin/jobs", N_("Jobs"), "clock-play", JOBS_READ),
            Entry("system", "/admin/system", N_("System"), "heart-rate-monitor", METRICS_READ),
        ),
    ),
)


def navigation(caller: Caller) -> list[Section]:
    """The sections with what the caller may go to; empty ones are left out."""
    found = []
    for section in SECTIONS:
        entries = tuple(entry for entry in section.entries if entry.permission.code in caller.permissions)
        if entries:
            found.append(Section(section.text, entries))
    return found


def first_place(caller: Caller) -> str:
    """Where a person begins."""
    sections = navigation(caller)
    if caller.node is not None:
        return "/store"
    return sections[0].entries[0].url if sections else "/account"
