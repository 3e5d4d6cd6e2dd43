"""Store mode and the search in Chinese: no English is left."""

import re

import pytest

from tests.console.conftest import Place
from tests.console.store_floor import hidden, order, rows, stock_up, transfer

pytestmark = pytest.mark.anyio

_TAG = re.compile(r"<(script|style|svg|template)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_SHOWN = re.compile(r'(?:aria-label|title|placeholder)="([^"]*)"|>([^<>]+)<')
_WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = {"SKU", "GTIN", "Mainstem", "English", "API", "Milk", "Bread", "Apples", "Store", "Web", "Product", "Asia"}
NAMES |= {"Mil", "zz", "Shanghai", "TR", "Food", "kg", "store", "associate", "operations", "manager", "LATE"}
"""Names of things and what was typed, which are not translated."""


def english(page: str) -> list[str]:
    """The words of the page that are neither Chinese nor names."""
    texts = [one or other for one, other in _SHOWN.findall(_TAG.sub("", page.partition("<body")[2]))]
    words = {word for text in texts for word in _WORD.findall(text)}
    return sorted(words - NAMES)


async def test_every_page_is_chinese(place: Place) -> None:
    await stock_up(place)
    number, sent = await order(place), await transfer(place)
    back = await order(place, "W9")
    for step in ("allocation", "shipments"):
        await place.api("POST", f"/v1/orders/{back}/{step}", {})
    await place.api("POST", "/v1/stock/policies", {"node": "S1", "sku": "M2", "low": 50})
    await place.api("POST", "/v1/stock/counts", {"node": "S1", "lines": [{"sku": "K1", "quantity": 97}]})
    associate = await place.visitor("store_associate", "S1", language="zh-CN")
    manager = await place.visitor(language="zh-CN")
    pages = {
        path: (await associate.get(path)).text
        for path in (
            "/store",
            f"/store/orders/{number}",
            f"/store/receive/{sent}",
            "/store/count?sku=M3",
            "/store/return",
            f"/store/return/{back}",
            "/store/lookup",
            "/store/lookup?q=M1",
            "/store/lookup?q=zzz",
            "/search",
            "/search?q=zz9",
            "/search?q=Mil",
        )
    }
    pages["choose"] = (await manager.get("/store")).text
    page = await associate.get(f"/store/orders/{number}")
    short = hidden(page) | {rows(page)["M1"]: "1"}
    pages["missing"] = (await associate.post(f"/store/orders/{number}", data=short)).text
    pages["nothing"] = (await associate.post(f"/store/orders/{number}", data=hidden(page))).text

    assert {path: words for path, text in pages.items() if (words := english(text))} == {}
