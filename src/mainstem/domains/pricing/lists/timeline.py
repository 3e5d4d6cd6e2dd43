"""Timelines: what holds of a subject from when until when, never two things at a time.

Values are never overwritten. What is put over another span ends it, and where it has an end of its own, what it has
interrupted goes on behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class Span(Generic[V]):
    """What holds from `start` until before `end`, None for ever; equal when it was replaced at once.

    `continues` is the id of the span that goes on here. `new` spans are not stored yet, `changed` ones have another end
    than what is stored.
    """

    id: int
    start: datetime
    end: datetime | None
    value: V
    continues: int | None = None
    new: bool = False
    changed: bool = False

    def holds(self, moment: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.start <= moment and (self.end is None or moment < self.end)


def put(
    timeline: list[Span[V]], value: V, start: datetime, end: datetime | None, take_id: Callable[[], int]
) -> Span[V]:
    """Put a value into a timeline from `start` on.

    Without an end it takes the rest of the span that it begins in, or the time until the next one begins. With an end
    it replaces whatever was to hold until then; what it interrupts goes on.
    """
    if end is None:
        return _join(timeline, value, start, take_id)
    rest: Span[V] | None = None
    for span in timeline:
        if span.start >= end or (span.end is not None and span.end <= max(start, span.start)):
            continue
        if span.end is None or span.end > end:
            rest = Span(take_id(), end, span.end, span.value, span.continues or span.id, new=True)
        span.end, span.changed = max(start, span.start), True
    if rest is not None:
        timeline.append(rest)
    new = Span(take_id(), start, end, value, new=True)
    timeline.append(new)
    return new


def _join(timeline: list[Span[V]], value: V, start: datetime, take_id: Callable[[], int]) -> Span[V]:
    within = next((span for span in timeline if span.holds(start)), None)
    if within is None:
        later = [span.start for span in timeline if span.start > start and span.end != span.start]
        new = Span(take_id(), start, min(later, default=None), value, new=True)
    else:
        new = Span(take_id(), start, within.end, value, new=True)
        within.end, within.changed = start, True
    timeline.append(new)
    return new
