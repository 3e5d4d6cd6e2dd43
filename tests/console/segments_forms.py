"""What tests of the pages of segments furnish the small shop with, and how they read and send its forms."""

import html
import re
import secrets
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec

from mainstem.domains import customers, orders
from mainstem.platform.execution import Operation
from mainstem.platform.outbox import Published
from mainstem.processes import RECORD_SALES
from mainstem.processes.follow_customers import FollowCustomers
from mainstem.processes.refresh_customers import fill_step
from tests.console.conftest import Place

consent = customers.consent
PEOPLE = (
    ("ann", "Ann Lee", "13912340001", 90_000),
    ("wang", "王小明", "13912340002", 20_000),
    ("li", "李娜", "13912340003", 0),
)
"""Reference, name, telephone, spent in minor units yesterday."""


async def done(place: Place, operation: Operation[Any, Any], command: object) -> Any:  # noqa: ANN401 - its result
    (outcome,) = await place.services.executor.execute(
        operation, [operation.call(command, secrets.token_hex(8), actor=1)]
    )
    assert outcome.accepted, outcome.body
    return msgspec.json.decode(outcome.body, type=operation.result)


async def follow(place: Place) -> None:
    """Everything that happened is followed, and segments are filled."""
    async with place.database.transaction() as connection:
        cursor = await connection.execute(
            "select xid::text, id, type, subject, actor, trace, occurred_at, recorded_at, payload::text"
            " from platform.event order by xid, id"
        )
        events = [Published(int(row[0]), *row[1:]) for row in await cursor.fetchall()]
    await FollowCustomers(place.services.executor).deliver(events)
    while await fill_step(place.services.executor):
        pass


async def sells(place: Place, reference: str, amount: int) -> None:
    sale = orders.RecordSale(
        "till",
        "S1",
        f"R-{secrets.token_hex(6)}",
        datetime.now(UTC) - timedelta(days=1),
        (orders.SaleLine("K1", 1, amount),),
        customer=reference,
    )
    await done(place, RECORD_SALES, sale)


async def people(place: Place) -> dict[str, int]:
    """Three customers, by their references; two have bought."""
    found = {}
    for reference, name, phone, amount in PEOPLE:
        told = customers.Identify(
            "till",
            reference,
            identifiers=(customers.Identifier("phone", phone),),
            attributes=customers.Attributes(name=name, city="上海"),
        )
        found[reference] = (await done(place, customers.IDENTIFY, told)).customer
        if amount:
            await sells(place, reference, amount)
    await follow(place)
    return found


async def agrees(place: Place, customer: int, *, given: bool = True) -> None:
    """A customer agrees to text messages of marketing, or refuses them."""
    if given:
        said: Any = consent.GiveConsent(customer, "marketing", consent.LATEST, consent.Evidence("till"), "sms")
        await done(place, consent.GIVE_CONSENT, said)
    else:
        refused = consent.WithdrawConsent(customer, "marketing", consent.Evidence("till"), "sms")
        await done(place, consent.WITHDRAW_CONSENT, refused)


async def segment(place: Place, name: str, condition: dict[str, Any], **more: Any) -> int:  # noqa: ANN401
    """The id of a segment whose members are found."""
    saved = await done(place, customers.SAVE_SEGMENT, customers.SaveSegment(name, condition, **more))
    await follow(place)
    number: int = saved.id
    return number


class _Form(HTMLParser):
    """The fields of the form with one action, as a browser would send them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action = action
        self._inside = False
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self._action
        name = given.get("name", "")
        if not self._inside:
            return
        if tag == "input" and name:
            self.fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.fields or "selected" in given):
            self.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = ""


def fields(page: httpx.Response, action: str) -> dict[str, str]:
    """The fields of a form of a page."""
    reader = _Form(action)
    reader.feed(page.text)
    assert "csrf" in reader.fields, page.text
    return reader.fields


async def opened(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    """The fields of the form that stands at its own address."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return fields(page, path)


def row(at: str, field: str, op: str = "", value: str = "", **more: str) -> dict[str, str]:
    """The fields of one comparison."""
    typed = {"field": field, "op": op, "value": value, **more}
    return {f"{name}-{at}": text for name, text in typed.items()}


async def draft(
    client: httpx.AsyncClient, form: dict[str, str], act: str = "show", *, part: bool = False
) -> httpx.Response:
    """What the page shows after a button of the form, without a script or with one."""
    headers = {"hx-request": "true"} if part else {}
    page = await client.post("/segments/draft", data={**form, "act": act}, headers=headers)
    assert page.status_code == 200, page.text
    return page


def condition(page: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """The condition that the page shows as JSON; None where it shows none."""
    found = re.search(r'id="condition-json"[^>]*>(.*?)</pre>', page.text, flags=re.DOTALL)
    return None if found is None else msgspec.json.decode(html.unescape(found[1]))


def faults(page: httpx.Response) -> dict[str, str]:
    """What is said to be wrong, by the fields beside which it stands."""
    found = re.findall(r'class="invalid-feedback[^"]*" id="h-([^"]+)">(.*?)</div>', page.text, flags=re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def words(page: httpx.Response) -> str:
    """The condition in words."""
    found = re.search(r'id="words">(.*?)</p>', page.text, flags=re.DOTALL)
    return "" if found is None else html.unescape(found[1])


def told(page: httpx.Response) -> str:
    """The words of a page, without its marks."""
    return told_text(page.text)


def told_text(text: str) -> str:
    """The words of a part of a page, without its marks."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))
