"""Events of promotions and coupons: ids, codes of promotions and quantities; never a code of a coupon."""

from typing import Any

import msgspec

from mainstem.platform.execution import Call
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


def tell(work: Work, call: Call[Any] | None, what: str, subject: int, payload: msgspec.Struct) -> None:
    """Queue an event of the room about a subject; without a call, of a sweep."""
    actor, trace = (0, "") if call is None else (call.actor, call.trace)
    work.emit(Event(f"pricing.{what}", subject, actor, trace, work.now, _encode(payload)))
