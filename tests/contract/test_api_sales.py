"""Sales over HTTP: facts are recorded, and what cannot be read or placed is kept."""

from typing import Any

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

SALE: dict[str, Any] = {
    "channel": "till",
    "node": "S1",
    "external_id": "T-1",
    "occurred_at": "2026-01-31T10:00:00+08:00",
    "lines": [{"sku": "K1", "quantity": 3, "amount_minor": 300}],
}


async def test_a_sale_is_known_by_its_own_key(shop: Shop) -> None:
    first = await shop.send("POST", "/v1/sales", SALE, headers={"idempotency-key": "a"})
    assert first.status_code == 201, first.text
    assert first.json()["total_minor"] == 300
    second = await shop.client.post("/v1/sales", json=SALE, headers={"authorization": f"Bearer {shop.administrator}"})
    assert (second.status_code, second.headers["idempotency-replayed"]) == (201, "true")
    assert second.content == first.content
    other = await shop.send("POST", "/v1/sales", SALE | {"customer": "C-2"})
    assert (other.status_code, other.json()["code"]) == (409, "duplicate_order")
    assert (await shop.done("GET", "/v1/quarantine"))["items"] == []


async def test_an_oversold_shelf_is_a_discrepancy(shop: Shop) -> None:
    sold = await shop.done("POST", "/v1/sales", SALE | {"lines": [{"sku": "K1", "quantity": 150, "amount_minor": 1}]})
    assert sold["discrepancies"] == 1
    quality = await shop.done("GET", "/v1/data-quality")
    assert (quality["discrepancies_open"], quality["findings"]) == (1, {"large_quantity": 1})


@pytest.mark.parametrize(
    ("wrong", "code", "where"),
    [
        ({"node": "S9"}, "unknown_node", "/node"),
        ({"channel": "nope"}, "unknown_channel", "/channel"),
        ({"lines": [{"sku": "K1", "quantity": "3", "amount_minor": 1}]}, "malformed", "/lines/0/quantity"),
        ({"lines": [{"sku": "K1", "quantity": -3, "amount_minor": 1}]}, "bad_quantity", "/lines/0/quantity"),
        ({"occurred_at": "2026-01-31T10:00:00"}, "malformed", "/occurred_at"),
        ({"occurred_at": "2199-01-31T10:00:00Z"}, "clock_skew", "/occurred_at"),
        ({"cashier": "x"}, "malformed", "/cashier"),
        ({"customer": "a\0b"}, "malformed", "/customer"),
        ({"lines": [{"sku": "K1", "quantity": 10**20, "amount_minor": 1}]}, "malformed", "/lines/0/quantity"),
    ],
)
async def test_what_cannot_be_read_or_placed_is_kept(shop: Shop, wrong: dict[str, Any], code: str, where: str) -> None:
    answer = await shop.send("POST", "/v1/sales", SALE | wrong)
    assert answer.status_code == 202, answer.text
    held = answer.json()
    assert (held["problem"]["code"], held["problem"]["where"]) == (code, where)
    entry = await shop.done("GET", f"/v1/quarantine/{held['quarantine']}")
    assert (entry["operation"], entry["state"], entry["problem"]["code"]) == ("orders.record_sale", "waiting", code)
    assert (await shop.done("GET", "/v1/data-quality"))["quarantine_waiting"] == 1
    again = await shop.send("POST", "/v1/sales", SALE | wrong)
    assert again.json()["quarantine"] == held["quarantine"]


async def test_text_that_is_not_utf8_is_kept_as_it_came(shop: Shop) -> None:
    body = b'{"channel":"till","node":"S1","external_id":"T-\xff","occurred_at":"2026-01-31T10:00:00Z","lines":[]}'
    bulk = await shop.send("POST", "/v1/sales/bulk", b'{"items":[' + body + b"]}")
    (item,) = bulk.json()["items"]
    assert item["status"] == 202
    entry = await shop.done("GET", f"/v1/quarantine/{item['quarantine']}")
    assert (entry["payload"], bool(entry["payload_base64"])) == ("", True)


async def test_what_is_no_json_is_not_kept(shop: Shop) -> None:
    for body in (b"", b"{", b"sale", b'{"a":1}}', b"[" * 200_000):
        answer = await shop.send("POST", "/v1/sales", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), body[:10]
        answer = await shop.send("POST", "/v1/sales/bulk", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), body[:10]
    assert (await shop.done("GET", "/v1/quarantine"))["items"] == []


async def test_bulk_records_what_it_can_and_keeps_the_rest(shop: Shop) -> None:
    items = [SALE, SALE | {"external_id": "T-2", "node": "S9"}, "sale", SALE | {"external_id": "T-3"}, SALE]
    answer = await shop.send("POST", "/v1/sales/bulk", {"items": items})
    found = answer.json()["items"]
    assert [item["status"] for item in found] == [201, 202, 202, 201, 201]
    assert found[4]["result"] == found[0]["result"]
    assert found[4]["repeated"] is True
    waiting = (await shop.done("GET", "/v1/quarantine?limit=1"))["items"]
    assert [entry["id"] for entry in waiting] == [found[1]["quarantine"]]
    listed = (await shop.done("GET", "/v1/quarantine"))["items"]
    assert {entry["id"] for entry in listed} == {found[1]["quarantine"], found[2]["quarantine"]}
    assert (await shop.done("GET", "/v1/quarantine?limit=1&cursor=" + (await _next(shop))))["items"] == [listed[1]]


async def _next(shop: Shop) -> str:
    cursor: str = (await shop.done("GET", "/v1/quarantine?limit=1"))["next"]
    return cursor


async def test_a_kept_sale_is_resubmitted_once_it_can_be_placed(shop: Shop) -> None:
    held = (await shop.send("POST", "/v1/sales", SALE | {"node": "S9"})).json()["quarantine"]
    path = f"/v1/quarantine/{held}"
    early = await shop.send("POST", f"{path}/resubmission")
    assert (early.status_code, early.json()["code"]) == (404, "unknown_node")
    assert (await shop.done("GET", path))["state"] == "waiting"

    await shop.done("PUT", "/v1/nodes/S9", {"name": "S9", "kind": "store", "time_zone": "Asia/Shanghai"})
    assert (await shop.done("POST", f"{path}/resubmission"))["total_minor"] == 300
    entry = await shop.done("GET", path)
    assert (entry["state"], entry["settled_by"] is not None) == ("resubmitted", True)
    late = await shop.send("POST", f"{path}/resubmission")
    assert (late.status_code, late.json()["code"]) == (409, "quarantine_settled")


async def test_a_kept_sale_is_corrected(shop: Shop) -> None:
    held = (await shop.send("POST", "/v1/sales", SALE | {"cashier": "x"})).json()["quarantine"]
    sold = await shop.done("POST", f"/v1/quarantine/{held}/resubmission", {"payload": SALE})
    assert (await shop.done("GET", f"/v1/orders/{sold['id']}"))["external_id"] == "T-1"


async def test_a_kept_sale_is_set_aside(shop: Shop) -> None:
    held = (await shop.send("POST", "/v1/sales", SALE | {"node": "S9"})).json()["quarantine"]
    assert (await shop.done("POST", f"/v1/quarantine/{held}/set-aside"))["state"] == "set_aside"
    assert (await shop.send("POST", f"/v1/quarantine/{held}/set-aside")).json()["code"] == "quarantine_settled"
    assert (await shop.done("GET", "/v1/data-quality"))["quarantine_waiting"] == 0
