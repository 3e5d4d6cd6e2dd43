"""What tests of the pages of promotions and prices send and read."""

import html
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec

from tests.console.conftest import Place

MILK: dict[str, Any] = {
    "code": "MILK-20",
    "name": {"en": "Milk week", "zh": "牛奶周"},
    "currency": "CNY",
    "when": [{"type": "channels", "codes": ["web"]}, {"type": "basket", "amount_minor_min": 1000}],
    "reward": {"type": "percent", "percent": 20, "of": {"categories": ["Food/Milk"]}},
    "limits": {"budget_minor": 50_000, "uses_total": 100},
    "valid_from": "2026-11-01T00:00:00+08:00",
}


class _Form(HTMLParser):
    """The fields of the form with an action, or of the whole page where it is ""."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.within, self.area, self.select = action, False, "", ""
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.within = given.get("action") == self.action
        name = given.get("name") or ""
        if not self.within:
            return
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self.fields[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.fields):
            self.fields[self.select] = [given.get("value") or ""]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] = [self.fields[self.area][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.within = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""


def fields(page: httpx.Response, action: str) -> dict[str, Any]:
    """The fields of a form of a page."""
    reader = _Form(action)
    reader.feed(page.text)
    assert "csrf" in reader.fields, page.text
    return reader.fields


async def opened(client: httpx.AsyncClient, path: str, action: str = "") -> dict[str, Any]:
    """The fields of the form of a page; its action is its address unless given."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return fields(page, action or path)


async def draft(client: httpx.AsyncClient, form: dict[str, Any], act: str = "show") -> httpx.Response:
    """What the page shows after a button of the builder."""
    page = await client.post("/draft/promotion", data={**form, "act": act})
    assert page.status_code == 200, page.text
    return page


def written(page: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """The promotion that the page shows as JSON; None where it shows none."""
    found = re.search(r'id="promotion-json"[^>]*>(.*?)</pre>', page.text, flags=re.DOTALL)
    return None if found is None else msgspec.json.decode(html.unescape(found[1]))


def faults(page: httpx.Response) -> dict[str, str]:
    """What is said to be wrong, by the fields beside which it stands."""
    found = re.findall(r'class="invalid-feedback[^"]*" id="h-([^"]+)">(.*?)</div>', page.text, flags=re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def told(page: httpx.Response) -> str:
    """The words of a page, without its marks."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split())).replace("\xa0", " ")


async def promote(place: Place, **changes: Any) -> str:  # noqa: ANN401 - JSON
    """A promotion, saved as a draft by the administrator."""
    form = MILK | changes
    await place.api("POST", "/v1/promotions", {"promotion": form})
    return str(form["code"])
