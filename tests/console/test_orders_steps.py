"""The page of an order, and every step of its life: what is offered, done, refused, done once."""

import asyncio

import pytest

from tests.console.conftest import Place
from tests.console.orders_forms import fields, opened, placed, told, view

pytestmark = pytest.mark.anyio


async def test_an_order_lives_its_life(place: Place) -> None:
    number = await placed(place, customer="Ann", external_id="W-1")
    client = await place.visitor()
    path = f"/orders/{number}"

    async def take(step: str, **typed: str) -> None:
        answer = await client.post(f"{path}/{step}", data=await opened(client, f"{path}/{step}", **typed))
        assert (answer.status_code, answer.headers.get("location")) == (303, path), answer.text

    await take("pay", kind="alipay", reference="R-1")
    await take("allocate", node="S2")
    await take("ship", line_1="1", line_2="0", carrier="SF", tracking="SF-1")
    await take("ship", tracking="SF-2")
    await take("deliver")
    await take("return", line_1="1", node="S1", reason="Damaged", restock="no")
    await take("pay", direction="refund", amount="1.00", kind="alipay")

    now = await view(place, number)
    assert (now["state"], now["payment"], now["node"], now["paid_minor"]) == ("part_returned", "paid", "S2", 250)
    assert [[line["quantity"] for line in one["lines"]] for one in now["shipments"]] == [[1], [1, 1]]
    assert now["shipments"][0]["carrier"] == "SF"
    assert (now["returns"][0]["reason"], now["returns"][0]["restock"]) == ("Damaged", False)

    page = await client.get(path)
    words = told(page)
    for shown in ("Part returned", "••••n", "W-1", "SF-2", "Damaged", "scrapped", "Alipay", "CN¥1.00", "Asia/Shanghai"):
        assert shown in words, shown
    timeline = words.partition("Timeline")[2]
    happened = ("Payment recorded", "Goods returned", "Delivery recorded", "Goods shipped", "Allocated to a node")
    assert [timeline.index(one) for one in happened] == sorted(timeline.index(one) for one in happened)
    assert "operations_manager" in timeline


async def test_what_is_cancelled_is_given_up(place: Place) -> None:
    number = await placed(place)
    client = await place.visitor()
    path = f"/orders/{number}/cancel"

    part = await client.post(path, data=await opened(client, path, line_1="1", line_2="0", reason="Wrong address"))
    assert part.status_code == 303
    assert [line["cancelled"] for line in (await view(place, number))["lines"]] == [1, 0]
    whole = await client.post(path, data=await opened(client, path, reason="Wrong address"))
    assert whole.status_code == 303
    assert (await view(place, number))["state"] == "cancelled"


async def test_only_legal_steps_are_offered(place: Place) -> None:
    number = await placed(place)
    client = await place.visitor()
    page = (await client.get(f"/orders/{number}")).text
    offered = [
        step
        for step in ("pay", "allocate", "ship", "deliver", "return", "cancel")
        if f'href="/orders/{number}/{step}"' in page
    ]
    assert offered == ["pay", "allocate", "cancel"]
    early = await client.get(f"/orders/{number}/ship")
    assert early.status_code == 409
    assert "This is not possible now" in told(early)


