"""Gift cards in the console: codes are told once, found by what is sent, and never shown again."""

import base64
import csv
import re

import pytest

from tests.console.conftest import Place
from tests.console.loyalty_club import card_view, cards, form_at, sent
from tests.console.orders_forms import told

pytestmark = pytest.mark.anyio

ISSUE = "/gift-cards/issue"


async def test_a_batch_is_issued_once_and_told_once(place: Place) -> None:
    client = await place.visitor("service_agent")
    form = await form_at(client, ISSUE, count="3", amount_minor="50", country="cn")
    del form["active"]  # a box that nobody ticks is not sent

    first = await client.post(ISSUE, data=form)

    assert first.status_code == 201
    file = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', first.text)
    assert file is not None
    rows = list(csv.DictReader(base64.b64decode(file[1]).decode("utf-8-sig").splitlines()))
    assert [row["amount_minor"] for row in rows] == ["5000"] * 3
    assert "no-store" in first.headers["cache-control"]
    again = await client.post(ISSUE, data=form)
    assert "The codes were told already" in told(again)
    assert rows[0]["code"] not in again.text
    assert rows[0]["pin"] not in again.text
    listed = await client.get("/gift-cards")
    assert len(re.findall(r'class="fw-bold" data-verbatim href="/gift-cards/\d+"', listed.text)) == 3
    card = int(rows[0]["card"])
    for page in (listed, await client.get(f"/gift-cards/{card}"), await client.get("/gift-cards")):
        assert rows[0]["code"] not in page.text
    assert (await card_view(place, card))["state"] == "issued"


async def test_what_cannot_be_issued_is_said_where_it_was_typed(place: Place) -> None:
    client = await place.visitor("service_agent")
    for typed, words in (
        ({"count": "0", "amount_minor": "50"}, "0 is not possible here. Send a value from 1 to 1000."),
        ({"count": "many", "amount_minor": "50"}, "many is not possible here."),
        ({"count": "1", "amount_minor": "-1"}, "-1 is not possible here."),
        ({"count": "1", "amount_minor": "0.001"}, "0.001 is not possible here."),
        ({"count": "1", "amount_minor": "5", "country": "China"}, "CHINA is no country."),
        ({"count": "1", "amount_minor": "5", "expires_on": "2026-12-01"}, "may not expire before"),
        ({"count": "1", "amount_minor": "5", "expires_on": "soon"}, "soon is not possible here."),
    ):
        answer = await sent(client, ISSUE, **typed)
        assert answer.status_code == 422, typed
        assert words in told(answer), typed
        assert all(value.upper() in answer.text.upper() for value in typed.values())


async def test_a_card_is_found_by_its_end_or_its_code(place: Place) -> None:
    (card, other) = await cards(place, 2)
    client = await place.visitor("store_associate", "S1")
    by_end = await client.get(f"/gift-cards?last4={card['last4'].lower()}")
    assert f"/gift-cards/{card['card']}" in by_end.text
    assert other["last4"] == card["last4"] or f"/gift-cards/{other['card']}" not in by_end.text
    csrf = (await form_at(client, "/gift-cards", "/gift-cards/find"))["csrf"]

    async def find(code: str) -> tuple[int, str]:
        answer = await client.post("/gift-cards/find", data={"csrf": csrf, "code": [code]})
        return answer.status_code, answer.headers.get("location", "") or told(answer)

    assert await find(card["code"].lower().replace("-", " ")) == (303, f"/gift-cards/{card['card']}")
    mistyped = card["code"][:-1] + ("A" if card["code"][-1] != "A" else "B")
    status, words = await find(mistyped)
    assert (status, "The code is mistyped" in words) == (422, True)
    assert mistyped not in words
    assert (await find("\x00"))[0] == 422
    assert (await client.post(f"/gift-cards/{card['card']}/load", data={})).status_code == 403
    assert (await client.get(ISSUE)).status_code == 403


async def test_a_card_lives_from_activation_to_freezing(place: Place) -> None:
    (made,) = await cards(place, active=False)
    client = await place.visitor("service_agent")
    page = f"/gift-cards/{made['card']}"
    form = await form_at(client, page, f"{page}/activate")
    for _ in range(2):
        assert (await client.post(f"{page}/activate", data=form)).status_code == 303
    assert (await card_view(place, made["card"]))["balance_minor"] == 5_000
    late = await client.post(f"{page}/activate", data=form | {"key": ["another"]})
    assert (late.status_code, "is active already" in told(late)) == (409, True)

    form = await form_at(client, page, f"{page}/load", amount_minor="10.50", reference="receipt 9")
    for _ in range(2):
        assert (await client.post(f"{page}/load", data=form)).status_code == 303
    assert (await card_view(place, made["card"]))["balance_minor"] == 6_050
    wrong = await sent(client, page, f"{page}/load", amount_minor="a lot")
    assert "a lot is not possible here." in told(wrong)

    pay = {"code": made["code"], "pin": made["pin"], "amount_minor": 2_000, "currency": "CNY", "asker": "till"}
    await place.api("POST", "/v1/gift-cards/payments", pay | {"reference": "receipt 12"})
    back = await sent(client, page, f"{page}/refund", amount_minor="20.01")
    assert "20.01 is not possible here." in told(back)
    assert (await sent(client, page, f"{page}/refund", amount_minor="5")).status_code == 303
    assert (await card_view(place, made["card"]))["balance_minor"] == 4_550

    silent = await sent(client, f"{page}/freeze", reason="")
    assert (silent.status_code, "A reason is missing." in told(silent)) == (422, True)
    assert (await sent(client, f"{page}/freeze", reason="stolen")).status_code == 303
    assert (await card_view(place, made["card"]))["state"] == "frozen"
    chinese = await place.visitor("service_agent", language="zh-CN")
    stale = await chinese.post(f"{page}/freeze", data=await form_at(client, f"{page}/freeze"))
    assert stale.status_code == 403
    form = await form_at(chinese, f"{page}/freeze", reason="不见了", frozen="yes")
    twice = await chinese.post(f"{page}/freeze", data=form)
    assert f"尾号 {made['last4']} 的卡已处于“已冻结”状态。" in told(twice)
    text = told(await client.get(page))
    for words in ("Stored money frozen stolen", "receipt 12", "Money loaded CN¥10.50", "Gift card activated CN¥50.00"):
        assert words in text
    assert (await client.get("/gift-cards/1")).status_code == 404
    assert (await client.get(f"/gift-cards/{10**30}")).status_code == 404
