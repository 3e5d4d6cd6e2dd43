"""The balances of one place as a list: some of them, and those of which least is left first.

What is left = posted - held - what is kept. Reads the balances of the place, and no other.
"""

from collections.abc import Collection, Mapping
from struct import unpack
from typing import Literal

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.postgres import Connection
from mainstem.platform.query import Query, ask

Which = Literal["all", "low", "out", "negative"]


class Levels(msgspec.Struct, frozen=True):
    """How much is kept back of an asset and at which level it is low; None: at none.

    `exceptions` are those for which (keep, low) is not the usual pair.
    """

    keep: int = 0
    low: int | None = None
    exceptions: Mapping[int, tuple[int, int | None]] = {}


class Shelved(msgspec.Struct, frozen=True, gc=False):
    """A balance at the place, and what is left of it: posted - held - kept, below 0 where more is kept than is free."""

    asset: int
    posted: int
    held: int
    left: int


# A column as one byte string of 8-byte integers: a place can have as many assets as there are.
_ASSETS = "select coalesce(string_agg(int8send(asset), ''), '') from ledger.balance where place = %b::bigint"

# Without statistics of the arrays the planner would compare every row with every exception.
_HASHED: Query[int] = Query("select set_config('enable_nestloop', 'off', true)", (), len)
_USUAL: Query[int] = Query("select set_config('enable_nestloop', 'on', true)", (), len)

_LIST = """
select asset, posted, held, left_over from (
    select b.asset, b.posted, b.held, b.posted - b.held - coalesce(e.keep, %b::bigint) as left_over,
        case when e.asset is null then %b::bigint else e.low end as low
    from ledger.balance as b
    left join unnest(%b::bigint[], %b::bigint[], %b::bigint[]) as e (asset, keep, low) on e.asset = b.asset
    where b.place = %b::bigint {within}
) as listed
where {which} {after} {order} limit %b::bigint
"""
_WHICH: dict[Which, str] = {
    "all": "true",
    "low": "posted - held <= low",
    "out": "left_over <= 0",
    "negative": "posted < 0",
}
_WITHIN = "and b.asset = any(%b::bigint[])"
_AFTER = "and (left_over, asset) > (%b::bigint, %b::bigint)"
_LEAST_FIRST = "order by left_over, asset"


async def listed(
    connection: Connection,
    place: int,
    levels: Levels,
    limit: int,
    *,
    which: Which = "all",
    within: Collection[int] | None = None,
    after: tuple[int, int] | None = None,
    least_first: bool = True,
) -> list[Shelved]:
    """Balances of a place, zero included, among the assets `within`, after one named by (left, asset).

    `low`: what is free is at or below the level. `out`: nothing is left. `negative`: below zero.
    """
    sql = _LIST.format(
        within="" if within is None else _WITHIN,
        which=_WHICH[which],
        after="" if after is None else _AFTER,
        order=_LEAST_FIRST if least_first else "",
    )
    others = levels.exceptions
    parameters: tuple[object, ...] = (
        levels.keep,
        levels.low,
        Bigints(others),
        Bigints(keep for keep, _ in others.values()),
        Bigints(low for _, low in others.values()),
        place,
        *(() if within is None else (Bigints(within),)),
        *(after or ()),
        limit,
    )
    query = Query(sql, parameters, lambda rows: [Shelved(*row) for row in rows])
    _, found, _ = await ask(connection, _HASHED, query, _USUAL)
    return found


def assets_at(place: int) -> Query[tuple[int, ...]]:
    """The assets that have a balance at a place, in no order."""
    return Query(_ASSETS, (place,), lambda rows: unpack(f">{len(rows[0][0]) // 8}q", rows[0][0]))
