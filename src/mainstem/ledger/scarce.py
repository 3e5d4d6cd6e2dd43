"""What a place has little of."""

from collections.abc import Iterable

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query

_SCARCE = "select asset, posted - held from ledger.balance where place = %b::bigint and posted - held <= %b::bigint"
_NAMED = " and asset = any(%b::bigint[])"
_EMPTIEST = " order by posted - held, asset limit %b::bigint"


def scarce(place: int, at_most: int, assets: Iterable[int] | None, limit: int) -> Query[list[tuple[int, int]]]:
    """(asset, free) of what a place has or had and of which at most so much is free, emptiest first.

    Only of these assets, or of all (None), which reads every balance of the place.
    """
    named: tuple[object, ...] = () if assets is None else (Bigints(assets),)
    sql = _SCARCE + (_NAMED if named else "") + _EMPTIEST
    return Query(sql, (place, at_most, *named, limit), lambda rows: [(row[0], row[1]) for row in rows])
