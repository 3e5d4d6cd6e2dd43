"""Bad input: a defined answer for each kind, never a 5xx."""

import json

import pytest

from tests.contract.conftest import Json, Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

LINE = '{"sku":"K1","quantity":1}'
BODIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ""),
    "not JSON": (b"order", ""),
    "cut off": (b'{"channel":"web"', ""),
    "two values": (b'{"channel":"web","lines":[]} {}', ""),
    "byte order mark": (b'\xef\xbb\xbf{"channel":"web"}', ""),
    "not UTF-8": (b'{"channel":"\xff","lines":[]}', ""),
    "lone surrogate": (b'{"channel":"\\ud800","lines":[]}', ""),
    "surrogate in UTF-8": (b'{"channel":"\xed\xa0\x80","lines":[]}', ""),
    "raw zero": (b'{"channel":"a\x00","lines":[]}', ""),
    "not an object": (b"[]", ""),
    "null": (b"null", ""),
    "too deep": (b'{"channel":' + b"[" * 100_000, "/channel"),
    "too deep inside": (b'{"channel":"web","nope":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "/nope"),
    "missing field": (b'{"channel":"web"}', "/lines"),
    "unknown field": (b'{"channel":"web","lines":[],"color":1}', "/color"),
    "unknown field inside": (b'{"channel":"web","lines":[{"sku":"K1","quantity":1,"x":1}]}', "/lines/0/x"),
    "wrong type": (b'{"channel":1,"lines":[]}', "/channel"),
    "wrong type inside": (b'{"channel":"web","lines":[{"sku":"K1","quantity":"1"}]}', "/lines/0/quantity"),
    "fraction": (b'{"channel":"web","lines":[{"sku":"K1","quantity":1.5}]}', "/lines/0/quantity"),
    "infinity": (b'{"channel":"web","lines":[{"sku":"K1","quantity":1e400}]}', "/lines/0/quantity"),
    "beyond 64 bits": (
        b'{"channel":"web","lines":[{"sku":"K1","quantity":9223372036854775808}]}',
        "/lines/0/quantity",
    ),
    "far beyond 64 bits": (
        b'{"channel":"web","lines":[{"sku":"K1","quantity":-1' + b"0" * 400 + b"}]}",
        "/lines/0/quantity",
    ),
    "escaped zero": (b'{"channel":"web","customer":"a\\u0000","lines":[]}', "/customer"),
}


