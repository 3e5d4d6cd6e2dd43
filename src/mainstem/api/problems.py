"""Refusals as HTTP: which status, and the problem details of RFC 9457 in the reader's language."""

import re
from functools import lru_cache

import msgspec

from mainstem.kernel.refusals import (
    INTERNAL,
    KEY_MISSING,
    MALFORMED,
    REGISTRY,
    Kind,
    Refusal,
    declare,
)
from mainstem.platform.texts import Language, translate

STATUS_OF_KIND: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.TOO_LARGE: 413,
    Kind.BUSY: 503,
}
"""The HTTP status of each kind of refusal."""

UNKNOWN_ROUTE = declare(
    "unknown_route", Kind.NOT_FOUND, "There is nothing at {path}.", "See /openapi.json for what there is."
)
METHOD_NOT_ALLOWED = declare(
    "method_not_allowed", Kind.INVALID, "{method} is not possible at {path}.", "Use one of {methods}."
)
UNAVAILABLE = declare(
    "unavailable", Kind.BUSY, "The database does not answer.", "Try again in a moment with the same key."
)
DRAINING = declare(
    "draining",
    Kind.BUSY,
    "This server is shutting down.",
    "Try again; another one will answer, or this one when it is back.",
)

_STATUS_OF_CODE: dict[str, int] = {
    MALFORMED.code: 400,
    KEY_MISSING.code: 400,
    METHOD_NOT_ALLOWED.code: 405,
    INTERNAL.code: 500,
}
"""The codes for which HTTP has a more exact status than for their kind."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext knows
    """Mark a text to be translated where it is shown."""
    return text


TITLES: dict[int, str] = {
    400: N_("Unreadable request"),
    401: N_("Not authenticated"),
    403: N_("Not permitted"),
    404: N_("Not found"),
    405: N_("Method not allowed"),
    409: N_("In conflict with what is there"),
    413: N_("Too large"),
    422: N_("Not acceptable as it stands"),
    500: N_("Failed on our side"),
    503: N_("Not possible right now"),
}

RETRY_AFTER_SECONDS = 1

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
    )
)
"""Parameters of messages that are words and not names."""

_SIZES = (
    N_("more than {0} bytes"),
    N_("{0} bytes"),
    N_("{0} items"),
    N_("{0} SKUs at {1} nodes"),
    N_("{0} is not between 0 and {1}"),
)

_WORDED = frozenset(("what", "detail", "size", "limit"))
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


class Problem(msgspec.Struct, frozen=True):
    """Problem details (RFC 9457) with the stable `code`, a JSON pointer into the input, and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    remedy: str
    where: str = ""
    instance: str = ""
    trace_id: str = ""


class ProblemType(msgspec.Struct, frozen=True):
    """A code that a request can be refused with; its texts name in braces what they are filled with."""

    type: str
    code: str
    status: int
    title: str
    message: str
    remedy: str


def problem_types(language: Language) -> list[ProblemType]:
    """Every declared code in a language."""
    found = []
    for declared in REGISTRY.values():
        status = _STATUS_OF_CODE.get(declared.code) or STATUS_OF_KIND[declared.kind]
        found.append(
            ProblemType(
                type=f"/problems/{declared.code}",
                code=declared.code,
                status=status,
                title=translate(TITLES[status], language),
                message=translate(declared.message, language),
                remedy=translate(declared.remedy, language),
            )
        )
    return found


def status_of(refusal: Refusal) -> int:
    """The HTTP status that a refusal is answered with."""
    return _STATUS_OF_CODE.get(refusal.code) or STATUS_OF_KIND[refusal.kind]


def problem(refusal: Refusal, language: Language, *, instance: str = "", trace: str = "") -> Problem:
    """The problem details of a refusal in a language."""
    declared = REGISTRY[refusal.code]
    status = status_of(refusal)
    values = {name: _shown(name, value, language) for name, value in refusal.params.items()}
    return Problem(
        type=f"/problems/{declared.code}",
        title=translate(TITLES[status], language),
        status=status,
        detail=translate(declared.message, language).format_map(values),
        code=declared.code,
        remedy=translate(declared.remedy, language).format_map(values),
        where=refusal.where,
        instance=instance,
        trace_id=trace,
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
