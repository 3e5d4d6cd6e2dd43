"""Events of people: what the audit trail holds of a write, never anything that opens a door."""

from typing import Any

import msgspec

from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.access.people.rules import Person
from mainstem.platform.execution import Call
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


def tell(work: Work, call: Call[Any], kind: str, person: int, payload: object, *, actor: int | None = None) -> None:
    """Queue the event `access.<kind>` about a person. `actor`: who did it, when the call could not know that yet."""
    work.emit(
        Event(
            type=f"access.{kind}",
            subject=person,
            actor=call.actor if actor is None else actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(payload),
        )
    )


def unknown(principal: int) -> Refusal:
    """The refusal of what is told of nobody."""
    return refuse(NOT_FOUND, "/principal", what="principal", id=principal)


def mark(hashed: bytes) -> str:
    """Which link it was, without what it opens."""
    return hashed[:4].hex()


def nobody(principal: int, login: str, name: str, role: str, node: int | None, subject: str | None = None) -> Person:
    """A person who has nothing yet."""
    return Person(
        principal=principal,
        login=login,
        name=name,
        role=role,
        node=node,
        password_changed_at=None,
        has_totp=False,
        totp_step=0,
        oidc_subject=subject,
        language="",
        theme="",
        disabled_at=None,
    )
