"""Refusals: the expected, documented way in which a request is turned down.

A refusal is a value, never an exception that crosses rooms. Its code is stable; its message is a template that is
translated at the edge, so that what is stored and compared carries no language.
"""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What sort of refusal it is; the faces translate this to their own vocabulary (HTTP status, exit code)."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too_large"
    BUSY = "busy"


class RefusalCode(msgspec.Struct, frozen=True):
    """One documented reason: a stable code, its kind, and the message and remedy as translatable templates."""

    code: str
    kind: Kind
    message: str
    remedy: str


REGISTRY: dict[str, RefusalCode] = {}


def declare(code: str, kind: Kind, message: str, remedy: str) -> RefusalCode:
    """Register a code once; the reference and the translation catalogue are built from the registry."""
    if code in REGISTRY:
        msg = f"refusal code {code!r} is declared twice"
        raise ValueError(msg)
    REGISTRY[code] = RefusalCode(code=code, kind=kind, message=message, remedy=remedy)
    return REGISTRY[code]


class Refusal(msgspec.Struct, frozen=True):
    """A request turned down: which code, where in the input (JSON pointer), and the values the message needs."""

    code: str
    where: str = ""
    params: dict[str, str | int] = {}

    @property
    def kind(self) -> Kind:
        """The kind of its code."""
        return REGISTRY[self.code].kind

    def message(self) -> str:
        """The English message with its values filled in."""
        return REGISTRY[self.code].message.format_map(self.params)

    def remedy(self) -> str:
        """What to do about it, in English."""
        return REGISTRY[self.code].remedy.format_map(self.params)


def refuse(code: RefusalCode, where: str = "", /, **params: str | int) -> Refusal:
    """Build a refusal of a declared code."""
    return Refusal(code=code.code, where=where, params=params)


class RefusedError(Exception):
    """Carries a refusal out of a parser or a read; caught at the edges and nowhere else."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} at {refusal.where or '/'}: {refusal.message()}")
        self.refusal = refusal


MALFORMED = declare(
    "malformed", Kind.INVALID, "The input cannot be read: {detail}.", "Correct the input as the message says."
)
NOT_FOUND = declare("not_found", Kind.NOT_FOUND, "There is no {what} {id}.", "Check the identifier.")
TOO_LARGE = declare(
    "too_large", Kind.TOO_LARGE, "The input has {size}; the limit is {limit}.", "Send it in smaller parts."
)
BUSY = declare("busy", Kind.BUSY, "Too much is waiting already.", "Try again in a moment with the same key.")
KEY_REUSED = declare(
    "idempotency_key_reused",
    Kind.CONFLICT,
    "The idempotency key was used before with another request.",
    "Send the original request to get its answer, or use a new key.",
)
KEY_MISSING = declare(
    "idempotency_key_missing",
    Kind.INVALID,
    "A write needs the header Idempotency-Key.",
    "Send a key of up to 255 visible characters, unique to this request.",
)
INTERNAL = declare(
    "internal", Kind.BUSY, "Something failed on our side; the trace id is {trace}.", "Try again with the same key."
)
