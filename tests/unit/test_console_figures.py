"""The figures of the overview: sums, days, comparisons, tables, the feed, what is rendered for whom."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

import mainstem.console
from mainstem.console.formats import formats
from mainstem.console.overview import cards, parts, tables
from mainstem.console.overview.chart import SERIES_MAX
from mainstem.console.overview.compare import Change, change
from mainstem.console.overview.feed import Happening
from mainstem.console.overview.figures import (
    Sums,
    cut_of,
    empty_day,
    week_before,
    zone_of,
)
from mainstem.console.overview.render import Press
from mainstem.console.overview.speaking import speaker
from mainstem.console.overview.wanted import Wanted, wanted
from mainstem.domains.orders import OrderHead, Trade
from mainstem.platform.access.permissions import ORDERS_READ, STOCK_READ
from tests.unit.console_figures import NAMES, NOON, SOLD, STOCK, TODAY, ZONE, day, figures

pytestmark = pytest.mark.unit

SAY = speaker(NAMES, "en")
ALL = Wanted()


def test_what_is_new_is_added() -> None:
    assert SOLD.totals.channels == {(1, "USD"): Sums(2, 5, 3000), (2, "USD"): Sums(2, 5, 5001)}
    assert SOLD.totals.currencies == {"USD": Sums(4, 10, 8001)}
    assert SOLD.plus([Trade(1, 11, "USD", 9, 1, 1, 1)]).totals.nodes == {
        (10, "USD"): Sums(2, 5, 3000),
        (11, "USD"): Sums(3, 6, 5002),
    }
    assert SOLD.totals.nodes[(11, "USD")] == Sums(2, 5, 5001)  # the day before is as it was
    assert SOLD.hours[9] == {(1, "USD"): Sums(2, 5, 3000), (2, "USD"): Sums(1, 1, 1001)}


def test_currencies_are_never_added() -> None:
    both = figures(SOLD.plus([Trade(1, 10, "CNY", 9, 1, 1, 100)]))
    assert both.day.totals.currencies == {"USD": Sums(4, 10, 8001), "CNY": Sums(1, 1, 100)}
    sales, orders, baskets, _ = cards.trade_cards(both, ALL, SAY)
    assert [value.text for value in sales.values] == ["$80.01", "CN¥1.00"]
    assert [value.text for value in baskets.values] == ["$20.00", "CN¥1.00"]
    assert [value.text for value in orders.values] == ["5"]
    assert [row.sales.text for row in tables.total_rows(both, ALL, SAY)] == ["$80.01", "CN¥1.00"]
    assert parts.PARTS["chart"].show(both, ALL, SAY)["money"] is False


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


@pytest.mark.parametrize(
    ("now", "cut"),
    [
        ("2026-05-04T14:23:59", "2026-04-27T14:23:00"),
        # Clocks went forward on March 8: at the same time of day a week before, an hour more had passed.
        ("2026-03-09T09:30:00", "2026-03-02T09:30:00"),
        ("2026-03-08T09:30:00", "2026-03-01T09:30:00"),
        ("2026-05-04T00:00:00", "2026-04-27T00:00:00"),
    ],
)
def test_a_week_before_is_counted_until_the_same_time_of_day(now: str, cut: str) -> None:
    here = ZoneInfo(ZONE)
    today = datetime.fromisoformat(now).replace(tzinfo=here)
    week = week_before(empty_day(today.date(), ZONE), ZONE)
    assert week.date == today.date() - timedelta(days=7)
    expected = datetime.fromisoformat(cut).replace(tzinfo=here).astimezone(UTC)
    assert cut_of(today.astimezone(UTC), week, ZONE) == expected


def test_the_cut_stays_within_its_day() -> None:
    week = empty_day(date(2026, 4, 27), ZONE)
    assert cut_of(week.end + timedelta(days=30), week, ZONE) == week.end
    assert cut_of(week.start, week, ZONE) == week.start


@pytest.mark.parametrize(
    ("now", "then", "shown"),
    [
        (100, 0, None),
        (100, -5, None),
        (112, 100, Change("+12%", "up")),
        (95, 100, Change("-5.0%", "down")),
        (1003, 1000, Change("+0.3%", "steady")),
        (0, 100, Change("-100%", "down")),
        (3100, 100, Change("+3,000%", "up")),
    ],
)
def test_a_change_is_a_share_of_what_was(now: int, then: int, shown: Change | None) -> None:
    assert change(now, then, formats("en", ZONE)) == shown


def test_trade_stands_beside_a_week_before() -> None:
    shown = figures(SOLD, week=day(Trade(1, 10, "USD", 8, 5, 20, 10_000), on=TODAY - timedelta(days=7)))
    sales, orders, basket, units = cards.trade_cards(shown, ALL, SAY)
    assert (sales.values[0].text, sales.values[0].change, sales.values[0].was) == (
        "$80.01", Change("-20%", "down"), "from $100.00",
    )  # fmt: skip
    assert (orders.values[0].text, orders.values[0].was) == ("4", "from 5")
    assert (basket.values[0].text, basket.values[0].was) == ("$20.00", "from $20.00")
    assert (units.values[0].text, units.values[0].change) == ("10", Change("-50%", "down"))
    assert sales.url == "/orders?from=2026-05-04&to=2026-05-04"


def test_without_a_week_before_nothing_is_compared() -> None:
    sales, *_ = cards.trade_cards(figures(SOLD), ALL, SAY)
    assert (sales.values[0].change, sales.values[0].was) == (None, "nothing a week before")


def test_what_needs_attention_leads_to_its_list() -> None:
    shown = cards.attention_cards(STOCK, ALL, SAY)
    assert [(card.values[0].text, card.url, card.tone) for card in shown] == [
        ("7", "/stock-outs", "warn"),
        ("4", "/discrepancies", "warn"),
        ("3", "/orders?show=waiting", ""),
        ("1", "/orders?show=late", "alarm"),
    ]
    counting = cards.attention_cards(None, ALL, SAY)
    assert {card.values[0].text for card in counting} == {"…"}
    assert {card.tone for card in counting} == {""}


def test_nodes_are_sorted_as_wanted() -> None:
    shown = figures(SOLD, week=day(Trade(1, 10, "USD", 8, 1, 1, 1000), Trade(1, 11, "USD", 8, 1, 1, 10_000)))
    by = {
        name: [row.name for row in tables.node_rows(shown, Wanted(nodes_by=name), SAY)]
        for name in ("sales", "change", "orders", "basket", "units", "name", "stockouts", "discrepancies", "late")
    }
    assert by["sales"] == ["South", "North", "Quiet"]
    assert by["change"] == ["North", "South", "Quiet"]
    assert by["name"] == ["North", "Quiet", "South"]
    assert by["stockouts"] == ["North", "South", "Quiet"]
    assert by["discrepancies"] == ["South", "North", "Quiet"]
    assert by["late"] == ["North", "South", "Quiet"]


def test_a_node_leads_to_its_lists() -> None:
    north = next(row for row in tables.node_rows(figures(SOLD), ALL, SAY) if row.name == "North")
    assert north.url == "/stock/nodes/S1"
    assert north.sales.url == "/orders?node=S1&from=2026-05-04&to=2026-05-04"
    assert [(figure.text, figure.url) for figure in north.attention] == [
        ("7", "/stock-outs?node=S1"),
        ("0", ""),
        ("2", "/orders?node=S1&show=waiting"),
        ("1", "/orders?node=S1&show=late"),
    ]
    without = next(
        row for row in tables.node_rows(figures(SOLD), Wanted(orders=False, stock=False), SAY) if row.name == "North"
    )
    assert (without.url, without.sales.url, {figure.url for figure in without.attention}) == ("/nodes/S1", "", {""})


def test_a_channel_that_sold_only_a_week_before_is_there() -> None:
    shown = figures(day(Trade(1, 10, "USD", 9, 1, 1, 100)), week=day(Trade(2, 10, "USD", 9, 1, 1, 100)))
    rows = tables.channel_rows(shown, ALL, SAY)
    assert [(row.name, row.simulated, row.sales.text, row.change) for row in rows] == [
        ("Tills", False, "$1.00", None),
        ("Web <b>shop</b>", True, "–", Change("-100%", "down")),
    ]


def test_what_is_wanted_is_in_the_address() -> None:
    asked = wanted({"nodes_by": "late", "channels_by": "nonsense", "nodes": "all", "x": "1"}, {STOCK_READ})
    assert asked == Wanted("sales", "late", all_nodes=True, orders=False, stock=True)
    assert asked.url("/live") == "/live?nodes_by=late&nodes=all"
    assert wanted({}, {ORDERS_READ, STOCK_READ}).url() == "/"


def test_a_quiet_day_shows_the_last_one_with_sales() -> None:
    last = day(Trade(1, 10, "USD", 9, 1, 1, 700), on=date(2025, 12, 31))
    shown = figures(day(), last)
    assert shown.day is last
    html = Press().edition(shown, 1, "en", ALL).parts
    assert "Nothing has been sold today yet" in html["lead"]
    assert "Last day with sales: December 31, 2025" in html["lead"]
    assert "Compared with December 24, 2025." in html["lead"]
    assert "/orders?from=2025-12-31" in html["trade"]
    assert "Nothing has been sold" not in Press().edition(figures(SOLD), 1, "en", ALL).parts["lead"]


def test_the_page_names_what_is_simulated_and_derived() -> None:
    html = Press().edition(figures(SOLD), 1, "en", ALL).parts
    assert html["channels"].count("simulated") == 1
    assert "7 documents follow the rule complete_journey:r,nQ." in html["stock"]
    assert [card.derived for card in cards.stock_cards(figures(SOLD), ALL, SAY)] == [True, True, False, False]


def test_the_feed_tells_what_happened_where() -> None:
    head = OrderHead(2, 11, "USD", 501)
    feed = (
        Happening("orders.order_placed", NOON, head, 77, "", "", None, "", ""),
        Happening("inventory.discrepancy_found", NOON, head, 77, "S1", "K9", -2, "oversold", ""),
        Happening(
            "inventory.stock_received", datetime(2026, 5, 1, tzinfo=UTC), None, None, "S2", "", None, "", "some:rule"
        ),
    )
    placed, found, received = parts.PARTS["feed"].show(figures(SOLD, feed=feed), ALL, SAY)["lines"]
    assert (placed.time, placed.what, placed.url, placed.detail, placed.amount) == (
        "12:00:00", "Order placed", "/orders/77", "South · Web <b>shop</b>", "$5.01",
    )  # fmt: skip
    assert (placed.simulated, placed.alarming) == (True, False)
    assert (found.detail, found.amount, found.alarming) == ("K9 · oversold -2 · North · Web <b>shop</b>", "", True)
    assert found.url == "/discrepancies?node=S1"
    assert (received.detail, received.derived, received.url) == ("South", True, "")
    assert "Apr 30, 2026" in received.time


def test_names_cannot_carry_markup() -> None:
    html = "".join(Press().edition(figures(SOLD), 1, "en", ALL).parts.values())
    assert "Web &lt;b&gt;shop&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_message_carries_what_changed() -> None:
    press = Press()
    first = press.edition(figures(SOLD), 1, "en", ALL)
    second = press.edition(figures(SOLD.plus([Trade(1, 10, "USD", 9, 1, 1, 1)])), 2, "en", ALL)
    assert set(msgspec.json.decode(second.changed.split(b"data: ")[1])) == {"trade", "chart", "channels", "nodes"}
    assert set(msgspec.json.decode(second.whole.split(b"data: ")[1])) == set(parts.PARTS)
    assert (first.before, second.before, second.changed.count(b"\n")) == (0, 1, 3)


def test_what_is_the_same_for_several_is_rendered_once() -> None:
    press, shown = Press(), figures(SOLD)
    one = press.edition(shown, 1, "en", ALL)
    assert press.edition(shown, 1, "en", ALL) is one
    other = press.edition(shown, 1, "en", Wanted(nodes_by="name"))
    assert [name for name in parts.PARTS if one.parts[name] is not other.parts[name]] == ["map", "channels", "nodes"]
    marketer = press.edition(shown, 1, "en", Wanted(orders=False, stock=False))
    assert "/orders" not in "".join(marketer.parts.values())
    assert "/stock" not in "".join(marketer.parts.values())


def test_the_picture_of_the_network_is_renewed_at_a_slow_pace() -> None:
    press, shown = Press(), figures(SOLD)
    first = press.edition(shown, 1, "en", ALL).parts["map"]
    more = msgspec.structs.replace(shown, today=SOLD.plus([Trade(1, 10, "USD", 9, 1, 1, 999_999)]))
    assert press.edition(more, 2, "en", ALL).parts["map"] is first
    later = msgspec.structs.replace(more, as_of=NOON + timedelta(seconds=parts.PACE_SECONDS))
    assert press.edition(later, 3, "en", ALL).parts["map"] != first


def test_what_nobody_wants_any_more_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstem.console.overview.render.KEPT_MAX", 20)
    press, shown = Press(), figures(SOLD)
    for version in range(5):
        press.edition(shown, version, "en", ALL)
        press.edition(shown, version, "zh", Wanted(nodes_by="late"))
    assert len(press._parts) == 20


def test_colours_can_be_told_apart() -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for what is drawn; light and dark."""
    static = Path(mainstem.console.__file__).parent / "static"
    css = (static / "console.css").read_text() + (static / "overview.css").read_text()
    for selector, paper in ((":root", "#ffffff"), ('[data-bs-theme="dark"]', "#151f2c")):
        blocks = [block.partition("}")[0] for block in css.split(f"{selector} {{")[1:]]
        colours = dict(
            pair.strip().removeprefix("--").split(": ")
            for block in blocks
            for pair in block.split(";")
            if ": #" in pair
        )
        text = ["good", "warn", "alarm"]
        drawn = [*(f"s{number}" for number in range(1, SERIES_MAX + 2)), "quiet"]
        assert [name for name in text if contrast(colours[name], paper) < 4.5] == []
        assert [name for name in drawn if contrast(colours[name], paper) < 3] == []


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
