"""All SQL that only reads the ledger."""

from collections.abc import Iterable

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query

_ASSETS_IN_USE = """
select k.asset from unnest(%b::bigint[]) as k (asset)
where exists (select from ledger.balance as b where b.asset = k.asset)
   or exists (select from ledger.movement as m where m.asset = k.asset)
"""


def assets_in_use(ids: Iterable[int]) -> Query[set[int]]:
    """Which of these assets have ever been counted: those with a balance, even of 0, or with a movement."""
    return Query(_ASSETS_IN_USE, (Bigints(ids),), lambda rows: {asset for (asset,) in rows})
