"""Gift cards over HTTP: codes are told once, and paid with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ROOM = "/v1/gift-cards"
TERMS: dict[str, Any] = {"count": 2, "currency": "CNY", "amount_minor": 5000, "country": "CN"}


async def test_cards_are_issued_activated_paid_with_and_refunded(bare: Shop) -> None:
    sent = await bare.send("POST", ROOM, TERMS, headers={"idempotency-key": "cards"})
    assert (sent.status_code, sent.headers["cache-control"]) == (201, "no-store")
    card, other = sent.json()["items"]
    again = await bare.send("POST", ROOM, TERMS, headers={"idempotency-key": "cards"})
    assert [(item["card"], item["code"]) for item in again.json()["items"]] == [
        (card["card"], None),
        (other["card"], None),
    ]
    path = f"{ROOM}/{card['card']}"
    assert (await bare.done("POST", f"{path}/activation"))["balance_minor"] == 5000
    await bare.done("POST", f"{path}/loads", {"amount_minor": 500})
    typed = {"code": card["code"].lower(), "pin": card["pin"], "asker": "till 1"}
    paid = await bare.done("POST", f"{ROOM}/payments", {**typed, "amount_minor": 5400, "currency": "CNY"})
    assert paid["balance_minor"] == 100
    short = await bare.send("POST", f"{ROOM}/payments", {**typed, "amount_minor": 101, "currency": "CNY"})
    assert (short.status_code, short.json()["code"]) == (409, "card_balance")
    back = await bare.done("POST", f"{ROOM}/payments/{paid['use']}/refund", {"amount_minor": 400})
    assert back["balance_minor"] == 500
    assert (await bare.done("POST", f"{ROOM}/check", typed))["balance_minor"] == 500
    await bare.done("POST", f"{path}/freeze", {"frozen": True, "reason": "lost"})
    shown = await bare.done("GET", path)
    assert (shown["card"]["state"], shown["card"]["balance_minor"]) == ("frozen", 500)
    assert (shown["payments"][0]["amount_minor"], shown["payments"][0]["refunded_minor"]) == (5400, 400)
    listed = await bare.done("GET", f"{ROOM}?last4={card['last4']}")
    assert card["card"] in [item["id"] for item in listed["items"]]
    liability = await bare.done("GET", f"{ROOM}/liability")
    assert {item["state"]: item["balance_minor"] for item in liability["items"]} == {"frozen": 500, "issued": 0}
    assert (await bare.send("GET", f"{ROOM}/1")).status_code == 404


async def test_laws_and_store_credit(bare: Shop) -> None:
    soon = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    short = await bare.send("POST", ROOM, {**TERMS, "expires_on": soon})
    assert (short.status_code, short.json()["code"]) == (422, "card_life")
    await bare.done("POST", f"{ROOM}/laws", {"country": "CN", "months_min": 0})
    assert (await bare.send("POST", ROOM, {**TERMS, "expires_on": soon})).status_code == 201
    laws = {item["country"]: item["months_min"] for item in (await bare.done("GET", f"{ROOM}/laws"))["items"]}
    assert (laws["CN"], laws["US"]) == (0, 60)
    said = {"source": "crm", "reference": "C-1", "attributes": {"name": "王小明"}}
    customer = (await bare.done("POST", "/v1/customers/identify", said))["record"]
    credit = {"customer": customer, "currency": "CNY", "amount_minor": 300, "country": "CN", "reason": "late"}
    assert (await bare.done("POST", f"{ROOM}/credit", credit))["balance_minor"] == 300


async def test_who_may(bare: Shop) -> None:
    analyst = await bare.key_of("analyst")
    assert (await bare.send("GET", ROOM, key=analyst)).status_code == 200
    assert (await bare.send("POST", ROOM, TERMS, key=analyst)).status_code == 403
    assert (await bare.send("GET", "/v1/loyalty/programmes", key=None)).status_code == 401
