"""Segments, tags and traits over HTTP: what is asked, answered and refused."""

from typing import Any

import pytest

from mainstem.domains import customers
from mainstem.platform.outbox import Published
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step
from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

SALE: dict[str, Any] = {
    "channel": "till",
    "node": "S1",
    "external_id": "R-1",
    "occurred_at": "2026-11-01T08:00:00Z",
    "customer": "C-1",
    "lines": [{"sku": "K1", "quantity": 2, "amount_minor": 200}],
}
BUYERS: dict[str, Any] = {"name": "Buyers", "condition": {"trait": "orders_total", "op": ">=", "value": 1}}


async def bought(shop: Shop) -> int:
    """Somebody bought, and everything was followed; who."""
    order = await shop.done("POST", "/v1/sales", SALE)
    async with shop.services.database.transaction() as connection:
        cursor = await connection.execute("select customer from orders.customer_order where id = %s", (order["id"],))
        ((customer,),) = await cursor.fetchall()
        cursor = await connection.execute(
            "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
            " from platform.event order by xid, id"
        )
        rows = await cursor.fetchall()
    await FollowCustomers(shop.services.executor).deliver([Published(int(row[0]), *row[1:]) for row in rows])
    while await fill_step(shop.services.executor):
        pass
    return int(customer)


async def test_a_segment_lives_from_counting_to_removal(shop: Shop) -> None:
    saved = await shop.send("POST", "/v1/segments", BUYERS)
    assert saved.status_code == 201, saved.text
    segment, path = saved.json()["id"], f"/v1/segments/{saved.json()['id']}"
    customer = await bought(shop)

    counted = await shop.done("POST", "/v1/segments/count", {"condition": BUYERS["condition"]})
    assert counted == {"customers": 1, "population": 1, "exact": True, "error": 0}
    one = await shop.done("GET", path)
    assert (one["name"], one["members"], one["filling"], one["condition"]) == ("Buyers", 1, False, BUYERS["condition"])
    assert [row["id"] for row in (await shop.done("GET", "/v1/segments"))["items"]] == [segment]
    members = await shop.done("GET", f"{path}/members?limit=1")
    assert [row["customer"] for row in members["items"]] == [customer]
    assert (await shop.done("GET", f"{path}/members?cursor={members['next']}"))["items"] == []
    assert (await shop.done("GET", f"{path}/members?purpose=marketing&channel=sms"))["items"] == []
    assert len((await shop.done("GET", f"{path}/members?purpose=service"))["items"]) == 1

    other = await shop.done("POST", "/v1/segments", {**BUYERS, "name": "Same"})
    while await fill_step(shop.services.executor):
        pass
    overlaps = await shop.done("GET", f"/v1/segments/overlaps?segment={segment}&segment={other['id']}")
    assert [row["customers"] for row in overlaps["items"]] == [1, 1, 1]

    changed = await shop.done("POST", "/v1/segments", {**BUYERS, "segment": segment, "revision": 1, "name": "All"})
    assert changed["revision"] == 2
    stale = await shop.send("POST", "/v1/segments", {**BUYERS, "segment": segment, "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "segment_changed")
    assert (await shop.done("POST", f"{path}/removal"))["revision"] == 3
    assert (await shop.send("GET", path)).status_code == 404


async def test_a_customer_shows_traits_tags_and_segments(shop: Shop) -> None:
    segment = (await shop.done("POST", "/v1/segments", BUYERS))["id"]
    customer = await bought(shop)
    await shop.done("POST", f"/v1/customers/{customer}/tags", {"tag": "friend"})

    shown = await shop.done("GET", f"/v1/customers/{customer}/traits")

    assert (shown["customer"], shown["segments"]) == (customer, [segment])
    assert (shown["traits"]["orders_total"], shown["traits"]["spend_total"]) == (1, 200)
    assert set(shown["traits"]) == set(customers.TRAITS)
    held = {tag["name"]: tag["source"] for tag in shown["tags"]}
    assert held.items() >= {"first_time_buyer": "computed", "friend": "attached", "tried:Food": "computed"}.items()
    removed = await shop.done("POST", f"/v1/customers/{customer}/tags/removal", {"tag": "friend"})
    assert removed == {"customer": customer, "tag": "friend", "changed": True}
    assert (await shop.send("GET", "/v1/customers/7/traits")).status_code == 404


async def test_the_lists_speak_both_languages(shop: Shop) -> None:
    english = await shop.done("GET", "/v1/traits")
    chinese = await shop.send("GET", "/v1/traits", headers={"accept-language": "zh-CN"})
    tags = await shop.send("GET", "/v1/tags", headers={"accept-language": "zh-CN"})

    assert {row["name"]: row["title"] for row in english["items"]}["orders_total"] == "Purchases"
    assert {row["name"]: row["title"] for row in chinese.json()["items"]}["orders_total"] == "购买次数"
    assert {row["name"]: row["title"] for row in tags.json()["items"]}["vip"] == "VIP 客户"


@pytest.mark.parametrize(
    ("condition", "code", "pointer"),
    [
        ({"trait": "order_total", "op": "=", "value": 1}, "unknown_trait", "/condition/trait"),
        ({"all": [{"trait": "gender", "op": "<", "value": "x"}]}, "bad_operator", "/condition/all/0/op"),
        ({"bought": {}, "days": "many"}, "bad_value", "/condition/days"),
    ],
)
async def test_a_bad_condition_is_refused_where_it_is(shop: Shop, condition: Any, code: str, pointer: str) -> None:  # noqa: ANN401 - JSON
    for path, body in (
        ("/v1/segments", {"name": "x", "condition": condition}),
        ("/v1/segments/count", {"condition": condition}),
    ):
        refused = await shop.send("POST", path, body, headers={"accept-language": "zh-CN"})
        assert refused.status_code == 422, refused.text
        assert refused.json()["code"] == code
        assert pointer in refused.text
