"""The list of orders: what it finds, whose it shows, what can be kept of it."""

import csv
from io import StringIO

import pytest

from tests.console.conftest import Place
from tests.console.orders_forms import fields, listed, opened, placed, told

pytestmark = pytest.mark.anyio

SALE = {
    "channel": "till",
    "node": "S2",
    "external_id": "T-1",
    "occurred_at": "2026-01-20T16:30:00Z",
    "lines": [{"sku": "K3", "quantity": 3, "amount_minor": 900}],
}


async def test_search_and_filters_find_orders(place: Place) -> None:
    first = await placed(place, external_id="W-1", customer="+8613812345678")
    second = await placed(place, node="S2", customer="+8613900005678")
    third = await placed(place, lines=[{"sku": "K3", "quantity": 1}], customer="=cmd")
    await place.api("POST", f"/v1/orders/{third}/allocation", {})
    sale = (await place.api("POST", "/v1/sales", SALE))["id"]
    client = await place.visitor()

    for query, expected in (
        ("", [third, second, first, sale]),
        (f"?q={first}", [first]),
        ("?q=W-1", [first]),
        ("?q=%2B8613812345678", [first]),
        ("?q=5678", [second, first]),
        ("?q=5678&node=S2", [second]),
        ("?q=12345678", [first]),
        ("?q=13812345678", [first]),
        ("?q=K3", [third, sale]),
        ("?q=K3&by=sku&kind=order", [third]),
        ("?q=K3&by=customer", []),
        ("?q=nothing-like-it", []),
        ("?channel=till", [sale]),
        ("?channel=nowhere", []),
        ("?state=allocated", [third]),
        ("?kind=sale", [sale]),
        ("?show=waiting", [third, second, first]),
        ("?show=late", []),
        ("?from=2026-01-21&to=2026-01-21", [sale]),  # in Shanghai; in UTC it was the day before
        ("?from=2026-01-20&to=2026-01-20", []),
        ("?from=nonsense&after=nonsense", [third, second, first, sale]),
    ):
        assert listed(await client.get(f"/orders{query}")) == expected, query


async def test_what_lapses_soon_is_late(place: Place) -> None:
    soon = await placed(place, hold_minutes=10)
    await placed(place, hold_minutes=60)
    client = await place.visitor()

    page = await client.get("/orders?show=late")

    assert listed(page) == [soon]
    assert "Late" in told(page)


async def test_pages_follow_each_other(place: Place) -> None:
    numbers = [await placed(place, lines=[{"sku": "K1", "quantity": 1}], node=f"S{1 + n % 2}") for n in range(53)]
    client = await place.visitor()

    page = await client.get("/orders?channel=web")
    behind = page.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    last = await client.get(behind)

    assert listed(page) + listed(last) == numbers[::-1]
    assert 'rel="next"' not in last.text
    assert 'href="/orders?channel=web"' in last.text  # back to the first page


async def test_a_store_associate_sees_one_store(place: Place) -> None:
    own, other = await placed(place), await placed(place, node="S2")
    associate = await place.visitor("store_associate", "S1")

    assert listed(await associate.get("/orders")) == [own]
    assert listed(await associate.get(f"/orders?q={other}")) == []
    assert (await associate.get("/orders?node=S2")).status_code == 403
    assert (await associate.get(f"/orders/{other}")).status_code == 403
    assert (await associate.get(f"/orders/{other}/ship")).status_code == 403
    assert (await associate.get(f"/orders/bulk?step=cancel&order={own}&order={other}")).status_code == 403
    assert (await associate.get("/orders/export.csv")).status_code == 403


async def test_who_may_not_read_orders_sees_none(place: Place) -> None:
    number = await placed(place)
    marketer = await place.visitor("marketer")
    for path in ("/orders", f"/orders/{number}", "/orders/views", "/orders/bulk?step=ship", f"/orders/{number}/pay"):
        assert (await marketer.get(path)).status_code == 403, path
    analyst = await place.visitor("analyst")
    page = await analyst.get(f"/orders/{number}")
    assert page.status_code == 200
    assert f"/orders/{number}/cancel" not in page.text
    assert (await analyst.get(f"/orders/{number}/cancel")).status_code == 403
    assert 'name="step"' not in (await analyst.get("/orders")).text


