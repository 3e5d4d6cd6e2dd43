"""What all balances add up to. Each question reads every balance: for pages that ask now and then, not for requests."""

from collections.abc import Collection, Mapping

import msgspec

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


class PlaceTotal(msgspec.Struct, frozen=True, gc=False):
    """The assets of one group at a place: how many are there at all, how much of them, and how much of that is held."""

    place: int
    group: int
    assets: int
    posted: int
    held: int


_BY_PLACE = """
select b.place, coalesce(g.number, 0), count(*) filter (where b.posted > 0), sum(b.posted)::bigint, sum(b.held)::bigint
from ledger.balance as b
join unnest(%b::bigint[]) as p (place) on p.place = b.place
left join unnest(%b::bigint[], %b::bigint[]) as g (asset, number) on g.asset = b.asset
group by b.place, coalesce(g.number, 0)
"""


_PRESENT = """
select count(*) from (
    select b.asset from ledger.balance as b join unnest(%b::bigint[]) as p (place) on p.place = b.place
    where b.posted > 0 group by b.asset
) as present
"""


def totals_by_place(places: Collection[int], groups: Mapping[int, int]) -> Query[list[PlaceTotal]]:
    """The totals of each of these places by group of assets; an asset that is in no group is in group 0.

    Quantities of assets with different smallest steps must not be added: who asks puts them into different groups.
    """
    return Query(
        _BY_PLACE,
        (Bigints(places), Bigints(groups.keys()), Bigints(groups.values())),
        lambda rows: [PlaceTotal(*row) for row in rows],
    )


def count_assets_present(places: Collection[int]) -> Query[int]:
    """How many different assets are present at these places."""
    return Query(_PRESENT, (Bigints(places),), lambda rows: int(rows[0][0]))