@pytest.mark.parametrize(
    ("step", "typed", "message"),
    [
        ("pay", {"amount": "much"}, "Type an amount above 0"),
        ("pay", {"amount": "-1"}, "Type an amount above 0"),
        ("pay", {"amount": "1.001"}, "Type an amount above 0"),
        ("pay", {"kind": ""}, "code"),
        ("allocate", {"node": "S9"}, "S9"),
        ("cancel", {"reason": ""}, "A reason is needed."),
        ("cancel", {"reason": "x", "line_1": "0", "line_2": "0"}, "No quantity is chosen."),
        ("cancel", {"reason": "kept", "line_1": "9"}, "Line 1 has 2 left for that; 9 were asked for."),
        ("cancel", {"reason": "kept", "line_1": "1.5"}, "Type a quantity such as 1"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    place: Place, step: str, typed: dict[str, str], message: str
) -> None:
    number = await placed(place)
    client = await place.visitor()
    path = f"/orders/{number}/{step}"

    form = await opened(client, path, **typed)
    answer = await client.post(path, data=form)

    assert answer.status_code in (404, 409, 422)
    assert message in told(answer)
    again = fields(answer, path)
    for name, value in typed.items():
        field = name.replace("_", "-")
        if field not in ("kind", "node"):  # what a list does not offer cannot stay chosen
            assert again[field] == [value], field
    assert again["key"] != form["key"]
    assert (await view(place, number))["revision"] == 1


async def test_a_form_sent_twice_is_done_once(place: Place) -> None:
    number = await placed(place)
    await place.api("POST", f"/v1/orders/{number}/allocation", {})
    client = await place.visitor()
    path = f"/orders/{number}/ship"
    form = await opened(client, path, line_1="1", line_2="0")

    both = await asyncio.gather(client.post(path, data=form), client.post(path, data=form))
    later = await client.post(path, data=form)

    assert [answer.status_code for answer in (*both, later)] == [303, 303, 303]
    now = await view(place, number)
    assert [len(one["lines"]) for one in now["shipments"]] == [1]
    assert now["lines"][0]["shipped"] == 1


async def test_the_second_of_two_people_sees_what_the_first_did(place: Place) -> None:
    number = await placed(place)
    first, second = await place.visitor(), await place.visitor()
    path = f"/orders/{number}/cancel"
    mine = await opened(first, path, line_1="1", line_2="0", reason="Wrong address")
    yours = await opened(second, path, line_1="2", line_2="0", reason="Suspected fraud")

    assert (await first.post(path, data=mine)).status_code == 303
    answer = await second.post(path, data=yours)

    assert answer.status_code == 409
    words = told(answer)
    assert f"Order {number} has changed meanwhile" in words
    assert "What happened meanwhile" in words
    assert "Wrong address" in words
    again = fields(answer, path)
    assert (again["reason"], again["line-1"], again["revision"]) == (["Suspected fraud"], ["2"], ["2"])
    assert [line["cancelled"] for line in (await view(place, number))["lines"]] == [1, 0]
    decided = await second.post(path, data=again | {"line-1": ["1"]})
    assert decided.status_code == 303
    assert [line["cancelled"] for line in (await view(place, number))["lines"]] == [2, 0]


async def test_of_two_at_the_same_moment_one_wins(place: Place) -> None:
    number = await placed(place)
    first, second = await place.visitor(), await place.visitor()
    cancel, pay = f"/orders/{number}/cancel", f"/orders/{number}/pay"
    mine = await opened(first, cancel, line_1="1", line_2="0", reason="x")
    yours = await opened(second, pay)

    answers = await asyncio.gather(first.post(cancel, data=mine), second.post(pay, data=yours))

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert (await view(place, number))["revision"] == 2


async def test_a_step_that_the_first_made_impossible_is_not_offered_again(place: Place) -> None:
    number = await placed(place)
    first, second = await place.visitor(), await place.visitor()
    cancel, allocate = f"/orders/{number}/cancel", f"/orders/{number}/allocate"
    yours = await opened(second, allocate)
    assert (await first.post(cancel, data=await opened(first, cancel, reason="x"))).status_code == 303

    answer = await second.post(allocate, data=yours)

    assert answer.status_code == 409
    assert "does not allow this step any more" in told(answer)
    assert f'action="{allocate}"' not in answer.text


async def test_forms_of_others_are_turned_down(place: Place) -> None:
    number = await placed(place)
    client = await place.visitor()
    for step in ("pay", "allocate", "cancel", "ship", "deliver", "return"):
        path = f"/orders/{number}/{step}"
        assert (await client.post(path, data={"csrf": "forged", "key": "k"})).status_code == 403, step
        assert (await place.stranger().get(path)).status_code == 303
    assert (await client.get("/orders/99999999999999999999/pay")).status_code == 404
    assert (await client.get("/orders/1")).status_code == 404


async def test_a_store_associate_acts_at_his_store_only(place: Place) -> None:
    number, other = await placed(place), await placed(place, node="S2")
    associate = await place.visitor("store_associate", "S1")
    path = f"/orders/{number}/allocate"
    form = await opened(associate, path)

    assert (await associate.post(path, data=form | {"node": ["S2"]})).status_code == 403
    assert (await associate.post(f"/orders/{other}/allocate", data=form)).status_code == 403
    assert (await view(place, other))["state"] == "placed"
    assert (await associate.post(path, data=form)).status_code == 303
    assert (await view(place, number))["state"] == "allocated"


async def test_measured_goods_are_typed_in_whole_units(place: Place) -> None:
    rice = {"name": "Rice", "category": "Food", "variants": [{"sku": "R1", "unit": "kg"}]}
    await place.api("PUT", "/v1/products/PR", rice)
    await place.api("POST", "/v1/stock/deliveries", {"node": "S1", "lines": [{"sku": "R1", "quantity": 5000}]})
    number = await placed(place, lines=[{"sku": "R1", "quantity": 1500, "unit_price_minor": 100}])
    await place.api("POST", f"/v1/orders/{number}/allocation", {})
    client = await place.visitor()
    path = f"/orders/{number}/ship"

    assert "1.500 kg" in told(await client.get(f"/orders/{number}"))
    assert (await client.post(path, data=await opened(client, path, line_1="0.25"))).status_code == 303
    assert (await view(place, number))["lines"][0]["shipped"] == 250
