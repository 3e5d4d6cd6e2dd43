"""Codes of the administration as people read them: what happened, states, jobs, findings."""

from mainstem.console.frame import N_, Visit
from mainstem.platform.access import ROLES

HAPPENED: dict[str, str] = {
    "access.key_issued": N_("API key issued"),
    "access.key_revoked": N_("API key revoked"),
    "access.link_issued": N_("One-time link issued"),
    "access.password_changed": N_("Password changed"),
    "access.password_set": N_("Password set"),
    "access.person_admitted": N_("Person let in by the identity provider"),
    "access.person_disabled": N_("Person disabled"),
    "access.person_enabled": N_("Person enabled"),
    "access.person_invited": N_("Person invited"),
    "access.person_linked": N_("Person linked with the identity provider"),
    "access.preferences_changed": N_("Preferences changed"),
    "access.principal_created": N_("Principal created"),
    "access.recovery_code_used": N_("Recovery code used"),
    "access.role_changed": N_("Role changed"),
    "access.sessions_ended": N_("Sessions ended"),
    "access.signed_in": N_("Signed in"),
    "access.totp_dropped": N_("Second factor removed"),
    "access.totp_enrolled": N_("Second factor set up"),
    "audit.verification_asked": N_("Verification asked for"),
    "audit.verified": N_("Audit trail verified"),
    "catalog.channel_changed": N_("Channel changed"),
    "catalog.node_changed": N_("Node changed"),
    "catalog.placeholder_made": N_("Placeholder product made"),
    "catalog.product_changed": N_("Product changed"),
    "customers.consent_given": N_("Consent given"),
    "customers.consent_withdrawn": N_("Consent withdrawn"),
    "customers.customer_split": N_("Customer split"),
    "customers.customer_unmasked": N_("Personal data shown"),
    "customers.customers_merged": N_("Customers merged"),
    "customers.erased": N_("Person erased"),
    "customers.identifier_suspended": N_("Identifier suspended"),
    "customers.privacy_budget_granted": N_("Privacy budget granted"),
    "customers.privacy_code_wrong": N_("Wrong code on a privacy page"),
    "customers.privacy_link_made": N_("Privacy link made"),
    "customers.privacy_page_opened": N_("Privacy page opened"),
    "customers.private_release": N_("Figures released with privacy"),
    "customers.record_identified": N_("Statement on a person recorded"),
    "customers.request_done": N_("Privacy request done"),
    "customers.request_identity_checked": N_("Identity of a requester checked"),
    "customers.request_in_progress": N_("Privacy request in progress"),
    "customers.request_received": N_("Privacy request received"),
    "customers.request_refused": N_("Privacy request refused"),
    "customers.request_withdrawn": N_("Privacy request withdrawn"),
    "customers.restricted": N_("Processing restricted"),
    "customers.restriction_lifted": N_("Restriction lifted"),
    "customers.review_answered": N_("Review answered"),
    "customers.review_opened": N_("Review opened"),
    "customers.segment_entered": N_("Customer entered a segment"),
    "customers.segment_filled": N_("Segment filled"),
    "customers.segment_left": N_("Customer left a segment"),
    "customers.segment_removed": N_("Segment removed"),
    "customers.segment_saved": N_("Segment saved"),
    "customers.suspension_lifted": N_("Suspension lifted"),
    "customers.tag_removed": N_("Tag removed"),
    "customers.tag_set": N_("Tag set"),
    "inventory.discrepancy_found": N_("Discrepancy found"),
    "inventory.discrepancy_resolved": N_("Discrepancy resolved"),
    "inventory.inbound_announced": N_("Inbound announced"),
    "inventory.policy_set": N_("Stock policy set"),
    "inventory.reservation_expired": N_("Reservation expired"),
    "inventory.reservation_released": N_("Reservation released"),
    "inventory.stock_adjusted": N_("Stock adjusted"),
    "inventory.stock_counted": N_("Stock counted"),
    "inventory.stock_low": N_("Stock low"),
    "inventory.stock_received": N_("Stock received"),
    "inventory.stock_reserved": N_("Stock reserved"),
    "inventory.transfer_received": N_("Transfer received"),
    "inventory.transfer_sent": N_("Transfer sent"),
    "orders.order_allocated": N_("Order allocated"),
    "orders.order_cancelled": N_("Order cancelled"),
    "orders.order_delivered": N_("Order delivered"),
    "orders.order_lapsed": N_("Order lapsed"),
    "orders.order_paid": N_("Order paid"),
    "orders.order_placed": N_("Order placed"),
    "orders.order_returned": N_("Order returned"),
    "orders.order_shipped": N_("Order shipped"),
    "orders.sale_recorded": N_("Sale recorded"),
    "orders.sales_plan_set": N_("Sales plan set"),
    "platform.job_retried": N_("Job run again"),
    "platform.job_stopped": N_("Job stopped"),
    "pricing.price_set": N_("Price set"),
    "quarantine.resubmitted": N_("Quarantine entry resubmitted"),
    "quarantine.set_aside": N_("Quarantine entry set aside"),
}
"""What events of a type tell."""

