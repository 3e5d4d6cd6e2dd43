"""Quotes and checkouts over HTTP: what is asked, answered and refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mainstem.platform.outbox import Published
from mainstem.processes.compare_sales import CompareSales
from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

LINES = [{"sku": "K1", "quantity": 2}, {"sku": "K2", "quantity": 1}]
TEN: dict[str, Any] = {
    "code": "ten",
    "name": {"en": "Ten off", "zh": "九折"},
    "reward": {"type": "percent", "percent": 10},
}


async def live(shop: Shop, form: dict[str, Any]) -> None:
    await shop.done("POST", "/v1/promotions", {"promotion": form})
    await shop.done("POST", f"/v1/promotions/{form['code']}/start", {})


async def test_a_quote_is_told_held_read_and_checked_out(shop: Shop) -> None:
    await live(shop, TEN)
    asked = {"channel": "web", "lines": LINES}
    quote = await shop.done("POST", "/v1/quotes", asked)
    assert (quote["total_minor"], quote["discount_minor"], quote["id"]) == (360, 40, None)
    assert quote["applied"][0]["name"] == {"en": "Ten off", "zh": "九折"}
    assert [line["taken"][0]["promotion"] for line in quote["lines"]] == ["ten", "ten"]
    held = await shop.done("POST", "/v1/quotes", {**asked, "hold": True})
    read = await shop.done("GET", f"/v1/quotes/{held['id']}")
    assert (read["quote"], read["order"]) == (held, None)
    done = await shop.done("POST", "/v1/checkouts", {"channel": "web", "quote": held["id"]})
    assert (done["order"]["total_minor"], done["to_pay_minor"]) == (360, 360)
    again = await shop.send("POST", "/v1/checkouts", {"channel": "web", "quote": held["id"]})
    assert (again.status_code, again.json()["code"], again.json()["where"]) == (409, "quote_used", "/quote")
    order = await shop.done("GET", f"/v1/orders/{done['order']['id']}")
    assert order["lines"][0]["discounts"] == [{"kind": "promotion", "amount_minor": 20, "code": "ten"}]


async def test_what_cannot_be_is_a_problem_in_both_languages(shop: Shop) -> None:
    body = {"channel": "web", "lines": LINES, "expected_total_minor": 1}
    wrong = await shop.send("POST", "/v1/checkouts", body, headers={"accept-language": "zh"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "price_changed")
    assert "总额" in wrong.json()["detail"]
    for path, sent, status, code in (
        ("/v1/quotes", {"channel": "web", "lines": []}, 422, "no_lines"),
        ("/v1/quotes", {"channel": "nowhere", "lines": LINES}, 404, "unknown_channel"),
        ("/v1/quotes", {"channel": "web", "lines": [{"sku": "K9", "quantity": 1}]}, 404, "unknown_sku"),
        ("/v1/quotes", {"channel": "web", "lines": LINES, "surprise": 1}, 400, "malformed"),
        ("/v1/quotes", {"channel": "web", "lines": LINES, "hold": True, "drafts": ["ten"]}, 422, "preview_held"),
        ("/v1/quotes", {"channel": "web", "lines": LINES, "drafts": ["nine"]}, 404, "not_found"),
        ("/v1/checkouts", {"channel": "web", "quote": 1}, 404, "not_found"),
    ):
        answer = await shop.send("POST", path, sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, sent)
    assert (await shop.send("GET", "/v1/quotes/1")).status_code == 404
    no_key = await shop.client.post(
        "/v1/quotes",
        json={"channel": "web", "lines": LINES, "hold": True},
        headers={"authorization": f"Bearer {shop.administrator}"},
    )
    assert no_key.json()["code"] == "idempotency_key_missing"


async def test_a_preview_is_for_those_who_may(shop: Shop) -> None:
    await shop.done("POST", "/v1/promotions", {"promotion": TEN})
    asked = {"channel": "web", "lines": LINES}
    assert (await shop.done("POST", "/v1/quotes", asked))["total_minor"] == 400
    assert (await shop.done("POST", "/v1/quotes", {**asked, "drafts": ["ten"]}))["total_minor"] == 360
    later = {"sku": "K1", "currency": "CNY", "amount_minor": 150, "valid_from": "2090-01-01T00:00:00Z"}
    await shop.done("POST", "/v1/prices", later)
    assert (await shop.done("POST", "/v1/quotes", {**asked, "at": "2090-01-02T00:00:00Z"}))["total_minor"] == 500
    clerk = await shop.key_of("store_associate", node="S1")
    own = await shop.send("POST", "/v1/quotes", {**asked, "node": "S1"}, key=clerk)
    assert own.json()["total_minor"] == 400
    other = await shop.send("POST", "/v1/quotes", {**asked, "node": "S2"}, key=clerk)
    assert (other.status_code, other.json()["code"]) == (403, "forbidden_node")


async def test_a_till_that_charged_something_else_is_found(shop: Shop) -> None:
    sold = {
        "channel": "till",
        "node": "S1",
        "external_id": "T-1",
        "occurred_at": "2026-11-22T10:00:00+08:00",
        "lines": [{"sku": "K1", "quantity": 1, "amount_minor": 100}, {"sku": "K2", "quantity": 1, "amount_minor": 180}],
    }
    await live(shop, TEN)
    now = datetime.now(UTC)
    made = await shop.done("POST", "/v1/sales", {**sold, "occurred_at": now.isoformat()})
    assert made["findings"] == 0
    told = Published(1, 1, "orders.sale_recorded", made["id"], 0, "", now, now, "{}")
    for _ in range(2):
        await CompareSales(shop.services.executor).deliver([told])
    found = (await shop.done("GET", "/v1/sales/price-differences?node=S1"))["items"]
    assert [(one["line"], one["detail"]) for one in found] == [(1, "charged 100, quoted 90")]
    assert (await shop.done("GET", "/v1/sales/price-differences?node=S2"))["items"] == []
