"""Decisions about requests: pure."""

from mainstem.domains.customers.consent.contracts import CONSENT_NOT_ASKED, UNKNOWN_PURPOSE
from mainstem.domains.customers.consent.policies import PURPOSES
from mainstem.domains.customers.rights.contracts import (
    ERASURE_TO_CARRY_OUT,
    REQUEST_STEP_IMPOSSIBLE,
    UNKNOWN_IDENTITY_WAY,
    UNKNOWN_REQUEST_REASON,
    AdvanceRequest,
    OpenRequest,
)
from mainstem.domains.customers.rights.laws import IDENTITY, REASONS
from mainstem.domains.customers.rights.states import TRANSITIONS
from mainstem.domains.customers.rights.store import Request
from mainstem.kernel.refusals import Refusal, refuse

OBJECTED = ("automated_decisions",)
"""To what somebody objects who does not say it."""


def acceptable(command: OpenRequest) -> Refusal | None:
    """Why a request cannot be opened; None when it can."""
    if command.identity and command.identity not in IDENTITY:
        return _unknown_way(command.identity)
    for position, purpose in enumerate(command.purposes):
        if purpose not in PURPOSES:
            return refuse(UNKNOWN_PURPOSE, f"/purposes/{position}", purpose=purpose[:64])
        if PURPOSES[purpose].default:
            return refuse(CONSENT_NOT_ASKED, f"/purposes/{position}", purpose=purpose)
    return None


def objected(command: OpenRequest) -> list[str]:
    """The purposes that a request objects to."""
    return list(dict.fromkeys(command.purposes or OBJECTED)) if command.kind == "objection" else []


def advance(request: Request, command: AdvanceRequest) -> Refusal | None:
    """Take a request a step further in place; why it cannot, and nothing changed."""
    if command.to not in TRANSITIONS[request.state]:
        return refuse(REQUEST_STEP_IMPOSSIBLE, "/to", state=request.state, to=command.to)
    if command.to == "done" and request.kind == "erasure":
        return refuse(ERASURE_TO_CARRY_OUT, "/to", request=request.id)
    if command.to == "identity_checked":
        if command.identity not in IDENTITY:
            return _unknown_way(command.identity)
        request.identity = command.identity
    if command.to == "refused":
        if command.reason not in REASONS:
            return refuse(UNKNOWN_REQUEST_REASON, "/reason", reason=command.reason[:64], reasons=", ".join(REASONS))
        request.reason = command.reason
    request.state = command.to
    return None


def _unknown_way(way: str) -> Refusal:
    return refuse(UNKNOWN_IDENTITY_WAY, "/identity", way=way[:64], ways=", ".join(IDENTITY))
