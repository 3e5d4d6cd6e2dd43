"""The timeline of a customer over HTTP: what it tells, in which order, to whom, and never personal data."""

from typing import Any

import pytest

from tests.contract.conftest import Json, Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ROOM = "/v1/customers"
PHONE = "13917305526"


def sale(number: int, node: str = "S1") -> Json:
    return {
        "channel": "till",
        "node": node,
        "external_id": f"R-{number}",
        "occurred_at": f"2026-10-{number:02d}T08:00:00Z",
        "customer": "T-1",
        "lines": [{"sku": "K1", "quantity": 2, "amount_minor": 200 * number}],
    }


async def somebody(shop: Shop) -> int:
    """Somebody known to the till and the web shop, who bought three times and ordered once."""
    phones = [{"type": "phone", "value": PHONE}]
    statements = [
        {"source": source, "reference": reference, "identifiers": phones, "attributes": {"name": "王小明"}}
        for source, reference in (("till", "T-1"), ("web", "w-1"))
    ]
    await shop.done("POST", f"{ROOM}/identify", statements[0])
    customer: int = (await shop.done("POST", f"{ROOM}/identify", statements[1]))["customer"]
    for number in (1, 2, 3):
        await shop.done("POST", "/v1/sales", sale(number, "S2" if number == 2 else "S1"))
    order = {"channel": "web", "node": "S1", "customer": "w-1", "lines": [{"sku": "K1", "quantity": 1}]}
    placed = (await shop.done("POST", "/v1/orders", order))["id"]
    tenders = [{"kind": "alipay", "amount_minor": 100}]
    await shop.done("POST", f"/v1/orders/{placed}/payments", {"tenders": tenders})
    return customer


def kinds(page: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [item["type"].partition(".")[2] for item in page["items"]]


async def test_everything_across_channels_latest_first(shop: Shop) -> None:
    customer = await somebody(shop)
    path = f"{ROOM}/{customer}/timeline"

    whole = await shop.done("GET", path)

    assert whole["customer"] == customer
    assert whole["next"] is None
    assert kinds(whole) == [
        "order_paid",
        "order_placed",
        "record_identified",
        "record_identified",
        "sale_recorded",
        "sale_recorded",
        "sale_recorded",
    ]
    assert PHONE not in str(whole)
    assert "王小明" not in str(whole)
    paid, placed, *_, first = whole["items"]
    assert paid["details"]["tenders"] == [{"kind": "alipay", "amount_minor": 100}]
    assert (placed["source"], placed["node"], placed["details"]["total_minor"]) == ("web", "S1", 100)
    assert (first["source"], first["occurred_at"], first["details"]["total_minor"]) == (
        "till",
        "2026-10-01T08:00:00Z",
        200,
    )

    seen: list[Any] = []
    cursor = ""
    while True:
        page = await shop.done("GET", f"{path}?limit=2{cursor}")
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == whole["items"]

    assert kinds(await shop.done("GET", f"{path}?kind=payment")) == ["order_paid"]
    assert kinds(await shop.done("GET", f"{path}?channel=web")) == ["order_paid", "order_placed", "record_identified"]
    assert kinds(await shop.done("GET", f"{path}?channel=nowhere")) == []
    assert kinds(await shop.done("GET", f"{path}?channel=till&kind=record")) == ["record_identified"]


async def test_a_merge_and_its_split_move_what_is_told(shop: Shop) -> None:
    customer = await somebody(shop)
    told = {"source": "crm", "reference": "c-9", "attributes": {"name": "李雪梅"}}
    other = (await shop.done("POST", f"{ROOM}/identify", told))["customer"]
    wish = {"other": other, "reason": "came to the counter"}
    await shop.done("POST", f"{ROOM}/{customer}/merge", wish)

    together = await shop.done("GET", f"{ROOM}/{other}/timeline")
    assert together["customer"] == customer
    assert kinds(together).count("record_identified") == 3
    assert together["items"][0]["details"]["absorbed"] == other

    parting = {"records": [other], "reason": "it was somebody else"}
    await shop.done("POST", f"{ROOM}/{customer}/split", parting)
    assert kinds(await shop.done("GET", f"{ROOM}/{other}/timeline")) == ["record_identified"]
    apart = await shop.done("GET", f"{ROOM}/{customer}/timeline?kind=identity")
    assert kinds(apart) == ["customer_split", "customers_merged"]


async def test_of_orders_everybody_is_told_what_he_may_see(shop: Shop) -> None:
    customer = await somebody(shop)
    path = f"{ROOM}/{customer}/timeline"
    marketer = await shop.key_of("marketer")
    bound = await shop.key_of("store_associate", node="S2")
    analyst = await shop.key_of("analyst")

    assert kinds((await shop.send("GET", path, key=marketer)).json()) == ["record_identified"] * 2
    own = (await shop.send("GET", path, key=bound)).json()
    assert [item["node"] for item in own["items"] if item["order"]] == ["S2"]
    assert (await shop.send("GET", path, key=analyst)).status_code == 403


async def test_bad_input_is_refused(shop: Shop) -> None:
    customer = await somebody(shop)
    path = f"{ROOM}/{customer}/timeline"
    for query in ("kind=nothing", "limit=0", "limit=1000", "cursor=x", "cursor=WzEsMl0", "other=1", "channel=%00"):
        answer = await shop.send("GET", f"{path}?{query}")
        assert answer.status_code in (400, 422), (query, answer.text)
    assert (await shop.send("GET", f"{ROOM}/1/timeline")).status_code == 404
