"""A quick count."""

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import BREAD, hidden, on_hand, rows, stock_up

pytestmark = pytest.mark.anyio


async def test_without_a_script_skus_are_added_one_by_one_and_sent(place: Place) -> None:
    await stock_up(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get("/store/count?sku=M1")
    assert "20" not in page.text.partition("scan-rows")[2].partition("</ul>")[0]  # what the books say is not shown
    form = hidden(page) | {rows(page)["M1"]: "19"}

    added = await associate.post("/store/count", data=form | {"do": "add", "code": BREAD.lstrip("0")})
    assert added.status_code == 200
    assert f'name="{rows(page)["M1"]}" value="19"' in added.text
    form = hidden(added) | {rows(added)["M1"]: "19", rows(added)["M2"]: "20", "do": "count", "document": "Shelf 4"}
    sent = await associate.post("/store/count", data=form)
    again = await associate.post("/store/count", data=form)

    assert (sent.status_code, again.status_code) == (303, 303)
    assert "Counted 2 SKUs; 1 differ and are noted." in (await associate.get("/store")).text
    assert await on_hand(place, "M1") == 19
    assert len((await place.api("GET", "/v1/stock/discrepancies"))["items"]) == 1


async def test_an_unknown_code_and_a_missing_quantity_are_said(place: Place) -> None:
    await stock_up(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get("/store/count?sku=M1")

    unknown = await associate.post("/store/count", data=hidden(page) | {"do": "add", "code": "nobody"})
    missing = await associate.post("/store/count", data=hidden(page) | {"do": "count"})
    nothing = await associate.post("/store/count", data={"csrf": hidden(page)["csrf"], "do": "count"})

    assert (unknown.status_code, "Nobody knows nobody." in unknown.text) == (422, True)
    assert (missing.status_code, "Type 0 where the shelf is empty" in missing.text) == (422, True)
    assert (nothing.status_code, "Nothing is counted yet" in nothing.text) == (422, True)
    assert await on_hand(place, "M1") == 20


async def test_an_empty_shelf_is_counted_at_the_moment_that_the_script_says(place: Place) -> None:
    await stock_up(place)
    associate = await place.visitor("store_associate", "S1")
    page = await associate.get("/store/count?sku=M2")
    form = hidden(page) | {rows(page)["M2"]: "0", "do": "count", "counted_at": "2000-01-02T00:00:00.000Z"}

    sent = await associate.post("/store/count", data=form)

    assert sent.status_code == 303
    assert await on_hand(place, "M2") == 20  # then nothing was there yet: what came later still counts


async def test_a_code_is_told_to_the_script_in_every_form_of_its_gtin(place: Place) -> None:
    await place.api("PUT", "/v1/products/U", {"name": "Soup", "variants": [{"sku": "U1", "gtins": ["036000291452"]}]})
    associate = await place.visitor("store_associate", "S1")

    for code in ("036000291452", "0036000291452", "U1"):
        known = (await associate.get(f"/store/lookup?goods={code}")).json()
        assert (known["sku"], known["codes"]) == ("U1", ["U1", "00036000291452"])
    assert (await associate.get("/store/lookup?goods=036000291453")).status_code == 404
