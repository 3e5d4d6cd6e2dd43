"""Adjusting, receiving, transferring and counting: one effect a form, in whole units, where the person may."""

import pytest

from tests.console.conftest import Place
from tests.console.stock_pages import fill_in, hidden, lines, on_hand, rice, send, text_of

pytestmark = pytest.mark.anyio


async def test_an_adjustment_with_its_reason_happens_once(place: Place) -> None:
    manager = await place.visitor()
    page = await manager.get("/stock/adjust?node=S1&sku=K1")
    fields = [*hidden(page.text, "/stock/adjust"), ("node", "S1"), ("reason", "damaged"), *lines(("K1", "4"), ("", ""))]
    first, second = await send(manager, "/stock/adjust", fields), await send(manager, "/stock/adjust", fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == "/stock/skus/K1/nodes/S1"
    assert await on_hand(place, "K1", "S1") == 96


@pytest.mark.parametrize(
    ("reason", "typed", "left"), [("found", "3", 103), ("correction", "-2", 98), ("correction", "+5", 105)]
)
async def test_the_reason_says_which_way(place: Place, reason: str, typed: str, left: int) -> None:
    manager = await place.visitor()
    form = ("node", "S1"), ("reason", reason), *lines(("K1", typed))
    assert (await fill_in(manager, "/stock/adjust", *form)).status_code == 303
    assert await on_hand(place, "K1", "S1") == left


@pytest.mark.parametrize(
    ("sku", "typed", "told"),
    [
        ("K1", "1.5", "counted in pieces"),
        ("RICE", "1.2505", "too many decimals: kg has 3"),
        ("K1", "1,000", "is not a quantity"),
        ("K1", "-4", "too little"),
        ("K1", "", "is not a quantity"),
        ("K1", "9999999999", "is more than 1,000,000,000"),
        ("NONE", "1", "NONE is not in the catalogue"),
        ("K1", "101", "Only 100 of SKU K1"),
        ("RICE", "25.501", "Only 25.500 kg of SKU RICE can be promised at S1; 25.501 kg were asked for."),
    ],
)
async def test_what_cannot_be_is_said_at_its_line_and_kept(place: Place, sku: str, typed: str, told: str) -> None:
    await rice(place)
    manager = await place.visitor()
    form = ("node", "S1"), ("reason", "damaged"), ("note", "ramp"), *lines(("K2", "1"), (sku, typed))
    answer = await fill_in(manager, "/stock/adjust", *form)
    assert answer.status_code in (404, 409, 422)
    assert told in text_of(answer.text)
    assert 'id="w-2"' in answer.text, "the second line is the one to correct"
    assert 'value="ramp"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert await on_hand(place, "K2", "S1") == 100


async def test_a_refused_form_can_be_corrected_and_sent_again(place: Place) -> None:
    manager = await place.visitor()
    form = ("node", "S1"), ("reason", "damaged")
    refused = await fill_in(manager, "/stock/adjust", *form, *lines(("K1", "101")))
    corrected = [*hidden(refused.text, "/stock/adjust"), *form, *lines(("K1", "1"))]
    assert (await send(manager, "/stock/adjust", corrected)).status_code == 303
    assert await on_hand(place, "K1", "S1") == 99


async def test_no_reason_no_node_no_line(place: Place) -> None:
    manager = await place.visitor()
    for form, told in (
        ((("node", "S1"), *lines(("K1", "1"))), "Choose a reason."),
        ((("reason", "damaged"), *lines(("K1", "1"))), "No node is chosen."),
        ((("node", "S1"), ("reason", "damaged"), *lines(("", ""))), "There is no line."),
        ((("node", "XX"), ("reason", "damaged"), *lines(("K1", "1"))), "XX"),
    ):
        answer = await fill_in(manager, "/stock/adjust", *form)
        assert answer.status_code in (404, 422)
        assert told in text_of(answer.text)


async def test_more_lines_keep_what_was_typed(place: Place) -> None:
    manager = await place.visitor()
    answer = await fill_in(manager, "/stock/receive", ("node", "S1"), ("more", "1"), *lines(("K1", "7")))
    assert answer.status_code == 200
    assert answer.text.count('name="sku"') == 6
    assert 'value="7"' in answer.text
    assert await on_hand(place, "K1", "S1") == 100


async def test_a_delivery_in_kilograms_by_gtin_on_the_clock_of_the_node(place: Place) -> None:
    await rice(place, 1)
    manager = await place.visitor()
    form = ("node", "S1"), ("document", "DN-1"), ("occurred_at", "2026-01-31T14:30"), *lines(("4006381333931", "1.25"))
    answer = await fill_in(manager, "/stock/receive", *form)
    assert answer.status_code == 303
    assert await on_hand(place, "RICE", "S1") == 1251
    document = text_of((await manager.get(answer.headers["location"])).text)
    assert "1.250 kg" in document
    assert "Jan 31, 2026, 2:30" in document
    assert "DN-1" in document
    wrong = await fill_in(manager, "/stock/receive", ("node", "S1"), ("occurred_at", "x"), *lines(("K1", "1")))
    assert "is not a date and time" in text_of(wrong.text)


async def test_a_transfer_goes_arrives_in_parts_and_closes_short(place: Place) -> None:
    await rice(place)
    manager = await place.visitor()
    form = ("source", "S1"), ("target", "S2"), *lines(("K1", "20"), ("RICE", "3.25"))
    sent = await fill_in(manager, "/transfers/new", *form)
    url = sent.headers["location"]
    assert await on_hand(place, "K1", "S1") == 80
    page = (await manager.get(url)).text
    assert "On its way" in text_of(page)
    base = [field for field in hidden(page, url) if field[0] in ("csrf", "key")]
    part = [*base, *lines(("K1", "12"), ("RICE", ""))]
    assert (await send(manager, url, part)).status_code == 303
    assert (await send(manager, url, part)).status_code == 303
    assert await on_hand(place, "K1", "S2") == 112, "sent twice, arrived once"
    nothing = await fill_in(manager, url, *lines(("K1", "")), action=url)
    assert nothing.status_code == 422
    final = await fill_in(manager, url, ("final", "1"), *lines(("K1", "7"), ("RICE", "3.250")), action=url)
    assert final.status_code == 303
    assert await on_hand(place, "RICE", "S2") == 3250
    shown = text_of((await manager.get("/discrepancies")).text)
    assert "Transfer short" in shown
    assert "-1" in shown
    assert "Arrived" in text_of((await manager.get(url)).text)


async def test_everything_has_arrived(place: Place) -> None:
    manager = await place.visitor()
    sent = await fill_in(
        manager, "/transfers/new", ("source", "S1"), ("target", "S2"), *lines(("K1", "20"), ("K2", "1"))
    )
    url = sent.headers["location"]
    fields = [*hidden((await manager.get(url)).text, url), ("everything", "1")]
    for _ in range(2):
        assert (await send(manager, url, fields)).status_code == 303
    assert await on_hand(place, "K1", "S2") == 120
    assert await on_hand(place, "K2", "S2") == 101
    assert "Nothing is open" in text_of((await manager.get("/discrepancies")).text)


async def test_a_transfer_that_cannot_be(place: Place) -> None:
    manager = await place.visitor()
    same = await fill_in(manager, "/transfers/new", ("source", "S1"), ("target", "S1"), *lines(("K1", "1")))
    assert same.status_code == 422
    assert "moves nothing" in text_of(same.text)
    much = await fill_in(manager, "/transfers/new", ("source", "S1"), ("target", "S2"), *lines(("K1", "500")))
    assert much.status_code == 409
    assert "Only 100 of SKU K1" in text_of(much.text)


async def test_a_count_is_blind_and_shows_its_variance_afterwards(place: Place) -> None:
    manager = await place.visitor()
    sheet = (await manager.get("/counts/new?node=S1&category=Food/Milk")).text
    assert 'value="K1"' in sheet
    assert 'value="K3"' in sheet
    assert "100" not in text_of(sheet), "what should be there is not shown"
    page = hidden(sheet, "/counts/new")
    fields = [*page, ("node", "S1"), ("document", "C-1"), *lines(("K1", "97"), ("K2", "100"), ("K3", ""))]
    first = await send(manager, "/counts/new", fields)
    assert first.status_code == 303
    assert (await send(manager, "/counts/new", fields)).headers["location"] == first.headers["location"]
    assert await on_hand(place, "K1", "S1") == 97
    shown = text_of((await manager.get(first.headers["location"])).text)
    assert "-3" in shown
    assert "K2" not in shown
    assert "C-1" in text_of((await manager.get("/counts?node=S1")).text)
    twice = await fill_in(manager, "/counts/new", ("node", "S1"), *lines(("K1", "1"), ("K1", "2")))
    assert "counted on two lines" in text_of(twice.text)


async def test_an_associate_acts_at_his_node_only(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")
    page = (await associate.get("/counts/new")).text
    assert 'value="S2"' not in page
    for url, form in (
        ("/stock/receive", [("node", "S2"), *lines(("K1", "1"))]),
        ("/counts/new", [("node", "S2"), *lines(("K1", "1"))]),
        ("/transfers/new", [("source", "S2"), ("target", "S1"), *lines(("K1", "1"))]),
    ):
        assert (await fill_in(associate, url, *form)).status_code == 403
    assert (await fill_in(associate, "/stock/receive", ("node", "S1"), *lines(("K1", "1")))).status_code == 303
    sent = await place.api(
        "POST", "/v1/stock/transfers", {"source": "S1", "target": "S2", "lines": [{"sku": "K1", "quantity": 1}]}
    )
    url = f"/transfers/{sent['id']}"
    assert "Everything has arrived" not in (await associate.get(url)).text, "it goes to another node"
    csrf = hidden(page, "/counts/new")[0]
    assert (await send(associate, url, [csrf, ("everything", "1"), ("sku", "K1"), ("rest", "1")])).status_code == 403
    assert (await associate.get("/stock/adjust")).status_code == 403
    other = await place.visitor("store_associate", "S2")
    assert (await fill_in(other, url, ("everything", "1"), action=url)).status_code == 303
    analyst = await place.visitor("analyst")
    assert (await analyst.get("/stock/receive")).status_code == 403
    assert (await analyst.get("/transfers")).status_code == 200
