"""A store with work to do: goods with barcodes, a paid order, a transfer on its way."""

import re
from html import unescape
from typing import Any

import httpx

from tests.console.conftest import Place

MILK, BREAD, APPLES = "06901234567892", "04006381333931", "02000000000015"
"""GTINs of M1 (pieces), M2 (pieces) and M3 (kilograms)."""

_HIDDEN = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


async def stock_up(place: Place) -> None:
    """Three SKUs with barcodes, 20 pieces or 12.5 kg of each in both stores, which are 2.8 km apart."""
    for code, latitude, longitude in (("S1", 31.2304, 121.4737), ("S2", 31.2235, 121.4453)):
        body = {"name": f"Store {code}", "kind": "store", "time_zone": "Asia/Shanghai", "city": "上海"}
        await place.api("PUT", f"/v1/nodes/{code}", body | {"latitude": latitude, "longitude": longitude})
    goods = (("M1", "Milk", "pc", MILK), ("M2", "Bread", "pc", BREAD), ("M3", "Apples", "kg", APPLES))
    for sku, name, unit, gtin in goods:
        variant = {"sku": sku, "unit": unit, "gtins": [gtin]}
        await place.api("PUT", f"/v1/products/{name}", {"name": name, "variants": [variant]})
        await place.api("POST", "/v1/prices", {"sku": sku, "currency": "CNY", "amount_minor": 1290})
        for node in ("S1", "S2"):
            lines = [{"sku": sku, "quantity": 20 if unit == "pc" else 12_500}]
            await place.api("POST", "/v1/stock/deliveries", {"node": node, "lines": lines})


async def order(place: Place, number: str = "W1", node: str = "S1", *, paid: bool = True) -> int:
    """The id of an order for 2 M1, 1 M2 and 1.25 kg of M3."""
    lines = [{"sku": "M1", "quantity": 2}, {"sku": "M2", "quantity": 1}, {"sku": "M3", "quantity": 1250}]
    made = await place.api(
        "POST", "/v1/orders", {"channel": "web", "external_id": number, "node": node, "lines": lines}
    )
    if paid:
        tenders = [{"kind": "alipay", "amount_minor": made["total_minor"]}]
        await place.api("POST", f"/v1/orders/{made['id']}/payments", {"tenders": tenders})
    number_of: int = made["id"]
    return number_of


async def transfer(place: Place, source: str = "S2", target: str = "S1") -> int:
    """The id of a transfer of 6 M1 and 2 kg of M3."""
    lines = [{"sku": "M1", "quantity": 6}, {"sku": "M3", "quantity": 2000}]
    body = {"source": source, "target": target, "document": "TR-1", "lines": lines}
    sent = await place.api("POST", "/v1/stock/transfers", body)
    number: int = sent["id"]
    return number


async def on_hand(place: Place, sku: str, node: str = "S1") -> int:
    """What is on hand."""
    found = await place.api("GET", f"/v1/stock/availability?sku={sku}&node={node}")
    number: int = found["on_hand"][0]
    return number


def hidden(page: httpx.Response) -> dict[str, Any]:
    """The hidden fields of the form that the page sends, each with all its values."""
    main = page.text[page.text.index("data-scan-form") :]
    fields: dict[str, Any] = {}
    for tag in _HIDDEN.findall(main.partition("</form>")[0]):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden":
            fields.setdefault(attributes["name"], []).append(unescape(attributes.get("value", "")))
    return fields


def rows(page: httpx.Response) -> dict[str, str]:
    """The name of the quantity field of each SKU."""
    pattern = re.compile(r'data-sku="([^"]+)".*?name="(q-[^"]+)"', re.DOTALL)
    return dict(pattern.findall(page.text))
