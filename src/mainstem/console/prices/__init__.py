"""Prices: what a SKU costs for whom, price lists, taxes, floors, markdown."""

from mainstem.console.frame import Page
from mainstem.console.prices import lists, markdowns, one, setting
from mainstem.platform.access.permissions import PRICES_APPROVE, PRICES_READ, PRICES_WRITE

_LIST = "/price-lists/{code:str}"
_RULE = "/markdowns/{code:str}"
_BATCH = "/price-batches/{batch:int}"

PAGES = (
    Page("GET", "/prices", PRICES_READ, one.search, nav="prices"),
    Page("GET", "/price", PRICES_READ, one.shown, nav="prices"),
    Page("GET", "/new/price", PRICES_WRITE, setting.begin, nav="prices"),
    Page("POST", "/new/price", PRICES_WRITE, setting.save, nav="prices"),
    Page("GET", "/price-lists", PRICES_READ, lists.listed, nav="prices"),
    Page("GET", "/new/price-list", PRICES_WRITE, lists.edit, nav="prices"),
    Page("POST", "/new/price-list", PRICES_WRITE, lists.save, nav="prices"),
    Page("GET", _LIST, PRICES_READ, lists.shown, nav="prices"),
    Page("GET", f"{_LIST}/edit", PRICES_WRITE, lists.edit, nav="prices"),
    Page("POST", f"{_LIST}/edit", PRICES_WRITE, lists.save, nav="prices"),
    Page("GET", "/taxes", PRICES_READ, lists.taxes, nav="prices"),
    Page("POST", "/taxes", PRICES_WRITE, lists.set_tax, nav="prices"),
    Page("GET", "/markdowns", PRICES_READ, markdowns.listed, nav="prices"),
    Page("GET", _RULE, PRICES_READ, markdowns.dry_run, nav="prices"),
    Page("POST", f"{_RULE}/propose", PRICES_WRITE, markdowns.propose, nav="prices"),
    Page("GET", _BATCH, PRICES_READ, markdowns.batch, nav="prices"),
    Page("POST", _BATCH, PRICES_APPROVE, markdowns.decide, nav="prices"),
)
"""The pages of the room."""
