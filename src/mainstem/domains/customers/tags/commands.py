"""Attaching and removing tags: load, decide, store, tell."""

from collections.abc import Sequence
from typing import Any

import msgspec

from mainstem.domains.customers.tags import contracts as c
from mainstem.domains.customers.tags.library import tag_conditions
from mainstem.domains.customers.tags.names import bad_tag_name
from mainstem.kernel.refusals import NOT_FOUND, Refusal, refuse
from mainstem.platform.arrays import Bigints, Texts
from mainstem.platform.execution import Call, Operation
from mainstem.platform.work import Event, Work

_LOAD = """
select k.id, k.customer, coalesce(
    (select array_agg(t.tag order by t.record, t.tag) from customers.source_record as r
     join customers.manual_tag as t on t.record = r.id where r.customer = k.customer), '{}')
from customers.source_record as k where k.id = any(%b::bigint[]) and k.erased_at is null order by k.id for update of k
"""
_SET = """
insert into customers.manual_tag (record, tag, actor, set_at)
select record, tag, actor, %b::timestamptz from unnest(%b::bigint[], %b::text[], %b::bigint[]) as n (record, tag, actor)
on conflict do nothing
"""
_REMOVE = """
delete from customers.manual_tag as t
using unnest(%b::bigint[], %b::text[]) as n (customer, tag), customers.source_record as r
where r.customer = n.customer and t.record = r.id and t.tag = n.tag
"""

_encode = msgspec.json.Encoder().encode

Loaded = dict[int, tuple[int, set[str]]]
"""Id as named: the customer, and the tags of his records."""


async def _load(work: Work, calls: Sequence[Call[Any]]) -> Loaded:
    (rows,) = await work.read((_LOAD, (Bigints(sorted({call.command.customer for call in calls})),)))
    tags: dict[int, set[str]] = {}
    for _, customer, names in rows:
        tags.setdefault(customer, set()).update(names)
    return {id_: (customer, tags[customer]) for id_, customer, _ in rows}


async def set_tags(work: Work, calls: Sequence[Call[c.SetTag]]) -> list[c.TagChanged | Refusal]:
    """Attach tags in order of arrival; each sees what those before it have attached."""
    known = await _load(work, calls)
    rows: list[tuple[int, str, int]] = []
    answers: list[c.TagChanged | Refusal] = []
    for call in calls:
        command = call.command
        refusal = bad_tag_name(command.tag)
        if refusal is None and command.tag in tag_conditions():
            refusal = refuse(c.COMPUTED_TAG, "/tag", tag=command.tag)
        if refusal is None and command.customer not in known:
            refusal = _missing(command.customer)
        if refusal is not None:
            answers.append(refusal)
            continue
        customer, tags = known[command.customer]
        if command.tag not in tags and len(tags) >= c.TAGS_MAX:
            answers.append(refuse(c.TOO_MANY_TAGS, "/tag", customer=command.customer, limit=c.TAGS_MAX))
            continue
        changed = command.tag not in tags
        if changed:
            tags.add(command.tag)
            rows.append((command.customer, command.tag, call.actor))
            _tell(work, call, "tag_set", customer)
        answers.append(c.TagChanged(command.customer, command.tag, changed))
    if rows:
        work.write(
            _SET,
            work.now,
            Bigints(row[0] for row in rows),
            Texts([row[1] for row in rows]),
            Bigints(row[2] for row in rows),
        )
    return answers


async def remove_tags(work: Work, calls: Sequence[Call[c.RemoveTag]]) -> list[c.TagChanged | Refusal]:
    """Remove tags in order of arrival."""
    known = await _load(work, calls)
    rows: list[tuple[int, str]] = []
    answers: list[c.TagChanged | Refusal] = []
    for call in calls:
        command = call.command
        if command.customer not in known:
            answers.append(_missing(command.customer))
            continue
        customer, tags = known[command.customer]
        changed = command.tag in tags
        if changed:
            tags.remove(command.tag)
            rows.append((customer, command.tag))
            _tell(work, call, "tag_removed", customer)
        answers.append(c.TagChanged(command.customer, command.tag, changed))
    if rows:
        work.write(_REMOVE, Bigints(row[0] for row in rows), Texts([row[1] for row in rows]))
    return answers


def _missing(customer: int) -> Refusal:
    return refuse(NOT_FOUND, "/customer", what="customer", id=customer)


def _tell(work: Work, call: Call[Any], verb: str, customer: int) -> None:
    work.emit(
        Event(
            type=f"customers.{verb}",
            subject=call.command.customer,
            actor=call.actor,
            trace=call.trace,
            occurred_at=work.now,
            payload=_encode(c.TagEvent(customer, call.command.tag)),
        )
    )


SET_TAG = Operation("customers.set_tag", c.SetTag, c.TagChanged, set_tags)
REMOVE_TAG = Operation("customers.remove_tag", c.RemoveTag, c.TagChanged, remove_tags)
