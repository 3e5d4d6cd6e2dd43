"""One field that finds everything."""

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import MILK, order, stock_up

pytestmark = pytest.mark.anyio


async def test_what_means_one_thing_leads_straight_there(place: Place) -> None:
    await stock_up(place)
    number = await order(place, "W-77")
    manager = await place.visitor()

    for text, target in (
        ("W-77", f"/orders/{number}"),
        (str(number), f"/orders/{number}"),
        ("M1", "/stock/skus/M1"),
        (MILK.lstrip("0"), "/stock/skus/M1"),
    ):
        answer = await manager.get("/search", params={"q": text})
        assert (answer.status_code, answer.headers["location"]) == (303, target)


async def test_an_associate_is_led_to_store_mode_and_finds_only_orders_of_his_store(place: Place) -> None:
    await stock_up(place)
    number = await order(place, "W-77", "S1")
    own, other = await place.visitor("store_associate", "S1"), await place.visitor("store_associate", "S2")

    assert (await own.get("/search?q=M1")).headers["location"] == "/store/lookup?q=M1"
    assert (await own.get("/search?q=W-77")).headers["location"] == f"/orders/{number}"
    for text in ("W-77", str(number)):
        assert "Nothing is found" in (await other.get(f"/search?q={text}")).text


async def test_who_may_not_see_orders_finds_none(place: Place) -> None:
    await stock_up(place)
    await order(place, "W-77")
    marketer = await place.visitor("marketer")

    assert "Nothing is found" in (await marketer.get("/search?q=W-77")).text
    assert (await marketer.get("/search?q=M1")).headers["location"] == "/products?q=M1"


async def test_results_are_grouped_and_long_groups_lead_to_the_list(place: Place) -> None:
    await stock_up(place)
    for number in range(11):
        variants = [{"sku": f"LONG-{number}"}]
        await place.api("PUT", f"/v1/products/Store{number}", {"name": f"Store thing {number}", "variants": variants})
    manager = await place.visitor()

    page = await manager.get("/search?q=store")

    assert page.text.count("Store thing") == 10
    assert 'href="/products?q=store"' in page.text
    assert 'href="/stock/nodes/S1"' in page.text
    assert 'href="/orders?q=store"' not in page.text


async def test_a_customer_is_found_by_the_end_of_his_telephone(place: Place) -> None:
    lines = [{"sku": "K1", "quantity": 1}]
    for node in ("S1", "S2"):
        body = {"channel": "web", "node": node, "customer": "+8613800001234", "lines": lines}
        await place.api("POST", "/v1/orders", body)

    page = await (await place.visitor()).get("/search?q=1234")
    own = await (await place.visitor("store_associate", "S1")).get("/search?q=1234")

    assert page.text.count('href="/orders/') == 2
    assert own.text.count('href="/orders/') == 1


async def test_an_empty_search_explains_itself(place: Place) -> None:
    assert "What are you looking for?" in (await (await place.visitor()).get("/search")).text
    assert "Nothing is found" in (await (await place.visitor()).get("/search", params={"q": "a\x00b"})).text
