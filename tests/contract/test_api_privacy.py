"""Consent and rights over HTTP."""

import hashlib
from typing import Any

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

EVIDENCE = {"way": "web_form", "reference": "form 12"}


async def customer(shop: Shop, reference: str = "shopper-1") -> int:
    """Somebody whom a channel has named in an order, and who bought something."""
    lines = [{"sku": "K1", "quantity": 2}]
    placed = await shop.done("POST", "/v1/orders", {"channel": "web", "lines": lines, "customer": reference})
    order = await shop.done("GET", f"/v1/orders/{placed['id']}")
    number: int = order["customer"]
    return number


async def request(shop: Shop, number: int, kind: str, *steps: str) -> int:
    """A request of a customer, taken some steps."""
    made = await shop.done("POST", f"/v1/customers/{number}/requests", {"kind": kind, "identity": "account"})
    for step in steps:
        await shop.done("POST", f"/v1/privacy/requests/{made['request']}/step", {"to": step})
    asked: int = made["request"]
    return asked


async def test_consent_is_given_read_checked_and_withdrawn(shop: Shop) -> None:
    number = await customer(shop)
    body = {"purpose": "marketing", "policy": "2026-1", "evidence": EVIDENCE}
    given = await shop.send("POST", f"/v1/customers/{number}/consents", body)
    assert given.status_code == 201
    assert given.json()["records"] == 1
    check = {"customers": [number, 1], "purpose": "marketing", "channel": "sms"}
    assert await shop.done("POST", "/v1/consents/check", check) == {"customers": [number]}
    withdrawal = {"purpose": "marketing", "channel": "sms", "evidence": EVIDENCE}
    await shop.done("POST", f"/v1/customers/{number}/consents/withdrawal", withdrawal)
    assert await shop.done("POST", "/v1/consents/check", check) == {"customers": []}
    standing = await shop.done("GET", f"/v1/customers/{number}/consents")
    allowed = {(one["purpose"], one["channel"]): one["allowed"] for one in standing["items"]}
    assert allowed["marketing", "email"]
    assert not allowed["marketing", "sms"]
    assert allowed["service", ""]
    first = await shop.done("GET", f"/v1/customers/{number}/consents/history?limit=1")
    assert not first["items"][0]["given"]
    second = await shop.done("GET", f"/v1/customers/{number}/consents/history?limit=1&cursor={first['next']}")
    assert second["items"][0]["given"]


async def test_bulk_answers_each_for_itself(shop: Shop) -> None:
    number = await customer(shop)
    good = {"customer": number, "purpose": "analytics", "policy": "2026-1", "evidence": EVIDENCE}
    items = [good, good | {"customer": 1}, good | {"purpose": "fun"}, {"nothing": True}]
    answer = await shop.done("POST", "/v1/consents/bulk", {"items": items})
    assert [one["status"] for one in answer["items"]] == [201, 404, 422, 400]
    withdrawals = [{"customer": number, "purpose": "analytics", "evidence": EVIDENCE}]
    answer = await shop.done("POST", "/v1/consents/withdrawals/bulk", {"items": withdrawals})
    assert [one["status"] for one in answer["items"]] == [201]


async def test_the_terms_are_there_in_both_languages(shop: Shop) -> None:
    terms = await shop.done("GET", "/v1/consents/purposes")
    marketing = next(one for one in terms["purposes"] if one["code"] == "marketing")
    assert (marketing["en"], marketing["zh"], marketing["basis"], marketing["default"]) == (
        "Marketing",
        "营销",
        "consent",
        False,
    )
    assert {"email", "sms", "wechat"} <= {one["code"] for one in terms["channels"]}
    assert terms["policies"] == ["2026-1"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"purpose": "fun", "customers": []}, "unknown_purpose"),
        ({"purpose": "analytics", "channel": "sms", "customers": []}, "unknown_consent_channel"),
        ({"purpose": "analytics", "customers": list(range(10_001))}, "malformed"),
    ],
)
async def test_a_check_that_cannot_be_made_is_refused(shop: Shop, body: dict[str, Any], code: str) -> None:
    answer = await shop.send("POST", "/v1/consents/check", body)
    assert (answer.status_code in (400, 422), answer.json()["code"]) == (True, code)


