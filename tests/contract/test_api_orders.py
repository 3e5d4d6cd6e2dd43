"""Orders over HTTP: their life, their lists, repeated requests, bulk."""

from typing import Any

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ORDER: dict[str, Any] = {
    "channel": "web",
    "external_id": "W-1",
    "customer": "C-1",
    "lines": [{"sku": "K1", "quantity": 2}, {"sku": "K2", "quantity": 1}],
}


async def test_an_order_lives_from_placing_to_return(shop: Shop) -> None:
    placed = await shop.send("POST", "/v1/orders", ORDER)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert (order["state"], order["payment"], order["node"], order["total_minor"]) == ("placed", "unpaid", "S1", 400)
    path = f"/v1/orders/{order['id']}"

    view = await shop.done("GET", path)
    assert [line["hold"]["quantity"] for line in view["lines"]] == [2, 1]
    assert view["lines"][0]["hold"]["expires_at"] == order["expires_at"]

    paid = await shop.done("POST", f"{path}/payments", {"tenders": [{"kind": "alipay", "amount_minor": 400}]})
    assert paid["payment"] == "paid"
    assert (await shop.done("POST", f"{path}/allocation"))["state"] == "allocated"
    shipped = await shop.done("POST", f"{path}/shipments", {"lines": [{"line": 1, "quantity": 2}], "carrier": "SF"})
    assert shipped["state"] == "part_shipped"
    delivered = await shop.done("POST", f"{path}/deliveries", {"shipment": shipped["created"]})
    assert delivered["state"] == "part_shipped"
    cancelled = await shop.done("POST", f"{path}/cancellations", {"reason": "changed mind"})
    assert (cancelled["state"], cancelled["refund_minor"]) == ("delivered", 200)
    returned = await shop.done(
        "POST", f"{path}/returns", {"node": "S2", "reason": "broken", "lines": [{"line": 1, "quantity": 1}]}
    )
    assert (returned["state"], returned["refund_minor"]) == ("part_returned", 100)

    view = await shop.done("GET", path)
    assert view["revision"] == 7
    assert (view["lines"][0]["shipped"], view["lines"][0]["returned"], view["lines"][1]["cancelled"]) == (2, 1, 1)
    assert view["shipments"][0]["carrier"] == "SF"
    assert view["shipments"][0]["delivered_at"] is not None
    assert (view["returns"][0]["node"], view["returns"][0]["refund_minor"]) == ("S2", 100)
    assert [tender["amount_minor"] for tender in view["tenders"]] == [400]
    assert all(line["hold"] is None for line in view["lines"])

    history = await shop.done("GET", f"{path}/history")
    assert [event["type"] for event in history["items"]] == [
        "orders.order_placed",
        "orders.order_paid",
        "orders.order_allocated",
        "orders.order_shipped",
        "orders.order_delivered",
        "orders.order_cancelled",
        "orders.order_returned",
    ]
    assert history["items"][0]["payload"]["command"]["external_id"] == "W-1"


