"""Prices: what a SKU costs for whom, what it was on a day, and who set it; lists, taxes, markdown."""

import pytest

from tests.console.conftest import Place
from tests.console.promotions_forms import fields, opened, told

pytestmark = pytest.mark.anyio


async def test_a_price_is_found_set_and_explained(place: Place) -> None:
    client = await place.visitor("administrator")
    assert (await client.get("/prices?q=K1")).headers["location"] == "/price?sku=K1"
    assert "Nothing has this SKU" in told(await client.get("/prices?q=NOPE"))
    assert (await client.get("/price?sku=NOPE")).status_code == 404
    form = await opened(client, "/new/price")
    form |= {"sku": "K1", "currency": "CNY", "amount": "0.80", "channel": "web"}
    assert (await client.post("/new/price", data=form)).headers["location"] == "/price?sku=K1"
    floor = form | {"key": "floor", "where": "floor", "amount": "0.50", "channel": ""}
    assert (await client.post("/new/price", data=floor)).status_code == 303
    text = told(await client.get("/price?sku=K1&channel=web"))
    assert "Price now CN¥0.80 channel:web" in text
    assert "Floor CN¥0.50" in text
    assert "Price now CN¥1.00 base" in told(await client.get("/price?sku=K1&channel=till"))
    assert "Price on that day no price" in told(await client.get("/price?sku=K1&channel=web&day=2020-01-01"))
    wrong = await client.post("/new/price", data=form | {"key": "w", "amount": "0.801"})
    assert wrong.status_code == 422
    assert fields(wrong, "/new/price")["amount"] == ["0.801"]


async def test_lists_come_first_and_keep_their_history(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/new/price-list")
    made = form | {"code": "GOLD", "name_en": "Gold prices", "kind": "tier", "scope": "gold", "currency": "CNY"}
    assert (await client.post("/new/price-list", data=made)).headers["location"] == "/price-lists/GOLD"
    price = await opened(client, "/new/price?sku=K1&list=GOLD", "/new/price")
    assert (await client.post("/new/price", data=price | {"amount": "0.70"})).status_code == 303
    text = told(await client.get("/price?sku=K1&channel=web&tier=gold"))
    assert "Price now CN¥0.70 list:GOLD" in text
    assert text.index("GOLD · gold") < text.index("Base price")
    assert "CN¥0.70" in told(await client.get("/price-lists/GOLD"))
    change = await opened(client, "/price-lists/GOLD/edit")
    change.pop("active")
    assert (await client.post("/price-lists/GOLD/edit", data=change)).status_code == 303
    assert "Not active" in told(await client.get("/price-lists"))
    assert "Price now CN¥1.00 base" in told(await client.get("/price?sku=K1&channel=web&tier=gold"))


async def test_taxes_and_markdown(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/taxes")
    assert (await client.post("/taxes", data=form | {"name": "VAT", "percent": "13"})).status_code == 303
    assert "everywhere all goods VAT 13%" in told(await client.get("/taxes"))
    refused = await client.post("/taxes", data=form | {"key": "k", "name": "VAT", "percent": "often"})
    assert refused.status_code == 422
    assert "No markdown rules yet" in told(await client.get("/markdowns"))
    assert (await client.get("/markdowns/NOPE")).status_code == 404
    assert (await client.get("/price-batches/1")).status_code == 404