async def test_a_request_from_its_arrival_to_the_copy(shop: Shop) -> None:
    number = await customer(shop)
    opened = {"kind": "portability", "law": "gdpr", "wish": "All of it, please."}
    made = await shop.done("POST", f"/v1/customers/{number}/requests", opened)
    one = f"/v1/privacy/requests/{made['request']}"
    listed = await shop.done("GET", "/v1/privacy/requests")
    assert [row["id"] for row in listed["items"]] == [made["request"]]
    assert (await shop.done("GET", "/v1/privacy/requests?overdue=true"))["items"] == []
    assert (await shop.done("GET", f"/v1/customers/{number}/requests"))["items"][0]["law"] == "gdpr"
    assert (await shop.send("GET", f"{one}/package")).json()["code"] == "request_step_impossible"
    await shop.done("POST", f"{one}/step", {"to": "identity_checked", "identity": "in_person"})
    await shop.done("POST", f"{one}/step", {"to": "in_progress"})
    package = await shop.done("GET", f"{one}/package")
    assert package["format"] == "mainstem.personal-data/1"
    assert package["held"]["records"][0]["reference"] == "shopper-1"
    assert package["orders"][0]["lines"] == [{"sku": "K1", "quantity": 2, "amount_minor": 200}]
    assert package["purposes"]["marketing"]["zh"] == "营销"
    assert (await shop.done("POST", f"{one}/step", {"to": "done"}))["receipt"] == f"{made['receipt'][:-1]}2"
    detail = await shop.done("GET", one)
    assert detail["wish"] == "All of it, please."
    for receipt in detail["receipts"]:
        assert receipt["sha256"] == hashlib.sha256(receipt["document"].encode()).hexdigest()
    seen = await shop.done("GET", f"/v1/customers/{number}/disclosures")
    assert [row["what"] for row in seen["items"]] == ["request", "package"]


async def test_an_erasure_is_carried_out_once(shop: Shop) -> None:
    number = await customer(shop)
    asked = await request(shop, number, "erasure", "in_progress")
    erased = await shop.done("POST", f"/v1/privacy/requests/{asked}/erasure")
    assert erased["records"] == [number]
    again = await shop.send("POST", f"/v1/privacy/requests/{asked}/erasure")
    assert (again.status_code, again.json()["code"]) == (409, "request_step_impossible")
    order = (await shop.done("GET", "/v1/orders"))["items"][0]
    assert (order["customer"], order["customer_reference"]) == (number, "")


async def test_a_restriction_can_be_lifted(shop: Shop) -> None:
    number = await customer(shop)
    await request(shop, number, "restriction", "in_progress", "done")
    check = {"customers": [number], "purpose": "service"}
    assert await shop.done("POST", "/v1/consents/check", check) == {"customers": []}
    assert await shop.done("POST", f"/v1/customers/{number}/restriction/lift") == {"records": 1}
    assert await shop.done("POST", "/v1/consents/check", check) == {"customers": [number]}


async def test_a_link_is_told_once(shop: Shop) -> None:
    number = await customer(shop)
    path, key = f"/v1/customers/{number}/privacy-link", {"idempotency-key": "the-link"}
    first = await shop.send("POST", path, headers=key)
    assert first.status_code == 201
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["path"].startswith("/privacy/")
    assert len(first.json()["code"]) == 8
    again = await shop.send("POST", path, headers=key)
    assert (again.json()["path"], again.json()["code"]) == (None, None)
    assert again.json()["link"] == first.json()["link"]
    assert (await shop.send("POST", "/v1/customers/1/privacy-link")).status_code == 404


async def test_a_private_release_is_paid_for(shop: Shop) -> None:
    body = {
        "dataset": "orders",
        "group_by": "node",
        "measure": "orders",
        "epsilon": 0.5,
        "value_max": 5,
        "since": "2026-01-01T00:00:00Z",
        "until": "2030-01-01T00:00:00Z",
    }
    refused = await shop.send("POST", "/v1/exports/private", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "privacy_budget_exhausted")
    await shop.done("POST", "/v1/exports/private/budgets", {"dataset": "orders", "epsilon": 0.75})
    released = await shop.done("POST", "/v1/exports/private", body)
    assert {figure["group"] for figure in released["figures"]} == {"S1", "S2"}
    assert (released["epsilon"], released["epsilon_left"]) == (0.5, 0.25)
    left = (await shop.done("GET", "/v1/exports/private/budgets"))["items"]
    assert left == [{"dataset": "orders", "epsilon_left": 0.25, "delta_left": 0.0}]


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/v1/customers/1/consents", "analyst"),
        ("POST", "/v1/customers/1/requests", "marketer"),
        ("GET", "/v1/privacy/requests", "service_agent"),
        ("GET", "/v1/privacy/requests/1/package", "analyst"),
        ("POST", "/v1/privacy/requests/1/erasure", "service_agent"),
        ("POST", "/v1/customers/1/privacy-link", "analyst"),
        ("POST", "/v1/exports/private", "marketer"),
        ("POST", "/v1/exports/private/budgets", "analyst"),
    ],
)
async def test_who_may_not_is_turned_down(shop: Shop, method: str, path: str, role: str) -> None:
    answer = await shop.send(method, path, {}, key=await shop.key_of(role))
    assert answer.status_code == 403
