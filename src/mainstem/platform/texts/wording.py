"""A refusal in words, in the reader's language: its message and its remedy, their parameters translated where they are
words and not names.
"""

import re
from functools import lru_cache

from mainstem.kernel.refusals import REGISTRY, Refusal
from mainstem.platform.texts.catalogue import N_, Language, translate

_WORDS = frozenset(
    (
        N_("order"),
        N_("undelivered shipment"),
        N_("quarantine entry"),
        N_("principal"),
        N_("key"),
        N_("transfer"),
        N_("reservation"),
        N_("discrepancy"),
        N_("Transfer"),
        N_("Reservation"),
        N_("Discrepancy"),
        N_("document"),
        N_("product"),
        N_("node"),
        N_("channel"),
        N_("customer"),
        N_("segment"),
        N_("purpose"),
        N_("comparisons"),
        N_("levels"),
        N_("characters"),
        N_("a list of conditions is expected"),
        N_("an object is expected"),
        N_("an object with category, channel, node is expected"),
        N_("none of all, any, not, trait, tag, bought, consent is named"),
        N_("a value is missing"),
        N_("a whole number"),
        N_("a day such as 2026-01-31"),
        N_("true or false"),
        N_("request"),
        N_("job"),
        N_("operation"),
        N_("code"),
        N_("it names a SKU and a category"),
        N_("its category is not a path such as Dairy/Milk"),
        N_("it sets nothing, and there is none with this scope to remove"),
        N_("it is given twice"),
        N_("it is nested too deeply"),
        N_("name either a day or a moment"),
        N_("the character U+0000 cannot be stored"),
        N_("the integer does not fit into 64 bits"),
        N_("the moment has no time zone"),
        N_("the moment is not between the years 1900 and 2999"),
        N_("the text is not UTF-8"),
        N_("this is not a cursor of this list"),
        N_("issued"),
        N_("active"),
        N_("frozen"),
        N_("expired"),
        N_("price list"),
        N_("markdown rule"),
        N_("named lists of SKUs cannot be used here"),
        N_("moments are from 2000 to 2099 with an offset from UTC"),
        N_("it ends before its last step"),
        N_("two steps begin at the same point"),
        N_("times are HH:MM, up to 24:00"),
        N_("there is no such time zone"),
        N_("weekdays are 1 (Monday) to 7 (Sunday)"),
        N_("an ending is 1 to 6 digits"),
        N_("the least change is 1 minor unit or more"),
    )
)
"""Parameters of messages that are words and not names."""

_SIZES = (
    N_("more than {0} bytes"),
    N_("{0} bytes"),
    N_("{0} items"),
    N_("{0} SKUs at {1} nodes"),
    N_("{0} is not between 0 and {1}"),
    N_("{0} customers"),
    N_("{0} does not belong here"),
    N_("a list of 1 to {0} values is expected"),
    N_("a text of 1 to {0} characters is expected"),
    N_("a text of at most {0} characters"),
    N_("a whole number from {0} to {1}"),
    N_("a percentage here is between {0} and {1}, of at most four places"),
    N_("hours are between 1 and {0}"),
    N_("there must be 1 to {0} steps"),
    N_("days are between {0} and {1}"),
)

_WORDED = frozenset(("what", "detail", "size", "limit", "state"))
"""The parameters that can hold words."""

_DETAILS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Expected (.+), got (.+)"), N_("expected {0}, got {1}")),
    (re.compile(r"Object missing required field (.+)"), N_("the field {0} is missing")),
    (re.compile(r"Object contains unknown field (.+)"), N_("the field {0} is unknown")),
    (re.compile(r"Invalid enum value (.+)"), N_("{0} is none of the values possible")),
    (re.compile(r"Invalid value (.+)"), N_("{0} is none of the values possible")),
    (re.compile(r"JSON is malformed: .*\(byte (\d+)\)"), N_("the JSON is malformed at byte {0}")),
    (re.compile(r"Input data was truncated"), N_("the JSON ends too early")),
    (re.compile(r"Number out of range"), N_("the number is out of range")),
    (re.compile(r"Invalid RFC3339 encoded datetime"), N_("this is not a moment as RFC 3339 says")),
    (re.compile(r"Invalid RFC3339 encoded date"), N_("this is not a date as RFC 3339 says")),
)
"""What the decoder says, as texts that can be translated."""


def worded(refusal: Refusal, language: Language) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    declared = REGISTRY[refusal.code]
    values = {name: _shown(name, value, language) for name, value in refusal.params.items()}
    return (
        translate(declared.message, language).format_map(values),
        translate(declared.remedy, language).format_map(values),
    )


def readable(detail: str) -> str:
    """What the decoder says about an input, in our words."""
    for pattern, text in _DETAILS:
        match = pattern.fullmatch(detail)
        if match is not None:
            return text.format(*match.groups())
    return detail


def _shown(name: str, value: str | int, language: Language) -> str | int:
    """A parameter of a message: words are translated, names of things are not."""
    if language == "en" or not isinstance(value, str) or name not in _WORDED:
        return value
    if value in _WORDS:
        return translate(value, language)
    for pattern, text in _phrases():
        match = pattern.fullmatch(value)
        if match is not None:
            return translate(text, language).format(*match.groups())
    return value


@lru_cache(maxsize=1)
def _phrases() -> list[tuple[re.Pattern[str], str]]:
    """The texts with places to be filled, and how they are recognised when they have been."""
    texts = [*(text for _, text in _DETAILS), *_SIZES]
    return [
        (re.compile(re.escape(text).replace(r"\{0\}", "(.+?)").replace(r"\{1\}", "(.+)"), re.DOTALL), text)
        for text in texts
    ]