async def test_a_client_that_has_the_revision_gets_304(shop: Shop) -> None:
    order = await shop.done("POST", "/v1/orders", ORDER)
    path = f"/v1/orders/{order['id']}"
    tag = (await shop.send("GET", path)).headers["etag"]

    again = await shop.send("GET", path, headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)

    await shop.done("POST", f"{path}/cancellations", {"reason": "changed mind"})
    changed = await shop.send("GET", path, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_a_repeated_request_gets_the_first_answer(shop: Shop) -> None:
    headers = {"idempotency-key": "once"}
    first = await shop.send("POST", "/v1/orders", ORDER, headers=headers)
    second = await shop.send("POST", "/v1/orders", ORDER, headers=headers)
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert (second.status_code, second.headers["idempotency-replayed"]) == (201, "true")

    other = await shop.send("POST", "/v1/orders", ORDER | {"external_id": "W-2"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert len((await shop.done("GET", "/v1/orders"))["items"]) == 1


async def test_a_refusal_is_repeated_too(shop: Shop) -> None:
    order = ORDER | {"lines": [{"sku": "K1", "quantity": 1000}]}
    headers = {"idempotency-key": "too-much"}
    first = await shop.send("POST", "/v1/orders", order, headers=headers)
    assert (first.status_code, first.json()["code"], first.json()["where"]) == (409, "out_of_stock", "/lines/0")
    second = await shop.send("POST", "/v1/orders", order, headers=headers)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() | {"trace_id": ""} == first.json() | {"trace_id": ""}


async def test_lists_filter_and_page_without_gaps(shop: Shop) -> None:
    for number in range(7):
        await shop.done("POST", "/v1/orders", ORDER | {"external_id": f"W-{number}", "customer": f"C-{number % 2}"})
    sale = {
        "channel": "till",
        "node": "S2",
        "external_id": "T-1",
        "occurred_at": "2026-01-31T10:00:00+08:00",
        "lines": [{"sku": "K3", "quantity": 1, "amount_minor": 300}],
    }
    await shop.done("POST", "/v1/sales", sale)

    seen: list[str] = []
    cursor = ""
    while True:
        listed = await shop.done("GET", f"/v1/orders?limit=3{cursor}")
        seen += [row["external_id"] for row in listed["items"]]
        if listed["next"] is None:
            break
        cursor = f"&cursor={listed['next']}"
    assert seen == [*(f"W-{number}" for number in range(6, -1, -1)), "T-1"]

    async def found(query: str) -> list[str]:
        return sorted(row["external_id"] for row in (await shop.done("GET", f"/v1/orders?{query}"))["items"])

    assert await found("channel=till") == ["T-1"]
    assert await found("node=S2") == ["T-1"]
    assert await found("kind=sale&state=sold") == ["T-1"]
    assert await found("customer_reference=C-1") == ["W-1", "W-3", "W-5"]
    (row, *_) = (await shop.done("GET", "/v1/orders?customer_reference=C-1"))["items"]
    assert await found(f"customer={row['customer']}") == ["W-1", "W-3", "W-5"]
    assert await found(f"customer={row['customer']}&customer_reference=C-0") == []
    assert await found("customer_ending=C-1") == []  # too short
    assert await found("customer_reference=C-2") == await found("customer=1") == []
    assert await found("sku=K3") == ["T-1"]
    assert await found("external_id=W-4&channel=web") == ["W-4"]
    assert await found("placed_to=2026-01-31T02:00:01Z") == ["T-1"]
    assert await found("placed_to=2026-01-31T02:00:00Z") == []
    assert await found("node=nowhere") == []


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=201", "/limit"),
        ("limit=0", "/limit"),
        ("limit=x", "/limit"),
        ("nope=1", "/nope"),
        ("cursor=nonsense", "/cursor"),
        ("cursor=W10", "/cursor"),
        ("node=a&node=b", "/node"),
        ("placed_from=yesterday", "/placed_from"),
        ("placed_from=2026-01-31T10:00:00", "/placed_from"),
        ("placed_from=0001-01-01T00:00:00%2B14:00", "/placed_from"),
        ("customer_reference=%00", "/customer_reference"),
        ("customer=x", "/customer"),
        ("unmask=maybe", "/unmask"),
    ],
)
async def test_a_list_says_what_is_wrong_with_the_query(bare: Shop, query: str, where: str) -> None:
    answer = await bare.send("GET", f"/v1/orders?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (400, "malformed", where)


async def test_bulk_answers_each_order_for_itself(shop: Shop) -> None:
    good = ORDER | {"external_id": ""}
    items = [good, {"channel": "web"}, good | {"lines": [{"sku": "K9", "quantity": 1}]}, good, 7]
    headers = {"idempotency-key": "bulk-1"}
    answer = await shop.send("POST", "/v1/orders/bulk", {"items": items}, headers=headers)
    assert answer.status_code == 200
    found = answer.json()["items"]
    assert [item["status"] for item in found] == [201, 400, 404, 201, 400]
    assert found[1]["problem"]["where"] == "/lines"
    assert found[2]["problem"]["code"] == "unknown_sku"
    assert found[0]["result"]["id"] != found[3]["result"]["id"]

    again = await shop.send("POST", "/v1/orders/bulk", {"items": items}, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert [item.get("repeated", False) for item in again.json()["items"]] == [True, False, True, True, False]
    assert again.json()["items"][3]["result"] == found[3]["result"]
    assert len((await shop.done("GET", "/v1/orders"))["items"]) == 2


async def test_a_bulk_body_has_a_limit(shop: Shop) -> None:
    answer = await shop.send("POST", "/v1/orders/bulk", {"items": [ORDER] * 1001})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_what_is_not_there_is_404(shop: Shop) -> None:
    for number in ("1", "9223372036854775807", "9223372036854775808", "-5"):
        for method, path in (("GET", ""), ("GET", "/history"), ("POST", "/cancellations")):
            body = {"reason": "x"} if method == "POST" else None
            answer = await shop.send(method, f"/v1/orders/{number}{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (number, path)
    assert (await shop.send("GET", "/v1/orders/x")).json()["code"] == "unknown_route"


async def test_a_customer_is_masked_until_somebody_who_may_asks_and_that_is_recorded(shop: Shop) -> None:
    placed = await shop.done("POST", "/v1/orders", ORDER | {"customer": "+8613812345678"})
    agent, analyst = await shop.key_of("service_agent"), await shop.key_of("analyst")
    one, many = f"/v1/orders/{placed['id']}", "/v1/orders?customer_ending=345678"

    masked = [(await shop.send("GET", path, key=analyst)).json() for path in (one, many)]
    refused = [await shop.send("GET", path, key=analyst) for path in (f"{one}?unmask=true", f"{many}&unmask=true")]
    clear = [(await shop.send("GET", path, key=agent)).json() for path in (f"{one}?unmask=true", f"{many}&unmask=true")]

    customer = masked[0]["customer"]
    assert masked[0]["customer_reference"] == masked[1]["items"][0]["customer_reference"] == "••••5678"
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "forbidden")] * 2
    assert clear[0]["customer_reference"] == clear[1]["items"][0]["customer_reference"] == "+8613812345678"
    async with shop.services.database.transaction() as connection:
        cursor = await connection.execute(
            "select e.subject, p.role from platform.event as e join platform.principal as p on p.id = e.actor"
            " where e.type = 'customers.customer_unmasked'"
        )
        assert await cursor.fetchall() == [(customer, "service_agent")] * 2
