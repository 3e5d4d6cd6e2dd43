"""Receiving a transfer."""

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import hidden, on_hand, rows, stock_up, transfer

pytestmark = pytest.mark.anyio


async def test_all_that_was_sent_closes_the_transfer(place: Place) -> None:
    await stock_up(place)
    number = await transfer(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get(f"/store/receive/{number}")
    names = rows(page)
    form = hidden(page) | {names["M1"]: "6", names["M3"]: "2"}

    first = await associate.post(f"/store/receive/{number}", data=form)
    again = await associate.post(f"/store/receive/{number}", data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert await on_hand(place, "M1") == 26
    assert (await place.api("GET", f"/v1/stock/documents/{number}"))["state"] == "closed"


async def test_it_comes_in_parts(place: Place) -> None:
    await stock_up(place)
    number = await transfer(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get(f"/store/receive/{number}")
    names = rows(page)

    asked = await associate.post(f"/store/receive/{number}", data=hidden(page) | {names["M1"]: "4", names["M3"]: "2"})
    assert (asked.status_code, "Milk: 2" in asked.text) == (422, True)
    later = hidden(asked) | {names["M1"]: "4", names["M3"]: "2", "rest": "later"}
    assert (await associate.post(f"/store/receive/{number}", data=later)).status_code == 303

    page = await associate.get(f"/store/receive/{number}")
    assert "4 came before" in page.text
    assert 'data-wanted="2"' in page.text
    nothing_more = await associate.post(f"/store/receive/{number}", data=hidden(page) | {"rest": "final"})
    assert nothing_more.status_code == 303
    assert "1 differences were noted." in (await associate.get("/store")).text
    assert await on_hand(place, "M1") == 24


async def test_only_the_store_it_goes_to_receives_it(place: Place) -> None:
    await stock_up(place)
    number = await transfer(place)
    sender = await place.visitor("store_associate", "S2")
    delivery = await place.api("POST", "/v1/stock/deliveries", {"node": "S1", "lines": [{"sku": "M1", "quantity": 1}]})

    assert (await sender.get(f"/store/receive/{number}")).status_code == 403
    receiver = await place.visitor("store_associate", "S1")
    assert (await receiver.get(f"/store/receive/{delivery['id']}")).status_code == 404
