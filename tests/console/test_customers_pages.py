"""The pages of one customer: what each shows, masked; who may see it; a customer merged away, erased, kept only."""

import re
from typing import Any, Literal

import pytest

from mainstem.domains import customers
from mainstem.processes.erase_customer import ERASE_CUSTOMER
from tests.console.conftest import Place
from tests.console.customers_people import CARD, EMAIL, PHONE, STREET, done, follow, sold, told, wang
from tests.console.orders_forms import placed
from tests.console.orders_forms import told as words

pytestmark = pytest.mark.anyio

TABS = ("", "/timeline", "/traits", "/records")
SECRETS = ("王小明", PHONE, EMAIL, CARD, STREET, "1988-03-14", "shopper-4711", "oUnion_0077")


async def advanced(place: Place, request: Any, *states: Literal["in_progress", "done"]) -> None:  # noqa: ANN401 - JSON
    """Take a request through states."""
    for state in states:
        step = customers.rights.AdvanceRequest(request["request"], state)
        await done(place, customers.rights.ADVANCE_REQUEST, step)


async def test_every_page_is_masked_for_everybody(place: Place) -> None:
    number = await wang(place)
    await sold(place, "T-77")
    await placed(place, customer="shopper-4711")
    await follow(place)
    for role in ("administrator", "operations_manager", "marketer", "service_agent", "privacy_officer"):
        client = await place.visitor(role)
        for tab in TABS:
            page = await client.get(f"/customers/{number}{tab}")
            assert page.status_code == 200, (role, tab)
            for secret in SECRETS:
                assert secret not in page.text, (role, tab, secret)
            assert "••••0077" in page.text
    associate = await place.visitor("store_associate", "S1")
    assert (await associate.get(f"/customers/{number}")).status_code == 200
    for role in ("analyst",):
        client = await place.visitor(role)
        for tab in (*TABS, "/clear"):
            assert (await client.get(f"/customers/{number}{tab}")).status_code == 403, (role, tab)
    client = await place.visitor()
    for missing in ("1", "0", str(10**30)):
        for tab in TABS:
            assert (await client.get(f"/customers/{missing}{tab}")).status_code == 404, (missing, tab)


async def test_the_overview_says_what_is_known_and_where_from(place: Place) -> None:
    number = await wang(place)
    await sold(place, "T-77", amount=900)
    await sold(place, "T-77", "2026-11-20", node="S2", amount=300)
    order = await placed(place, customer="shopper-4711")
    condition = {"trait": "orders_total", "op": ">=", "value": 1}
    await place.api("POST", "/v1/segments", {"name": "Buyers", "condition": condition})
    await follow(place)

    page = await (await place.visitor("administrator")).get(f"/customers/{number}")
    text = words(page)

    assert "Spent in all CN¥15.50" in text  # 9.00, 3.00, 3.50
    assert "Purchases 3" in text
    assert "Favourite store" in text
    assert "verified by the source" in text
    assert "the only value" in text
    assert "Buyers since" in text
    assert page.text.count('data-chart="') == 2
    assert re.search(r"Open orders.*?" + str(order), text)
    assert "Service The contract with you Allowed" in text
    assert "Marketing Your consent Not given" in text
    assert f'href="/customers/{number}/merge"' in page.text
    assert f'href="/customers/{number}/split"' in page.text
    assert f'href="/customers/{number}/clear?tab=overview"' in page.text

    marketer = await (await place.visitor("marketer")).get(f"/customers/{number}")
    assert "Latest orders and sales" not in words(marketer)
    for action in ("merge", "split", "clear"):
        assert f"/customers/{number}/{action}" not in marketer.text
    associate = words(await (await place.visitor("store_associate", "S2")).get(f"/customers/{number}"))
    assert "Latest orders and sales" in associate
    assert str(order) not in associate


