"""How tests of the administration read and send its forms, and what they put into the quarantine."""

import itertools
import re
from html import unescape
from typing import Any

import httpx

from tests.console.conftest import Place

_numbers = itertools.count(1)

SALE = {
    "channel": "till",
    "node": "NOWHERE",
    "occurred_at": "2026-11-20T10:00:00Z",
    "currency": "CNY",
    "customer": "13800138000",
    "lines": [{"sku": "K1", "quantity": 2, "amount_minor": 200}],
    "tenders": [{"kind": "cash", "amount_minor": 200}],
}
"""A till's sale at a node that nobody knows."""


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with an action."""
    form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found}


async def sent(client: Any, where: str, action: str, **fields: Any) -> httpx.Response:  # noqa: ANN401 - a client
    """What the form on a page answers when it is filled in and sent."""
    page = await client.get(where)
    assert page.status_code == 200, page.text
    answer: httpx.Response = await client.post(action, data=hidden(page.text, action) | fields)
    return answer


async def principal(place: Place, client: Any) -> int:  # noqa: ANN401 - a client
    """The principal behind a client."""
    page = (await client.get("/admin/people")).text
    name = re.search(r'person-name">([^<]*)<', page)
    assert name is not None
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select id from platform.principal where name = %s", (name[1],))
        row = await cursor.fetchone()
    assert row is not None
    number: int = row[0]
    return number


async def held(place: Place, **more: Any) -> int:  # noqa: ANN401 - JSON
    """The number of a sale in quarantine."""
    number = f"held-{next(_numbers)}"
    headers = {"authorization": f"Bearer {place.administrator}", "idempotency-key": number}
    answer = await place.stranger().post("/v1/sales", json=SALE | {"external_id": number} | more, headers=headers)
    assert answer.status_code == 202, answer.text
    entry: int = answer.json()["quarantine"]
    return entry
