"""The figures of the first page: sums, zones, bars, texts."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import mainstem.console
from mainstem.console.admission import at_the_machine
from mainstem.console.formats import formats
from mainstem.console.home import chart as charts
from mainstem.console.home import render
from mainstem.console.home.figures import (
    Called,
    Day,
    Figures,
    Happening,
    Names,
    NodeStock,
    Stock,
    Sums,
    empty_day,
    zone_of,
)
from mainstem.console.home.texts import EVENTS, FINDINGS, KINDS, TEXTS
from mainstem.console.home.view import view
from mainstem.domains.orders import OrderHead, Trade
from mainstem.platform.texts import translate

pytestmark = pytest.mark.unit

ZONE = "America/New_York"
NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
NAMES = Names(
    channels={1: Called("till", "Tills"), 2: Called("sim-web", "Web <b>shop</b>")},
    nodes={10: Called("S1", "North"), 11: Called("S2", "South")},
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
    nodes={10: NodeStock(2, 1000), 11: NodeStock(1, 234)},
    discrepancies=4,
    placed=2,
    allocated=1,
    derived={"complete_journey:r,nQ": 7},
    findings={"zero_quantity": 9, "brand_new_code": 1},
)


def day(*trade: Trade, on: date = TODAY) -> Day:
    return empty_day(on, ZONE).plus(trade)


def figures(today: Day, last_day: Day | None = None, feed: tuple[Happening, ...] = ()) -> Figures:
    return Figures(as_of=NOON, names=NAMES, today=today, last_day=last_day, feed=feed, stock=STOCK)


SOLD = day(
    Trade(1, 10, "USD", 9, 2, 5, 3000),
    Trade(2, 11, "USD", 9, 1, 1, 1001),
    Trade(2, 11, "USD", 10, 1, 4, 4000),
)


def test_what_is_new_is_added() -> None:
    assert SOLD.channels == {(2, "USD"): Sums(2, 5, 5001), (1, "USD"): Sums(2, 5, 3000)}
    assert list(SOLD.channels) == [(2, "USD"), (1, "USD")]  # the larger first
    assert SOLD.currencies == {"USD": Sums(4, 10, 8001)}
    assert SOLD.plus([Trade(1, 11, "USD", 9, 1, 1, 1)]).nodes == {
        (10, "USD"): Sums(2, 5, 3000),
        (11, "USD"): Sums(3, 6, 5002),
    }
    assert SOLD.nodes[(11, "USD")] == Sums(2, 5, 5001)  # the day before is as it was


def test_currencies_are_never_added() -> None:
    both = SOLD.plus([Trade(1, 10, "CNY", 9, 1, 1, 100)])
    assert both.currencies == {"USD": Sums(4, 10, 8001), "CNY": Sums(1, 1, 100)}
    shown = view(figures(both), "en").today
    assert shown.cards[0].values == ("$80.01", "CN¥1.00")
    assert [total.sales for total in shown.totals] == ["$80.01", "CN¥1.00"]
    assert shown.chart_title == TEXTS["orders_by_hour"]


@pytest.mark.parametrize(
    ("zones", "zone"),
    [
        ([], ("UTC", True)),
        ([ZONE, ZONE], (ZONE, True)),
        (["UTC"], ("UTC", True)),
        ([ZONE, "Asia/Shanghai"], ("UTC", False)),
    ],
)
def test_the_zone_of_the_day(zones: list[str], zone: tuple[str, bool]) -> None:
    assert zone_of(zones) == zone


@pytest.mark.parametrize(
    ("zone", "name"),
    [("UTC", "Coordinated Universal Time · UTC"), (ZONE, "Eastern Time · America/New_York")],
)
def test_a_zone_is_called_what_people_call_it(zone: str, name: str) -> None:
    assert formats("en", zone).zone_name == name


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 8), 23), (date(2026, 5, 4), 24), (date(2026, 11, 1), 25)])
def test_a_day_has_as_many_hours_as_the_clocks_say(on: date, hours: int) -> None:
    shown = view(figures(day(on=on)), "en").today.chart
    assert (shown.hours, len(shown.labels)) == (hours, hours)
    assert [label for label in shown.labels if label] == ["00:00", "06:00", "12:00", "18:00"]


def test_bars_are_stacked_to_scale() -> None:
    value_of = {9: {(1, "USD"): 30, (2, "USD"): 10}, 10: {(2, "USD"): 20}}
    colours = charts.numbers([(1, "USD"), (2, "USD")])
    drawn = charts.chart(SOLD, value_of, colours, formats("en", ZONE), ())
    bars = {
        series.number: [tuple(map(float, bar)) for bar in re.findall(r"M(\S+) (\S+)h\S+?v(\S+?)h", series.path)]
        for series in drawn.series
    }
    assert charts.scale_top(value_of) == 40
    assert bars == {1: [(9.14, 25.0, 75.0)], 2: [(9.14, 0.0, 25.0), (10.14, 50.0, 50.0)]}


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (3, 4), (4, 4), (5, 5), (41, 50), (100, 100), (101, 200)])
def test_the_scale_is_round(highest: int, top: int) -> None:
    assert charts.scale_top({0: {(1, "USD"): highest}}) == top


def test_the_page_names_what_is_simulated_and_derived() -> None:
    shown = view(figures(SOLD), "en")
    assert [(row.name, row.simulated) for row in shown.today.channels] == [("Web <b>shop</b>", True), ("Tills", False)]
    assert shown.derived == ("Stock is derived, not observed: 7 documents follow the rule complete_journey:r,nQ.",)
    assert [card.derived for card in shown.stock[:3]] == [True, True, False]
    assert shown.today.cards[3].values == ("$20.00",)
    assert shown.stock[1].note == "Measured goods: 50 kg"
    assert [(row.name, row.sales) for row in shown.nodes] == [("South", "$50.01"), ("North", "$30.00")]
    assert shown.findings == (("Quantity 0", "9"), ("brand_new_code", "1"))


def test_a_quiet_day_shows_the_last_one_with_sales() -> None:
    last = day(Trade(1, 10, "USD", 9, 1, 1, 700), on=date(2025, 12, 31))
    shown = view(figures(day(), last), "en")
    assert shown.today.cards[0].values == ("–",)
    assert shown.last_day is not None
    assert shown.last_day.day == "December 31, 2025"
    parts = render.edition(figures(day(), last), "en", 1, None).parts
    assert TEXTS["nothing_today"] in parts["today"]
    assert "Last day with sales: December 31, 2025" in parts["last"]
    assert render.edition(figures(SOLD), "en", 1, None).parts["last"] == ""


def test_the_feed_tells_what_happened_where() -> None:
    head = OrderHead(2, 11, "USD", 501)
    feed = (
        Happening("orders.order_placed", NOON, head, "", "", None, "", ""),
        Happening("inventory.discrepancy_found", NOON, head, "S1", "K9", -2, "oversold", ""),
        Happening("inventory.stock_received", datetime(2026, 5, 1, tzinfo=UTC), None, "S2", "", None, "", "some:rule"),
    )
    placed, found, received = view(figures(SOLD, feed=feed), "en").feed
    assert (placed.time, placed.what, placed.detail, placed.amount) == (
        "12:00:00", "Order placed", "South · Web <b>shop</b>", "$5.01",
    )  # fmt: skip
    assert (placed.simulated, placed.alarming) == (True, False)
    assert (found.detail, found.amount, found.alarming) == ("K9 · oversold -2 · North · Web <b>shop</b>", "", True)
    assert (received.detail, received.derived) == ("South", True)
    assert "Apr 30, 2026" in received.time


def test_names_cannot_carry_markup() -> None:
    parts = render.edition(figures(SOLD), "en", 1, None).parts
    assert "Web &lt;b&gt;shop&lt;/b&gt;" in parts["today"]
    assert "<b>" not in parts["today"]


def test_a_message_carries_what_changed() -> None:
    first = render.edition(figures(SOLD), "en", 1, None)
    second = render.edition(figures(SOLD.plus([Trade(1, 10, "USD", 9, 1, 1, 1)])), "en", 2, first)
    assert set(msgspec.json.decode(second.changed.split(b"data: ")[1])) == {"today", "nodes"}
    assert set(msgspec.json.decode(second.whole.split(b"data: ")[1])) == set(render.PARTS)
    assert (second.before, second.changed.count(b"\n")) == (1, 3)


def test_every_text_is_chinese_in_chinese() -> None:
    texts = [text for table in (TEXTS, EVENTS, KINDS, FINDINGS) for text in table.values()]
    assert [text for text in texts if not re.search("[\u4e00-\u9fff]", translate(text, "zh"))] == []


AT_HOME: list[tuple[bytes, bytes]] = [(b"host", b"127.0.0.1:8000")]


@pytest.mark.parametrize(
    ("client", "headers", "version", "admitted"),
    [
        ("127.0.0.1", AT_HOME, "1.1", True),
        ("::1", [(b"host", b"[::1]:8000")], "1.1", True),
        ("127.0.0.1", [(b"host", b"localhost")], "1.1", True),
        ("192.168.1.7", AT_HOME, "1.1", False),
        ("127.0.0.1", [(b"host", b"shop.example")], "1.1", False),
        ("127.0.0.1", [(b"host", b"127.0.0.1.shop.example")], "1.1", False),
        ("127.0.0.1", [], "1.1", False),
        ("127.0.0.1", [*AT_HOME, (b"x-forwarded-for", b"192.168.1.7")], "1.1", False),
        ("127.0.0.1", [*AT_HOME, (b"forwarded", b"for=192.168.1.7")], "1.1", False),
        ("127.0.0.1", AT_HOME, "1.0", False),
        (None, AT_HOME, "1.1", False),
    ],
)
def test_who_sits_at_the_machine(
    client: str | None, headers: list[tuple[bytes, bytes]], version: str, *, admitted: bool
) -> None:
    scope: Any = {"client": None if client is None else (client, 4711), "http_version": version}
    assert at_the_machine(scope, dict(headers)) is admitted


def test_colours_can_be_told_apart() -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for what is drawn; light and dark."""
    css = (Path(mainstem.console.__file__).parent / "static" / "console.css").read_text()
    schemes = [dict(re.findall(r"--([\w-]+): (#\w+)", root)) for root in re.findall(r":root \{(.*?)\}", css, re.DOTALL)]
    assert len(schemes) == 2
    text = [(ink, ground) for ink in ("ink", "soft", "accent", "alarm") for ground in ("paper", "ground")]
    text.append(("badge-ink", "badge-ground"))
    drawn = [(f"s{number}", "paper") for number in range(1, charts.SERIES_MAX + 2)]
    drawn += [("good", "ground"), ("warn", "ground")]
    for scheme in schemes:
        assert [pair for pair in text if contrast(scheme[pair[0]], scheme[pair[1]]) < 4.5] == []
        assert [pair for pair in drawn if contrast(scheme[pair[0]], scheme[pair[1]]) < 3] == []


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
