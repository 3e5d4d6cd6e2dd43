"""Stock over HTTP."""

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]


async def available(shop: Shop, sku: str = "K1", node: str = "S1", channel: str = "") -> int:
    extra = f"&channel={channel}" if channel else ""
    found = await shop.done("GET", f"/v1/stock/availability?sku={sku}&node={node}{extra}")
    quantity: int = found["available"][0]
    return quantity


async def test_what_is_done_to_stock_shows(shop: Shop) -> None:
    line = [{"sku": "K1", "quantity": 10}]
    assert await available(shop) == 100
    adjusted = {"node": "S1", "lines": [{"sku": "K1", "quantity": -10}], "reason": "damaged"}
    await shop.done("POST", "/v1/stock/adjustments", adjusted)
    assert await available(shop) == 90
    held = await shop.done("POST", "/v1/stock/reservations", {"node": "S1", "lines": line, "minutes": 5})
    assert await available(shop) == 80
    await shop.done("POST", f"/v1/stock/reservations/{held['id']}/release")
    assert await available(shop) == 90
    await shop.done("POST", "/v1/stock/policies", {"sku": "K1", "node": "S1", "safety": 20})
    await shop.done("POST", "/v1/stock/policies", {"sku": "K1", "channel": "web", "buffer": 5})
    assert (await available(shop), await available(shop, channel="web")) == (70, 65)
    assert len((await shop.done("GET", "/v1/stock/policies"))["items"]) == 2

    sent = await shop.done("POST", "/v1/stock/transfers", {"source": "S1", "target": "S2", "lines": line})
    arrived = {"lines": [{"sku": "K1", "quantity": 8}]}
    await shop.done("POST", f"/v1/stock/transfers/{sent['id']}/arrivals", arrived)
    assert await available(shop, node="S2") == 108
    document = await shop.done("GET", f"/v1/stock/documents/{sent['id']}")
    assert (document["kind"], document["target"], document["lines"][0]["done"]) == ("transfer", "S2", 8)

    (short,) = (await shop.done("GET", "/v1/stock/discrepancies"))["items"]
    assert (short["kind"], short["quantity"]) == ("transfer_short", -2)
    await shop.done("POST", f"/v1/stock/discrepancies/{short['id']}/resolution", {"note": "found broken"})
    assert (await shop.done("GET", "/v1/stock/discrepancies"))["items"] == []
    (closed,) = (await shop.done("GET", "/v1/stock/discrepancies?open=false&sku=K1&kind=transfer_short"))["items"]
    assert closed["note"] == "found broken"

    await shop.done("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K2", "quantity": 99}]})
    coming = {"node": "S1", "document": "PO-1", "lines": line, "expected_at": "2027-01-31T00:00:00Z"}
    await shop.done("POST", "/v1/stock/inbound", coming)
    question = {"skus": ["K1", "K2"], "nodes": ["S1", "S2"]}
    found = await shop.done("POST", "/v1/stock/availability", question)
    assert (found["skus"], found["nodes"]) == (["K1", "K2"], ["S1", "S2"])
    assert found["on_hand"] == [80, 108, 99, 100]
    assert found["inbound"] == [10, 0, 0, 0]


async def test_availability_is_tagged(shop: Shop) -> None:
    path = "/v1/stock/availability?sku=K1&node=S1"
    tag = (await shop.send("GET", path)).headers["etag"]
    assert (await shop.send("GET", path, headers={"if-none-match": tag})).status_code == 304
    await shop.done("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K1", "quantity": 1}]})
    assert (await shop.send("GET", path, headers={"if-none-match": tag})).status_code == 200


async def test_availability_has_limits_and_names_what_is_unknown(shop: Shop) -> None:
    many = {"skus": ["K1"] * 1001, "nodes": ["S1"] * 100}
    answer = await shop.send("POST", "/v1/stock/availability", many)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    answer = await shop.send("GET", "/v1/stock/availability?sku=K1&sku=K9&node=S1")
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (404, "unknown_sku", "/skus/1")
    answer = await shop.send("GET", "/v1/stock/availability?sku=K1")
    assert (answer.status_code, answer.json()["where"]) == (400, "/node")


async def test_stock_of_the_past(shop: Shop) -> None:
    early = {"node": "S1", "lines": [{"sku": "K3", "quantity": 5}], "occurred_at": "2026-03-01T10:00:00+08:00"}
    await shop.done("POST", "/v1/stock/deliveries", early)

    async def on_hand(when: str) -> int:
        rows = (await shop.done("GET", f"/v1/stock/at?sku=K3&node=S1&{when}"))["items"]
        quantity: int = rows[0]["on_hand"]
        return quantity

    assert await on_hand("day=2026-02-28") == 0
    assert await on_hand("day=2026-03-01") == 5
    assert await on_hand("moment=2026-03-01T01:59:59Z") == 0
    assert await on_hand("moment=2026-03-01T02:00:00Z") == 5
    for when in ("", "day=2026-03-01&moment=2026-03-01T02:00:00Z"):
        answer = await shop.send("GET", f"/v1/stock/at?sku=K3&node=S1&{when}")
        assert (answer.status_code, answer.json()["where"]) == (400, "/day")


async def test_movements_and_stock_of_a_node_page(shop: Shop) -> None:
    for _ in range(4):
        await shop.done("POST", "/v1/stock/deliveries", {"node": "S1", "lines": [{"sku": "K1", "quantity": 1}]})
    first = await shop.done("GET", "/v1/stock/movements?sku=K1&node=S1&limit=3")
    rest = await shop.done("GET", f"/v1/stock/movements?sku=K1&node=S1&limit=3&cursor={first['next']}")
    assert [row["quantity"] for row in first["items"] + rest["items"]] == [1, 1, 1, 1, 100]
    assert rest["next"] is None
    assert first["items"][0]["counterpart"] == "supplier"

    page = await shop.done("GET", "/v1/stock/nodes/S1?limit=2")
    last = await shop.done("GET", f"/v1/stock/nodes/S1?limit=2&cursor={page['next']}")
    assert [(row["sku"], row["on_hand"]) for row in page["items"] + last["items"]] == [
        ("K1", 104),
        ("K2", 100),
        ("K3", 100),
    ]
    assert (await shop.send("GET", "/v1/stock/nodes/S9")).json()["code"] == "unknown_node"


async def test_mixed_bulk_is_decided_in_order(shop: Shop) -> None:
    items = [
        {"type": "adjustment", "node": "S1", "reason": "theft", "lines": [{"sku": "K1", "quantity": -101}]},
        {"type": "delivery", "node": "S1", "lines": [{"sku": "K1", "quantity": 1}]},
        {"type": "adjustment", "node": "S1", "reason": "theft", "lines": [{"sku": "K1", "quantity": -101}]},
        {"type": "magic", "node": "S1"},
        {"type": "count", "node": "S1"},
        {"node": "S1"},
        {"type": "count", "node": "S1", "lines": [{"sku": "K1", "quantity": 7}]},
    ]
    headers = {"idempotency-key": "stock-bulk"}
    answer = await shop.send("POST", "/v1/stock/movements/bulk", {"items": items}, headers=headers)
    found = answer.json()["items"]
    assert [item["status"] for item in found] == [409, 201, 201, 400, 400, 400, 201]
    assert found[4]["problem"]["where"] == "/lines"
    assert found[5]["problem"]["where"] == "/type"
    assert await available(shop) == 7
    again = await shop.send("POST", "/v1/stock/movements/bulk", {"items": items}, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert await available(shop) == 7
