"""One step for many orders: the plan, the report, each order for itself and once."""

import pytest

from tests.console.conftest import Place
from tests.console.orders_forms import fields, opened, placed, told, view

pytestmark = pytest.mark.anyio


async def test_the_plan_says_what_will_happen_and_the_report_what_did(place: Place) -> None:
    first, second, gone = await placed(place), await placed(place), await placed(place)
    await place.api("POST", f"/v1/orders/{gone}/cancellations", {"reason": "x"})
    client = await place.visitor()
    path = f"/orders/bulk?step=allocate&order={first}&order={second}&order={gone}&order=nonsense"

    plan = await client.get(path)
    assert "2 of 3 orders will be changed" in told(plan)
    assert "It will be allocated to S1." in told(plan)
    assert "Nothing will be done" in told(plan)
    form = fields(plan, "/orders/bulk")
    assert form["order"] == [f"{first}:1", f"{second}:1"]
    await place.api("POST", f"/v1/orders/{second}/payments", {"tenders": [{"kind": "cash", "amount_minor": 1}]})
    report = await client.post("/orders/bulk", data=form)

    assert report.status_code == 200
    assert "1 of 2 orders were changed." in told(report)
    assert f"Order {second} has changed meanwhile" in told(report)
    assert [(await view(place, number))["state"] for number in (first, second)] == ["allocated", "placed"]
    again = await client.post("/orders/bulk", data=form)
    assert told(again) == told(report)
    assert (await view(place, first))["revision"] == 2


async def test_many_are_shipped_whole_and_cancelled_with_a_reason(place: Place) -> None:
    numbers = [await placed(place, lines=[{"sku": "K1", "quantity": 1}]) for _ in range(4)]
    client = await place.visitor()
    for number in numbers[:2]:
        await place.api("POST", f"/v1/orders/{number}/allocation", {})

    shipped = await opened(client, f"/orders/bulk?step=ship&order={numbers[0]}&order={numbers[1]}")
    assert "2 of 2 orders were changed." in told(await client.post("/orders/bulk", data=shipped))
    cancelled = await opened(client, f"/orders/bulk?step=cancel&order={numbers[2]}&order={numbers[3]}")
    unsaid = await client.post("/orders/bulk", data=cancelled | {"reason": [""]})
    assert unsaid.status_code == 422
    assert "A reason is needed." in told(unsaid)
    said = await client.post("/orders/bulk", data=fields(unsaid, "/orders/bulk") | {"reason": ["Suspected fraud"]})
    assert "2 of 2 orders were changed." in told(said)
    assert [(await view(place, number))["state"] for number in numbers] == ["shipped"] * 2 + ["cancelled"] * 2


async def test_nothing_selected_and_nothing_known(place: Place) -> None:
    client = await place.visitor()
    assert "No order is selected" in told(await client.get("/orders/bulk?step=ship"))
    assert (await client.get("/orders/bulk?step=pay&order=1")).status_code == 404
    number = await placed(place)
    form = await opened(client, f"/orders/bulk?step=allocate&order={number}")
    assert (await client.post("/orders/bulk", data=form | {"csrf": ["forged"]})).status_code == 403
    assert (await view(place, number))["state"] == "placed"
    associate = await place.visitor("store_associate", "S2")
    theirs = await opened(associate, f"/orders/bulk?step=allocate&order={await placed(place, node='S2')}")
    assert (await associate.post("/orders/bulk", data=theirs | {"order": [f"{number}:1"]})).status_code == 403
