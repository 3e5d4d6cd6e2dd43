"""Programmes, members and points over HTTP: what is asked, answered and refused."""

from typing import Any

import pytest

from tests.contract.conftest import Shop
from tests.unit.loyalty_club import FORM

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ROOM = "/v1/loyalty"


async def customer(shop: Shop, reference: str) -> int:
    said: dict[str, Any] = {"source": "crm", "reference": reference, "attributes": {"name": "王小明"}}
    return int((await shop.done("POST", "/v1/customers/identify", said))["record"])


async def member(shop: Shop, reference: str = "C-1") -> str:
    body = {"programme": "club", "customer": await customer(shop, reference)}
    return str((await shop.done("POST", f"{ROOM}/members", body))["member"])


async def test_a_programme_is_made_read_and_changed(bare: Shop) -> None:
    saved = await bare.done("POST", f"{ROOM}/programmes", {"programme": FORM})
    assert (saved["code"], saved["revision"]) == ("club", 1)
    (kept,) = (await bare.done("GET", f"{ROOM}/programmes"))["items"]
    assert (kept["revision"], kept["programme"]["points_name"]["zh"]) == (1, "积分")
    stale = await bare.send("POST", f"{ROOM}/programmes", {"programme": kept["programme"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "programme_changed")
    changed = await bare.done("POST", f"{ROOM}/programmes", {"programme": kept["programme"], "revision": 1})
    assert changed["revision"] == 2
    wrong = await bare.send(
        "POST",
        f"{ROOM}/programmes",
        {"programme": {**FORM, "code": "x", "zone": "Moon"}},
        headers={"accept-language": "zh"},
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "out_of_range")
    assert "Moon" in wrong.json()["detail"]
    assert "不能" in wrong.json()["detail"]


async def test_a_member_from_enrolment_to_statement(bare: Shop) -> None:
    await bare.done("POST", f"{ROOM}/programmes", {"programme": FORM})
    one = await member(bare)
    path = f"{ROOM}/members/{one}"
    act = {"action": "review", "reference": "P1"}
    assert (await bare.done("POST", f"{path}/actions", act))["points"] == 20
    assert (await bare.done("POST", f"{path}/actions", act))["available"] == 20
    await bare.done("POST", f"{path}/adjustments", {"points": 100, "reason": "late"})
    await bare.done("POST", f"{path}/rewards", {"reward": "tea"})
    await bare.done("POST", f"{path}/benefits", {"benefit": "lounge", "period": "summer"})
    assert (await bare.done("POST", f"{path}/benefits/use", {"benefit": "lounge"}))["left"] == 0
    shown = await bare.done("GET", path)
    assert (shown["available"], shown["worth_minor"], shown["tier"]) == (70, 700, "")
    assert [(entry["benefit"], entry["quantity"]) for entry in shown["benefits"]] == [("gift", 1)]
    by_code = await bare.done("GET", f"{ROOM}/members?code={shown['code']}")
    assert by_code["items"][0]["member"] == one
    by_customer = await bare.done("GET", f"{ROOM}/members?customer={shown['customer']}")
    assert by_customer["items"][0]["account"] == shown["account"]
    forged = await bare.send("GET", f"{ROOM}/members?code={shown['code'][:-1]}%21")
    assert (forged.status_code, forged.json()["code"]) == (404, "unknown_member")
    lines = await bare.done("GET", f"{path}/statement?limit=2")
    assert [line["points"] for line in lines["items"]] == [-50, 100]
    rest = await bare.done("GET", f"{path}/statement?cursor={lines['next']}")
    assert [line["points"] for line in rest["items"]] == [20]
    report = await bare.done("GET", f"{ROOM}/liability?programme=club")
    assert report["items"][0]["currency"] == "CNY"
    long = await bare.send("GET", f"{ROOM}/liability?programme=club&since=2026-01-01&until=2026-12-31")
    assert (long.status_code, long.json()["code"]) == (422, "out_of_range")
    missing = await bare.send("GET", f"{ROOM}/liability?programme=none")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_programme")
    assert (await bare.send("GET", f"{ROOM}/members/1")).status_code == 404


async def test_what_is_much_needs_a_second_person(bare: Shop) -> None:
    await bare.done("POST", f"{ROOM}/programmes", {"programme": FORM})
    one = await member(bare)
    asked = await bare.done("POST", f"{ROOM}/members/{one}/adjustments", {"points": 5000, "reason": "sorry"})
    path = f"{ROOM}/adjustments/{asked['adjustment']}/decision"
    own = await bare.send("POST", path, {"approve": True})
    assert (own.status_code, own.json()["code"]) == (403, "own_adjustment")
    marketer = await bare.key_of("marketer")
    assert (await bare.send("POST", path, {"approve": True}, key=marketer)).status_code == 403
    manager = await bare.key_of("operations_manager")
    decided = await bare.send("POST", path, {"approve": True}, key=manager)
    assert (decided.status_code, decided.json()["available"]) == (200, 5000)
    (listed,) = (await bare.done("GET", f"{ROOM}/adjustments?state=posted"))["items"]
    assert (listed["points"], listed["reason"]) == (5000, "sorry")


async def test_pools_and_transfers(bare: Shop) -> None:
    await bare.done("POST", f"{ROOM}/programmes", {"programme": FORM})
    one, two = await member(bare, "C-1"), await member(bare, "C-2")
    apart = await bare.send("POST", f"{ROOM}/pools", {"members": [one, two]})
    assert (apart.status_code, apart.json()["code"]) == (409, "pool_apart")
    far = await bare.send("POST", f"{ROOM}/transfers", {"source": one, "target": two, "points": 1})
    assert (far.status_code, far.json()["code"]) == (409, "transfer_apart")
    alone = await bare.send("POST", f"{ROOM}/members/{one}/pool/leave")
    assert (alone.status_code, alone.json()["code"]) == (409, "not_pooled")
    many = await bare.done(
        "POST",
        f"{ROOM}/members/bulk",
        {"items": [{"programme": "club", "customer": 1}, {"programme": "none", "customer": 1}]},
    )
    assert [item["status"] for item in many["items"]] == [404, 404]
