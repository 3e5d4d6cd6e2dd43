"""The orders pages in Chinese: every text of theirs is there, and none is left in English."""

import re
from pathlib import Path

import pytest

import mainstem
from mainstem.platform.texts import translate
from mainstem.platform.texts.extract import extracted
from tests.console.conftest import Place
from tests.console.orders_forms import opened, placed, told, view

pytestmark = pytest.mark.anyio

ROOM = Path(mainstem.__file__).parent / "console" / "orders"

NAMES = {
    "Mainstem", "SKU", "API", "CSV", "English", "Asia", "Shanghai", "Web", "Till", "Product", "Ann", "SF",
    "operations", "manager", "administrator", "K", "S", "W", "CNY",
}  # fmt: skip
"""Names of things, which have no Chinese."""


def test_every_text_is_translated() -> None:
    assert [text for text in extracted(ROOM) if translate(text, "zh") == text and text != "SKU"] == []


async def test_no_page_has_english_left(place: Place) -> None:
    number = await placed(place, customer="Ann", external_id="W-1")
    fresh = await placed(place)
    await place.api("POST", f"/v1/orders/{number}/payments", {"tenders": [{"kind": "alipay", "amount_minor": 350}]})
    await place.api("POST", f"/v1/orders/{number}/allocation", {})
    shipment = {"lines": [{"line": 1, "quantity": 2}], "carrier": "SF"}
    await place.api("POST", f"/v1/orders/{number}/shipments", shipment)
    back = {"node": "S1", "reason": "坏了", "lines": [{"line": 1, "quantity": 1}], "restock": False}
    await place.api("POST", f"/v1/orders/{number}/returns", back)
    client = await place.visitor(language="zh-CN")
    stale = await opened(client, f"/orders/{fresh}/cancel", reason="地址")
    await place.api("POST", f"/v1/orders/{fresh}/payments", {"tenders": [{"kind": "cash", "amount_minor": 1}]})

    pages = {
        path: await client.get(path)
        for path in (
            "/orders",
            "/orders?show=late",
            "/orders?q=没有",
            "/orders?state=placed&q=Ann",
            "/orders/views?state=placed",
            f"/orders/{number}",
            *(f"/orders/{number}/{step}" for step in ("pay", "allocate", "ship", "deliver", "return", "cancel")),
            f"/orders/{fresh}/ship",
            f"/orders/bulk?step=cancel&order={number}&order={fresh}",
            "/orders/bulk?step=ship",
        )
    }
    pages["conflict"] = await client.post(f"/orders/{fresh}/cancel", data=stale)
    bulk = await opened(client, f"/orders/bulk?step=allocate&order={fresh}")
    pages["report"] = await client.post("/orders/bulk", data=bulk)

    assert (await view(place, fresh))["state"] == "allocated"
    for path, page in pages.items():
        words = set(re.findall(r"[A-Za-z]{2,}|[A-Z]", re.sub(r"\b[0-9a-f]{32}\b", "", told(page))))
        assert words <= NAMES, (path, words - NAMES)
