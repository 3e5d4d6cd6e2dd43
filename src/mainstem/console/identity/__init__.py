"""Who is who: merging and splitting customers, answering reviews, identifiers that join nobody."""

from mainstem.console.frame import Page
from mainstem.console.identity import identifiers, merging, reviewing, splitting
from mainstem.platform.access.permissions import CUSTOMERS_MERGE

_ONE = "/customers/{customer:int}"
_REVIEWS = "/identity/reviews"
_SUSPENDED = "/identity/suspended"

PAGES = (
    Page("GET", f"{_ONE}/merge", CUSTOMERS_MERGE, merging.show, nav="customers"),
    Page("POST", f"{_ONE}/merge/search", CUSTOMERS_MERGE, merging.search, nav="customers"),
    Page("POST", f"{_ONE}/merge", CUSTOMERS_MERGE, merging.merge, nav="customers"),
    Page("GET", f"{_ONE}/split", CUSTOMERS_MERGE, splitting.show, nav="customers"),
    Page("POST", f"{_ONE}/split/choose", CUSTOMERS_MERGE, splitting.choose, nav="customers"),
    Page("POST", f"{_ONE}/split", CUSTOMERS_MERGE, splitting.split, nav="customers"),
    Page("GET", _REVIEWS, CUSTOMERS_MERGE, reviewing.listing, nav="reviews"),
    Page("GET", f"{_REVIEWS}/{{review:int}}", CUSTOMERS_MERGE, reviewing.show, nav="reviews"),
    Page("POST", f"{_REVIEWS}/{{review:int}}/answer", CUSTOMERS_MERGE, reviewing.answer, nav="reviews"),
    Page("GET", _SUSPENDED, CUSTOMERS_MERGE, identifiers.listing, nav="reviews"),
    Page("POST", f"{_SUSPENDED}/find", CUSTOMERS_MERGE, identifiers.find, nav="reviews"),
    Page("GET", f"{_SUSPENDED}/{{identifier:int}}", CUSTOMERS_MERGE, identifiers.show, nav="reviews"),
    Page("POST", f"{_SUSPENDED}/{{identifier:int}}/suspend", CUSTOMERS_MERGE, identifiers.suspend, nav="reviews"),
    Page("POST", f"{_SUSPENDED}/{{identifier:int}}/lift", CUSTOMERS_MERGE, identifiers.lift, nav="reviews"),
)
"""The pages of the room."""
