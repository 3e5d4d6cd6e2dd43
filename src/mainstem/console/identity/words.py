"""The words of identity as people read them: why somebody is asked, how attributes compare, why something is suspended.

What customers' pages have words for already is theirs.
"""

from datetime import UTC, datetime

from mainstem.console.customers import words as customers_words
from mainstem.console.frame import N_, Visit

word = customers_words.word

ATTRIBUTES = customers_words.ATTRIBUTES
IDENTIFIERS = customers_words.IDENTIFIERS
SURVIVED = customers_words.SURVIVED

REASONS: dict[str, tuple[str, str]] = {
    "middle": (N_("Attributes alike, but not sure"), "blue"),
    "cap": (N_("Unique identifiers contradict"), "red"),
    "contradiction": (N_("Shared identifier, but attributes contradict"), "orange"),
    "contested": (N_("Others use the same identifier"), "orange"),
    "size": (N_("Too much hangs together"), "secondary"),
}
"""Why somebody is asked, and the colour of the badge."""

EXPLAINED: dict[str, str] = {
    "middle": N_("What both are known by scores between “surely one person” and “surely two”."),
    "cap": N_("Something speaks for one person, but they have more different unique identifiers than one person has."),
    "contradiction": N_("They share an identifier, but their names and other details look like two people's."),
    "contested": N_(
        "They share an identifier that people who contradict each other use: it alone does not say whose it is."
    ),
    "size": N_("More records hang together here than are looked at at once, so nothing was joined."),
}

MET: dict[str, str] = {
    "shared": N_("Both use the same {type}"),
    "scored": N_("Similar names, dates or addresses"),
    "batch": N_("Proposed by batch resolution"),
}
"""What brought the two together."""

STATES: dict[str, tuple[str, str]] = {
    "open": (N_("Open"), "blue"),
    "joined": (N_("Same person"), "green"),
    "kept_apart": (N_("Different people"), "orange"),
}

AGREEMENTS: dict[str, tuple[str, str, str]] = {
    "same": (N_("Agrees"), "green", "check"),
    "close": (N_("Nearly agrees"), "blue", "point"),
    "different": (N_("Differs"), "red", "x"),
    "one_sided": (N_("Only one"), "secondary", "minus"),
}
"""How a field of two people compares: words, colour, picture."""

LEVELS: dict[str, str] = {
    "exact": N_("the same"),
    "the same sound": N_("sounds the same"),
    "similar 0.92": N_("nearly the same"),
    "similar 0.8": N_("similar"),
    "given and family name swapped": N_("given and family name swapped"),
    "one begins with the other": N_("one begins with the other"),
    "a digit, or day and month swapped": N_("one digit differs, or day and month are swapped"),
    "a digit": N_("one digit differs"),
    "two digits": N_("two digits differ"),
    "the year": N_("the year is the same"),
    "else": N_("different"),
}
"""Levels of comparisons, as the model names them."""

SUSPENDED = {**customers_words.SUSPENDED, "by_hand": N_("suspended by a person")}

AGAINST: dict[str, str] = {
    "manual": N_("{who} parted records {low} and {high} on {when}."),
    "review": N_("{who} said on {when} that records {low} and {high} are different people."),
    "shared": N_("Records {low} and {high} share a {type}, but look like two people."),
    "scored": N_("Records {low} and {high} look like two people."),
    "batch": N_("Batch resolution takes records {low} and {high} for two people."),
}
"""What speaks against two customers being one."""

_HOUR, _DAY = 3600, 86_400


def attribute(visit: Visit, name: str) -> str:
    """What an attribute or a type of identifier is called; a source's own attribute by its own name."""
    if name in ATTRIBUTES:
        return visit.t(ATTRIBUTES[name])
    return word(visit, IDENTIFIERS, name.removeprefix("custom."))


def shown(visit: Visit, name: str, value: str) -> str:
    """A value as people read it: of what is a code, its word."""
    return word(visit, customers_words.GENDERS, value) if name == "gender" else value


def waiting(visit: Visit, since: datetime) -> str:
    """How long something has waited."""
    seconds = (datetime.now(UTC) - since).total_seconds()
    if seconds < _HOUR:
        return visit.t("less than an hour")
    if seconds < 2 * _DAY:
        return visit.t("{count} h", count=visit.fmt.number(int(seconds // _HOUR)))
    return visit.t("{count} days", count=visit.fmt.number(int(seconds // _DAY)))
