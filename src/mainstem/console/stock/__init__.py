"""The pages of stock: what is where and why, what moves it, what facts contradicted, what is kept back."""

from mainstem.console.frame import Page
from mainstem.console.stock import (
    acting,
    counts,
    discrepancies,
    documents,
    finder,
    node,
    policies,
    policy_forms,
    resolving,
    sku,
    spot,
    transfers,
)
from mainstem.platform.access.permissions import AVAILABILITY_READ, STOCK_ADJUST, STOCK_READ, STOCK_WRITE

PAGES = (
    Page("GET", "/stock", AVAILABILITY_READ, finder.show, nav="stock"),
    Page("GET", "/stock/nodes/{code:str}", STOCK_READ, node.show, nav="stock"),
    Page("GET", "/stock/skus/{sku:str}", AVAILABILITY_READ, sku.show, nav="stock"),
    Page("GET", "/stock/skus/{sku:str}/movements", STOCK_READ, sku.moved, nav="stock"),
    Page("GET", "/stock/skus/{sku:str}/nodes/{node:str}", STOCK_READ, spot.show, nav="stock"),
    Page("GET", "/stock/adjust", STOCK_ADJUST, acting.adjusting, nav="stock"),
    Page("POST", "/stock/adjust", STOCK_ADJUST, acting.adjust, nav="stock"),
    Page("GET", "/stock/receive", STOCK_WRITE, acting.receiving, nav="stock"),
    Page("POST", "/stock/receive", STOCK_WRITE, acting.receive, nav="stock"),
    Page("GET", "/stock/documents/{document:int}", STOCK_READ, documents.show, nav="stock"),
    Page("GET", "/transfers", STOCK_READ, transfers.listed, nav="transfers"),
    Page("GET", "/transfers/new", STOCK_WRITE, transfers.entering, nav="transfers"),
    Page("POST", "/transfers/new", STOCK_WRITE, transfers.send, nav="transfers"),
    Page("GET", "/transfers/{transfer:int}", STOCK_READ, transfers.show, nav="transfers"),
    Page("POST", "/transfers/{transfer:int}", STOCK_WRITE, transfers.receive, nav="transfers"),
    Page("GET", "/counts", STOCK_READ, counts.listed, nav="counts"),
    Page("GET", "/counts/new", STOCK_WRITE, counts.entering, nav="counts"),
    Page("POST", "/counts/new", STOCK_WRITE, counts.count, nav="counts"),
    Page("GET", "/counts/{count:int}", STOCK_READ, counts.show, nav="counts"),
    Page("GET", "/discrepancies", STOCK_READ, discrepancies.listed, nav="discrepancies"),
    Page("GET", "/discrepancies/resolve", STOCK_ADJUST, resolving.choosing, nav="discrepancies"),
    Page("POST", "/discrepancies/resolve", STOCK_ADJUST, resolving.resolve_all, nav="discrepancies"),
    Page("GET", "/discrepancies/{discrepancy:int}", STOCK_READ, discrepancies.show, nav="discrepancies"),
    Page("POST", "/discrepancies/{discrepancy:int}", STOCK_ADJUST, resolving.resolve, nav="discrepancies"),
    Page("GET", "/policies", STOCK_READ, policies.listed, nav="policies"),
    Page("GET", "/policies/explain", STOCK_READ, policies.explained, nav="policies"),
    Page("GET", "/policies/new", STOCK_ADJUST, policy_forms.new, nav="policies"),
    Page("POST", "/policies/new", STOCK_ADJUST, policy_forms.save, nav="policies"),
    Page("GET", "/policies/{policy:int}", STOCK_ADJUST, policy_forms.edit, nav="policies"),
    Page("POST", "/policies/{policy:int}", STOCK_ADJUST, policy_forms.change, nav="policies"),
    Page("GET", "/policies/{policy:int}/remove", STOCK_ADJUST, policy_forms.removing, nav="policies"),
)
"""The pages of the room."""
