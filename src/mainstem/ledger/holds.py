"""Reading holds."""

from collections.abc import Collection
from datetime import datetime

from mainstem.ledger.contracts import Spot
from mainstem.platform.arrays import Bigints
from mainstem.platform.query import Query


def due_holds(assets: Collection[int], now: datetime) -> Query[dict[Spot, int]]:
    """What holds that have expired and are not swept yet still keep, by spot."""
    return Query(
        "select asset, place, sum(quantity - settled - released)::bigint from ledger.hold"
        " where state = 'held' and expires_at <= %b and asset = any(%b::bigint[]) group by asset, place",
        (now, Bigints(assets)),
        lambda rows: {(asset, place): quantity for asset, place, quantity in rows},
    )


def free_at(assets: Collection[int], places: Collection[int]) -> Query[dict[Spot, int]]:
    """What is free at each spot as last committed, without locking: good for choosing, not for deciding."""
    return Query(
        "select b.asset, b.place, b.posted - b.held from ledger.balance as b"
        " where b.asset = any(%b::bigint[]) and b.place = any(%b::bigint[])",
        (Bigints(assets), Bigints(places)),
        lambda rows: {(asset, place): free for asset, place, free in rows},
    )
