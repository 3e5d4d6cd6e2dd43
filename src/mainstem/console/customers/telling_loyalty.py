"""What a customer's timeline says of his points, tiers, benefits and store credit."""

from mainstem.console.frame import N_, Visit
from mainstem.domains import loyalty
from mainstem.processes.customer_timeline import TimelineEntry

KINDS = frozenset(loyalty.EVENT_KINDS)

EVENTS: dict[str, tuple[str, str]] = {
    "loyalty.member_enrolled": (N_("Became a member"), "user-plus"),
    "loyalty.tier_changed": (N_("Tier changed"), "star"),
    "loyalty.points_earned": (N_("Points earned"), "plus"),
    "loyalty.points_available": (N_("Points became usable"), "circle-check"),
    "loyalty.points_held": (N_("Points held for an order"), "lock"),
    "loyalty.points_burned": (N_("Points spent"), "minus"),
    "loyalty.points_released": (N_("Held points let go"), "lock-open"),
    "loyalty.points_taken_back": (N_("Points taken back by a return"), "arrow-back-up"),
    "loyalty.points_given_back": (N_("Points given back by a return"), "arrow-back-up"),
    "loyalty.points_expired": (N_("Points expired"), "hourglass"),
    "loyalty.points_transferred": (N_("Points transferred"), "arrows-exchange"),
    "loyalty.points_adjusted": (N_("Points adjusted"), "adjustments"),
    "loyalty.adjustment_waiting": (N_("Adjustment of points waits for approval"), "clock"),
    "loyalty.adjustment_declined": (N_("Adjustment of points declined"), "ban"),
    "loyalty.benefit_granted": (N_("Benefit granted"), "gift"),
    "loyalty.benefit_used": (N_("Benefit used"), "check"),
    "loyalty.benefit_expired": (N_("Benefit expired"), "hourglass"),
    "loyalty.credit_issued": (N_("Store credit given"), "wallet"),
    "loyalty.card_loaded": (N_("Money loaded"), "plus"),
    "loyalty.card_held": (N_("Money held for an order"), "lock"),
    "loyalty.card_paid": (N_("Paid with store credit"), "cash"),
    "loyalty.card_released": (N_("Held money let go"), "lock-open"),
    "loyalty.card_refunded": (N_("Money put back"), "arrow-back-up"),
    "loyalty.card_frozen": (N_("Store credit frozen"), "lock"),
    "loyalty.card_unfrozen": (N_("Store credit unfrozen"), "lock-open"),
    "loyalty.card_expired": (N_("Store credit expired"), "hourglass"),
}
"""What an event is called, and its picture."""


def details(visit: Visit, one: TimelineEntry) -> list[str]:
    """What an entry says besides its name: how many, of what, why."""
    told, number = one.details, visit.fmt.number
    found = []
    points = told.get("points", told.get("quantity") if one.type == "loyalty.points_expired" else None)
    if points is not None:
        found.append(visit.t("{points} points", points=number(points)))
    if told.get("debt"):
        found.append(visit.t("{points} of them are owed now", points=number(told["debt"])))
    if one.type == "loyalty.tier_changed":
        found.append(f"{told.get('before') or visit.t('No tier')} → {told.get('tier') or visit.t('No tier')}")
    if told.get("benefit"):
        found.append(str(told["benefit"]))
    if "left" in told and one.kind == "benefit":
        found.append(visit.t("{count} left", count=number(told["left"])))
    if "amount_minor" in told and told.get("currency"):
        found.append(visit.fmt.money(told["amount_minor"], told["currency"]))
    if told.get("reference"):
        found.append(visit.t("order {number}", number=told["reference"]))
    found += [str(told[name]) for name in ("programme", "reason") if told.get(name)]
    return found
