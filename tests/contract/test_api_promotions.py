"""Promotions and coupons over HTTP: who may, what is answered, and what is refused in which language."""

from typing import Any

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

TEN: dict[str, Any] = {
    "code": "TEN",
    "name": {"en": "Ten off", "zh": "九折"},
    "reward": {"type": "percent", "percent": "10"},
    "coupon": True,
}


async def test_a_promotion_is_written_by_one_and_approved_by_another(shop: Shop) -> None:
    marketer, manager = await shop.key_of("marketer"), await shop.key_of("operations_manager")
    half = {**TEN, "reward": {"type": "percent", "percent": 50}}
    saved = await shop.send("POST", "/v1/promotions", {"promotion": half}, key=marketer)
    assert saved.status_code == 200, saved.text
    assert saved.json() | {"id": 0} == {
        "id": 0,
        "code": "TEN",
        "revision": 1,
        "state": "draft",
        "approval": "percent",
        "warnings": [],
    }
    early = await shop.send("POST", "/v1/promotions/TEN/start", key=marketer)
    assert (early.status_code, early.json()["code"]) == (409, "approval_needed")
    not_his = await shop.send("POST", "/v1/promotions/TEN/approval", {"revision": 1}, key=marketer)
    assert not_his.status_code == 403
    own = await shop.send("POST", "/v1/promotions", {"promotion": {**half, "code": "OWN"}}, key=manager)
    assert own.status_code == 200
    refused = await shop.send("POST", "/v1/promotions/OWN/approval", {"revision": 1}, key=manager)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_promotion")
    approved = await shop.send("POST", "/v1/promotions/TEN/approval", {"revision": 1}, key=manager)
    assert approved.json()["state"] == "approved"
    assert (await shop.send("POST", "/v1/promotions/TEN/start", key=marketer)).json()["state"] == "live"
    one = await shop.done("GET", "/v1/promotions/TEN")
    assert one["promotion"] == {
        "code": "TEN",
        "name": {"en": "Ten off", "zh": "九折"},
        "reward": {"type": "percent", "percent": "50"},
        "coupon": True,
    }
    assert (one["state"], one["phase"], one["revision"]) == ("live", "running", 1)
    listed = await shop.done("GET", "/v1/promotions?limit=1&text=off")
    assert [row["promotion"]["code"] for row in listed["items"]] == ["OWN"]
    more = await shop.done("GET", f"/v1/promotions?limit=1&text=off&cursor={listed['next']}")
    assert [row["promotion"]["code"] for row in more["items"]] == ["TEN"]
    assert [row["promotion"]["code"] for row in (await shop.done("GET", "/v1/promotions?state=live"))["items"]] == [
        "TEN"
    ]
    history = await shop.done("GET", "/v1/promotions/TEN/history")
    assert [row["verb"] for row in history["items"]] == ["started", "approved", "saved"]
    calendar = await shop.done("GET", "/v1/promotions/calendar?state=live")
    assert [row["code"] for row in calendar["items"]] == ["TEN"]
    assert calendar["whole"] is True
    assert (await shop.done("POST", "/v1/promotions/TEN/pause", {"note": "stock"}))["state"] == "paused"
    assert (await shop.done("POST", "/v1/promotions/TEN/end"))["state"] == "ended"
    for path in ("/v1/promotions/NONE", "/v1/promotions/NONE/history"):
        assert (await shop.send("GET", path)).json()["code"] == "unknown_promotion"


async def test_what_is_wrong_is_said_with_its_place_in_both_languages(shop: Shop) -> None:
    wrong = {**TEN, "when": [{"type": "channels", "codes": ["web", "wep"]}]}
    for language, words in (("en", "There is no channel wep."), ("zh-CN", "wep")):
        answer = await shop.send("POST", "/v1/promotions", {"promotion": wrong}, headers={"accept-language": language})
        body = answer.json()
        assert (answer.status_code, body["code"]) == (404, "unknown_channel")
        assert words in body["detail"]
        assert "/promotion/when/0/codes/1" in answer.text
    for body in (
        {"promotion": {**TEN, "reward": {"type": "percentage", "percent": 5}}},
        {"promotion": {**TEN, "rewards": []}},
        {"promotion": {**TEN, "reward": {"type": "percent", "percent": "a"}}},
        {"promotion": {**TEN, "valid_from": "tomorrow"}},
        {},
    ):
        answer = await shop.send("POST", "/v1/promotions", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed") or answer.status_code == 422, (
            answer.text
        )
    deep: dict[str, Any] = {"type": "first_order"}
    for _ in range(60):
        deep = {"type": "not", "condition": deep}
    answer = await shop.send("POST", "/v1/promotions", {"promotion": {**TEN, "when": [deep]}})
    assert answer.status_code in (400, 422), answer.text
    bulk = await shop.done(
        "POST", "/v1/promotions/bulk", {"items": [{"promotion": TEN}, {"promotion": {**wrong, "code": "WEP"}}]}
    )
    assert [item["status"] for item in bulk["items"]] == [200, 404]