@pytest.mark.parametrize("name", BODIES)
async def test_what_cannot_be_read_is_400_with_its_place(bare: Shop, name: str) -> None:
    body, where = BODIES[name]
    answer = await bare.send("POST", "/v1/orders", body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text
    assert (answer.json()["code"], answer.json()["where"]) == ("malformed", where), answer.text


async def test_an_escaped_backslash_before_u0000_is_text(shop: Shop) -> None:
    order = {"channel": "web", "customer": "\\u0000", "lines": [json.loads(LINE)]}
    placed = await shop.done("POST", "/v1/orders", order)
    read = await shop.done("GET", f"/v1/orders/{placed['id']}?unmask=true")
    assert read["customer_reference"] == "\\u0000"


async def test_a_long_number_in_a_text_is_text(shop: Shop) -> None:
    order = {"channel": "web", "external_id": "1" * 40, "lines": [json.loads(LINE)]}
    await shop.done("POST", "/v1/orders", order)


@pytest.mark.parametrize("told", [True, False])
async def test_an_oversized_body_is_refused_before_it_is_read(bare: Shop, told: bool) -> None:  # noqa: FBT001
    read = 0
    limit = bare.services.settings.body_bytes_max

    async def body() -> Json:
        nonlocal read
        for _ in range(limit // 500_000 + 50):
            read += 500_000
            yield b" " * 500_000

    size = (limit // 500_000 + 50) * 500_000
    headers = {"authorization": f"Bearer {bare.administrator}", "idempotency-key": "big"}
    headers |= {"content-length": str(size)} if told else {}
    answer = await bare.client.post("/v1/orders", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert read <= (0 if told else limit + 1_000_000)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\x7f", "é", "a\tb"])
async def test_a_bad_idempotency_key_is_refused(bare: Shop, key: str) -> None:
    headers = {"authorization": f"Bearer {bare.administrator}", "idempotency-key": key.encode()}
    answer = await bare.client.post("/v1/orders", json={}, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_write_without_a_key_is_refused(bare: Shop) -> None:
    for path in ("/v1/orders", "/v1/orders/bulk", "/v1/orders/1/payments", "/v1/stock/movements/bulk", "/v1/keys"):
        answer = await bare.client.post(path, json={}, headers={"authorization": f"Bearer {bare.administrator}"})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing"), path


async def test_the_longest_key_is_taken(shop: Shop) -> None:
    order = {"channel": "web", "lines": [json.loads(LINE)]}
    answer = await shop.send("POST", "/v1/orders", order, headers={"idempotency-key": "~" * 255})
    assert answer.status_code == 201


async def test_problems_are_told_in_the_readers_language(shop: Shop) -> None:
    order = {"channel": "web", "lines": [{"sku": "K9", "quantity": 1}]}
    english = (await shop.send("POST", "/v1/orders", order)).json()
    answer = await shop.send("POST", "/v1/orders", order, headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})
    chinese = answer.json()
    assert answer.headers["content-language"] == "zh-CN"
    assert english["detail"] == "SKU K9 is not in the catalogue."
    assert chinese["detail"] == "商品目录中没有 SKU K9。"
    assert chinese["title"] == "未找到"
    assert {name: chinese[name] for name in ("type", "code", "status", "where", "instance")} == {
        "type": "/problems/unknown_sku",
        "code": "unknown_sku",
        "status": 404,
        "where": "/lines/0/sku",
        "instance": "/v1/orders",
    }
    wrong = await shop.send("POST", "/v1/orders", {"lines": []}, headers={"accept-language": "zh"})
    assert wrong.json()["detail"] == "无法读取输入：缺少字段 `channel`。"
    missing = await shop.send("GET", "/v1/orders/1", headers={"accept-language": "zh"})
    assert missing.json()["detail"] == "没有订单 1。"


async def test_every_problem_type_can_be_looked_up(bare: Shop) -> None:
    listed = (await bare.send("GET", "/problems", key=None)).json()["items"]
    assert len(listed) > 40
    for one in listed:
        found = (await bare.send("GET", one["type"], key=None)).json()
        assert found == one
    assert (await bare.send("GET", "/problems/nope", key=None)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/nodes/N", {"name": "N", "kind": "store", "time_zone": "Mars/Olympus"}),
        ("PUT", "/v1/nodes/N", {"name": "N", "kind": "ship", "time_zone": "UTC"}),
        ("PUT", "/v1/nodes/%20", {"name": "N", "kind": "store", "time_zone": "UTC"}),
        ("PUT", "/v1/nodes/%00", {"name": "N", "kind": "store", "time_zone": "UTC"}),
        ("PUT", "/v1/nodes/%FF", {"name": "N", "kind": "store", "time_zone": "UTC"}),
        ("GET", "/v1/nodes/%00", None),
        ("GET", "/v1/products/%00", None),
        ("GET", "/v1/stock/nodes/%00", None),
        ("PUT", "/v1/nodes/N", {"name": "N", "kind": "store", "time_zone": "UTC", "latitude": 91, "longitude": 0}),
        ("PUT", "/v1/products/P", {"name": "P", "variants": [{"sku": "X", "gtins": ["1"]}]}),
        ("PUT", "/v1/products/P", {"name": "P", "variants": []}),
        ("PUT", "/v1/channels/C", {"name": "C", "kind": "web", "currency": "XXY"}),
        ("POST", "/v1/prices", {"sku": "K1", "currency": "CNY", "amount_minor": -1}),
        (
            "POST",
            "/v1/prices",
            {"sku": "K1", "currency": "CNY", "amount_minor": 1, "valid_from": "2026-01-01T00:00:00"},
        ),
        ("POST", "/v1/stock/deliveries", {"node": "S1", "lines": []}),
        ("POST", "/v1/stock/deliveries", {"node": "S1", "lines": [{"sku": "K1", "quantity": 10**18}]}),
        ("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K1", "quantity": -1}]}),
        ("POST", "/v1/stock/reservations", {"node": "S1", "lines": [{"sku": "K1", "quantity": 1}], "minutes": 0}),
        ("POST", "/v1/stock/transfers/9223372036854775807/arrivals", {"lines": [{"sku": "K1", "quantity": 1}]}),
        ("POST", "/v1/stock/discrepancies/9223372036854775807/resolution", {"note": "x"}),
        ("POST", "/v1/keys", {"principal": 9223372036854775807}),
        ("POST", "/v1/keys", {"principal": 1, "scopes": ["\u0000"]}),
        ("POST", "/v1/keys/9223372036854775807/revocation", {}),
        ("POST", "/v1/principals", {"name": "\u200b", "role": "nobody"}),
        ("GET", "/v1/events?subject=9223372036854775808", None),
        ("GET", "/v1/events?cursor=WyIxIl0", None),
        ("GET", "/v1/quarantine/9223372036854775807", None),
        ("GET", "/v1/stock/documents/9223372036854775807", None),
        ("GET", "/v1/nothing", None),
        ("GET", "/v1/orders/1/2/3", None),
    ],
)
async def test_each_room_answers_bad_input(shop: Shop, method: str, path: str, body: Json) -> None:
    answer = await shop.send(method, path, body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]


async def test_another_method_is_405(bare: Shop) -> None:
    for method, path, allowed in (
        ("DELETE", "/v1/orders", "GET, POST"),
        ("PATCH", "/v1/orders/1", "GET"),
        ("OPTIONS", "/v1/sales", "POST"),
        ("OPTIONS", "/v1/orders/1", "GET"),
    ):
        answer = await bare.send(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), path
        assert answer.headers["allow"] == allowed
