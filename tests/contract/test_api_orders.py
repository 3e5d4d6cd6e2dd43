"""Orders over HTTP."""

import pytest

from tests.contract.conftest import Shop

pytestmark = [pytest.mark.contract, pytest.mark.anyio]

ORDER = {"channel": "web", "external_id": "W-1", "lines": [{"sku": "K1", "quantity": 2}, {"sku": "K2", "quantity": 1}]}


async def test_an_order_lives(shop: Shop) -> None:
    placed = await shop.send("POST", "/v1/orders", ORDER)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert (order["state"], order["node"], order["total_minor"]) == ("placed", "S1", 400)
    path = f"/v1/orders/{order['id']}"
    print((await shop.send("GET", path)).text)
