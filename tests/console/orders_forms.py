"""What tests of the orders pages furnish the small shop with, and how they read and send its forms."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.console.conftest import Place

LINES = [
    {"sku": "K1", "quantity": 2},
    {"sku": "K2", "quantity": 1, "discounts": [{"kind": "promotion", "amount_minor": 50}]},
]
"""Two lines for CN¥3.50."""


async def placed(place: Place, **more: Any) -> int:  # noqa: ANN401 - JSON
    """The number of a new order at S1."""
    made = await place.api("POST", "/v1/orders", {"channel": "web", "lines": LINES, "node": "S1"} | more)
    number: int = made["id"]
    return number


async def view(place: Place, number: int) -> Any:  # noqa: ANN401 - JSON
    """The order as the API gives it."""
    return await place.api("GET", f"/v1/orders/{number}")


class _Fields(HTMLParser):
    """The named fields of the form with one action, as a browser would send them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._action = action
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("action") == self._action
        if not self._inside:
            return
        name = given.get("name") or ""
        if tag == "input" and name:
            self.fields.append((name, given.get("value") or ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in dict(self.fields) or "selected" in given):
            self.fields = [pair for pair in self.fields if pair[0] != self._select]
            self.fields.append((self._select, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def fields(page: httpx.Response, action: str) -> dict[str, list[str]]:
    """The fields of a form of a page."""
    reader = _Fields(action)
    reader.feed(page.text)
    found: dict[str, list[str]] = {}
    for name, value in reader.fields:
        found.setdefault(name, []).append(value)
    assert "csrf" in found, page.text
    return found


async def opened(client: httpx.AsyncClient, path: str, **typed: str) -> dict[str, list[str]]:
    """The fields of the form at a path, with something typed into them."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return fields(page, path.partition("?")[0]) | {name.replace("_", "-"): [text] for name, text in typed.items()}


def listed(page: httpx.Response) -> list[int]:
    """The numbers of the orders in a list, in its order."""
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'class="fw-bold" href="/orders/(\d+)"', page.text)]


def told(page: httpx.Response) -> str:
    """The words of a page, without its marks."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
