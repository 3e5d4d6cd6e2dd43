"""What people said of customers: the merges they made and what undoes them, and whom they keep apart."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, Row, ask

MERGES_MAX = 100

_AT_ONCE = timedelta(minutes=5)
"""Between what was said and its event: the clocks of two machines."""

_MEMBERS = """
select m.id from customers.source_record as k join customers.source_record as m on m.customer = k.customer
where k.id = %b::bigint order by m.id
"""

# The latest word of each kind on each pair of them; of what people said, whoever spoke last.
_SAID = """
select distinct on (a.low, a.high, a.person, a.identifier, a.kind)
    a.low, a.high, a.sign, a.person, a.rule, coalesce(i.type, ''), a.actor, a.recorded_at
from (
    select low, high, sign, rule in ('manual', 'review') as person, rule, identifier, actor, recorded_at, id,
        case when rule in ('manual', 'review') then '' else rule end as kind
    from customers.assertion where low = any(%b::bigint[]) and high = any(%b::bigint[])
) as a
left join customers.identifier as i on i.id = a.identifier
where i.suspended_at is null
order by a.low, a.high, a.person, a.identifier, a.kind, a.recorded_at desc, a.id desc
"""

_TOLD = """
select e.subject, (e.payload ->> 'absorbed')::bigint, e.actor, e.occurred_at, coalesce(e.payload ->> 'reason', '')
from platform.event as e
where e.subject = any(%b::bigint[]) and e.type = 'customers.customers_merged' and e.actor <> 0
order by e.id desc limit %b::bigint
"""


class MadeMerge(msgspec.Struct, frozen=True):
    """A merge that somebody made and that still holds. `reason` is "" for the answer to a review.

    `records` would have to leave for it to be undone; empty when more than this merge ties the two together by now.
    """

    customer: int
    absorbed: int
    actor: int
    at: datetime
    reason: str
    records: tuple[int, ...]


class _Said(msgspec.Struct, frozen=True):
    low: int
    high: int
    sign: int
    person: bool
    rule: str
    type: str
    actor: int
    at: datetime


async def merges_of(connection: Connection, customer: int) -> list[MadeMerge]:
    """The merges that people made of the customer an id means, and that hold: the latest first."""
    (members,) = await ask(connection, Query(_MEMBERS, (customer,), lambda rows: [row[0] for row in rows]))
    ids = Bigints(members)
    said, told = await ask(
        connection,
        Query(_SAID, (ids, ids), lambda rows: [_Said(*row) for row in rows]),
        Query(_TOLD, (ids, MERGES_MAX), list),
    )
    return _made(set(members), said, told)


def _made(members: set[int], said: Sequence[_Said], told: Sequence[Row]) -> list[MadeMerge]:
    """By pair of customers the latest telling, with the word of a person that joined them."""
    found: dict[tuple[int, int], MadeMerge] = {}
    joined = sorted((one for one in said if one.person and one.sign > 0), key=lambda one: one.at)
    for kept, absorbed, actor, at, reason in told:
        if absorbed not in members or (kept, absorbed) in found:
            continue
        word = _word(kept, absorbed, actor, at, "manual" if reason else "review", joined)
        if word is None:
            continue
        side = _reached(absorbed, [one for one in said if one.sign > 0 and not (one.person and one.at >= word.at)])
        records = () if kept in side else tuple(sorted(side))
        found[kept, absorbed] = MadeMerge(kept, absorbed, actor, at, reason, records)
    return list(found.values())


def _word(kept: int, absorbed: int, actor: int, at: datetime, rule: str, joined: Sequence[_Said]) -> _Said | None:
    """What was said to make a merge: of the two customers' own records first of all, else of two by him, just then."""
    for one in joined:
        if (one.low, one.high) == (kept, absorbed):
            return one
    near = [one for one in joined if one.actor == actor and one.rule == rule and abs(one.at - at) < _AT_ONCE]
    return min(near, key=lambda one: abs(one.at - at), default=None)


def _reached(start: int, said: Sequence[_Said]) -> set[int]:
    beside: dict[int, list[int]] = defaultdict(list)
    for one in said:
        beside[one.low].append(one.high)
        beside[one.high].append(one.low)
    found, waiting = {start}, [start]
    while waiting:
        for near in beside[waiting.pop()]:
            if near not in found:
                found.add(near)
                waiting.append(near)
    return found


class Against(msgspec.Struct, frozen=True):
    """What speaks against two customers being one: a person's word, or what their records make look like two people.

    `rule` is `manual` or `review` for a person, else what was compared; `type` is that of the identifier they share.
    """

    low: int
    high: int
    rule: str
    type: str
    actor: int
    at: datetime


async def against(connection: Connection, one: int, other: int) -> list[Against]:
    """What speaks against two customers, named by any ids, being one person; what people said goes first."""
    left, right = await ask(
        connection,
        Query(_MEMBERS, (one,), lambda rows: {row[0] for row in rows}),
        Query(_MEMBERS, (other,), lambda rows: {row[0] for row in rows}),
    )
    ids = Bigints(sorted(left | right))
    (said,) = await ask(connection, Query(_SAID, (ids, ids), lambda rows: [_Said(*row) for row in rows]))
    found = [
        Against(one.low, one.high, one.rule, one.type, one.actor, one.at)
        for one in said
        if one.sign < 0 and (one.low in left) != (one.high in left)
    ]
    return sorted(found, key=lambda one: (one.rule not in ("manual", "review"), one.low, one.high))
