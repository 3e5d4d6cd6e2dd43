"""Made-up figures for tests of the overview."""

from datetime import UTC, date, datetime, timedelta

from mainstem.console.overview.feed import Happening
from mainstem.console.overview.figures import (
    Called,
    Day,
    Figures,
    Names,
    NodeState,
    Spot,
    Stock,
    Week,
    empty_day,
)
from mainstem.domains.orders import Trade

ZONE = "America/New_York"
NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
NAMES = Names(
    channels={1: Called("till", "Tills"), 2: Called("sim-web", "Web <b>shop</b>")},
    nodes={10: Spot("S1", "North"), 11: Spot("S2", "South"), 12: Spot("S3", "Quiet")},
    zone=ZONE,
    shared_zone=True,
    measured={},
)
STOCK = Stock(
    as_of=NOON,
    skus=3,
    pieces=1234,
    held=5,
    measured={"kg": 50_400},
    nodes={
        10: NodeState(skus=2, pieces=1000, stockouts=7, waiting=2, late=1),
        11: NodeState(skus=1, pieces=234, discrepancies=4, waiting=1),
        12: NodeState(),
    },
    derived={"complete_journey:r,nQ": 7},
    findings=9,
)


def day(*trade: Trade, on: date = TODAY) -> Day:
    """A day with this trade."""
    return empty_day(on, ZONE).plus(trade)


SOLD = day(
    Trade(1, 10, "USD", 9, 2, 5, 3000),
    Trade(2, 11, "USD", 9, 1, 1, 1001),
    Trade(2, 11, "USD", 10, 1, 4, 4000),
)


def figures(
    today: Day, last_day: Day | None = None, *, week: Day | None = None, feed: tuple[Happening, ...] = ()
) -> Figures:
    """Figures of a day, beside those of a day that was over a week before."""
    before = week or empty_day((last_day or today).date - timedelta(days=7), ZONE)
    return Figures(
        as_of=NOON,
        names=NAMES,
        today=today,
        last_day=last_day,
        week=Week(before, before.end, before.totals),
        feed=feed,
        stock=STOCK,
    )
