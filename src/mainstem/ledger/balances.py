"""All SQL that only reads balances, movements and holds. Quantities are in the asset's smallest steps.

Each function builds a question and asks nothing (see `platform.query`). Two questions see the same state only inside
`Database.snapshot()`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from mainstem.ledger.contracts import Spot
from mainstem.platform.arrays import Bigints, Moments
from mainstem.platform.query import Query, Row

FEW_PLACES = 16
"""Up to so many places, each balance is looked up by its key; beyond, all places of an asset are read and filtered."""


Column = npt.NDArray[np.int64]


class Shelf(NamedTuple):
    """The balances of one asset that are not zero, as columns: at places[i], posted[i] are there and held[i] promised.

    The places are in no order.
    """

    asset: int
    places: Column
    posted: Column
    held: Column


class HeldAt(msgspec.Struct, frozen=True, gc=False):
    """A live hold: what it still promises of an asset at a place."""

    id: int
    asset: int
    place: int
    open: int
    reference: int


class HoldLine(msgspec.Struct, frozen=True, gc=False):
    """A hold of a reference as it stands or ended."""

    asset: int
    place: int
    quantity: int
    open: int


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A movement as it was recorded."""

    id: int
    asset: int
    source: int
    target: int
    quantity: int
    kind: str
    reference: int
    occurred_at: datetime
    recorded_at: datetime


# A column travels as one byte string of 8-byte integers, which costs half of what 100,000 rows would.
_PACKED = """
select b.asset, string_agg(int8send(b.place), ''), string_agg(int8send(b.posted), ''), string_agg(int8send(b.held), '')
"""

_BY_KEY = (
    _PACKED
    + """
from unnest(%b::bigint[]) as a (asset)
cross join unnest(%b::bigint[]) as p (place)
join ledger.balance as b on b.asset = a.asset and b.place = p.place
where b.posted <> 0 or b.held <> 0
group by b.asset
"""
)

# `is true` makes the places a hashed filter instead of an index condition or a join: the entries of one asset lie
# together, while a walk over (place, asset) reads every balance of many places, which is most of the table.
_BY_ASSET = (
    _PACKED
    + """
from ledger.balance as b
where b.asset = any(%b::bigint[]) and (b.place in (select unnest(%b::bigint[]))) is true
  and (b.posted <> 0 or b.held <> 0)
group by b.asset
"""
)

_DUE = """
select distinct h.reference
from unnest(%b::bigint[], %b::bigint[]) as k (asset, place)
join ledger.hold as h on h.asset = k.asset and h.place = k.place
where h.state = 'held' and h.expires_at <= %b::timestamptz
"""

_LIVE = """
select id, asset, place, quantity - settled - released, reference
from ledger.hold where reference = any(%b::bigint[]) and state = 'held' order by id
"""

_HOLD_LINES = """
select asset, place, quantity, quantity - settled - released from ledger.hold where reference = %b::bigint order by id
"""

_MOVED_SINCE = """
select k.number, sum(case when m.target = k.place then m.quantity else -m.quantity end)::bigint
from unnest(%b::bigint[], %b::bigint[], %b::timestamptz[]) with ordinality as k (asset, place, moment, number)
join ledger.movement as m
  on m.asset = k.asset and m.occurred_at > k.moment and (m.source = k.place or m.target = k.place)
group by k.number
"""

_POSTED_AT = """
with place as (
    select * from unnest(%b::bigint[], %b::timestamptz[]) as p (place, moment)
), since as (
    select asset, place, sum(net) as net
    from (
        select m.asset, p.place, m.quantity as net
        from ledger.movement as m join place as p on p.place = m.target
        where m.asset = any(%b::bigint[]) and m.occurred_at > %b::timestamptz and m.occurred_at > p.moment
        union all
        select m.asset, p.place, -m.quantity
        from ledger.movement as m join place as p on p.place = m.source
        where m.asset = any(%b::bigint[]) and m.occurred_at > %b::timestamptz and m.occurred_at > p.moment
    ) as moved
    group by asset, place
), now as (
    select b.asset, b.place, b.posted from ledger.balance as b
    where b.asset = any(%b::bigint[]) and b.place = any(%b::bigint[])
)
select asset, place, (coalesce(now.posted, 0) - coalesce(since.net, 0))::bigint
from now full join since using (asset, place)
"""

