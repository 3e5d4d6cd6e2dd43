"""What tests of the stock pages have in common: forms as a browser fills them in, and what is stored."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.console.conftest import Place

Client = httpx.AsyncClient


def hidden(page: str, action: str) -> list[tuple[str, str]]:
    """The hidden fields of the form with an action."""
    found = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert found, f"no form to {action}"
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[0])
    return [(name, unescape(value)) for name, value in inputs]


async def fill_in(client: Client, url: str, *fields: tuple[str, str], action: str = "") -> httpx.Response:
    """Open a page and send its form with these fields; the answer is that to the POST."""
    page = await client.get(url)
    assert page.status_code == 200, page.text
    return await send(
        client, action or url.partition("?")[0], [*hidden(page.text, action or url.partition("?")[0]), *fields]
    )


async def send(client: Client, action: str, fields: list[tuple[str, str]]) -> httpx.Response:
    """Send fields as a form, repeated names included."""
    return await client.post(
        action,
        content=urlencode(fields).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def lines(*given: tuple[str, str]) -> list[tuple[str, str]]:
    """The fields of lines: SKU and quantity of each."""
    return [field for sku, quantity in given for field in (("sku", sku), ("quantity", quantity))]


async def on_hand(place: Place, sku: str, node: str) -> int:
    """What is on hand now."""
    found = await place.api("GET", f"/v1/stock/availability?sku={sku}&node={node}")
    number: int = found["on_hand"][0]
    return number


async def rice(place: Place, grams: int = 25_500) -> None:
    """A SKU that is weighed, at S1."""
    body = {
        "name": "Rice",
        "category": "Food/Dry",
        "variants": [{"sku": "RICE", "unit": "kg", "gtins": ["4006381333931"]}],
    }
    await place.api("PUT", "/v1/products/RICE", body)
    await place.api("POST", "/v1/stock/deliveries", {"node": "S1", "lines": [{"sku": "RICE", "quantity": grams}]})


def text_of(page: str) -> str:
    """What of a page is read, without markup, scripts and attributes."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


async def row(place: Place, sql: str, *values: Any) -> Any:  # noqa: ANN401 - of any table
    """The first row of a question to the database."""
    async with place.database.transaction() as connection:
        return await (await connection.execute(sql, values)).fetchone()
