"""What the templates of the first page show: every figure as the text that a person reads. Pure."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from mainstem.console.formats import Format, formats
from mainstem.console.home import chart as charts
from mainstem.console.home.chart import Chart
from mainstem.console.home.figures import (
    SIMULATED,
    Called,
    Day,
    Figures,
    Happening,
    Key,
    Names,
    NodeStock,
    Sums,
)
from mainstem.console.home.texts import EVENTS, FINDINGS, KINDS, Texts
from mainstem.platform.texts import Language

TOP_NODES = 10
SALES = ("orders.order_placed", "orders.sale_recorded")
"""The events whose amount the feed shows."""


class Card(msgspec.Struct, frozen=True):
    """One figure: its name, the values to show below each other, and a remark."""

    name: str
    values: tuple[str, ...]
    note: str = ""
    derived: bool = False


class Channel(msgspec.Struct, frozen=True):
    """A row of sales by channel; `colour` is that of its bars."""

    name: str
    simulated: bool
    colour: int
    sales: str
    orders: str
    units: str
    basket: str


class DayView(msgspec.Struct, frozen=True):
    """What was sold on a day; `totals` a row a currency, `hours` a row an hour with the value of each channel."""

    day: str
    cards: tuple[Card, ...]
    channels: tuple[Channel, ...]
    totals: tuple[Channel, ...]
    chart: Chart
    chart_title: str
    chart_text: str
    hours: tuple[tuple[str, tuple[str, ...]], ...]


class NodeRow(msgspec.Struct, frozen=True):
    """A row of the top nodes."""

    name: str
    sales: str
    orders: str
    pieces: str
    skus: str


class Line(msgspec.Struct, frozen=True):
    """A line of the feed; `stamp` is the moment for machines."""

    time: str
    stamp: str
    what: str
    simulated: bool
    derived: bool
    detail: str
    amount: str
    alarming: bool


class HomeView(msgspec.Struct, frozen=True):
    """The whole page."""

    as_of: str
    stamp: str
    today_line: str
    zone_note: str
    today: DayView
    last_day: DayView | None
    stock_as_of: str
    stock: tuple[Card, ...]
    derived: tuple[str, ...]
    nodes_note: str
    nodes: tuple[NodeRow, ...]
    feed: tuple[Line, ...]
    findings: tuple[tuple[str, str], ...]


def view(figures: Figures, language: Language) -> HomeView:
    """The page in a language."""
    t = Texts(language)
    form = formats(language, figures.names.zone)
    today = form.day(figures.today.date)
    return HomeView(
        as_of=t["as_of"].format(time=form.time(figures.as_of)),
        stamp=figures.as_of.isoformat(timespec="seconds"),
        today_line=f"{today} · {form.zone_name}",
        zone_note="" if figures.names.shared_zone else t["utc_note"],
        today=_day(figures.today, figures.names, form, t),
        last_day=None if figures.last_day is None else _day(figures.last_day, figures.names, form, t),
        stock_as_of=t["as_of"].format(time=form.time(figures.stock.as_of)),
        stock=_stock(figures, form, t),
        derived=tuple(
            [
                t["derived_note"].format(count=form.number(count), rule=rule)
                for rule, count in figures.stock.derived.items()
            ]
        ),
        nodes_note=(
            t["top_nodes_today"]
            if figures.last_day is None
            else t["top_nodes_last"].format(day=form.day(figures.last_day.date))
        ),
        nodes=_nodes(figures, form),
        feed=tuple([_line(happening, figures, form, t) for happening in figures.feed]),
        findings=tuple(
            [
                (t.of(FINDINGS, code), form.number(count))
                for code, count in sorted(figures.stock.findings.items(), key=lambda item: -item[1])
            ]
        ),
    )


def _day(day: Day, names: Names, form: Format, t: Texts) -> DayView:
    channels = day.channels
    colours = charts.numbers(list(channels))
    currencies = day.currencies
    currency = next(iter(currencies), "")
    # Bars of different currencies cannot be stacked; their orders can.
    by_amount = len(currencies) == 1
    value_of = {
        hour: {key: s.amount_minor if by_amount else s.orders for key, s in by_channel.items()}
        for hour, by_channel in day.hours.items()
    }

    def shown(value: int) -> str:
        return form.money(value, currency) if by_amount else form.number(value)

    top = charts.scale_top(value_of)
    axis = [
        form.compact_money(value, currency) if by_amount else form.compact_number(value) for value in (top, top // 2, 0)
    ]
    begins = charts.hours_of(day)
    called = form.day(day.date)
    return DayView(
        day=called,
        cards=_day_cards(currencies, form, t),
        channels=tuple([_channel(names, key, colours[key], s, form) for key, s in channels.items()]),
        totals=tuple([_total(t["all_channels"], currency, s, form) for currency, s in currencies.items()]),
        chart=charts.chart(day, value_of, colours, form, axis),
        chart_title=t["by_hour"] if by_amount or not currencies else t["orders_by_hour"],
        chart_text=t["chart"].format(day=called),
        hours=tuple(
            [
                (form.hour(begins[hour]), tuple([shown(by_channel.get(key, 0)) for key in channels]))
                for hour, by_channel in sorted(value_of.items())
            ]
        ),
    )


def _day_cards(currencies: Mapping[str, Sums], form: Format, t: Texts) -> tuple[Card, ...]:
    none = "–"
    return (
        Card(t["sales"], tuple([form.money(s.amount_minor, code) for code, s in currencies.items()]) or (none,)),
        Card(t["orders"], (form.number(sum(s.orders for s in currencies.values())),)),
        Card(t["units"], (form.number(sum(s.units for s in currencies.values())),)),
        Card(t["basket"], tuple([_basket(code, s, form) for code, s in currencies.items()]) or (none,)),
    )


def _channel(names: Names, key: Key, colour: int, sums: Sums, form: Format) -> Channel:
    number, currency = key
    called = names.channels.get(number, Called(str(number), str(number)))
    return Channel(
        name=called.name,
        simulated=called.code.startswith(SIMULATED),
        colour=colour,
        sales=form.money(sums.amount_minor, currency),
        orders=form.number(sums.orders),
        units=form.number(sums.units),
        basket=_basket(currency, sums, form),
    )


def _total(name: str, currency: str, sums: Sums, form: Format) -> Channel:
    return Channel(
        name=name,
        simulated=False,
        colour=0,
        sales=form.money(sums.amount_minor, currency),
        orders=form.number(sums.orders),
        units=form.number(sums.units),
        basket=_basket(currency, sums, form),
    )


def _basket(currency: str, sums: Sums, form: Format) -> str:
    """The mean amount of an order, rounded half up."""
    return form.money((2 * sums.amount_minor + sums.orders) // (2 * sums.orders), currency)


def _stock(figures: Figures, form: Format, t: Texts) -> tuple[Card, ...]:
    stock = figures.stock
    derived = bool(stock.derived)
    quantities = [form.measured(steps, unit) for unit, steps in stock.measured.items() if steps]
    measured = t["measured"].format(quantities=", ".join(quantities)) if quantities else ""
    with_stock = sum(1 for node in stock.nodes.values() if node.skus)
    return (
        Card(t["skus"], (form.number(stock.skus),), derived=derived),
        Card(t["on_hand"], (form.number(stock.pieces),), measured, derived=derived),
        Card(t["held"], (form.number(stock.held),), t["held_note"]),
        Card(
            t["nodes"],
            (form.number(len(figures.names.nodes)),),
            t["nodes_with_stock"].format(count=form.number(with_stock)),
        ),
        Card(t["discrepancies"], (form.number(stock.discrepancies),), t["discrepancies_note"]),
        Card(
            t["waiting"],
            (form.number(stock.placed + stock.allocated),),
            t["waiting_note"].format(placed=form.number(stock.placed), allocated=form.number(stock.allocated)),
        ),
    )


def _nodes(figures: Figures, form: Format) -> tuple[NodeRow, ...]:
    day = figures.today if figures.last_day is None else figures.last_day
    sold: dict[int, list[tuple[str, Sums]]] = {}
    for (node, currency), sums in day.nodes.items():
        sold.setdefault(node, []).append((currency, sums))
    stock = figures.stock.nodes

    def rank(node: int) -> tuple[int, int, int, str]:
        own = sold.get(node, [])
        amount = own[0][1].amount_minor if len(day.currencies) == 1 and own else 0
        orders = sum(s.orders for _, s in own)
        return (-amount, -orders, -stock.get(node, NodeStock()).pieces, figures.names.nodes[node].code)

    return tuple(
        [
            NodeRow(
                name=figures.names.nodes[node].name,
                sales=" · ".join(form.money(s.amount_minor, currency) for currency, s in sold.get(node, [])) or "–",
                orders=form.number(sum(s.orders for _, s in sold.get(node, []))),
                pieces=form.number(stock.get(node, NodeStock()).pieces),
                skus=form.number(stock.get(node, NodeStock()).skus),
            )
            for node in sorted(figures.names.nodes, key=rank)[:TOP_NODES]
        ]
    )


def _line(happening: Happening, figures: Figures, form: Format, t: Texts) -> Line:
    names, order = figures.names, happening.order
    channel = None if order is None else names.channels.get(order.channel)
    node = happening.node if order is None or happening.node else names.nodes[order.node].code
    node = next((called.name for called in names.nodes.values() if called.code == node), node)
    odd = f"{t.of(KINDS, happening.kind)} {form.number(happening.quantity or 0)}" if happening.kind else ""
    detail = [happening.sku, odd, node, "" if channel is None else channel.name]
    counts = order is not None and happening.type in SALES
    return Line(
        time=_when(happening.recorded_at, figures, form),
        stamp=happening.recorded_at.isoformat(timespec="seconds"),
        what=t.of(EVENTS, happening.type),
        simulated=channel is not None and channel.code.startswith(SIMULATED),
        derived=bool(happening.derived),
        detail=" · ".join(filter(None, detail)),
        amount=form.money(order.total_minor, order.currency) if order is not None and counts else "",
        alarming=happening.type == "inventory.discrepancy_found",
    )


def _when(moment: datetime, figures: Figures, form: Format) -> str:
    return form.time(moment) if moment >= figures.today.start else form.moment(moment)
