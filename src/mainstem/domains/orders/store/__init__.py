"""All SQL that locks or writes orders and what belongs to them."""

from mainstem.domains.orders.store.entries import (
    Finding,
    Return,
    Shipment,
    discount_rows,
    insert_discounts,
    insert_findings,
    insert_promotions,
    insert_returns,
    insert_shipments,
    insert_taxes,
    insert_tenders,
    mark_delivered,
    replace_findings,
    undelivered,
)
from mainstem.domains.orders.store.heads import Known, due, insert, known_orders, known_sales, lock, update

__all__ = [
    "Finding",
    "Known",
    "Return",
    "Shipment",
    "discount_rows",
    "due",
    "insert",
    "insert_discounts",
    "insert_findings",
    "insert_promotions",
    "insert_returns",
    "insert_shipments",
    "insert_taxes",
    "insert_tenders",
    "known_orders",
    "known_sales",
    "lock",
    "mark_delivered",
    "replace_findings",
    "undelivered",
    "update",
]
