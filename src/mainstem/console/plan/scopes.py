"""Which month, and whose plan: what addresses and forms of the room name."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from mainstem.console.frame import MissingError, Visit
from mainstem.kernel.moments import local_day
from mainstem.kernel.money import CURRENCIES

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")

Key = tuple[int | None, int | None, str]
"""The ids of a node and a channel, and a currency; None does not narrow."""


class Month(msgspec.Struct, frozen=True):
    """A calendar month."""

    first: date

    @property
    def days(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def code(self) -> str:
        """As addresses name it."""
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def after(self) -> "Month":
        """The month after."""
        return Month(self.last + timedelta(days=1))


class Scope(msgspec.Struct, frozen=True):
    """Whose plan of which month, by codes, "" for all; `key` is the same by ids."""

    month: Month
    node: str
    channel: str
    currency: str
    key: Key

    @property
    def url(self) -> str:
        """Its page."""
        return f"/plan/month?{urlencode({'month': self.month.code, **self.named})}"

    @property
    def named(self) -> dict[str, str]:
        """What narrows it, by name."""
        found = {"node": self.node, "channel": self.channel, "currency": self.currency}
        return {name: value for name, value in found.items() if value}


def today_of(visit: Visit) -> date:
    """The day it is in the network's zone."""
    return local_day(datetime.now(UTC), visit.network.zone)


def month_of(visit: Visit, text: str) -> Month:
    """The month that a text names, such as 2026-11; this month for any other."""
    found = _MONTH.fullmatch(text)
    return Month(date(int(found[1]), int(found[2]), 1) if found else today_of(visit).replace(day=1))


def scope_of(visit: Visit, fields: Mapping[str, str]) -> Scope:
    """The scope that fields name; the currency is the channel's, else the one named, else the first of the network.

    Raises MissingError for a node, a channel or a currency that there is not.
    """
    code, through, currency = (fields.get(name, "") for name in ("node", "channel", "currency"))
    node = visit.network.node(code) if code else None
    channel = visit.network.channel(through) if through else None
    if (code and node is None) or (through and channel is None):
        raise MissingError
    currency = channel.currency if channel else currency or next(iter(currencies(visit)), "")
    if currency not in CURRENCIES:
        raise MissingError
    key = (None if node is None else node.id, None if channel is None else channel.id, currency)
    return Scope(month_of(visit, fields.get("month", "")), code, through, currency, key)


def currencies(visit: Visit) -> list[str]:
    """The currencies that channels sell in."""
    return sorted({channel.currency for channel in visit.network.channels.values()})


def called(visit: Visit, key: Key) -> str:
    """Whose plan it is, as a person reads it."""
    node, channel, _ = key
    names = []
    if node is not None:
        names.append(visit.network.nodes[node].name if node in visit.network.nodes else f"#{node}")
    if channel is not None:
        names.append(visit.network.channels[channel].name if channel in visit.network.channels else f"#{channel}")
    return " · ".join(names) or visit.t("The whole network")
