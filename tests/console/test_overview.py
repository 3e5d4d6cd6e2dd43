"""The overview: its figures, where they lead, for whom, and what is behind them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from mainstem.kernel.moments import day_bounds, local_day
from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

ZONE = "Asia/Shanghai"


@pytest.fixture
async def trading(place: Place) -> Place:
    """Today: a sale of 3 at S1 and an order of 2 through the web; a week before at the same time: a sale of 1."""
    now = datetime.now(UTC)
    start, _ = day_bounds(local_day(now, ZONE), ZONE)
    earlier = max(start, now - timedelta(minutes=5))
    for number, (moment, quantity) in enumerate(((earlier, 3), (start - timedelta(days=7), 1))):
        line = {"sku": "K1", "quantity": quantity, "amount_minor": 1000 * quantity}
        sale = {"channel": "till", "node": "S1", "external_id": f"sale-{number}", "occurred_at": moment.isoformat()}
        await place.api("POST", "/v1/sales", {**sale, "lines": [line]})
    await place.api("POST", "/v1/orders", {"channel": "web", "lines": [{"sku": "K2", "quantity": 2}]})
    return place


def text(html: str) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def part(html: str, name: str) -> str:
    """A part of the page."""
    return html.split(f'data-part="{name}"', 1)[1].split("data-part=", 1)[0]


def links(html: str) -> set[str]:
    """Where a piece of a page leads."""
    return {unescape(found) for found in re.findall(r'href="([^"]+)"', html)}


async def test_today_stands_beside_a_week_before(trading: Place) -> None:
    page = (await (await trading.visitor()).get("/")).text
    trade = text(part(page, "trade"))
    # 3 x 10.00 and 2 x 2.00; a week before 1 x 10.00.
    assert "CN¥34.00 +240% from CN¥10.00" in trade
    assert "Orders 2 +100% from 1" in trade
    assert "CN¥17.00 +70% from CN¥10.00" in trade
    assert "Units 5 +400% from 1" in trade
    assert "Till CN¥30.00 +200% 1 CN¥30.00 3" in text(part(page, "channels"))
    assert "Web CN¥4.00 – 1 CN¥4.00 2" in text(part(page, "channels"))
    assert "S1 CN¥34.00 +240% 2 CN¥17.00 5 0 0 1 0" in text(part(page, "nodes"))
    week = local_day(datetime.now(UTC), ZONE) - timedelta(days=7)
    assert f"Compared with {week:%B} {week.day}, {week.year} until " in text(part(page, "lead"))


async def test_every_figure_leads_to_the_list_behind_it(trading: Place) -> None:
    page = (await (await trading.visitor()).get("/")).text
    day = local_day(datetime.now(UTC), ZONE).isoformat()
    assert links(part(page, "trade")) == {f"/orders?from={day}&to={day}"}
    assert links(part(page, "attention")) == {
        "/stock-outs", "/discrepancies", "/orders?show=waiting", "/orders?show=late",
    }  # fmt: skip
    assert f"/orders?channel=web&from={day}&to={day}" in links(part(page, "channels"))
    assert {"/stock/nodes/S1", f"/orders?node=S1&from={day}&to={day}", "/orders?node=S1&show=waiting"} <= links(
        part(page, "nodes")
    )
    assert any(re.fullmatch(r"/orders/\d+", link) for link in links(part(page, "feed")))
    assert "/stock/nodes/S2" in links(part(page, "map"))


async def test_who_may_not_open_a_list_is_not_sent_there(trading: Place) -> None:
    page = (await (await trading.visitor("marketer")).get("/")).text
    assert "CN¥34.00" in page
    assert [link for link in links(page) if link.startswith(("/orders", "/stock", "/discrepancies"))] == []
    assert "/nodes/S1" in links(part(page, "map"))


async def test_who_sees_no_figures_begins_elsewhere(trading: Place) -> None:
    for role, node, first in (
        ("service_agent", None, "/orders"),
        ("privacy_officer", None, "/orders"),
        ("store_associate", "S1", "/store"),
    ):
        visitor = await trading.visitor(role, node)
        answer = await visitor.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, first), role
        assert (await visitor.get("/live")).status_code == 403, role


async def test_tables_are_sorted_by_links(trading: Place) -> None:
    manager = await trading.visitor()
    page = (await manager.get("/")).text
    assert "/?nodes_by=name#nodes" in links(part(page, "nodes"))
    assert 'aria-sort="descending"><a class="sort-link" href="/#nodes">Sales' in part(page, "nodes")
    sorted_page = (await manager.get("/?nodes_by=name&channels_by=orders")).text
    rows = re.findall(r'<th scope="row">.*?>([^<]+)</a>', part(sorted_page, "nodes"))
    assert rows == ["S1", "S2"]
    assert 'aria-sort="ascending"' in part(sorted_page, "nodes")
    assert 'data-live="/live?channels_by=orders&amp;nodes_by=name"' in sorted_page
    assert "/?channels_by=orders&nodes_by=late#nodes" in links(part(sorted_page, "nodes"))


async def test_the_picture_shows_positions_when_they_are_known(trading: Place) -> None:
    manager = await trading.visitor()
    assert "<svg" not in part((await manager.get("/")).text, "map").replace('<svg class="icon"', "")
    node = {"name": "S1", "kind": "store", "time_zone": ZONE, "city": "上海", "latitude": 31.2, "longitude": 121.5}
    await trading.api("PUT", "/v1/nodes/S1", node)
    await trading.console._overview._board._look_again()
    trading.console._overview._press._parts.clear()  # the picture is renewed at a slow pace
    shown = part((await manager.get("/")).text, "map")
    assert shown.count("<circle") == 1
    assert "Without a position" in shown


async def test_it_is_chinese_in_chinese(trading: Place) -> None:
    await trading.api("PUT", "/v1/channels/web", {"name": "网店", "kind": "web", "currency": "CNY", "nodes": ["S1"]})
    await trading.api("PUT", "/v1/channels/till", {"name": "收银台", "kind": "till", "currency": "CNY"})
    manager = await trading.visitor(language="zh-CN")
    for path in ("/", "/?nodes=all&nodes_by=late", "/stock-outs", "/stock-outs?node=S1"):
        page = (await manager.get(path)).text
        main = text(page.split("<main", 1)[1].partition(">")[2].split("</main>", 1)[0])
        assert set(re.findall(r"[A-Za-z]{3,}", main)) - {"SKU", "CNY"} == set(), path


async def test_the_stock_outs_are_listed(trading: Place) -> None:
    manager = await trading.visitor()
    assert "Nothing is out of stock" in (await manager.get("/stock-outs")).text
    now = datetime.now(UTC).isoformat()
    lines = [{"sku": "K3", "quantity": 120, "amount_minor": 100}]
    sale = {"channel": "till", "node": "S2", "external_id": "much", "occurred_at": now, "lines": lines}
    await trading.api("POST", "/v1/sales", sale)
    board = trading.console._overview._board
    assert board._look is not None
    board.counted = await board._reader.count(datetime.now(UTC))
    page = await manager.get("/stock-outs")
    assert "K3 Product 3 S2 -20 0 120" in text(page.text)
    assert "1 stock-outs" in text(page.text)
    assert "K3" in (await manager.get("/stock-outs?node=S2")).text
    assert "K3" not in (await manager.get("/stock-outs?node=S1")).text
    assert (await manager.get("/stock-outs?node=none")).status_code == 404
    bound = await trading.visitor("store_associate", "S1")
    assert "K3" not in (await bound.get("/stock-outs")).text
    assert (await bound.get("/stock-outs?node=S2")).status_code == 404
    assert (await (await trading.visitor("marketer")).get("/stock-outs")).status_code == 403


async def test_a_network_without_anything_has_a_page(place: Place) -> None:
    page = text((await (await place.visitor()).get("/")).text)
    assert "Nothing has been sold yet." in page
    assert "Stock-outs 0" in page or "Stock-outs …" in page
