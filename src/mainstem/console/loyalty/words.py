"""The words of loyalty: why points moved, states of cards, what a programme is made of."""

from collections.abc import Mapping

from mainstem.console.frame import N_, Visit
from mainstem.domains import loyalty

MOVED: dict[str, str] = {
    "points_action": N_("Action rewarded"),
    "points_reward": N_("Reward chosen"),
    "points_adjustment": N_("Adjusted by hand"),
    "points_transfer": N_("Transferred"),
    "points_expiry": N_("Expired"),
    "points_release": N_("Became usable"),
}
"""Why points moved, by the kind of the movement; every other kind is that of an order."""

WHY: dict[str, str] = {
    "referrer": N_("for bringing a member"),
    "referred": N_("for having been brought"),
}

ADJUSTMENTS: dict[str, tuple[str, str]] = {
    "waiting": (N_("Waits for approval"), "orange"),
    "posted": (N_("Posted"), "green"),
    "declined": (N_("Declined"), "secondary"),
}

CARD_STATES: dict[str, tuple[str, str]] = {
    "issued": (N_("Not activated"), "secondary"),
    "active": (N_("Usable"), "green"),
    "frozen": (N_("Frozen"), "blue"),
    "expired": (N_("Expired"), "orange"),
}

CARD_KINDS: dict[str, str] = {"gift_card": N_("Gift card"), "store_credit": N_("Store credit")}

USES: dict[str, tuple[str, str]] = {
    "held": (N_("Held by an order"), "orange"),
    "settled": (N_("Paid out"), "green"),
    "released": (N_("Let go"), "secondary"),
}

TIES: dict[str, str] = {
    "self": N_("the same customer"),
    "pool": N_("the same pool"),
    "household": N_("the same household"),
}

LIFE_ENDS: dict[str, str] = {
    "day": N_("to the day"),
    "month": N_("to the end of the month"),
    "quarter": N_("to the end of the quarter"),
    "year": N_("to the end of the year"),
}

ROUNDING: dict[str, str] = {"down": N_("down"), "half_up": N_("half up"), "up": N_("up")}

BASIS: dict[str, str] = {"paid": N_("what is paid"), "list": N_("list amounts, before discounts")}

TIERS_BY: dict[str, str] = {"spend": N_("what was spent"), "points": N_("points earned")}

WINDOWS: dict[str, str] = {"months": N_("the last months"), "year": N_("the calendar year")}

GIVES: dict[str, str] = {
    "amount": N_("Points for an amount"),
    "item": N_("Points for each item"),
    "times": N_("Multiplies the others"),
    "action": N_("Points for an action"),
}


def said(visit: Visit, text: loyalty.Text) -> str:
    """What a programme calls something, in the visitor's language."""
    return (visit.language == "zh" and text.zh) or text.en


def word(visit: Visit, table: Mapping[str, str] | Mapping[str, tuple[str, str]], code: str) -> str:
    """What a code of a table is called; one that it does not have is shown as it is."""
    found = table.get(code)
    return code if found is None else visit.t(found if isinstance(found, str) else found[0])


def choices(visit: Visit, table: Mapping[str, str]) -> list[tuple[str, str]]:
    """A table as options."""
    return [(code, visit.t(text)) for code, text in table.items()]
