"""The figures of the first page as values, and how what is new is added to them. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec

from mainstem.domains.orders import OrderHead, Trade
from mainstem.kernel.moments import day_bounds

UTC_ZONE = "UTC"
SIMULATED = "sim-"
"""What the code of a channel begins with when its orders are simulated."""


class Called(msgspec.Struct, frozen=True, gc=False):
    """The code and the name of a channel or node."""

    code: str
    name: str


class Names(msgspec.Struct, frozen=True):
    """What figures refer to: channels and nodes by id, the zone of the day, and the units of measured variants.

    `shared_zone` says whether the zone is that of all nodes, and not UTC because they have several.
    """

    channels: Mapping[int, Called]
    nodes: Mapping[int, Called]
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


Key = tuple[int, str]
"""A channel or node with a currency: amounts of different currencies are never added."""


class Day(msgspec.Struct, frozen=True):
    """What was sold on a calendar day: `hours[n]` is the hour that begins n hours after its start, by channel."""

    date: date
    start: datetime
    end: datetime
    hours: Mapping[int, Mapping[Key, Sums]]
    nodes: Mapping[Key, Sums]

    @property
    def empty(self) -> bool:
        """Whether nothing was sold."""
        return not self.nodes

    @property
    def channels(self) -> dict[Key, Sums]:
        """The day by channel and currency, the largest amount first."""
        totals: dict[Key, Sums] = {}
        for hour in self.hours.values():
            _add(totals, ((key, s.orders, s.units, s.amount_minor) for key, s in hour.items()))
        return dict(sorted(totals.items(), key=lambda item: (-item[1].amount_minor, item[0])))

    @property
    def currencies(self) -> dict[str, Sums]:
        """The day by currency."""
        totals: dict[str, Sums] = {}
        for (_, currency), s in self.nodes.items():
            totals[currency] = totals.get(currency, Sums()).plus(s.orders, s.units, s.amount_minor)
        return dict(sorted(totals.items(), key=lambda item: -item[1].orders))

    def plus(self, trade: Iterable[Trade]) -> "Day":
        """The day with more of its trade."""
        hours = {hour: dict(by_channel) for hour, by_channel in self.hours.items()}
        nodes = dict(self.nodes)
        for row in trade:
            figures = (row.orders, row.units, row.amount_minor)
            _add(hours.setdefault(row.hour, {}), [((row.channel, row.currency), *figures)])
            _add(nodes, [((row.node, row.currency), *figures)])
        return msgspec.structs.replace(self, hours=hours, nodes=nodes)


class Happening(msgspec.Struct, frozen=True, gc=False):
    """An event for the feed: what of it a line shows.

    `order` is the order or sale that it is about, or whose sale a discrepancy contradicted. Of stock, `node` is a code,
    `quantity` what was found beyond what the ledger had, `kind` that of a discrepancy, `derived` the rule that stock
    follows.
    """

    type: str
    recorded_at: datetime
    order: OrderHead | None
    node: str
    sku: str
    quantity: int | None
    kind: str
    derived: str


class NodeStock(msgspec.Struct, frozen=True, gc=False):
    """SKUs in stock at a node, and pieces on hand."""

    skus: int = 0
    pieces: int = 0


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
    nodes: Mapping[int, NodeStock]
    discrepancies: int
    placed: int
    allocated: int
    derived: Mapping[str, int]
    findings: Mapping[str, int]


class Figures(msgspec.Struct, frozen=True):
    """Everything that the page shows. `last_day` is the latest day with sales when nothing is sold today yet."""

    as_of: datetime
    names: Names
    today: Day
    last_day: Day | None
    feed: tuple[Happening, ...]
    stock: Stock


def zone_of(zones: Iterable[str]) -> tuple[str, bool]:
    """The zone of the day, that of the nodes when they share one, else UTC; and whether they do. No nodes share UTC."""
    distinct = set(zones) or {UTC_ZONE}
    return (distinct.pop(), True) if len(distinct) == 1 else (UTC_ZONE, False)


def empty_day(day: date, zone: str) -> Day:
    """A calendar day in a zone, without any sales."""
    start, end = day_bounds(day, zone)
    return Day(date=day, start=start, end=end, hours={}, nodes={})


def _add(totals: dict[Key, Sums], more: Iterable[tuple[Key, int, int, int]]) -> None:
    for key, orders, units, amount_minor in more:
        totals[key] = totals.get(key, Sums()).plus(orders, units, amount_minor)