ROOMS: dict[str, str] = {
    "access": N_("People and keys"),
    "audit": N_("Audit trail"),
    "catalog": N_("Master data"),
    "customers": N_("Customers"),
    "inventory": N_("Stock"),
    "orders": N_("Orders"),
    "platform": N_("System"),
    "pricing": N_("Prices"),
    "quarantine": N_("Quarantine"),
}

ARRIVED: dict[str, str] = {
    "orders.record_sale": N_("Till sale"),
    "orders.place_order": N_("Order"),
    "inventory.receive": N_("Delivery"),
    "inventory.count": N_("Count"),
}
"""What arrivals for an operation are."""

ENTRY_STATES: dict[str, tuple[str, str]] = {
    "waiting": (N_("Waiting"), "orange"),
    "resubmitted": (N_("Resubmitted"), "green"),
    "set_aside": (N_("Set aside"), "secondary"),
}

JOB_STATES: dict[str, tuple[str, str]] = {
    "todo": (N_("Queued"), "blue"),
    "doing": (N_("Running"), "teal"),
    "succeeded": (N_("Succeeded"), "green"),
    "failed": (N_("Failed"), "red"),
    "cancelled": (N_("Cancelled"), "secondary"),
    "aborting": (N_("Stopping"), "orange"),
    "aborted": (N_("Stopped"), "secondary"),
}

JOB_NAMES: dict[str, str] = {
    "customers.forget_disclosures": N_("Forget who saw personal data long ago"),
    "platform.delete_finished_jobs": N_("Delete jobs that ended long ago"),
    "platform.forget_answers": N_("Forget stored answers of old requests"),
    "platform.note_seal_head": N_("Write the head of the seals to the log"),
    "platform.revive_jobs": N_("Run the jobs of dead workers again"),
    "platform.verify_seals": N_("Verify the audit trail"),
}

JOB_EVENTS: dict[str, str] = {
    "deferred": N_("Queued"),
    "started": N_("Started"),
    "deferred_for_retry": N_("Failed; queued again"),
    "failed": N_("Failed"),
    "succeeded": N_("Succeeded"),
    "cancelled": N_("Cancelled"),
    "abort_requested": N_("Asked to stop"),
    "aborted": N_("Stopped"),
    "scheduled": N_("Scheduled"),
    "retried": N_("Run again by hand"),
}

WAYS: dict[str, str] = {
    "password": N_("Password"),
    "link": N_("One-time link"),
    "oidc": N_("Identity provider"),
}

FINDINGS: dict[str, tuple[str, str]] = {
    "unknown_product": (
        N_("Unknown SKU"),
        N_("A line named a SKU that nobody knew; a placeholder was made for it. Describe the product."),
    ),
    "zero_quantity": (N_("Quantity of zero"), N_("A line sold nothing. Look at what the till sends.")),
    "large_quantity": (
        N_("Unusually large quantity"),
        N_("A line sold more than is plausible. It may be a barcode typed as a quantity."),
    ),
    "tender_mismatch": (
        N_("Payment does not add up"),
        N_("What was paid is not what was sold. Compare the till's report."),
    ),
}
"""What findings of a code mean, and what to do about them."""


def happened(visit: Visit, kind: str) -> str:
    """What an event tells; its type where this release does not know it."""
    return visit.t(HAPPENED[kind]) if kind in HAPPENED else kind


def role_name(visit: Visit, role: str) -> str:
    """What a role is called."""
    known = ROLES.get(role)
    if known is None:
        return role
    return known.en if visit.language == "en" else known.zh


def node_name(visit: Visit, node: int | None) -> str:
    """What a node is called; "" for none."""
    if node is None:
        return ""
    known = visit.network.nodes.get(node)
    return str(node) if known is None else known.name


def roles(visit: Visit) -> list[tuple[str, str]]:
    """The roles to choose from."""
    return [(name, role_name(visit, name)) for name in ROLES]


def nodes(visit: Visit) -> list[tuple[str, str]]:
    """The nodes to choose from, by their codes."""
    return [(node.code, f"{node.name} · {node.code}") for node in visit.network.nodes.values()]
