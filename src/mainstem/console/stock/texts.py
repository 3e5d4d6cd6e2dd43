"""What kinds, places, reasons and states are called."""

from mainstem.console.frame import N_, Visit
from mainstem.domains import inventory

MOVEMENTS = {
    "delivery": N_("Delivery"),
    "opening": N_("Opening stock"),
    "adjustment": N_("Adjustment"),
    "count": N_("Count"),
    "transfer_out": N_("Transfer sent"),
    "transfer_in": N_("Transfer received"),
    "reservation": N_("Reservation"),
    "sale": N_("Till sale"),
    "shipment": N_("Shipment"),
    "return": N_("Return"),
}
OUTSIDE = {
    "supplier": N_("Supplier"),
    "customer": N_("Customer"),
    "scrap": N_("Scrap"),
    "count_variance": N_("Count variance"),
    "opening": N_("Opening stock"),
}
REASONS = {
    "damaged": N_("Damaged"),
    "expired": N_("Past its date"),
    "theft": N_("Stolen"),
    "found": N_("Found"),
    "internal_use": N_("Used internally"),
    "correction": N_("Correction"),
}
DISCREPANCIES = {
    "oversold": N_("Oversold"),
    "counted": N_("Counted otherwise"),
    "transfer_short": N_("Transfer short"),
    "transfer_over": N_("Transfer over"),
}
DOCUMENTS = {
    "delivery": N_("Delivery"),
    "adjustment": N_("Adjustment"),
    "count": N_("Count"),
    "transfer": N_("Transfer"),
    "reservation": N_("Reservation"),
}
TRANSFER_STATES = {"open": N_("On its way"), "closed": N_("Arrived")}
NODE_KINDS = {
    "store": N_("Store"),
    "warehouse": N_("Warehouse"),
    "dark_store": N_("Dark store"),
    "virtual": N_("Virtual"),
}


def called(visit: Visit, names: dict[str, str], code: str) -> str:
    """The name of a code in the visitor's language; the code where it has none."""
    return visit.t(names[code]) if code in names else code


def place_name(visit: Visit, place: int) -> str:
    """What a place of a movement is called: a node, the outside world, or on the way."""
    node = visit.network.nodes.get(place)
    if node is not None:
        return node.name
    outside = inventory.OUTSIDE.get(place)
    return visit.t("In transit") if outside is None else called(visit, OUTSIDE, outside)
