"""A month's plan: the whole, by node, by channel, and by both, beside what was sold."""

from collections.abc import Iterable

import msgspec

from mainstem.console.frame import N_, Reply, Visit, html
from mainstem.console.plan.scopes import Key, Month, Scope, called, currencies, month_of, today_of
from mainstem.console.plan.sold import Sold, sold_in
from mainstem.domains import orders
from mainstem.platform.access.permissions import PLAN_WRITE
from mainstem.platform.query import ask

ROWS_MAX = 200
"""Rows of a group that are listed, the largest plans first; the totals count all."""

GROUPS: dict[tuple[bool, bool], tuple[str, str]] = {
    (False, False): (N_("The whole network"), ""),
    (True, False): (N_("By node"), N_("All planned nodes")),
    (False, True): (N_("By channel"), N_("All planned channels")),
    (True, True): (N_("By node and channel"), N_("All of these")),
}
"""What groups are called by whether they name nodes and channels, and what their totals are."""


class Standing(msgspec.Struct, frozen=True):
    """A plan beside what was sold, in minor units."""

    name: str
    url: str
    currency: str
    planned: int
    sold: int

    @property
    def share(self) -> float | None:
        """Which part of the plan is reached, in whole per cent rounded down; None when nothing is to be sold."""
        return max(100 * self.sold // self.planned, 0) / 100 if self.planned else None

    @property
    def left(self) -> int:
        """What of the plan is still to be sold."""
        return max(self.planned - self.sold, 0)


class Group(msgspec.Struct, frozen=True):
    """Plans of one kind and currency, the largest first, and what they add up to; `hidden` of them are not listed."""

    name: str
    rows: list[Standing]
    total: Standing | None
    hidden: int


async def listed(visit: Visit) -> Reply:
    """The plan of a month."""
    month, today, zone = month_of(visit, visit.query.get("month", "")), today_of(visit), visit.network.zone
    async with visit.desk.database.snapshot() as connection:
        (rows,) = await ask(connection, orders.plan_rows(month.first, month.last))
        sold: Sold = {}
        counted_at = None
        if rows:
            sold, counted_at = await sold_in(visit.desk.database, connection, month, today, zone)
    planned: dict[Key, int] = {}
    for row in rows:
        key = (row.node, row.channel, row.currency)
        planned[key] = planned.get(key, 0) + row.amount_minor
    standings = [
        (key, Standing(called(visit, key), _url(visit, month, key), key[2], amount, sum(sold.get(key, {}).values())))
        for key, amount in planned.items()
    ]
    return html(
        visit,
        "plan/templates/list.html",
        month=month,
        groups=list(_groups(visit, standings)),
        counted_at=counted_at,
        today=today,
        nodes=[(node.code, node.name) for node in visit.network.nodes.values()],
        channels=[(channel.code, channel.name) for channel in visit.network.channels.values()],
        currency_choices=[(code, code) for code in currencies(visit)],
        may_write=visit.allowed(PLAN_WRITE),
    )


def _groups(visit: Visit, standings: list[tuple[Key, Standing]]) -> Iterable[Group]:
    for (nodes, channels), (name, total_name) in GROUPS.items():
        for currency in sorted({key[2] for key, _ in standings}):
            rows = [
                one
                for key, one in standings
                if (key[0] is not None, key[1] is not None, key[2]) == (nodes, channels, currency)
            ]
            if not rows:
                continue
            rows.sort(key=lambda one: (-one.planned, one.name))
            total = None
            if total_name:
                planned, sold = sum(one.planned for one in rows), sum(one.sold for one in rows)
                total = Standing(visit.t(total_name), "", currency, planned, sold)
            yield Group(visit.t(name), rows[:ROWS_MAX], total, max(len(rows) - ROWS_MAX, 0))


def _url(visit: Visit, month: Month, key: Key) -> str:
    node, channel, currency = key
    network = visit.network
    if (node is not None and node not in network.nodes) or (channel is not None and channel not in network.channels):
        return ""
    code = "" if node is None else network.nodes[node].code
    return Scope(month, code, "" if channel is None else network.channels[channel].code, currency, key).url