async def test_the_export_is_the_list_as_it_is_narrowed(place: Place) -> None:
    number = await placed(place, external_id="W-1", customer="=1+1")
    await placed(place, node="S2")
    analyst = await place.visitor("analyst")

    answer = await analyst.get("/orders/export.csv?node=S1")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    seen = [(row["order"], row["total"], row["customer_reference"]) for row in rows]
    assert seen == [(str(number), "3.50", "••••1")]
    assert int(rows[0]["customer"]) > 0
    assert (await analyst.get("/orders/export.csv?personal=shown")).status_code == 403
    clear = await (await place.visitor("administrator")).get("/orders/export.csv?node=S1&personal=shown")
    assert "'=1+1" in clear.text
    assert await unmasked(place) == [int(rows[0]["customer"])]
    assert rows[0]["placed_at"].endswith("+08:00")


async def unmasked(place: Place) -> list[int]:
    """Whose data somebody saw in the clear, by the audit trail."""
    async with place.database.transaction() as connection:
        cursor = await connection.execute(
            "select subject from platform.event where type = 'customers.customer_unmasked' order by id"
        )
        return [row[0] for row in await cursor.fetchall()]


async def test_an_order_shows_its_customer_masked_until_somebody_who_may_asks(place: Place) -> None:
    number = await placed(place, customer="+8613812345678")
    again = await placed(place, customer="+8613812345678")
    await placed(place, customer="+8613900005678")
    agent, analyst = await place.visitor("service_agent"), await place.visitor("analyst")
    customer = (await place.api("GET", f"/v1/orders/{number}"))["customer"]

    page = (await agent.get(f"/orders/{number}")).text
    assert "••••5678" in page
    assert "13812345678" not in page + (await agent.get("/orders")).text + (await agent.get("/search?q=5678")).text
    assert f'href="/customers/{customer}"' in page
    assert f'href="/orders?customer={customer}"' in (await analyst.get(f"/orders/{number}")).text
    assert "Show personal data" in page
    assert await unmasked(place) == []

    assert "+8613812345678" in (await agent.get(f"/orders/{number}?personal=shown")).text
    assert await unmasked(place) == [customer]

    hidden = (await analyst.get(f"/orders/{number}?personal=shown")).text
    assert "••••5678" in hidden
    assert "13812345678" not in hidden
    assert "Show personal data" not in hidden
    assert await unmasked(place) == [customer]
    for query, expected in (
        (f"customer={customer}", [again, number]),
        (f"customer={customer}&q=5678", [again, number]),
        (f"customer={customer}&q=%2B8613900005678", []),
        ("customer=1", []),
        ("customer=x", []),
        (f"customer={10**30}", []),
    ):
        assert listed(await agent.get(f"/orders?{query}")) == expected, query


async def test_views_are_kept_and_forgotten(place: Place) -> None:
    await placed(place)
    client, other = await place.visitor(), await place.visitor()

    form = await opened(client, "/orders/views?state=placed&node=S1&view=ignored", name="Morning")
    saved = await client.post("/orders/views", data=form)
    assert saved.status_code == 303
    assert saved.headers["location"] == "/orders?node=S1&state=placed&view=Morning"
    again = await client.post("/orders/views", data=form)
    assert again.status_code == 303

    page = await client.get(saved.headers["location"])
    assert page.text.count("> Morning</a>") == 1
    assert "Morning" not in (await other.get("/orders")).text
    gone = await client.post("/orders/views/delete", data=fields(page, "/orders/views/delete"))
    assert gone.status_code == 303
    assert "> Morning</a>" not in (await client.get("/orders")).text


async def test_a_view_needs_a_name(place: Place) -> None:
    client = await place.visitor()
    form = await opened(client, "/orders/views?state=placed", name=" ")
    answer = await client.post("/orders/views", data=form)
    assert answer.status_code == 422
    assert 'value="state=placed"' in answer.text
    form = await opened(client, "/orders/views?state=placed", name="x")
    form["csrf"] = ["forged"]
    assert (await client.post("/orders/views", data=form)).status_code == 403
