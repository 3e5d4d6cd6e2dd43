"""The figures of the overview as values, and how what is new is added to them. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.overview.feed import Happening
from mainstem.domains.orders import Trade
from mainstem.kernel.moments import day_bounds

UTC_ZONE = "UTC"
SIMULATED = "sim-"
"""What the code of a channel begins with when its orders are simulated."""

WEEK = timedelta(days=7)


class Called(msgspec.Struct, frozen=True, gc=False):
    """The code and the name of a channel."""

    code: str
    name: str


class Spot(msgspec.Struct, frozen=True, gc=False):
    """A node: its code, name and kind, the part of the network it belongs to, and where it lies when that is known."""

    code: str
    name: str
    kind: str = "store"
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Names(msgspec.Struct, frozen=True):
    """What figures refer to: channels and nodes by id, the zone of the day, and the units of measured variants.

    `shared_zone` says whether the zone is that of all nodes, and not UTC because they have several.
    """

    channels: Mapping[int, Called]
    nodes: Mapping[int, Spot]
    zone: str
    shared_zone: bool
    measured: Mapping[int, str]


class Sums(msgspec.Struct, frozen=True, gc=False):
    """Orders, units and amount of anything."""

    orders: int = 0
    units: int = 0
    amount_minor: int = 0

    def plus(self, orders: int, units: int, amount_minor: int) -> "Sums":
        """These and more."""
        return Sums(self.orders + orders, self.units + units, self.amount_minor + amount_minor)

    @property
    def basket_minor(self) -> int:
        """The mean amount of an order, rounded half up; 0 without orders."""
        return (2 * self.amount_minor + self.orders) // (2 * self.orders) if self.orders else 0


Planned = tuple[int | None, int | None, str]
"""A node, a channel and a currency that something is planned for; None does not narrow."""

Key = tuple[int, str]
"""A channel or node with a currency: amounts of different currencies are never added."""


class Totals(msgspec.Struct, frozen=True):
    """What was sold in a span of time, by channel and by node."""

    channels: Mapping[Key, Sums]
    nodes: Mapping[Key, Sums]

    @property
    def currencies(self) -> dict[str, Sums]:
        """The whole by currency, the one with most orders first."""
        totals: dict[str, Sums] = {}
        for (_, currency), s in self.nodes.items():
            totals[currency] = totals.get(currency, Sums()).plus(s.orders, s.units, s.amount_minor)
        return dict(sorted(totals.items(), key=lambda item: -item[1].orders))

    def plus(self, trade: Iterable[Trade]) -> "Totals":
        """These and more."""
        channels, nodes = dict(self.channels), dict(self.nodes)
        for row in trade:
            figures = (row.orders, row.units, row.amount_minor)
            _add(channels, (row.channel, row.currency), *figures)
            _add(nodes, (row.node, row.currency), *figures)
        return Totals(channels, nodes)


NOTHING = Totals({}, {})


class Day(msgspec.Struct, frozen=True):
    """What was sold on a calendar day: `hours[n]` is the hour that begins n hours after its start, by channel."""

    date: date
    start: datetime
    end: datetime
    hours: Mapping[int, Mapping[Key, Sums]] = {}
    totals: Totals = NOTHING

    @property
    def empty(self) -> bool:
        """Whether nothing was sold."""
        return not self.totals.nodes

    def plus(self, trade: Iterable[Trade]) -> "Day":
        """The day with more of its trade."""
        rows = list(trade)
        hours = {hour: dict(by_channel) for hour, by_channel in self.hours.items()}
        for row in rows:
            of_hour = hours.setdefault(row.hour, {})
            _add(of_hour, (row.channel, row.currency), row.orders, row.units, row.amount_minor)
        return msgspec.structs.replace(self, hours=hours, totals=self.totals.plus(rows))


class Week(msgspec.Struct, frozen=True):
    """The same weekday a week before: the whole day by hour, and what of it was sold before `cut`.

    `cut` is the time of day at which it is compared with a day that is not over; the day's end when it is.
    """

    day: Day
    cut: datetime
    until: Totals


class NodeState(msgspec.Struct, frozen=True, gc=False):
    """What there is at a node, and what somebody should look at there."""

    skus: int = 0
    pieces: int = 0
    stockouts: int = 0
    discrepancies: int = 0
    waiting: int = 0
    late: int = 0


class Stock(msgspec.Struct, frozen=True):
    """The stock of the network, and what somebody should look at. `measured` is in smallest steps, by unit.

    `derived` counts the documents that brought stock by a rule instead of by observation, `findings` what was odd about
    recorded facts.
    """

    as_of: datetime
    skus: int
    pieces: int
    held: int
    measured: Mapping[str, int]
    nodes: Mapping[int, NodeState]
    derived: Mapping[str, int]
    findings: int

    @property
    def stockouts(self) -> int:
        """SKUs at nodes of which nothing is left."""
        return sum(node.stockouts for node in self.nodes.values())

    @property
    def discrepancies(self) -> int:
        """Open discrepancies."""
        return sum(node.discrepancies for node in self.nodes.values())

    @property
    def waiting(self) -> int:
        """Orders that wait to be shipped."""
        return sum(node.waiting for node in self.nodes.values())

    @property
    def late(self) -> int:
        """Orders that have waited too long."""
        return sum(node.late for node in self.nodes.values())


class Figures(msgspec.Struct, frozen=True):
    """Everything that the page shows. `last_day` is the latest day with sales when nothing is sold today yet.

    `week` is a week before the day that is shown, `plan` what is planned for the whole of that day, in minor units.
    `stock` is None until it has been counted for the first time.
    """

    as_of: datetime
    names: Names
    today: Day
    last_day: Day | None
    week: Week
    feed: tuple[Happening, ...]
    stock: Stock | None
    plan: Mapping[Planned, int] = {}

    @property
    def day(self) -> Day:
        """The day that is shown."""
        return self.last_day or self.today


def zone_of(zones: Iterable[str]) -> tuple[str, bool]:
    """The zone of the day, that of the nodes when they share one, else UTC; and whether they do. No nodes share UTC."""
    distinct = set(zones) or {UTC_ZONE}
    return (distinct.pop(), True) if len(distinct) == 1 else (UTC_ZONE, False)


def empty_day(day: date, zone: str) -> Day:
    """A calendar day in a zone, without any sales."""
    start, end = day_bounds(day, zone)
    return Day(date=day, start=start, end=end)


def week_before(day: Day, zone: str) -> Day:
    """The same weekday of the week before, without any sales."""
    return empty_day(day.date - WEEK, zone)


def cut_of(moment: datetime, week: Day, zone: str) -> datetime:
    """The same time on the clock a week before a moment, to the minute; within the day of a week before."""
    on_the_clock = moment.astimezone(ZoneInfo(zone)) - WEEK  # within a zone this is arithmetic of clocks
    cut = on_the_clock.replace(second=0, microsecond=0).astimezone(week.start.tzinfo)
    return min(max(cut, week.start), week.end)


def _add(totals: dict[Key, Sums], key: Key, orders: int, units: int, amount_minor: int) -> None:
    totals[key] = totals.get(key, Sums()).plus(orders, units, amount_minor)
