"""Refusals as HTTP: which status, and the problem details of RFC 9457 in the reader's language."""

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
from mainstem.platform.texts import N_, Language, translate, worded

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
    detail, remedy = worded(refusal, language)
    return Problem(
        type=f"/problems/{declared.code}",
        title=translate(TITLES[status], language),
        status=status,
        detail=detail,
        code=declared.code,
        remedy=remedy,
        where=refusal.where,
        instance=instance,
        trace_id=trace,
    )