_MOVED = "select id, asset, source, target, quantity, kind, reference, occurred_at, recorded_at from ledger.movement"
_BY_REFERENCE = f"{_MOVED} where reference = %b::bigint order by id"
_NEWEST = f"""{_MOVED}
where asset = %b::bigint and (source = %b::bigint or target = %b::bigint)
  and (%b::timestamptz is null or (occurred_at, id) < (%b::timestamptz, %b::bigint))
order by occurred_at desc, id desc limit %b::bigint
"""

_AT_PLACE = """
select asset, place, posted, held from ledger.balance
where place = %b::bigint and asset > %b::bigint order by asset limit %b::bigint
"""


def balances(assets: Collection[int], places: Collection[int]) -> Query[list[Shelf]]:
    """The balances of every asset at every place that are not zero, by asset."""
    sql = _BY_KEY if len(places) <= FEW_PLACES else _BY_ASSET
    return Query(sql, (Bigints(assets), Bigints(places)), _unpacked)


def _unpacked(rows: list[Row]) -> list[Shelf]:
    return [
        Shelf(asset, np.frombuffer(places, ">i8"), np.frombuffer(posted, ">i8"), np.frombuffer(held, ">i8"))
        for asset, places, posted, held in rows
    ]


def balances_of_place(place: int, after: int, limit: int) -> Query[list[tuple[int, int, int, int]]]:
    """(asset, place, posted, held) of a place in the order of the asset's id, after one; zero balances included."""
    return Query(_AT_PLACE, (place, after, limit), lambda rows: [(row[0], row[1], row[2], row[3]) for row in rows])


def due_references(spots: Iterable[Spot], moment: datetime) -> Query[list[int]]:
    """The references of live holds at these spots whose time was up at the moment."""
    wanted = sorted(set(spots))
    return Query(
        _DUE,
        (Bigints(asset for asset, _ in wanted), Bigints(place for _, place in wanted), moment),
        lambda rows: [row[0] for row in rows],
    )


def live_holds(references: Collection[int]) -> Query[list[HeldAt]]:
    """The live holds of these references, by id."""
    return Query(_LIVE, (Bigints(references),), lambda rows: [HeldAt(*row) for row in rows])


def hold_lines(reference: int) -> Query[list[HoldLine]]:
    """Every hold a reference ever made, by id."""
    return Query(_HOLD_LINES, (reference,), lambda rows: [HoldLine(*row) for row in rows])


def moved_since(keys: Sequence[tuple[int, int, datetime]]) -> Query[list[int]]:
    """For each (asset, place, moment): what came in less what went out by movements that occurred after the moment."""

    def parse(rows: list[Row]) -> list[int]:
        net: dict[int, int] = {row[0]: row[1] for row in rows}
        return [net.get(number, 0) for number in range(1, len(keys) + 1)]

    return Query(
        _MOVED_SINCE,
        (Bigints(key[0] for key in keys), Bigints(key[1] for key in keys), Moments(key[2] for key in keys)),
        parse,
    )


def posted_at(assets: Collection[int], moments: dict[int, datetime]) -> Query[dict[Spot, int]]:
    """What was there at each place at its own moment: the balance now less what moved since; zeros may be left out.

    One statement, so that balances and movements are of one state.
    """
    places, wanted = Bigints(moments), Bigints(assets)
    earliest = min(moments.values())
    return Query(
        _POSTED_AT,
        (places, Moments(moments.values()), wanted, earliest, wanted, earliest, wanted, places),
        lambda rows: {(row[0], row[1]): row[2] for row in rows},
    )


def movements_of_reference(reference: int) -> Query[list[Moved]]:
    """The movements of one reference, by id."""
    return Query(_BY_REFERENCE, (reference,), lambda rows: [Moved(*row) for row in rows])


def movements_of_spot(spot: Spot, before: tuple[datetime, int] | None, limit: int) -> Query[list[Moved]]:
    """The movements in and out of a spot, newest first, before one named by (occurred_at, id)."""
    asset, place = spot
    moment, number = before or (None, 0)
    return Query(
        _NEWEST, (asset, place, place, moment, moment, number, limit), lambda rows: [Moved(*row) for row in rows]
    )
