"""What people call the states of an import, and what becomes of its rows."""

from mainstem.console.frame import N_

STATES = {
    "checking": (N_("Being checked"), "blue"),
    "checked": (N_("Waiting for your word"), "yellow"),
    "importing": (N_("Being imported"), "blue"),
    "imported": (N_("Imported"), "green"),
    "failed": (N_("Failed"), "red"),
}
WHATS = {
    "created": (N_("new"), "green"),
    "changed": (N_("changed"), "blue"),
    "unchanged": (N_("unchanged"), "secondary"),
    "refused": (N_("refused"), "red"),
    "quarantined": (N_("in quarantine"), "orange"),
}
