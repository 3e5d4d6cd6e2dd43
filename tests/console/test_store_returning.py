"""Taking goods back."""

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import MILK, hidden, on_hand, order, rows, stock_up

pytestmark = pytest.mark.anyio


async def delivered(place: Place, number: str = "W1", node: str = "S1") -> int:
    """The id of an order that the customer has."""
    found = await order(place, number, node)
    for step in ("allocation", "shipments", "deliveries"):
        await place.api("POST", f"/v1/orders/{found}/{step}", {})
    return found


@pytest.mark.parametrize(("restock", "left"), [("yes", 19), ("no", 18)])
async def test_a_return_is_taken_once_and_what_is_due_is_said(place: Place, restock: str, left: int) -> None:
    await stock_up(place)
    number = await delivered(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get(f"/store/return/{number}")
    form = hidden(page) | {rows(page)["M1"]: "1", "reason": "Changed my mind", "note": "box open", "restock": restock}

    first = await associate.post(f"/store/return/{number}", data=form)
    again = await associate.post(f"/store/return/{number}", data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert "To refund: CN¥12.90." in (await associate.get("/store")).text
    found = await place.api("GET", f"/v1/orders/{number}")
    assert [one["reason"] for one in found["returns"]] == ["Changed my mind: box open"]
    assert await on_hand(place, "M1") == left


async def test_it_is_found_by_its_number_by_a_scan_of_the_goods_or_among_the_latest(place: Place) -> None:
    await stock_up(place)
    first, second = await delivered(place, "W1"), await delivered(place, "W2")
    associate = await place.visitor("store_associate", "S1")

    for code in ("W1", str(first)):
        answer = await associate.get(f"/store/return?q={code}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/store/return/{first}")
    for path in (f"/store/return?q={MILK}", "/store/return"):
        page = await associate.get(path)
        assert f"/store/return/{first}" in page.text
        assert f"/store/return/{second}" in page.text
    assert "No order is found" in (await associate.get("/store/return?q=K3")).text


async def test_goods_bought_elsewhere_come_back_here(place: Place) -> None:
    await stock_up(place)
    number = await delivered(place, "W1", "S2")
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get(f"/store/return/{number}")
    form = hidden(page) | {rows(page)["M2"]: "1", "reason": "Does not fit", "restock": "yes"}

    assert (await associate.post(f"/store/return/{number}", data=form)).status_code == 303
    assert (await on_hand(place, "M2", "S1"), await on_hand(place, "M2", "S2")) == (21, 19)


async def test_what_is_missing_in_the_form_is_said_and_the_rest_is_kept(place: Place) -> None:
    await stock_up(place)
    number = await delivered(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get(f"/store/return/{number}")

    without = await associate.post(f"/store/return/{number}", data=hidden(page) | {rows(page)["M1"]: "1"})
    too_much = hidden(page) | {rows(page)["M1"]: "5", "reason": "Other reason", "restock": "yes"}
    refused = await associate.post(f"/store/return/{number}", data=too_much)

    assert (without.status_code, "Choose a reason." in without.text) == (422, True)
    assert f'name="{rows(page)["M1"]}" value="1"' in without.text
    assert (refused.status_code, "Line 1 has 2 left for that" in refused.text) == (409, True)
    assert await on_hand(place, "M1") == 18


async def test_nothing_can_come_back_that_never_left(place: Place) -> None:
    await stock_up(place)
    associate = await place.visitor("store_associate", "S1")

    assert "Nothing can come back" in (await associate.get(f"/store/return/{await order(place)}")).text
    assert (await associate.get("/store/return/1")).status_code == 404
