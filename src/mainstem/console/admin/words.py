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
    "loyalty.adjustment_declined": N_("Adjustment of points declined"),
    "loyalty.adjustment_waiting": N_("Adjustment of points waits for approval"),
    "loyalty.benefit_expired": N_("Benefit expired"),
    "loyalty.benefit_granted": N_("Benefit granted"),
    "loyalty.benefit_used": N_("Benefit used"),
    "loyalty.card_activated": N_("Gift card activated"),
    "loyalty.card_expired": N_("Stored money expired"),
    "loyalty.card_frozen": N_("Stored money frozen"),
    "loyalty.card_held": N_("Money held for an order"),
    "loyalty.card_issued": N_("Gift card issued"),
    "loyalty.card_law_set": N_("Life of cards in a country set"),
    "loyalty.card_loaded": N_("Money loaded"),
    "loyalty.card_paid": N_("Paid with stored money"),
    "loyalty.card_refunded": N_("Money put back"),
    "loyalty.card_released": N_("Held money let go"),
    "loyalty.card_unfrozen": N_("Stored money unfrozen"),
    "loyalty.credit_issued": N_("Store credit given"),
    "loyalty.member_enrolled": N_("Member enrolled"),
    "loyalty.points_adjusted": N_("Points adjusted"),
    "loyalty.points_available": N_("Points became usable"),
    "loyalty.points_burned": N_("Points spent"),
    "loyalty.points_earned": N_("Points earned"),
    "loyalty.points_expired": N_("Points expired"),
    "loyalty.points_given_back": N_("Points given back by a return"),
    "loyalty.points_held": N_("Points held for an order"),
    "loyalty.points_released": N_("Held points let go"),
    "loyalty.points_taken_back": N_("Points taken back by a return"),
    "loyalty.points_transferred": N_("Points transferred"),
    "loyalty.pool_joined": N_("Joined a pool"),
    "loyalty.pool_left": N_("Left a pool"),
    "loyalty.programme_saved": N_("Programme saved"),
    "loyalty.tier_changed": N_("Tier changed"),
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
    "pricing.approval_rule_set": N_("Approval rule set"),
    "pricing.competitor_price_recorded": N_("Competitor price recorded"),
    "pricing.coupon_batch_saved": N_("Coupon batch saved"),
    "pricing.coupon_batch_stopped": N_("Coupon batch stopped or resumed"),
    "pricing.coupon_claimed": N_("Coupon claimed"),
    "pricing.coupon_issued": N_("Coupon issued"),
    "pricing.coupon_transferred": N_("Coupon given away"),
    "pricing.coupon_use_given_back": N_("Use of a coupon given back"),
    "pricing.coupon_use_held": N_("Coupon held by an order"),
    "pricing.coupon_use_released": N_("Coupon released by an order"),
    "pricing.coupon_use_settled": N_("Coupon redeemed"),
    "pricing.list_price_set": N_("Price of a list set"),
    "pricing.markdown_rule_saved": N_("Markdown rule saved"),
    "pricing.price_batch_declined": N_("Price changes declined"),
    "pricing.price_batch_in_force": N_("Price changes in force"),
    "pricing.price_batch_proposed": N_("Price changes proposed"),
    "pricing.price_guard_set": N_("Floor or cost set"),
    "pricing.price_list_saved": N_("Price list saved"),
    "pricing.price_set": N_("Price set"),
    "pricing.product_list_saved": N_("Product list saved"),
    "pricing.promotion_approved": N_("Promotion approved"),
    "pricing.promotion_ended": N_("Promotion ended"),
    "pricing.promotion_paused": N_("Promotion paused"),
    "pricing.promotion_saved": N_("Promotion saved"),
    "pricing.promotion_started": N_("Promotion started"),
    "pricing.promotion_use_given_back": N_("Use of a promotion given back"),
    "pricing.promotion_use_held": N_("Promotion held by an order"),
    "pricing.promotion_use_released": N_("Promotion released by an order"),
    "pricing.promotion_use_settled": N_("Promotion used"),
    "pricing.tax_rate_set": N_("Tax rate set"),
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
    "loyalty": N_("Loyalty"),
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
    "loyalty.expire_cards": N_("Let cards expire whose last day is over"),
    "loyalty.expire_points": N_("Let points expire whose last day is over"),
    "loyalty.grant_birthdays": N_("Grant gifts of birthdays"),
    "loyalty.release_points": N_("Make points usable whose window of returns is over"),
    "loyalty.review_tiers": N_("Review tiers whose time is over"),
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
    "price_differs": (
        N_("Another price than quoted"),
        N_("A till charged something else than the price of that moment. It may have worked with old prices."),
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
