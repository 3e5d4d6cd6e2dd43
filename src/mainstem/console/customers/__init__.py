"""Customers: the search, and all that is known of one: overview, timeline, traits and tags, records."""

from mainstem.console.customers import listing, overview, records, revealing, tagging, timeline, traits, views
from mainstem.console.frame import Page
from mainstem.platform.access.permissions import CUSTOMERS_READ, CUSTOMERS_UNMASK, SEGMENTS_WRITE

ONE = "/customers/{customer:int}"

PAGES: tuple[Page, ...] = (
    Page("GET", "/customers", CUSTOMERS_READ, listing.show, nav="customers"),
    Page("GET", "/customers/views", CUSTOMERS_READ, views.naming, nav="customers"),
    Page("POST", "/customers/views", CUSTOMERS_READ, views.save, nav="customers"),
    Page("POST", "/customers/views/delete", CUSTOMERS_READ, views.delete, nav="customers"),
    Page("GET", ONE, CUSTOMERS_READ, overview.show, nav="customers"),
    Page("GET", f"{ONE}/timeline", CUSTOMERS_READ, timeline.show, nav="customers"),
    Page("GET", f"{ONE}/traits", CUSTOMERS_READ, traits.show, nav="customers"),
    Page("GET", f"{ONE}/records", CUSTOMERS_READ, records.show, nav="customers"),
    Page("GET", f"{ONE}/clear", CUSTOMERS_UNMASK, revealing.asking, nav="customers"),
    Page("POST", f"{ONE}/clear", CUSTOMERS_UNMASK, revealing.reveal, nav="customers"),
    Page("POST", f"{ONE}/tags", SEGMENTS_WRITE, tagging.attach, nav="customers"),
    Page("POST", f"{ONE}/tags/remove", SEGMENTS_WRITE, tagging.remove, nav="customers"),
)
