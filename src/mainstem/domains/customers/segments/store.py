"""All SQL that locks or writes segments."""

from collections.abc import Iterable

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.work import Work

_LOCK_KEY = "select pg_advisory_xact_lock(hashtextextended('mainstem.customers.segments', 0))"
_LOAD = "select id, name, revision from customers.segment where removed_at is null for update"
_SAVE = """
insert into customers.segment (id, name, description, condition, revision, actor, created_at, updated_at, filled_after)
values (%b, %b, %b, %b::text::json, %b, %b, %b, %b, -1)
on conflict (id) do update set name = excluded.name, description = excluded.description,
    filled_after = case when segment.condition::text = excluded.condition::text then segment.filled_after
        else excluded.filled_after end,
    condition = excluded.condition, revision = excluded.revision, actor = excluded.actor,
    updated_at = excluded.updated_at
"""
_REMOVE = """
update customers.segment set removed_at = %b, filled_after = -1, revision = revision + 1
where id = any(%b::bigint[])
"""


class Known(msgspec.Struct, frozen=True):
    """A segment that there is."""

    id: int
    name: str
    revision: int


async def lock(work: Work) -> dict[int, Known]:
    """Lock the list of segments; those that there are."""
    _, rows = await work.read((_LOCK_KEY, ()), (_LOAD, ()))
    return {row[0]: Known(*row) for row in rows}


def save(work: Work, *, segment: int, name: str, description: str, condition: bytes, revision: int, actor: int) -> None:
    """Queue a segment as it is now; where its condition is another, its members will be brought to it."""
    text = condition.decode()
    work.write(_SAVE, segment, name, description, text, revision, actor, work.now, work.now)


def remove(work: Work, segments: Iterable[int]) -> None:
    """Queue the end of segments."""
    work.write(_REMOVE, work.now, Bigints(segments))
