"""Who has bought before, in any channel."""

from collections.abc import Collection

from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


def bought_before(records: Collection[int]) -> Query[set[int]]:
    """Which of these customer records have an order or sale that was neither cancelled nor lapsed."""
    return Query(
        "select k.record from unnest(%b::bigint[]) as k (record) where exists (select from orders.customer_order as o"
        " where o.customer = k.record and o.state not in ('cancelled', 'lapsed'))",
        (Bigints(sorted(records)),),
        lambda rows: {row[0] for row in rows},
    )
