"""The parts of the page: what each one shows, and what of a visitor's wishes it depends on. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from mainstem.console.overview import cards, tables
from mainstem.console.overview.chart import chart
from mainstem.console.overview.feed import EVENTS, KINDS, Happening
from mainstem.console.overview.figures import SIMULATED, Called, Figures
from mainstem.console.overview.network_map import network_map
from mainstem.console.overview.speaking import Speaker, main_currency
from mainstem.console.overview.wanted import Wanted
from mainstem.platform.texts import N_

PACE_SECONDS = 15.0
"""How often a part is renewed that is large because it shows every node."""

TRADE_HEADINGS = (
    ("name", N_("Name")),
    ("sales", N_("Sales")),
    ("change", N_("Change")),
    ("plan", N_("Plan")),
    ("orders", N_("Orders")),
    ("basket", N_("Average basket")),
    ("units", N_("Units")),
)
NODE_HEADINGS = (
    *TRADE_HEADINGS,
    ("stockouts", N_("Stock-outs")),
    ("discrepancies", N_("Discrepancies")),
    ("waiting", N_("Waiting")),
    ("late", N_("Late")),
)
NODE_KINDS: dict[str, str] = {
    "store": N_("Stores"),
    "warehouse": N_("Warehouses"),
    "dark_store": N_("Dark stores"),
    "virtual": N_("Virtual nodes"),
}
SALES = ("orders.order_placed", "orders.sale_recorded")
"""The events whose amount the feed shows."""


class Line(msgspec.Struct, frozen=True):
    """A line of the feed; `stamp` is the moment for machines."""

    time: str
    stamp: str
    what: str
    url: str
    simulated: bool
    derived: bool
    detail: str
    amount: str
    alarming: bool


class Part(NamedTuple):
    """How a part is made, which fields of what is wanted it depends on, and whether it is renewed at a slow pace."""

    show: Callable[[Figures, Wanted, Speaker], dict[str, Any]]
    depends: tuple[str, ...] = ()
    slow: Callable[[Wanted], bool] = lambda _: False


def _asof(figures: Figures, _: Wanted, say: Speaker) -> dict[str, Any]:
    return {
        "text": say.t("as of {time}", time=say.form.time(figures.as_of)),
        "stamp": figures.as_of.isoformat(timespec="seconds"),
    }


def _lead(figures: Figures, _: Wanted, say: Speaker) -> dict[str, Any]:
    form, t, week = say.form, say.t, figures.week
    day = form.day(week.day.date)
    if figures.last_day is not None or week.cut == week.day.end:
        compared = t("Compared with {day}.", day=day)
    else:
        compared = t("Compared with {day} until {time}.", day=day, time=form.hour(week.cut))
    return {
        "day": form.day(figures.day.date),
        "last": figures.last_day is not None,
        "compared": compared,
        "zone": form.zone_name,
        "shared_zone": figures.names.shared_zone,
        "nothing": figures.day.empty,
    }


def _trade(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    return {"cards": cards.trade_cards(figures, wanted, say)}


def _attention(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    return {"cards": cards.attention_cards(figures.stock, wanted, say), "counting": figures.stock is None}


def _chart(figures: Figures, _: Wanted, say: Speaker) -> dict[str, Any]:
    currency = main_currency(figures)
    names = {key: figures.names.channels.get(key[0], _unknown(key[0])).name for key in tables.channel_order(figures)}
    texts = (say.t("Other channels"), say.t("A week before"))
    drawn = chart(figures.day, figures.week.day, names, currency, say.form, texts)
    label = say.t("Bars: what each hour of {day} sold, by channel. Line: the hours a week before.")
    return {
        "chart": drawn,
        "currency": currency,
        "money": bool(currency) or figures.day.empty,
        "label": label.format(day=say.form.day(figures.day.date)),
    }


def _map(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    shown = network_map(tables.dots(figures, wanted, say))
    kinds = {kind: say.t(text) for kind, text in NODE_KINDS.items()}
    by_amount = bool(main_currency(figures)) or figures.day.empty
    return {"map": shown, "kinds": kinds, "by_amount": by_amount, "all_url": wanted.url(all_nodes=True) + "#nodes"}


def _channels(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    planned = tables.planned(figures, nodes=False)
    headings = [heading for heading in TRADE_HEADINGS if planned or heading[0] != "plan"]
    return {
        "headings": [(name, text, wanted.url(channels_by=name) + "#channels") for name, text in headings],
        "planned": planned,
        "by": wanted.channels_by,
        "rows": tables.channel_rows(figures, wanted, say),
        "totals": tables.total_rows(figures, wanted, say),
    }


def _nodes(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    count = len(figures.names.nodes)
    planned = tables.planned(figures, nodes=True)
    headings = [heading for heading in NODE_HEADINGS if planned or heading[0] != "plan"]
    return {
        "planned": planned,
        "headings": [(name, text, wanted.url(nodes_by=name) + "#nodes") for name, text in headings],
        "by": wanted.nodes_by,
        "rows": tables.node_rows(figures, wanted, say),
        "count": say.form.number(count),
        "more": not wanted.all_nodes and count > tables.NODES_SHOWN,
        "all": wanted.all_nodes and count > tables.NODES_SHOWN,
        "all_url": wanted.url(all_nodes=True) + "#nodes",
        "few_url": wanted.url(all_nodes=False) + "#nodes",
    }


def _stock(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    rules = {} if figures.stock is None else figures.stock.derived
    return {
        "cards": cards.stock_cards(figures, wanted, say),
        "rules": [(say.form.number(count), rule) for rule, count in rules.items()],
        "as_of": None if figures.stock is None else say.form.time(figures.stock.as_of),
    }


def _feed(figures: Figures, wanted: Wanted, say: Speaker) -> dict[str, Any]:
    return {"lines": [_line(happening, figures, wanted, say) for happening in figures.feed]}


def _line(happening: Happening, figures: Figures, wanted: Wanted, say: Speaker) -> Line:
    names, order = figures.names, happening.order
    channel = None if order is None else names.channels.get(order.channel)
    node = happening.node if order is None or happening.node else names.nodes[order.node].code
    node = next((spot.name for spot in names.nodes.values() if spot.code == node), node)
    odd = f"{say.of(KINDS, happening.kind)} {say.form.number(happening.quantity or 0)}" if happening.kind else ""
    detail = [happening.sku, odd, node, "" if channel is None else channel.name]
    counts = order is not None and happening.type in SALES
    alarming = happening.type == "inventory.discrepancy_found"
    return Line(
        time=_when(happening.recorded_at, figures, say),
        stamp=happening.recorded_at.isoformat(timespec="seconds"),
        what=say.of(EVENTS, happening.type),
        url=wanted.discrepancies_url(happening.node) if alarming else _order_url(happening, wanted),
        simulated=channel is not None and channel.code.startswith(SIMULATED),
        derived=bool(happening.derived),
        detail=" · ".join(filter(None, detail)),
        amount=say.form.money(order.total_minor, order.currency) if order is not None and counts else "",
        alarming=alarming,
    )


def _order_url(happening: Happening, wanted: Wanted) -> str:
    return "" if happening.order is None else wanted.order_url(happening.number)


def _when(moment: datetime, figures: Figures, say: Speaker) -> str:
    return say.form.time(moment) if moment >= figures.today.start else say.form.moment(moment)


def _unknown(number: int) -> Called:
    return Called(str(number), str(number))


PARTS: dict[str, Part] = {
    "asof": Part(_asof),
    "lead": Part(_lead),
    "trade": Part(_trade, ("orders",)),
    "attention": Part(_attention, ("orders", "stock")),
    "chart": Part(_chart),
    "map": Part(_map, ("stock", "channels_by", "nodes_by"), slow=lambda _: True),
    "channels": Part(_channels, ("orders", "channels_by", "nodes_by", "all_nodes")),
    "nodes": Part(
        _nodes, ("orders", "stock", "channels_by", "nodes_by", "all_nodes"), slow=lambda wanted: wanted.all_nodes
    ),
    "stock": Part(_stock, ("stock",)),
    "feed": Part(_feed, ("orders", "stock")),
}
"""The parts of the page by name; each has a template of the name."""
