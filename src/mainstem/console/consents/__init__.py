"""Consent and rights: what customers agree to, what they ask for by law, and what may be released of them."""

from mainstem.console.consents import (
    budgets,
    changing,
    erasing,
    linking,
    opening,
    purposes,
    queue,
    request,
    steps,
    tab,
)
from mainstem.console.frame import Page
from mainstem.platform.access.permissions import CONSENT_WRITE, CUSTOMERS_READ, DATA_EXPORT, PRIVACY_HANDLE

_CONSENT = "/customers/{customer:int}/consent"
_REQUEST = "/requests/{number:int}"

PAGES: tuple[Page, ...] = (
    Page("GET", _CONSENT, CUSTOMERS_READ, tab.show, nav="customers"),
    Page("GET", f"{_CONSENT}/history", CUSTOMERS_READ, tab.history, nav="customers"),
    Page("GET", f"{_CONSENT}/change", CUSTOMERS_READ, changing.ask_for, nav="customers"),
    Page("POST", f"{_CONSENT}/change", CONSENT_WRITE, changing.change, nav="customers"),
    Page("GET", f"{_CONSENT}/link", CONSENT_WRITE, linking.ask_for, nav="customers"),
    Page("POST", f"{_CONSENT}/link", CONSENT_WRITE, linking.make, nav="customers"),
    Page("GET", f"{_CONSENT}/preview", CONSENT_WRITE, linking.preview, nav="customers"),
    Page("GET", f"{_CONSENT}/restriction", PRIVACY_HANDLE, linking.ask_to_lift, nav="customers"),
    Page("POST", f"{_CONSENT}/restriction", PRIVACY_HANDLE, linking.lift, nav="customers"),
    Page("GET", "/requests", PRIVACY_HANDLE, queue.show, nav="requests"),
    Page("GET", "/requests/views", PRIVACY_HANDLE, queue.naming, nav="requests"),
    Page("POST", "/requests/views", PRIVACY_HANDLE, queue.save, nav="requests"),
    Page("POST", "/requests/views/delete", PRIVACY_HANDLE, queue.delete, nav="requests"),
    Page("GET", "/requests/new", PRIVACY_HANDLE, opening.ask_for, nav="requests"),
    Page("POST", "/requests/new", PRIVACY_HANDLE, opening.open_request, nav="requests"),
    Page("GET", _REQUEST, PRIVACY_HANDLE, request.show, nav="requests"),
    Page("POST", f"{_REQUEST}/package", PRIVACY_HANDLE, request.package, nav="requests"),
    Page("GET", f"{_REQUEST}/receipts/{{receipt:str}}", PRIVACY_HANDLE, request.receipt, nav="requests"),
    Page("GET", f"{_REQUEST}/receipts/{{receipt:str}}/file", PRIVACY_HANDLE, request.receipt_file, nav="requests"),
    Page("GET", f"{_REQUEST}/erasure", PRIVACY_HANDLE, erasing.ask_for, nav="requests"),
    Page("POST", f"{_REQUEST}/erasure", PRIVACY_HANDLE, erasing.carry_out, nav="requests"),
    *steps.pages(),
    Page("GET", "/privacy/budgets", DATA_EXPORT, budgets.show, nav="requests"),
    Page("GET", "/privacy/budgets/grant", PRIVACY_HANDLE, budgets.ask_for, nav="requests"),
    Page("POST", "/privacy/budgets/grant", PRIVACY_HANDLE, budgets.grant, nav="requests"),
    Page("GET", "/privacy/purposes", CUSTOMERS_READ, purposes.show, nav="requests"),
)

__all__ = ["PAGES"]
