"""Picking an order and handing it over."""

from typing import Any

import httpx
import pytest

from tests.console.conftest import Place
from tests.console.store_floor import MILK, hidden, on_hand, order, rows, stock_up

pytestmark = pytest.mark.anyio

Client = Any


async def opened(place: Place, number: int) -> tuple[Client, httpx.Response]:
    """An associate of S1 at the order's page."""
    associate = await place.visitor("store_associate", "S1")
    return associate, await associate.get(f"/store/orders/{number}")


def picked(
    page: httpx.Response, milk: str = "2", bread: str = "1", apples: str = "1.25", **more: str
) -> dict[str, Any]:
    """The form with these quantities."""
    names = rows(page)
    return hidden(page) | {names["M1"]: milk, names["M2"]: bread, names["M3"]: apples, "way": "pickup"} | more


async def test_a_row_knows_every_code_that_can_be_scanned_for_it(place: Place) -> None:
    await stock_up(place)
    _, page = await opened(place, await order(place))

    assert page.status_code == 200
    assert f'data-codes="[&#34;M1&#34;, &#34;{MILK}&#34;]"' in page.text
    assert 'data-wanted="1.25"' in page.text


async def test_what_is_handed_over_is_shipped_and_delivered(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    sent = await associate.post(f"/store/orders/{number}", data=picked(page))

    assert (sent.status_code, sent.headers["location"]) == (303, "/store")
    assert "Order W1 is handed over." in (await associate.get("/store")).text
    found = await place.api("GET", f"/v1/orders/{number}")
    assert found["state"] == "delivered"
    assert await on_hand(place, "M1") == 18
    assert await on_hand(place, "M3") == 11_250


async def test_sent_twice_it_is_done_once(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)
    form = picked(page)

    first = await associate.post(f"/store/orders/{number}", data=form)
    again = await associate.post(f"/store/orders/{number}", data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert len((await place.api("GET", f"/v1/orders/{number}"))["shipments"]) == 1
    assert await on_hand(place, "M1") == 18


async def test_a_courier_takes_it_with_a_tracking_number(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    form = picked(page) | {"way": "courier", "carrier": "SF", "tracking": "SF1"}
    await associate.post(f"/store/orders/{number}", data=form)

    found = await place.api("GET", f"/v1/orders/{number}")
    assert (found["state"], found["shipments"][0]["tracking"]) == ("shipped", "SF1")


async def test_when_something_is_missing_it_is_asked_what_happens_to_it(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    asked = await associate.post(f"/store/orders/{number}", data=picked(page, milk="1", bread=""))

    assert asked.status_code == 422
    assert "What happens to it?" in asked.text
    assert "Milk: 1" in asked.text
    assert "Bread: 1" in asked.text
    assert f'name="{rows(page)["M3"]}" value="1.25"' in asked.text  # what was typed is kept
    assert (await place.api("GET", f"/v1/orders/{number}"))["state"] == "placed"

    kept = await associate.post(f"/store/orders/{number}", data=picked(asked, milk="1", bread="", rest="keep"))

    assert kept.status_code == 303
    found = await place.api("GET", f"/v1/orders/{number}")
    assert (found["state"], [line["shipped"] for line in found["lines"]]) == ("part_shipped", [1, 0, 1250])
    assert "The rest of an order" in (await associate.get("/store")).text


async def test_what_is_missing_can_be_cancelled_with_a_reason(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)
    form = picked(page, milk="1", rest="cancel")

    without = await associate.post(f"/store/orders/{number}", data=form)
    assert (without.status_code, "Say why, in a few words." in without.text) == (422, True)
    done = await associate.post(f"/store/orders/{number}", data=form | {"reason": "none left"})

    assert done.status_code == 303
    found = await place.api("GET", f"/v1/orders/{number}")
    assert (found["state"], found["lines"][0]["cancelled"], found["payment"]) == ("delivered", 1, "refund_due")


@pytest.mark.parametrize(("milk", "said"), [("", "Nothing is picked yet"), ("1.5", "This is not a quantity of it.")])
async def test_what_cannot_be_meant_is_said_and_nothing_is_lost(place: Place, milk: str, said: str) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    answer = await associate.post(f"/store/orders/{number}", data=picked(page, milk=milk, bread="", apples=""))

    assert answer.status_code == 422
    assert said in answer.text


async def test_more_than_is_open_is_refused_by_the_room(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    answer = await associate.post(f"/store/orders/{number}", data=picked(page, milk="3"))

    assert answer.status_code == 409
    assert "Line 1 has 2 left for that" in answer.text


async def test_an_order_of_another_store_is_not_shown_nor_handed_over(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    stranger = await place.visitor("store_associate", "S2")
    _, page = await opened(place, number)

    assert (await stranger.get(f"/store/orders/{number}")).status_code == 403
    own = await stranger.get("/store/count")
    answer = await stranger.post(f"/store/orders/{number}", data=picked(page) | {"csrf": hidden(own)["csrf"]})

    assert answer.status_code == 403
    assert (await place.api("GET", f"/v1/orders/{number}"))["state"] == "placed"


async def test_an_unpaid_order_and_a_finished_one_say_why_they_cannot_be_picked(place: Place) -> None:
    await stock_up(place)
    _, unpaid = await opened(place, await order(place, "U", paid=False))
    number = await order(place)
    associate, page = await opened(place, number)
    await associate.post(f"/store/orders/{number}", data=picked(page))

    assert "Not paid yet" in unpaid.text
    assert "Nothing is left to pick" in (await associate.get(f"/store/orders/{number}")).text
    assert (await associate.get("/store/orders/1")).status_code == 404


async def test_the_script_is_told_where_to_go(place: Place) -> None:
    await stock_up(place)
    number = await order(place)
    associate, page = await opened(place, number)

    answer = await associate.post(f"/store/orders/{number}", data=picked(page), headers={"x-scan": "1"})

    assert (answer.status_code, answer.headers["x-location"]) == (204, "/store")
