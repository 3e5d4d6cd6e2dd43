"""What came and went over whole days: for questions about the age and the speed of what is counted."""

from collections.abc import Collection
from datetime import date, datetime

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query, Row

_SQL = """
with inside as (select unnest(%b::bigint[]) as place), moved as (
    select m.asset, (m.occurred_at at time zone 'UTC')::date as day, m.quantity,
        m.target in (select place from inside) as came, m.source in (select place from inside) as went
    from ledger.movement as m
    where m.asset = any(%b::bigint[]) and m.occurred_at >= %b::timestamptz
)
select asset, day, coalesce(sum(quantity) filter (where came and not went), 0)::bigint,
    coalesce(sum(quantity) filter (where went and not came), 0)::bigint
from moved where came <> went group by asset, day
union all
select b.asset, null, sum(b.posted)::bigint, 0
from ledger.balance as b where b.asset = any(%b::bigint[]) and b.place in (select place from inside) group by b.asset
order by 1, 2 desc nulls first
"""


class Flow(msgspec.Struct, frozen=True, gc=False):
    """What is there of an asset now, and what came and went on each day of UTC, latest day first."""

    posted: int
    days: tuple[tuple[date, int, int], ...]


def flows(assets: Collection[int], places: Collection[int], since: datetime) -> Query[dict[int, Flow]]:
    """What came into these places and left them since a moment, by asset; what moved between them did neither."""

    def parse(rows: list[Row]) -> dict[int, Flow]:
        posted: dict[int, int] = {}
        days: dict[int, list[tuple[date, int, int]]] = {}
        for asset, day, came, went in rows:
            if day is None:
                posted[asset] = came
            else:
                days.setdefault(asset, []).append((day, came, went))
        return {asset: Flow(posted.get(asset, 0), tuple(days.get(asset, ()))) for asset in posted.keys() | days.keys()}

    wanted = Bigints(assets)
    return Query(_SQL, (Bigints(places), wanted, since, wanted), parse)