async def test_somebody_of_whom_nothing_was_computed_or_bought(place: Place) -> None:
    number = await wang(place)
    client = await place.visitor()
    text = words(await client.get(f"/customers/{number}"))
    assert "There are none yet." in text
    assert "Nothing was ordered or bought yet." in text
    assert "Nothing is computed" in words(await client.get(f"/customers/{number}/traits"))
    await placed(place, customer="somebody-new")
    async with place.database.transaction() as connection:
        cursor = await connection.execute("select max(id) from customers.source_record")
        ((introduced,),) = await cursor.fetchall()
    page = await client.get(f"/customers/{introduced}")
    assert f"Customer {introduced}" in words(page)
    assert "No source has told a name" in words(page)
    assert "First named by a source" in words(await client.get(f"/customers/{introduced}/timeline"))
    assert "There is one record" in words(await client.get(f"/customers/{introduced}/records"))


async def test_the_timeline_tells_everything_latest_first(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    sale = await sold(place, "T-77")
    order = await placed(place, customer="shopper-4711")
    await place.api("POST", f"/v1/orders/{order}/payments", {"tenders": [{"kind": "wechat_pay", "amount_minor": 350}]})
    await place.api("POST", f"/v1/customers/{number}/merge", {"other": other, "reason": "came to the counter"})
    await place.api("POST", f"/v1/customers/{number}/tags", {"tag": "likes-tea"})
    await place.api("POST", f"/v1/customers/{number}/requests", {"kind": "access", "law": "pipl"})
    await follow(place)
    client = await place.visitor("administrator")

    text = words(await client.get(f"/customers/{number}/timeline"))

    shown = [
        "Privacy request received",
        "Tag attached likes-tea",
        f"with customer {other}",
        f"Payment recorded Order {order} WeChat Pay CN¥3.50",
        f"Order placed Order {order} CN¥3.50",
        f"Sale recorded Sale {sale} CN¥9.00",
    ]
    places = [text.index(one) for one in shown]
    assert places == sorted(places)
    assert text.index("A source told something new") < places[-1]  # it was sold before anybody told of it

    for query, present, absent in (
        ("kind=payment", "Payment recorded", "Tag attached"),
        ("kind=tag", "Tag attached", "Payment recorded"),
        ("channel=till", "Sale recorded", "Order placed"),
        ("channel=web", "Order placed", "Sale recorded"),
        ("channel=crm", "A source told something new", "Order placed"),
        ("channel=nowhere", "Nothing of this kind", "Order placed"),
        ("kind=nonsense", "Tag attached", "Nothing of this kind"),
        ("after=nonsense", "Tag attached", "Nothing of this kind"),
    ):
        found = words(await client.get(f"/customers/{number}/timeline?{query}"))
        lines = found.partition("All channels")[2]
        assert present in lines, query
        assert absent not in lines, query

    marketer = words(await (await place.visitor("marketer")).get(f"/customers/{number}/timeline"))
    assert "your role does not include them" in marketer
    assert f"Order {order}" not in marketer
    associate = words(await (await place.visitor("store_associate", "S2")).get(f"/customers/{number}/timeline"))
    assert f"Order {order}" not in associate
    assert "only those of your node" in associate


async def test_pages_of_the_timeline_follow_each_other(place: Place) -> None:
    await wang(place)
    sales = [await sold(place, "T-77", f"2026-{1 + n % 9:02d}-{1 + n % 28:02d}") for n in range(60)]
    number = (await place.api("GET", f"/v1/orders/{sales[0]}"))["customer"]
    client = await place.visitor()
    path = f"/customers/{number}/timeline?kind=order"

    first = await client.get(path)
    behind = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await client.get(behind)

    found = [int(one) for page in (first, second) for one in re.findall(r'href="/orders/(\d+)"', page.text)]
    assert sorted(found) == sorted(sales)
    assert 'rel="next"' not in second.text


async def test_traits_say_what_they_mean_and_how_old_they_are(place: Place) -> None:
    number = await wang(place)
    await sold(place, "T-77")
    await follow(place)

    text = words(await (await place.visitor()).get(f"/customers/{number}/traits"))

    for trait in customers.TRAITS.values():
        assert trait.en.replace("'", "&#39;") in text
    assert "Spent by channel spend_by_channel Till: CN¥9.00 added up over the records" in text
    assert "Is known at WeChat has_wechat yes true when it is for one record" in text
    chinese = words(await (await place.visitor(language="zh-CN")).get(f"/customers/{number}/traits"))
    assert "累计消费" in chinese


async def test_records_say_why_they_are_one_person(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    await place.api("POST", f"/v1/customers/{number}/merge", {"other": other, "reason": "came to the counter"})
    client = await place.visitor("privacy_officer")

    page = await client.get(f"/customers/{number}/records")
    text = words(page)

    assert "Shared identifier: WeChat unionid" in text
    assert "Shared identifier: Telephone number" in text
    assert "Said by a person" in text
    assert "a placeholder, nobody&#39;s value" in text  # 13800000000
    assert page.text.count('class="customer-point"') == 4
    assert page.text.count('class="customer-edge customer-edge-joins"') >= 3
    assert " style=" not in page.text
    assert f'id="record-{other}"' in page.text


async def test_an_id_of_before_a_merge_leads_to_the_customer_of_today(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    await place.api("POST", f"/v1/customers/{number}/merge", {"other": other, "reason": "came to the counter"})
    client = await place.visitor("administrator")

    for tab in (*TABS, "/clear"):
        moved = await client.get(f"/customers/{other}{tab}?lang=zh")
        assert (moved.status_code, moved.headers["location"]) == (303, f"/customers/{number}{tab}?lang=zh")


async def test_an_erased_person_is_a_number_with_orders(place: Place) -> None:
    number = await wang(place)
    sale = await sold(place, "T-77")
    await follow(place)
    request = await place.api(
        "POST", f"/v1/customers/{number}/requests", {"kind": "erasure", "law": "pipl", "identity": "in_person"}
    )
    await advanced(place, request, "in_progress")
    await done(place, ERASE_CUSTOMER, customers.rights.EraseCustomer(request["request"]))
    await follow(place)
    client = await place.visitor("administrator")

    async with place.database.transaction() as connection:
        cursor = await connection.execute("select customer from orders.customer_order where id = %s", (sale,))
        ((record,),) = await cursor.fetchall()
    page = await client.get(f"/customers/{record}")
    text = words(page)
    assert "Erased" in text
    assert "What was known of this person was erased." in text
    assert str(sale) in text
    for tab in TABS:
        assert (await client.get(f"/customers/{record}{tab}")).status_code == 200
    for action in ("merge", "clear", "tags"):
        assert f"/customers/{record}/{action}" not in page.text


async def test_the_household_is_shown(place: Place) -> None:
    number, other = [
        await told(
            place,
            "web",
            name,
            customers.Identifier("unionid", f"oAbcdefgh1234567890abcdefgh{name}"),
            name=name,
            street="延安中路998号3幢502室",
            city="上海市",
        )
        for name in ("王小明", "王芳")
    ]
    await follow(place)
    client = await place.visitor()

    page = await client.get(f"/customers/{number}")

    assert f'href="/customers/{other}"' in page.text
    assert "same address" in words(page)
    assert "王芳" not in page.text


async def test_a_person_whose_data_is_kept_only_is_marked(place: Place) -> None:
    number = await wang(place)
    request = await place.api(
        "POST", f"/v1/customers/{number}/requests", {"kind": "restriction", "law": "gdpr", "identity": "in_person"}
    )
    await advanced(place, request, "in_progress", "done")
    await follow(place)
    client = await place.visitor()
    assert "Kept only" in words(await client.get(f"/customers/{number}"))
    assert "Kept only" in words(await client.get("/customers"))
