"""The edge: traces, logs, metrics, health, shutdown."""

import asyncio
import json
import logging
import re

import httpx
import msgspec
import pytest

from mainstem.api.app import create_app
from mainstem.api.services import assemble
from mainstem.domains.orders import PlaceOrder
from mainstem.platform.postgres import Database
from mainstem.platform.settings import load
from mainstem.processes.place_orders import PLACE_ORDERS
from tests.contract.conftest import Shop
from tests.vaults import VAULT

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ORDER = {"channel": "web", "customer": "C-SECRET", "lines": [{"sku": "K1", "quantity": 1}]}


async def test_a_trace_given_is_kept_and_returned(shop: Shop) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    placed = await shop.send("POST", "/v1/orders", ORDER, headers=headers)
    assert placed.headers["trace-id"] == trace
    (event,) = (await shop.done("GET", f"/v1/orders/{placed.json()['id']}/history"))["items"]
    assert event["trace"] == trace


@pytest.mark.parametrize("given", ["", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
async def test_without_a_usable_trace_there_is_a_new_one(bare: Shop, given: str) -> None:
    traces = [(await bare.send("GET", "/nope", headers={"traceparent": given})).headers["trace-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", trace) for trace in traces)
    assert traces[0] != traces[1]


async def test_a_line_a_request_and_nothing_personal(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    logging.root.setLevel(logging.INFO)
    await asyncio.sleep(0.15)
    capsys.readouterr()
    placed = await shop.send("POST", "/v1/orders", ORDER)
    await shop.send("GET", f"/v1/orders/{placed.json()['id']}?x=C-SECRET")
    await shop.send("GET", "/nope/C-SECRET", key=None)
    await asyncio.sleep(0.15)
    text = capsys.readouterr().err
    assert "C-SECRET" not in text
    assert shop.administrator not in text
    lines = [json.loads(line) for line in text.splitlines() if '"request"' in line]
    assert [(line["method"], line["route"], line["status"], line["principal"] > 0) for line in lines] == [
        ("POST", "/v1/orders", 201, True),
        ("GET", "/v1/orders/{order:int}", 400, True),
        ("GET", "", 404, False),
    ]
    assert lines[0]["trace"] == placed.headers["trace-id"]
    assert lines[0]["ms"] > 0


async def test_metrics_count_requests_by_route(shop: Shop) -> None:
    await shop.send("POST", "/v1/orders", ORDER)
    text = (await shop.send("GET", "/metrics")).text
    assert re.search(r'mainstem_http_request_seconds_count\{route="/v1/orders",status="201"\} [1-9]', text)


async def test_metrics_count_commands_by_what_became_of_them(shop: Shop) -> None:
    for body, key in ((ORDER, "one"), (ORDER, "one"), (ORDER | {"channel": "nowhere"}, "two")):
        await shop.send("POST", "/v1/orders", body, headers={"idempotency-key": key})
    text = (await shop.send("GET", "/metrics")).text
    for outcome in ("accepted", "repeated", "refused"):
        assert re.search(
            rf'mainstem_commands_total\{{operation="orders.place_order",outcome="{outcome}"\}} [1-9]', text
        )


async def test_the_stored_fingerprint_of_a_command_cannot_be_tried_without_the_key(shop: Shop) -> None:
    await shop.done("POST", "/v1/orders", ORDER)
    plain = PLACE_ORDERS.call(msgspec.convert(ORDER, PlaceOrder)).fingerprint
    async with shop.services.database.transaction() as connection:
        cursor = await connection.execute("select fingerprint from platform.idempotency")
        kept = [row[0] for row in await cursor.fetchall()]
    assert kept
    assert plain not in kept


async def test_health(bare: Shop) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = await bare.send("GET", path, key=None)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_says_what_is_missing(database_url: str) -> None:
    async with Database(database_url, pool_size=2, vault=VAULT) as database:
        async with database.transaction() as connection:
            await connection.execute(
                "delete from migration.applied where revision = (select max(revision) from migration.applied)"
            )
        app = create_app(assemble(load({}), database))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:  # type: ignore[arg-type]
            answer = await client.get("/health/ready")
            assert (answer.status_code, answer.json()) == (503, {"status": "migrations"})


async def test_while_draining_nothing_new_is_taken_and_what_was_taken_is_answered(shop: Shop) -> None:
    under_way = [asyncio.create_task(shop.send("POST", "/v1/orders", ORDER)) for _ in range(20)]
    while shop.services.lifecycle.in_flight < 20:  # noqa: ASYNC110 - it is a number
        await asyncio.sleep(0)
    closing = asyncio.create_task(shop.services.close())
    await asyncio.sleep(0)
    late = await shop.send("POST", "/v1/orders", ORDER)
    assert (late.status_code, late.json()["code"], late.headers["retry-after"]) == (503, "draining", "1")
    assert (await shop.send("GET", "/health/ready", key=None)).json() == {"status": "draining"}
    assert (await shop.send("GET", "/health/live", key=None)).status_code == 200
    answers = await asyncio.gather(*under_way)
    await closing
    assert [answer.status_code for answer in answers] == [201] * 20


async def test_a_defect_is_500_with_its_trace_and_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise AssertionError("password=hunter2")

    monkeypatch.setattr(shop.services.authenticator, "authenticate", broken)
    answer = await shop.send("GET", "/v1/orders")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["trace-id"] in answer.json()["detail"]
    assert "hunter2" not in answer.text


async def test_events_are_read_on_from_a_cursor_and_the_trail_verifies(shop: Shop) -> None:
    seen: list[int] = []
    cursor = ""
    while True:
        found = await shop.done("GET", f"/v1/events?limit=4{cursor}")
        seen += [event["id"] for event in found["items"]]
        cursor = f"&cursor={found['next']}"
        if not found["items"]:
            break
    assert len(seen) == len(set(seen)) > 10
    order = await shop.done("POST", "/v1/orders", ORDER)
    (event,) = (await shop.done("GET", f"/v1/events?{cursor[1:]}"))["items"]
    assert (event["type"], event["subject"]) == ("orders.order_placed", order["id"])
    assert len((await shop.done("GET", f"/v1/events?subject={order['id']}"))["items"]) == 1
    verified = await shop.done("GET", "/v1/audit/verification")
    assert (verified["intact"], verified["fault"]) == (True, None)
