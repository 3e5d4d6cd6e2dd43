"""The words of consent and of requests about personal data, and how urgent a request is."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.frame import N_, Visit
from mainstem.domains import customers
from mainstem.platform.access.permissions import CUSTOMERS_READ, DATA_EXPORT, PRIVACY_HANDLE
from mainstem.platform.checks import Said

rights = customers.rights

SOON = timedelta(days=3)
"""What is due within this time is to be looked at today."""

CELLS: dict[str, tuple[str, str, str]] = {
    "given": (N_("Agreed"), "green", "circle-check"),
    "refused": (N_("Refused"), "red", "circle-x"),
    "lapsed": (N_("Counts no longer"), "orange", "clock"),
    "silent": (N_("Never asked"), "secondary", "help-circle"),
    "default": (N_("Not a matter of consent"), "blue", "info-circle"),
}
"""What stands of a purpose over a channel: the word, the colour and the picture."""

STATES: dict[str, tuple[str, str]] = {
    "received": (N_("Received"), "blue"),
    "identity_checked": (N_("Identity checked"), "cyan"),
    "in_progress": (N_("In progress"), "yellow"),
    "done": (N_("Done"), "green"),
    "refused": (N_("Refused"), "red"),
    "withdrawn": (N_("Taken back"), "secondary"),
}
"""The states of a request, with the colours of their badges."""

HAPPENED: dict[str, str] = {
    "customers.request_received": N_("Received"),
    "customers.request_identity_checked": N_("Identity checked"),
    "customers.request_in_progress": N_("Work has begun"),
    "customers.request_done": N_("Done"),
    "customers.request_refused": N_("Refused"),
    "customers.request_withdrawn": N_("Taken back"),
}
"""What happens to a request."""

LINKS: dict[str, tuple[str, str]] = {
    "waiting": (N_("Not opened yet"), "blue"),
    "opened": (N_("Opened"), "green"),
    "locked": (N_("Locked after wrong codes"), "red"),
    "expired": (N_("Its time is up"), "secondary"),
    "ended": (N_("Ended"), "secondary"),
}
"""What has become of a link to a privacy page."""


class Step(NamedTuple):
    """A step of a request: on a button, over its form, what it means, and after it was done."""

    button: str
    title: str
    about: str
    done: str
    icon: str


STEPS: dict[str, Step] = {
    "identity_checked": Step(
        N_("Note identity check"),
        N_("Who asks in request {number}"),
        N_("Say how it was checked that the customer himself asks. Nothing is handed out before."),
        N_("The identity check is noted."),
        "user-circle",
    ),
    "in_progress": Step(
        N_("Begin work"),
        N_("Begin with request {number}"),
        N_("From now on the customer reads that his request is being worked on."),
        N_("The request is in progress."),
        "player-play",
    ),
    "done": Step(
        N_("Complete"),
        N_("Complete request {number}"),
        N_("The customer gets a receipt. This ends the request."),
        N_("The request is done; its receipt is issued."),
        "check",
    ),
    "refused": Step(
        N_("Refuse"),
        N_("Refuse request {number}"),
        N_("The customer gets a receipt with the reason, and reads how he can complain. This ends the request."),
        N_("The request is refused; its receipt is issued."),
        "ban",
    ),
    "withdrawn": Step(
        N_("Take back"),
        N_("Take request {number} back"),
        N_("Only when the customer himself takes it back. This ends the request."),
        N_("The request is taken back; its receipt is issued."),
        "arrow-back-up",
    ),
}

OUTCOMES: dict[str, str] = {
    "access": N_("The copy has been handed to the customer."),
    "portability": N_("The copy has been handed to the customer."),
    "rectification": N_("What was wrong is right now in the source that told it."),
    "restriction": N_("At once no record of the customer may be used any more, for any purpose."),
    "objection": N_("At once the customer's consent to these purposes is withdrawn, for every record."),
}
"""What completing a request of a kind says, or does by itself."""

MEASURES = {
    "customers": N_("Customers"),
    "orders": N_("Orders"),
    "spend": N_("Amount spent"),
}

GROUPINGS = {
    "channel": N_("by channel"),
    "node": N_("by node"),
    "month": N_("by month"),
    "source": N_("by source"),
}


class Deadline(msgspec.Struct, frozen=True):
    """The last day of a request where its law holds, and how much of its time is left in words."""

    day: str
    zone: str
    text: str
    tone: str


def said(visit: Visit, words: Said) -> str:
    """What a room says in both languages, in the visitor's."""
    return words.zh if visit.language == "zh" else words.en


def deadline(visit: Visit, request: rights.RequestView, now: datetime) -> Deadline:
    """Until when a request has to be answered."""
    zone = ZoneInfo(rights.LAWS[request.law].zone)
    last = (request.due_at - timedelta(microseconds=1)).astimezone(zone).date()
    left = (last - now.astimezone(zone).date()).days
    day = visit.fmt.day(last)
    if request.closed_at is not None:
        late = request.closed_at >= request.due_at
        text = visit.t("Answered too late") if late else visit.t("Answered in time")
        return Deadline(day, zone.key, text, "red" if late else "green")
    if request.overdue:
        return Deadline(day, zone.key, visit.t("Days overdue: {count}", count=-left), "red")
    if left == 0:
        return Deadline(day, zone.key, visit.t("Due today"), "orange")
    tone = "orange" if request.due_at <= now + SOON else "secondary"
    return Deadline(day, zone.key, visit.t("Days left: {count}", count=left), tone)


def purpose_name(visit: Visit, code: str) -> str:
    """What a purpose is called; a code that is not declared any more is shown as it is."""
    found = customers.consent.PURPOSES.get(code)
    return code if found is None else said(visit, found.name)


def channel_name(visit: Visit, code: str) -> str:
    """What a channel of consent is called; "" is every channel."""
    if not code:
        return visit.t("Every channel")
    return said(visit, customers.consent.CHANNELS[code]) if code in customers.consent.CHANNELS else code


def evidence_name(visit: Visit, code: str) -> str:
    """What a way of evidence is called."""
    return said(visit, customers.consent.EVIDENCE[code]) if code in customers.consent.EVIDENCE else code


def source_name(visit: Visit, source: str) -> str:
    """What the source of a record is called: a channel of ours by its name."""
    channel = visit.network.channel(source)
    return source if channel is None else channel.name


def actor_name(visit: Visit, actor: int, names: dict[int, str]) -> str:
    """Who did something; nobody who signs in is the customer himself, or the system."""
    return visit.t("The customer, or the system") if actor == 0 else names.get(actor, f"#{actor}")


def rooms(visit: Visit) -> dict[str, bool]:
    """Which pages about privacy the visitor may see."""
    allowed = {"requests": PRIVACY_HANDLE, "purposes": CUSTOMERS_READ, "budgets": DATA_EXPORT}
    return {name: visit.allowed(permission) for name, permission in allowed.items()}
