"""The list of customers: whom it finds, how it is narrowed, what of it is kept, who may see it."""

import re
from urllib.parse import quote

import httpx
import pytest

from tests.console.conftest import Place
from tests.console.customers_people import CARD, EMAIL, PHONE, follow, sold, told, wang
from tests.console.orders_forms import fields, opened, placed
from tests.console.orders_forms import told as words

pytestmark = pytest.mark.anyio


def listed(page: httpx.Response) -> list[int]:
    """The customers of a list, in its order."""
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'class="fw-bold" href="/customers/(\d+)"', page.text)]


async def test_people_are_found_by_all_that_is_known_of_them(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    order = await placed(place, customer="shopper-4711", external_id="W-1")
    client = await place.visitor()

    for text, expected in (
        ("", [other, number]),
        ("王小明", [number]),
        ("wangxiaoming", [number]),
        ("wxm", [number]),
        (PHONE, [number]),
        (f"+86 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", [number]),
        (PHONE[-4:], [number]),
        (PHONE[-7:], [number]),
        (EMAIL, [number]),
        (CARD, [number]),
        (CARD[-4:], [number]),
        ("shopper-4711", [number]),
        (str(number), [number]),
        (str(order), [number]),
        ("W-1", [number]),
        ("李雪梅", [other]),
        ("nobody at all", []),
        ("\x00", []),
        ("9" * 40, []),
        ("x" * 300, []),
    ):
        assert listed(await client.get(f"/customers?q={quote(text)}")) == expected, text
    assert "Nobody is called like this" in words(await client.get("/customers?q=nobody"))


async def test_nothing_personal_is_in_the_clear(place: Place) -> None:
    await wang(place)
    client = await place.visitor("administrator")

    page = (await client.get("/customers")).text

    for secret in ("王小明", PHONE, EMAIL, CARD):
        assert secret not in page
    assert "••••0077" in page


async def test_the_list_is_narrowed_by_tag_segment_last_seen_and_spend(place: Place) -> None:
    number = await wang(place)
    other = await told(place, "crm", "c-9", name="李雪梅")
    await sold(place, "T-77", amount=90_000)
    await place.api("POST", f"/v1/customers/{number}/tags", {"tag": "likes-tea"})
    condition = {"trait": "orders_total", "op": ">=", "value": 1}
    segment = (await place.api("POST", "/v1/segments", {"name": "Buyers", "condition": condition}))["id"]
    await follow(place)
    client = await place.visitor()

    for query, expected in (
        ("tag=likes-tea", [number]),
        ("tag=likes-tea&q=李雪梅", []),
        ("tag=likes-tea&q=王小明", [number]),
        ("tag=nothing-like-it", []),
        ("tag=likes%00tea", []),
        ("tag=one_time_buyer", None),
        (f"segment={segment}", [number]),
        (f"segment={segment}&q=李雪梅", []),
        (f"segment={segment}&tag=likes-tea", [number]),
        ("segment=1", []),
        ("segment=x", []),
        (f"segment={10**30}", []),
        ("spend=900", [number]),
        ("spend=900.01", []),
        ("spend=1,000", []),
        ("spend=0&seen=7", [number]),
        ("seen=7", [other, number]),
        ("seen=not-30", []),
        ("seen=nonsense", [other, number]),
        (f"after={other}", [number]),
        ("after=nonsense", [other, number]),
    ):
        found = listed(await client.get(f"/customers?{query}"))
        assert expected is None or found == expected, query
    wrong = await client.get("/customers?spend=much")
    assert "This is no amount." in words(wrong)
    assert listed(wrong) == []


async def test_a_computed_tag_is_a_filter(place: Place) -> None:
    number = await wang(place)
    await told(place, "crm", "c-9", name="李雪梅")
    await follow(place)
    client = await place.visitor()
    page = await client.get("/customers")
    computed = page.text.partition('<optgroup label="Computed">')[2]
    tags = re.findall(r'<option value="([^"]+)"', computed.partition("</optgroup>")[0])
    assert len(tags) >= 200

    wechat = next(tag for tag in tags if "wechat" in tag)

    assert listed(await client.get(f"/customers?tag={quote(wechat)}")) == [number]


async def test_pages_follow_each_other(place: Place) -> None:
    numbers = [await told(place, "crm", f"c-{n}", name="李雪梅") for n in range(53)]
    await follow(place)
    client = await place.visitor()

    for query in ("", "seen=7"):
        page = await client.get(f"/customers?{query}")
        behind = page.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        last = await client.get(behind)
        assert listed(page) + listed(last) == numbers[::-1], query
        assert 'rel="next"' not in last.text


async def test_views_are_kept_without_the_searched_text(place: Place) -> None:
    await wang(place)
    await follow(place)
    client, other = await place.visitor(), await place.visitor()

    form = await opened(client, f"/customers/views?seen=7&q={PHONE}", name="Lately")
    assert PHONE not in str(form)
    saved = await client.post("/customers/views", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/customers?seen=7&view=Lately")
    assert (await client.post("/customers/views", data=form)).status_code == 303
    page = await client.get(saved.headers["location"])
    assert "Lately" in words(page)
    assert "Lately" not in words(await other.get("/customers"))
    form["name"] = [""]
    refused = await client.post("/customers/views", data=form)
    assert refused.status_code == 422
    assert "A view has a name" in words(refused)

    gone = await client.post("/customers/views/delete", data=fields(page, "/customers/views/delete"))
    assert gone.headers["location"] == "/customers?seen=7"
    assert "Lately" not in words(await client.get("/customers"))


async def test_who_sees_customers_and_who_does_not(place: Place) -> None:
    number = await wang(place)
    order = await placed(place, customer="shopper-4711", node="S2")
    await follow(place)
    for role in ("administrator", "operations_manager", "marketer", "service_agent", "privacy_officer"):
        page = await (await place.visitor(role)).get("/customers")
        assert listed(page) == [number], role
        assert ('name="tag"' in page.text) == (role not in ("service_agent", "privacy_officer")), role
    associate = await place.visitor("store_associate", "S1")
    assert listed(await associate.get("/customers?q=0077")) == [number]
    assert listed(await associate.get(f"/customers?q={order}")) == []  # another node's
    assert listed(await (await place.visitor("marketer")).get(f"/customers?q={order}")) == []
    assert (await (await place.visitor("analyst")).get("/customers")).status_code == 403
    assert (await place.stranger().get("/customers")).headers["location"].startswith("/sign-in")


async def test_a_shop_without_customers_says_so(place: Place) -> None:
    page = await (await place.visitor()).get("/customers")
    assert "No customers yet" in words(page)
