"""Saving and removing segments: load, decide, store, tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mainstem.domains.customers.segments import contracts as c
from mainstem.domains.customers.segments import store
from mainstem.domains.customers.segments.conditions import read_condition
from mainstem.domains.customers.tags.library import tag_conditions
from mainstem.kernel.refusals import NOT_FOUND, Refusal, RefusedError, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Event, Work

_encode = msgspec.json.Encoder().encode


async def save_segments(work: Work, calls: Sequence[Call[c.SaveSegment]]) -> list[c.SegmentSaved | Refusal]:
    """Save segments in order of arrival; each sees what those before it have saved."""
    await work.reserve_ids(len(calls))
    known = await store.lock(work)
    answers: list[c.SegmentSaved | Refusal] = []
    for call in calls:
        command = call.command
        refusal = _unreadable(command) or _clash(command, known)
        if refusal is not None:
            answers.append(refusal)
            continue
        segment = work.ids.take() if command.segment is None else command.segment
        revision = known[segment].revision + 1 if segment in known else 1
        known[segment] = store.Known(segment, command.name.strip(), revision)
        store.save(
            work,
            segment=segment,
            name=command.name.strip(),
            description=command.description.strip(),
            condition=_encode(command.condition),
            revision=revision,
            actor=call.actor,
        )
        _tell(work, call, "segment_saved", segment, revision)
        answers.append(c.SegmentSaved(segment, revision))
    return answers


async def remove_segments(work: Work, calls: Sequence[Call[c.RemoveSegment]]) -> list[c.SegmentSaved | Refusal]:
    """Remove segments in order of arrival."""
    known = await store.lock(work)
    removed: list[int] = []
    answers: list[c.SegmentSaved | Refusal] = []
    for call in calls:
        segment = call.command.segment
        refusal = _outdated(segment, call.command.revision, known)
        if refusal is not None:
            answers.append(refusal)
            continue
        revision = known.pop(segment).revision + 1
        removed.append(segment)
        _tell(work, call, "segment_removed", segment, revision)
        answers.append(c.SegmentSaved(segment, revision))
    if removed:
        store.remove(work, removed)
    return answers


def _unreadable(command: c.SaveSegment) -> Refusal | None:
    name = command.name.strip()
    if not 0 < len(name) <= c.NAME_LENGTH_MAX or not name.isprintable():
        return refuse(c.BAD_SEGMENT_NAME, "/name", limit=c.NAME_LENGTH_MAX)
    if len(command.description) > c.DESCRIPTION_LENGTH_MAX:
        size, limit = len(command.description), c.DESCRIPTION_LENGTH_MAX
        return refuse(c.CONDITION_TOO_LARGE, "/description", size=size, what="characters", limit=limit)
    try:
        read_condition(command.condition, tag_conditions())
    except RefusedError as refused:
        return refused.refusal
    return None


def _clash(command: c.SaveSegment, known: Mapping[int, store.Known]) -> Refusal | None:
    if command.segment is not None:
        refusal = _outdated(command.segment, command.revision, known)
        if refusal is not None:
            return refusal
    elif len(known) >= c.SEGMENTS_MAX:
        return refuse(c.TOO_MANY_SEGMENTS, limit=c.SEGMENTS_MAX)
    name = command.name.strip()
    if any(one.name.lower() == name.lower() and one.id != command.segment for one in known.values()):
        return refuse(c.SEGMENT_NAME_TAKEN, "/name", name=name)
    return None


def _outdated(segment: int, revision: c.Expected, known: Mapping[int, store.Known]) -> Refusal | None:
    if segment not in known:
        return refuse(NOT_FOUND, "/segment", what="segment", id=segment)
    current = known[segment].revision
    if revision is not msgspec.UNSET and revision != current:
        return refuse(c.SEGMENT_CHANGED, "/revision", segment=segment, current=current, given=revision)
    return None


def _tell(work: Work, call: Call[Any], verb: str, segment: int, revision: int) -> None:
    work.emit(
        Event(
            type=f"customers.{verb}",
            subject=segment,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(c.SegmentChangedEvent(revision)),
        )
    )


SAVE_SEGMENT = Operation("customers.save_segment", c.SaveSegment, c.SegmentSaved, save_segments)
REMOVE_SEGMENT = Operation("customers.remove_segment", c.RemoveSegment, c.SegmentSaved, remove_segments)
