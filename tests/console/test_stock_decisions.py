"""Discrepancies and policies: resolving with a reason, setting what is kept back, and two people at once."""

from typing import Any

import pytest

from tests.console.conftest import Place
from tests.console.stock_pages import fill_in, hidden, lines, rice, row, send, text_of

pytestmark = pytest.mark.anyio


async def counted(place: Place, node: str, *given: tuple[str, int]) -> int:
    body = {"node": node, "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in given]}
    found = await place.api("POST", "/v1/stock/counts", body)
    number: int = found["id"]
    return number


async def ids(place: Place) -> list[int]:
    async with place.database.transaction() as connection:
        found = await (await connection.execute("select id from inventory.discrepancy order by id")).fetchall()
    return [number for (number,) in found]


async def test_a_discrepancy_is_resolved_once_with_a_reason(place: Place) -> None:
    count = await counted(place, "S1", ("K1", 90))
    (number,) = await ids(place)
    manager = await place.visitor()
    url = f"/discrepancies/{number}"
    page = (await manager.get(url)).text
    assert f'href="/counts/{count}"' in page
    assert "-10" in text_of(page)
    assert (await fill_in(manager, url, ("note", ""))).status_code == 422
    fields = [*hidden(page, url), ("note", "Behind the pallet")]
    for _ in range(2):
        assert (await send(manager, url, fields)).status_code == 303
    assert "Behind the pallet" in (await manager.get(url)).text
    other = [(name, value if name != "key" else "other") for name, value in fields]
    late = await send(manager, url, other)
    assert late.status_code == 409
    assert "closed already" in late.text
    assert (await manager.get("/discrepancies/1")).status_code == 404


async def test_the_fact_behind_an_oversold_shelf_is_the_sale(place: Place) -> None:
    line = {"sku": "K1", "quantity": 104, "amount_minor": 10_400}
    body = {"channel": "till", "node": "S1", "external_id": "R1", "occurred_at": "2026-01-05T10:00:00+08:00"}
    sale = await place.api("POST", "/v1/sales", body | {"lines": [line]})
    manager = await place.visitor()
    page = (await manager.get("/discrepancies?kind=oversold&node=S1&sku=K1")).text
    assert f'href="/orders/{sale["id"]}"' in page
    assert "Oversold" in text_of(page)
    assert "Below zero" in (await manager.get("/stock/nodes/S1?which=negative")).text


async def test_discrepancies_are_filtered(place: Place) -> None:
    await counted(place, "S1", ("K1", 90), ("K2", 99))
    await counted(place, "S2", ("K1", 101))
    manager = await place.visitor()
    first = (await ids(place))[0]
    await fill_in(manager, f"/discrepancies/{first}", ("note", "x"))

    async def number(query: str) -> int:
        page: str = (await manager.get(f"/discrepancies?{query}")).text
        return page.count('<th scope="row"')

    for query, expected in (
        ("", 2), ("state=all", 3), ("state=resolved", 1), ("node=S2", 1), ("state=all&sku=K1", 2), ("kind=oversold", 0),
        ("sku=none", 0), ("sku=%00", 0), ("kind=counted&node=S1", 1), ("node=nowhere", 2),
    ):  # fmt: skip
        assert await number(query) == expected, query


async def test_several_are_resolved_after_asking_once(place: Place) -> None:
    await counted(place, "S1", ("K1", 90), ("K2", 99), ("K3", 98))
    numbers = await ids(place)
    manager = await place.visitor()
    url = "/discrepancies/resolve?" + "&".join(f"id={number}" for number in numbers[:2])
    page = (await manager.get(url)).text
    assert "Resolve 2 discrepancies" in page
    assert len(hidden(page, "/discrepancies/resolve")) == 4
    fields = hidden(page, "/discrepancies/resolve")
    without = await send(manager, "/discrepancies/resolve", fields)
    assert without.status_code == 422
    await fill_in(manager, f"/discrepancies/{numbers[0]}", ("note", "before"))
    for _ in range(2):
        answer = await send(manager, "/discrepancies/resolve", [*fields, ("note", "Shelf was moved")])
        assert answer.headers["location"] == "/discrepancies"
    (note,) = await row(place, "select note from inventory.discrepancy where id = %s", numbers[0])
    assert note == "before", "what somebody else resolved stays as it is"
    (open_,) = await row(place, "select count(*) from inventory.discrepancy where resolved_at is null")
    assert open_ == 1
    assert (await manager.get("/discrepancies/resolve")).headers["location"] == "/discrepancies"


async def test_who_may_not_resolve(place: Place) -> None:
    await counted(place, "S1", ("K1", 90))
    (number,) = await ids(place)
    associate = await place.visitor("store_associate", "S1")
    page = (await associate.get(f"/discrepancies/{number}")).text
    assert "Your role may look at it" in page
    assert (await send(associate, f"/discrepancies/{number}", [("note", "x")])).status_code in (401, 403)
    elsewhere = await place.visitor("store_associate", "S2")
    assert (await elsewhere.get(f"/discrepancies/{number}")).status_code == 403


async def stored(place: Place) -> Any:  # noqa: ANN401 - a row
    return await row(place, "select safety, buffer, low from inventory.policy")


async def test_a_policy_is_set_explained_changed_and_removed(place: Place) -> None:
    await rice(place)
    manager = await place.visitor()
    form = ("sku", "RICE"), ("category", ""), ("node", "S1"), ("channel", ""), ("safety", "1.5"), ("low", "30")
    assert (await fill_in(manager, "/policies/new", *form)).status_code == 303
    assert await stored(place) == (1500, None, 30_000)
    assert "1.500 kg" in text_of((await manager.get("/policies?sku=RICE")).text)
    explained = text_of((await manager.get("/policies/explain?sku=RICE&node=S1&channel=web")).text)
    assert "Safety stock 1.500 kg set by the marked policy" in explained
    (number,) = await row(place, "select id from inventory.policy")
    url = f"/policies/{number}"
    assert 'value="1.500"' in (await manager.get(url)).text
    assert (await fill_in(manager, url, ("safety", "2.25"), ("buffer", ""), ("low", ""))).status_code == 303
    assert await stored(place) == (2250, None, None)
    assert (await fill_in(manager, f"{url}/remove", action=url)).status_code == 303
    assert await stored(place) is None
    assert (await manager.get(url)).status_code == 404


async def test_two_people_who_change_one_policy(place: Place) -> None:
    made = await place.api("POST", "/v1/stock/policies", {"sku": "K1", "safety": 5})
    url = f"/policies/{made['id']}"
    first, second = await place.visitor(), await place.visitor()
    mine, his = (await first.get(url)).text, (await second.get(url)).text
    removal = hidden((await first.get(f"{url}/remove")).text, url)
    assert (await send(first, url, [*hidden(mine, url), ("safety", "6")])).status_code == 303
    late = await send(second, url, [*hidden(his, url), ("safety", "7")])
    assert late.status_code == 409
    assert "Now it says: safety stock 6, buffer –, low-stock level –." in text_of(late.text)
    assert 'value="7"' in late.text, "what was typed is not lost"
    assert (await send(first, url, removal)).status_code == 409
    assert await stored(place) == (6, None, None)
    again = await send(second, url, [*hidden(late.text, url), ("safety", "7")])
    assert again.status_code == 303
    assert await stored(place) == (7, None, None)


async def test_a_policy_that_is_there_is_not_set_as_a_new_one(place: Place) -> None:
    await place.api("POST", "/v1/stock/policies", {"sku": "K1", "safety": 5})
    manager = await place.visitor()
    answer = await fill_in(manager, "/policies/new", ("sku", "K1"), ("safety", "9"))
    assert answer.status_code == 409
    assert await stored(place) == (5, None, None)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ([("sku", "K1")], "Nothing is set."),
        ([("sku", "K1"), ("safety", "1.5")], "counted in pieces"),
        ([("sku", "K1"), ("safety", "-1")], "is not between 0"),
        ([("sku", "none"), ("safety", "1")], "none is not in the catalogue"),
        ([("sku", "K1"), ("category", "Food"), ("safety", "1")], "a SKU and a category"),
        ([("category", "Food//Milk"), ("safety", "1")], "is not a path"),
        ([("node", "none"), ("safety", "1")], "none"),
    ],
)
async def test_a_policy_that_cannot_be(place: Place, form: list[tuple[str, str]], told: str) -> None:
    manager = await place.visitor()
    answer = await fill_in(manager, "/policies/new", *form)
    assert answer.status_code in (404, 422)
    assert told in text_of(answer.text)
    assert await stored(place) is None


async def test_who_may_not_set_policies(place: Place) -> None:
    made = await place.api("POST", "/v1/stock/policies", {"sku": "K1", "safety": 5})
    for visitor in (await place.visitor("analyst"), await place.visitor("store_associate", "S1")):
        assert (await visitor.get("/policies")).status_code == 200
        assert (await visitor.get("/policies/new")).status_code == 403
        assert (await send(visitor, f"/policies/{made['id']}", lines(("K1", "1")))).status_code == 403
