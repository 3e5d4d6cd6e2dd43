"""How old stock is, and how long it will last."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from mainstem.ledger.flows import Flow, flows
from mainstem.platform.query import Query

AGE_DAYS_MAX = 400
"""Deliveries are looked for so far back: what is older counts as so old."""


class Ageing(msgspec.Struct, frozen=True, gc=False):
    """What is on hand, how many days ago the oldest of it came (first in, first out), and what left in a window.

    `cover_days` is how long it lasts at the speed of the window, None when nothing left.
    """

    on_hand: int
    age_days: int
    left: int
    cover_days: int | None


def ageing(
    variants: Collection[int], nodes: Collection[int], now: datetime, window_days: int = 28
) -> Query[dict[int, Ageing]]:
    """Age and cover of the stock of all these nodes together, by variant; without stock and movements not in it."""
    query = flows(variants, nodes, now - timedelta(days=AGE_DAYS_MAX))
    return Query(
        query.sql,
        query.parameters,
        lambda rows: {variant: aged(flow, now, window_days) for variant, flow in query.parse(rows).items()},
    )


def aged(flow: Flow, now: datetime, window_days: int) -> Ageing:
    """Age and cover of what flowed so, its days latest first."""
    today = now.date()
    missing, age = max(flow.posted, 0), 0
    for day, came, _ in flow.days:
        if missing <= 0:
            break
        if came:
            missing -= came
            age = max((today - day).days, 0)
    if missing > 0:
        age = AGE_DAYS_MAX
    left = sum(went for day, _, went in flow.days if 0 <= (today - day).days < window_days)
    cover = flow.posted * window_days // left if left else None
    return Ageing(flow.posted, age, left, None if cover is None else max(cover, 0))
