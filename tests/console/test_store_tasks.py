"""What is to do now, and in which store."""

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import order, stock_up, transfer

pytestmark = pytest.mark.anyio


async def test_an_associate_sees_what_waits_at_his_store_the_oldest_first(place: Place) -> None:
    await stock_up(place)
    late, fresh = await order(place, "LATE"), await order(place, "FRESH")
    await order(place, "UNPAID", paid=False)
    await order(place, "ELSEWHERE", "S2")
    sent = await transfer(place)
    await place.api("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K1", "quantity": 97}]})
    await place.api("POST", "/v1/stock/policies", {"node": "S1", "sku": "M2", "low": 50})
    async with place.database.transaction() as connection:
        await connection.execute(
            "update orders.customer_order set occurred_at = occurred_at - interval '2 days' where id = %s", (late,)
        )

    page = await (await place.visitor("store_associate", "S1")).get("/store")

    assert page.status_code == 200
    links = [f"/store/orders/{late}", f"/store/orders/{fresh}", f"/store/receive/{sent}", "/store/count?sku=K1"]
    assert [page.text.index(f'href="{link}"') for link in links] == sorted(
        page.text.index(f'href="{link}"') for link in links
    )
    assert "1 of them have waited for more than a day." in page.text
    assert page.text.count(">Late<") == 1
    assert "UNPAID" not in page.text
    assert "ELSEWHERE" not in page.text
    assert "low from 50 on" in page.text
    assert "/store/lookup?q=M1" not in page.text  # has no low-stock level


async def test_nothing_to_do_is_said_kindly(place: Place) -> None:
    page = await (await place.visitor("store_associate", "S2")).get("/store")

    assert "All done" in page.text


async def test_who_is_bound_to_no_store_chooses_one_and_it_is_remembered(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    manager = await place.visitor()

    asked = await manager.get("/store/lookup?q=M1")
    assert "Which store are you in?" in asked.text
    assert 'href="/store/lookup?q=M1&amp;node=S1"' in asked.text
    chosen = await manager.get("/store?node=S1")
    assert chosen.headers["set-cookie"].startswith("mainstem_store=S1;")
    assert f"/store/orders/{number}" in (await manager.get("/store")).text
    assert "Which store are you in?" in (await manager.get("/store/choose")).text


async def test_an_associate_stays_in_his_store(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")

    assert (await associate.get("/store?node=S2")).status_code == 403
    assert (await associate.get("/store/choose")).headers["location"] == "/store"


@pytest.mark.parametrize("role", ["analyst", "service_agent", "marketer"])
async def test_store_mode_is_for_who_may_move_stock(place: Place, role: str) -> None:
    somebody = await place.visitor(role)

    for path in ("/store", "/store/count", "/store/lookup?goods=K1"):
        assert (await somebody.get(path)).status_code == 403


async def test_only_pages_that_scan_may_use_the_camera(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")

    tasks, count = await associate.get("/store"), await associate.get("/store/count")

    assert tasks.headers.get_list("permissions-policy")[0].startswith("camera=(),")
    assert [policy.partition(",")[0] for policy in count.headers.get_list("permissions-policy")] == ["camera=(self)"]