async def test_lists_and_rules(shop: Shop) -> None:
    saved = await shop.done("POST", "/v1/product-lists", {"name": "best", "skus": ["K1", "K2", "K3"]})
    assert saved["skus"] == 3
    first = await shop.done("GET", "/v1/product-lists/best/skus?limit=2")
    rest = await shop.done("GET", f"/v1/product-lists/best/skus?limit=2&cursor={first['next']}")
    assert [row["sku"] for row in first["items"] + rest["items"]] == ["K1", "K2", "K3"]
    assert [row["name"] for row in (await shop.done("GET", "/v1/product-lists"))["items"]] == ["best"]
    rule = {"currency": "CNY", "percent_max": 10, "budget_minor_max": 500}
    assert await shop.done("POST", "/v1/promotions/approval-rules", rule) == rule
    marketer = await shop.key_of("marketer")
    assert (await shop.send("POST", "/v1/promotions/approval-rules", rule, key=marketer)).status_code == 403


async def test_coupons_from_the_batch_to_the_wallet(shop: Shop) -> None:
    await shop.done("POST", "/v1/promotions", {"promotion": TEN})
    await shop.done("POST", "/v1/promotions/TEN/start")
    agent, marketer = await shop.key_of("service_agent"), await shop.key_of("marketer")
    batch = {"code": "mail", "name": {"en": "Mailing"}, "promotion": "TEN", "kind": "unique", "count": 5000}
    assert (await shop.send("POST", "/v1/coupon-batches", batch, key=agent)).status_code == 403
    assert (await shop.send("POST", "/v1/coupon-batches", batch, key=marketer)).status_code == 200
    sorry = {**batch, "code": "sorry", "kind": "personal", "count": 10}
    await shop.done("POST", "/v1/coupon-batches", sorry)
    exported = await shop.send("GET", "/v1/coupon-batches/mail/codes", key=marketer)
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert "mail.csv" in exported.headers["content-disposition"]
    lines = exported.text.splitlines()
    assert len(lines) == 5001
    rest = await shop.send("GET", "/v1/coupon-batches/mail/codes?first=4999")
    assert rest.text.splitlines()[1:] == lines[4999:]
    assert (await shop.send("GET", "/v1/coupon-batches/mail/codes", key=agent)).status_code == 403
    code = lines[1].split(",")[1]
    told = {"source": "crm", "reference": "C-1"}
    customer = (await shop.done("POST", "/v1/customers/identify", told))["record"]
    claimed = await shop.send("POST", "/v1/coupons/claim", {"code": code, "customer": customer}, key=agent)
    assert claimed.status_code == 201, claimed.text
    issued = await shop.send("POST", "/v1/coupon-batches/sorry/issue", {"customer": customer}, key=agent)
    assert issued.status_code == 201, issued.text
    bulk = await shop.done("POST", "/v1/coupons/issue/bulk", {"items": [{"batch": "sorry", "customer": customer}] * 2})
    assert [item["status"] for item in bulk["items"]] == [201, 201]
    assert code not in claimed.text + issued.text
    wallet = await shop.done("GET", f"/v1/customers/{customer}/coupons?limit=3")
    last = await shop.done("GET", f"/v1/customers/{customer}/coupons?limit=3&cursor={wallet['next']}")
    assert [row["batch"] for row in wallet["items"] + last["items"]] == ["sorry"] * 3 + ["mail"]
    assert last["items"][0]["code"] == code
    checked = await shop.done("POST", "/v1/coupons/check", {"code": code, "asker": "till 1", "customer": customer})
    assert (checked["promotion"], checked["uses_left"]) == ("TEN", 1)
    other = await shop.send("POST", "/v1/coupons/check", {"code": code, "asker": "till 1"})
    assert (other.status_code, other.json()["code"]) == (409, "coupon_others")
    path = f"/v1/coupons/{claimed.json()['coupon']}/transfer"
    assert (await shop.send("POST", path, {"customer": customer, "to": customer})).json()["code"] == (
        "coupon_not_transferable"
    )
    one = await shop.done("GET", "/v1/coupon-batches/sorry")
    assert (one["issued"], one["kind"], one["state"]) == (3, "personal", "active")
    listed = await shop.done("GET", "/v1/coupon-batches?promotion=TEN&limit=1")
    assert [row["code"] for row in listed["items"]] == ["mail"]
    assert (await shop.done("POST", "/v1/coupon-batches/mail/stop", {"stopped": True}))["state"] == "stopped"
    assert (await shop.send("GET", "/v1/coupon-batches/none")).json()["code"] == "unknown_coupon_batch"
    async with shop.services.database.snapshot() as connection:
        for table in ("platform.event", "platform.idempotency", "pricing.coupon"):
            cursor = await connection.execute(f"select t::text from {table} as t")
            assert not any(code in row[0] for row in await cursor.fetchall()), f"a code lies in {table}"
