"""The rights of people over their data: requests, erasure, who saw what, links to the privacy page, privacy budgets."""

from mainstem.domains.customers.rights import budgets, links
from mainstem.domains.customers.rights.budgets import GRANT_PRIVACY_BUDGET
from mainstem.domains.customers.rights.checks import CHECKS
from mainstem.domains.customers.rights.closing import close_erasure, lock_erasure
from mainstem.domains.customers.rights.commands import ADVANCE_REQUEST, LIFT_RESTRICTION, OPEN_REQUEST, WISH
from mainstem.domains.customers.rights.contracts import (
    REQUEST_STEP_IMPOSSIBLE,
    WISH_LENGTH_MAX,
    AdvanceRequest,
    CustomerErased,
    EraseCustomer,
    LiftRestriction,
    OpenRequest,
    Receipt,
    RequestChanged,
    RequestView,
    RestrictionLifted,
)
from mainstem.domains.customers.rights.disclosures import (
    WHAT,
    Disclosure,
    disclose,
    disclosures_of,
    forget_disclosures,
    forgetting,
)
from mainstem.domains.customers.rights.erasing import erase, lock_for_erasure, words_of
from mainstem.domains.customers.rights.laws import IDENTITY, KEPT, KINDS, LAWS, REASONS, due
from mainstem.domains.customers.rights.links import MAKE_PRIVACY_LINK, OPEN_PRIVACY_PAGE, new_link
from mainstem.domains.customers.rights.package import FORMAT, Held, HeldAttribute, HeldRecord, held, records_held
from mainstem.domains.customers.rights.queries import (
    is_restricted,
    open_requests,
    receipts,
    request,
    requests_of,
    sealed_wish,
    sources_of_customers,
)
from mainstem.domains.customers.rights.states import CLOSED, TRANSITIONS

OPERATIONS = (
    OPEN_REQUEST,
    ADVANCE_REQUEST,
    LIFT_RESTRICTION,
    MAKE_PRIVACY_LINK,
    OPEN_PRIVACY_PAGE,
    GRANT_PRIVACY_BUDGET,
)
"""Every operation of this part but erasure, which is a process."""

__all__ = [
    "ADVANCE_REQUEST",
    "CHECKS",
    "CLOSED",
    "FORMAT",
    "GRANT_PRIVACY_BUDGET",
    "IDENTITY",
    "KEPT",
    "KINDS",
    "LAWS",
    "LIFT_RESTRICTION",
    "MAKE_PRIVACY_LINK",
    "OPEN_PRIVACY_PAGE",
    "OPEN_REQUEST",
    "OPERATIONS",
    "REASONS",
    "REQUEST_STEP_IMPOSSIBLE",
    "TRANSITIONS",
    "WHAT",
    "WISH",
    "WISH_LENGTH_MAX",
    "AdvanceRequest",
    "CustomerErased",
    "Disclosure",
    "EraseCustomer",
    "Held",
    "HeldAttribute",
    "HeldRecord",
    "LiftRestriction",
    "OpenRequest",
    "Receipt",
    "RequestChanged",
    "RequestView",
    "RestrictionLifted",
    "budgets",
    "close_erasure",
    "disclose",
    "disclosures_of",
    "due",
    "erase",
    "forget_disclosures",
    "forgetting",
    "held",
    "is_restricted",
    "links",
    "lock_erasure",
    "lock_for_erasure",
    "new_link",
    "open_requests",
    "receipts",
    "records_held",
    "request",
    "requests_of",
    "sealed_wish",
    "sources_of_customers",
    "words_of",
]
