"""Looking at stock: finding a SKU, a node's list, the network, a spot, and what a bound person sees."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.console.conftest import Place
from tests.console.stock_pages import rice, row, text_of

MINUS = "\N{MINUS SIGN}"
pytestmark = pytest.mark.anyio


async def test_a_sku_is_found_by_sku_gtin_and_name(place: Place) -> None:
    await rice(place)
    manager = await place.visitor()
    for wanted in ("RICE", "4006381333931", "ric", "Rice"):
        page = (await manager.get("/stock", params={"q": wanted})).text
        assert 'href="/stock/skus/RICE"' in page
    assert "Nothing is called like this" in (await manager.get("/stock?q=nothing")).text
    assert "Nothing is called like this" in (await manager.get("/stock?q=%00")).text
    agent = await place.visitor("service_agent")
    page = (await agent.get("/stock")).text
    assert "S1" in page
    assert 'href="/stock/nodes/S1"' not in page, "he sees availability, not the stock of nodes"
    assert (await agent.get("/stock/nodes/S1")).status_code == 403


async def test_the_stock_of_a_node_is_filtered_sorted_and_paged(place: Place) -> None:
    await rice(place, 1_250)
    await place.api("POST", "/v1/stock/policies", {"category": "Food/Dry", "low": 2_000})
    await place.api("POST", "/v1/stock/policies", {"sku": "K2", "node": "S1", "safety": 40})
    manager = await place.visitor()

    async def skus(query: str) -> list[str]:
        page = (await manager.get(f"/stock/nodes/S1?{query}")).text
        return re.findall(r'href="/stock/skus/([^/"]+)/nodes/S1"', page)

    assert await skus("") == ["K1", "K2", "K3", "RICE"]
    assert await skus("category=Food/Milk") == ["K1", "K2", "K3"]
    assert await skus("which=low") == ["RICE"]
    assert await skus("order=available") == ["K2", "K1", "K3", "RICE"]
    assert await skus("which=negative") == []
    page = text_of((await manager.get("/stock/nodes/S1")).text)
    assert "1.250 kg" in page
    assert "Low: 2.000 kg or less" in page
    assert "K2 Product 2 100 0 40 0 60" in page
    assert (await manager.get("/stock/nodes/none")).status_code == 404


async def test_a_long_list_goes_on_where_it_stopped(place: Place) -> None:
    skus = [f"P{number:03}" for number in range(120)]
    for sku in skus:
        await place.api("PUT", f"/v1/products/{sku}", {"name": sku, "category": "Many", "variants": [{"sku": sku}]})
    lines = [{"sku": sku, "quantity": 200 - number} for number, sku in enumerate(skus)]
    await place.api("POST", "/v1/stock/deliveries", {"node": "S1", "lines": lines})
    manager = await place.visitor()
    for order, expected in (("sku", skus), ("available", skus[::-1])):
        found: list[str] = []
        url = f"/stock/nodes/S1?category=Many&order={order}"
        while url:
            page = (await manager.get(url)).text
            found += re.findall(r'href="/stock/skus/(P[^/"]+)/nodes/S1"', page)
            more = re.search(r'rel="next" href="([^"]+)"', page)
            url = unescape(more[1]) if more else ""
        assert found == expected
    for broken in ("x", "~", "1~", "a~b", "99999999999999999999~1", "1~%00"):
        assert (await manager.get(f"/stock/nodes/S1?order=available&after={broken}")).status_code == 200


async def test_availability_across_the_network_is_explained(place: Place) -> None:
    await place.api("POST", "/v1/stock/policies", {"sku": "K1", "node": "S1", "safety": 6})
    await place.api("POST", "/v1/stock/policies", {"sku": "K1", "channel": "web", "buffer": 4})
    await place.api("POST", "/v1/orders", {"channel": "web", "lines": [{"sku": "K1", "quantity": 3}]})
    manager = await place.visitor()
    page = (await manager.get("/stock/skus/K1?channel=web")).text
    shown = text_of(page)
    assert f"On hand 200 {MINUS} Held 3 {MINUS} Safety stock 6 {MINUS} Channel buffer 8 = Available 183" in shown
    assert "S1 100 3 6 4 87" in shown
    assert 'href="/stock/skus/K1/nodes/S1#holds"' in page
    assert "/policies/explain?sku=K1&amp;node=S1&amp;channel=web" in page
    without = text_of((await manager.get("/stock/skus/K1")).text)
    assert f"On hand 200 {MINUS} Held 3 {MINUS} Safety stock 6 {MINUS} Buffer 0 = Available 191" in without
    assert (await manager.get("/stock/skus/none")).status_code == 404


async def test_what_was_there_then_and_day_by_day(place: Place) -> None:
    three_days_ago = datetime.now(UTC) - timedelta(days=3)
    body = {"node": "S1", "lines": [{"sku": "K1", "quantity": 40}], "occurred_at": three_days_ago.isoformat()}
    await place.api("POST", "/v1/stock/deliveries", body)
    manager = await place.visitor()
    page = (await manager.get("/stock/skus/K1")).text
    chart = json.loads(unescape(re.search(r'data-chart="([^"]+)"', page)[1]))  # type: ignore[index]
    assert chart["series"][0]["data"][-5:] == [0, 40, 40, 40, 240]
    local = (three_days_ago + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")  # Shanghai is 8 hours ahead
    then = text_of((await manager.get("/stock/skus/K1", params={"at": local})).text)
    assert re.search(r"On hand then S1 .*? 40 ", then)
    assert "This is not a date and time" in (await manager.get("/stock/skus/K1?at=yesterday")).text


async def test_a_spot_shows_movements_and_holds_with_what_is_behind_them(place: Place) -> None:
    order = await place.api("POST", "/v1/orders", {"channel": "web", "lines": [{"sku": "K1", "quantity": 3}]})
    body = {"node": "S1", "lines": [{"sku": "K1", "quantity": 5}], "minutes": 60}
    reserved = await place.api("POST", "/v1/stock/reservations", body)
    body = {"node": "S1", "reason": "damaged", "lines": [{"sku": "K1", "quantity": -4}]}
    adjusted = await place.api("POST", "/v1/stock/adjustments", body)
    manager = await place.visitor()
    page = (await manager.get("/stock/skus/K1/nodes/S1")).text
    assert f"On hand 96 {MINUS} Held 8 {MINUS} Safety stock 0 {MINUS} Buffer 0 = Available 88" in text_of(page)
    assert f'href="/orders/{order["id"]}"' in page
    assert f'href="/stock/documents/{reserved["id"]}"' in page
    assert f'href="/stock/documents/{adjusted["id"]}"' in page
    document = text_of((await manager.get(f"/stock/documents/{adjusted['id']}")).text)
    assert "-4" in document
    assert "Not held any more" in (await manager.get(f"/stock/documents/{reserved['id']}")).text
    assert (await manager.get("/stock/documents/1")).status_code == 404
    await row(place, "update ledger.hold set expires_at = now() - interval '1 minute' returning 1")
    assert "Nothing is held" in (await manager.get("/stock/skus/K1/nodes/S1")).text


async def test_movements_are_paged_to_the_first_one(place: Place) -> None:
    for _ in range(2):
        lines = [{"sku": "K1", "quantity": number} for number in range(1, 31)]
        await place.api("POST", "/v1/stock/deliveries", {"node": "S1", "lines": lines})
    manager = await place.visitor()
    for first, mark in (("/stock/skus/K1/nodes/S1", "+"), ("/stock/skus/K1/movements", "")):
        found: list[str] = []
        url = first
        while url:
            page = (await manager.get(url)).text
            found += re.findall(
                rf'data-label="Quantity">\{mark}(\d+)</td>' if mark else r'data-label="Quantity">(\d+)</td>', page
            )
            more = re.search(r'rel="next" href="([^"]*before=[^"]+)"', page)
            url = unescape(more[1]) if more else ""
        assert sorted(map(int, found)) == sorted([*range(1, 31), *range(1, 31), 100, *([100] if not mark else [])])


async def test_an_associate_sees_movements_of_his_node_and_availability_of_all(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")
    page = (await associate.get("/stock/skus/K1")).text
    assert "S2 100 0 0 0 100" in text_of(page)
    assert 'href="/stock/skus/K1/nodes/S1"' in page
    assert 'href="/stock/skus/K1/nodes/S2"' not in page
    for url in (
        "/stock/nodes/S2",
        "/stock/skus/K1/nodes/S2",
        "/stock/skus/K1/movements",
    ):
        assert (await associate.get(url)).status_code == 403
    for url in ("/stock/nodes/S1", "/stock/skus/K1/nodes/S1", "/transfers?node=S2", "/counts?node=S2", "/policies"):
        assert (await associate.get(url)).status_code == 200
    foreign = await place.api("POST", "/v1/stock/counts", {"node": "S2", "lines": [{"sku": "K1", "quantity": 1}]})
    assert str(foreign["id"]) not in (await associate.get("/counts?node=S2")).text
    assert (await associate.get(f"/counts/{foreign['id']}")).status_code == 403
    assert (
        "Counted otherwise"
        not in text_of((await associate.get("/discrepancies?node=S2&kind=")).text).partition("Apply")[2]
    )


PAGES = (
    "/stock",
    "/stock?q=K",
    "/stock/nodes/S1",
    "/stock/nodes/S2?which=negative",
    "/stock/skus/K1?channel=web&at=2026-01-01T10:00",
    "/stock/skus/K1/nodes/S1",
    "/stock/skus/K1/movements",
    "/stock/adjust",
    "/stock/receive",
    "/transfers",
    "/transfers/new",
    "/transfers?state=closed&node=S1",
    "/counts",
    "/counts/new",
    "/counts/new?node=S1&category=Food",
    "/discrepancies",
    "/discrepancies?state=resolved",
    "/policies",
    "/policies?sku=NONE",
    "/policies/explain",
    "/policies/explain?sku=K1&node=S1",
    "/policies/explain?sku=NO&node=S1",
    "/policies/new",
)
NAMES = {"SKU", "GTIN", "Asia", "Shanghai", "Product", "Food", "Milk", "Web", "Till", "web", "till", "NONE", "NO"}
"""What the shop calls its own, and what has the same name in Chinese."""


async def test_chinese_pages_have_no_english_left(place: Place) -> None:
    counted = await place.api("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K1", "quantity": 90}]})
    body = {"source": "S1", "target": "S2", "lines": [{"sku": "K1", "quantity": 2}]}
    moved = await place.api("POST", "/v1/stock/transfers", body)
    policy = await place.api("POST", "/v1/stock/policies", {"sku": "K1", "node": "S1", "safety": 6})
    (found,) = await row(place, "select id from inventory.discrepancy")
    more = (
        f"/counts/{counted['id']}",
        f"/transfers/{moved['id']}",
        f"/policies/{policy['id']}",
        f"/policies/{policy['id']}/remove",
        f"/discrepancies/{found}",
        f"/discrepancies/resolve?id={found}",
    )
    manager = await place.visitor(language="zh-CN")
    for url in (*PAGES, *more):
        answer = await manager.get(url)
        assert answer.status_code == 200, url
        main = re.sub(
            r'(data-label|aria-label|placeholder)="([^"]*)"[^>]*>', r"> \2 ", answer.text.partition("<main")[2]
        )
        read = text_of("<main" + main.partition("</main>")[0])
        left = [word for word in re.findall(r"[A-Za-z]{2,}", read) if word not in NAMES]
        assert not left, (url, left)
