"""The events of orders and what they carry."""

from typing import Any

import msgspec

from mainstem.platform.execution import Call
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """What was done to an order or sale: the command as it arrived, and what was decided.

    Of a customer it has the id of his record, in place of what the command calls him.
    """

    result: Any
    command: msgspec.Raw


def emit(work: Work, call: Call[Any], verb: str, order: int, result: object, customer: int | None = None) -> None:
    """Queue `orders.<verb>` with the command and the result as payload; `customer` is the record that it names."""
    encoded = call.encoded
    if customer is not None:
        encoded = _encode(msgspec.structs.replace(call.command, customer=customer))
    work.emit(
        Event(
            type=f"orders.{verb}",
            subject=order,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(Recorded(result, msgspec.Raw(encoded))),
        )
    )


def emit_sweep(work: Work, verb: str, order: int, result: object) -> None:
    """Queue `orders.<verb>` for a change that no caller asked for; its actor is the system, 0."""
    work.emit(
        Event(
            type=f"orders.{verb}",
            subject=order,
            actor=0,
            trace="",
            occurred_at=work.now,
            payload=_encode({"result": result}),
        )
    )
