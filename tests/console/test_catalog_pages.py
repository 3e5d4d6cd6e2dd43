"""Products, nodes and channels: lists, pages, forms, who may, and two people who edit one thing."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.console.conftest import Place

pytestmark = pytest.mark.anyio

TEA = {
    "name": "特级龙井茶 Green tea",
    "brand": "Leaf",
    "category": "Drinks/Tea",
    "variants": [
        {"sku": "TEA-100", "name": "100 g", "gtins": ["6901234567892"], "attributes": {"size": "S"}},
        {"sku": "TEA-KG", "unit": "kg"},
    ],
}


async def tea(place: Place) -> int:
    made = await place.api("PUT", "/v1/products/TEA", TEA)
    number: int = made["id"]
    return number


def inputs(page: str) -> dict[str, Any]:
    """What a browser would send of the page's form, unchanged."""
    form = page[page.index('<form method="post" action="/', page.index('id="main"')) :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if said.get("type") == "checkbox" and " checked" not in tag:
            continue
        name = said["name"]
        value = said.get("value", "")
        found[name] = (
            value if name not in found else [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        )
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    texts = re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    return found | dict(texts)


async def edit(visitor: httpx.AsyncClient, url: str, **changes: Any) -> httpx.Response:  # noqa: ANN401 - fields
    """Open a form, change fields, send it."""
    answer = await visitor.get(url)
    assert answer.status_code == 200, answer.text
    return await visitor.post(
        url, data={**inputs(answer.text), **{k.replace("__", "-"): v for k, v in changes.items()}}
    )


async def test_products_are_listed_and_found(place: Place) -> None:
    number = await tea(place)
    manager = await place.visitor()
    page = (await manager.get("/products")).text
    assert f'href="/products/{number}"' in page
    for query, found in {
        "q=龙井": True,
        "q=tea+gre": True,
        "q=TEA-1": True,
        "q=6901234567892": True,
        "q=TEA": True,
        "q=coffee": False,
        "category=Drinks": True,
        "category=Drink": False,
        "brand=Leaf": True,
        "show=placeholders": False,
        "show=described": True,
        "after=99999999999999999999": True,
    }.items():
        answer = await manager.get(f"/products?{query}")
        assert answer.status_code == 200
        assert (f"/products/{number}" in answer.text) is found, query
    assert "No product is like that" in (await manager.get("/products?q=coffee")).text


async def test_a_list_has_pages(place: Place) -> None:
    items = [{"external_id": f"X{n:03}", "name": f"Thing {n:03}", "variants": [{"sku": f"X{n:03}"}]} for n in range(60)]
    await place.api("POST", "/v1/products/bulk", {"items": items})
    manager = await place.visitor()
    first = (await manager.get("/products?q=thing")).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = (await manager.get(following[1].replace("&amp;", "&"))).text
    assert "Thing 049" in first
    assert "Thing 050" not in first
    assert "Thing 050" in second
    assert "Thing 059" in second
    assert 'rel="next"' not in second


async def test_a_product_shows_variants_and_prices(place: Place) -> None:
    number = await tea(place)
    for minor, moment in ((3990, "2026-01-01T00:00:00Z"), (4190, "2026-02-01T00:00:00Z")):
        price = {"sku": "TEA-100", "currency": "CNY", "amount_minor": minor, "valid_from": moment}
        await place.api("POST", "/v1/prices", price)
    manager = await place.visitor()
    page = (await manager.get(f"/products/{number}?sku=TEA-100")).text
    assert "06901234567892" in page
    assert 'href="/stock/skus/TEA-100"' in page
    assert "kilograms" in page
    in_force, history = page[page.index("In force") :].split("History", 1)
    assert "CN¥41.90" in in_force
    assert "CN¥39.90" not in in_force
    assert "CN¥39.90" in history
    assert "No price yet" in (await manager.get(f"/products/{number}?sku=TEA-KG")).text
    assert (await manager.get("/products/1")).status_code == 404
    assert (await manager.get("/products/99999999999999999999")).status_code == 404


async def test_a_product_is_made_and_edited(place: Place) -> None:
    manager = await place.visitor()
    new = {
        "external_id": "MUG",
        "name": "Mug",
        "category": "Home/Cups",
        "v0__sku": "MUG-R",
        "v0__gtins": "4006381333931",
    }
    made = await edit(manager, "/new/product", **new, v0__attributes="colour=red; size=M")
    assert made.status_code == 303
    shown = await place.api("GET", "/v1/products/MUG")
    assert made.headers["location"] == f"/products/{shown['id']}"
    assert shown["variants"][0]["attributes"] == {"colour": "red", "size": "M"}
    url = f"/products/{shown['id']}/edit"
    assert (await edit(manager, url, name="Big mug", v1__sku="MUG-B")).status_code == 303
    after = await place.api("GET", "/v1/products/MUG")
    assert (after["name"], after["category"], after["revision"]) == ("Big mug", "Home/Cups", 2)
    assert [(v["sku"], v["gtins"]) for v in after["variants"]] == [("MUG-B", []), ("MUG-R", ["04006381333931"])]
    # Saved without a change, nothing changes.
    assert (await edit(manager, url)).status_code == 303
    assert (await place.api("GET", "/v1/products/MUG"))["revision"] == 2


async def test_what_was_typed_is_kept_when_it_is_refused(place: Place) -> None:
    manager = await place.visitor()
    answer = await edit(manager, "/new/product", external_id="MUG", name="Mug <b>", v0__sku="MUG-R", v0__gtins="123")
    assert answer.status_code == 422
    assert "123 is not a GTIN." in answer.text
    assert 'value="Mug &lt;b&gt;"' in answer.text
    assert 'value="MUG-R"' in answer.text
    assert re.search(r'is-invalid" id="f-v0-gtins"', answer.text)
    nothing = await edit(manager, "/new/product", external_id="MUG", name="Mug")
    assert "has no variant" in nothing.text


async def test_a_placeholder_is_described(place: Place) -> None:
    line = {"sku": "LOST-1", "quantity": 1, "amount_minor": 100}
    sale = {
        "channel": "till",
        "node": "S1",
        "external_id": "T-1",
        "occurred_at": "2026-01-02T10:00:00Z",
        "lines": [line],
    }
    await place.api("POST", "/v1/sales", sale)
    manager = await place.visitor()
    page = (await manager.get("/products?show=placeholders")).text
    found = re.search(r'href="/products/(\d+)"', page)
    assert found is not None
    assert "LOST-1" in page
    assert (await manager.get(f"/products/{found[1]}/edit")).headers[
        "location"
    ] == f"/new/product?placeholder={found[1]}"
    done = await edit(manager, f"/new/product?placeholder={found[1]}", external_id="FOUND", name="Found again")
    assert done.status_code == 303
    assert (await place.api("GET", "/v1/products/FOUND"))["variants"][0]["sku"] == "LOST-1"


async def test_a_node_is_made_shown_and_edited(place: Place) -> None:
    manager = await place.visitor()
    made = await edit(
        manager, "/new/node", code="BJ 1", name="Wangfujing", kind="store", time_zone="Asia/Shanghai",
        latitude="39.9149", longitude="116.4114", city="Beijing",
        hours__1="09:00-12:00, 14:00 – 21:00", hours__6="22：00~02:00", can__pick_up="1",
    )  # fmt: skip
    assert made.status_code == 303, made.text
    assert made.headers["location"] == "/nodes/BJ%201"
    node = await place.api("GET", "/v1/nodes/BJ%201")
    assert [(h["weekday"], h["opens"], h["closes"]) for h in node["opening_hours"]] == [
        (1, "09:00", "12:00"), (1, "14:00", "21:00"), (6, "22:00", "02:00"),
    ]  # fmt: skip
    assert node["capabilities"] == ["sell", "ship", "pick_up", "receive", "return"]
    page = (await manager.get("/nodes/BJ%201")).text
    for text in (
        "09:00–12:00, 14:00–21:00",
        "39.91490, 116.41140",
        "closed",
        "Monday",
        "/stock/nodes/BJ%201",
        "/orders?node=BJ%201",
    ):
        assert text in page, text
    assert (await edit(manager, "/nodes/BJ%201/edit", city="北京")).status_code == 303
    after = await place.api("GET", "/v1/nodes/BJ%201")
    assert {**after, "city": "", "revision": 0, "updated_at": ""} == {
        **node,
        "city": "",
        "revision": 0,
        "updated_at": "",
    }
    assert after["city"] == "北京"
    assert "北京" in (await manager.get("/nodes?q=北京&kind=store")).text
    assert "No node is like that" in (await manager.get("/nodes?q=%25")).text
    for name, value, said in (
        ("hours__2", "9-17", "are no opening hours"),
        ("latitude", "north", "is not a point on Earth"),
        ("time_zone", "Mars", "no time zone"),
    ):
        refused = await edit(manager, "/nodes/BJ%201/edit", **{name: value})
        assert refused.status_code == 422
        assert said in refused.text


async def test_two_people_edit_one_node(place: Place) -> None:
    first, second = await place.visitor(), await place.visitor()
    one, two = inputs((await first.get("/nodes/S1/edit")).text), inputs((await second.get("/nodes/S1/edit")).text)
    assert (await first.post("/nodes/S1/edit", data={**one, "city": "杭州"})).status_code == 303

    refused = await second.post("/nodes/S1/edit", data={**two, "name": "Bund store"})

    assert refused.status_code == 409
    assert "Somebody else has changed this meanwhile" in refused.text
    assert 'value="Bund store"' in refused.text
    table = refused.text[refused.text.index("What differs") : refused.text.index("Drop mine")]
    assert "杭州" in table
    assert "Bund store" in table
    assert (await place.api("GET", "/v1/nodes/S1"))["city"] == "杭州"
    # He has seen what is there now; saying it again is his decision.
    again = inputs(refused.text)
    assert (again["name"], again["city"]) == ("Bund store", "上海")
    assert (await second.post("/nodes/S1/edit", data={**again, "city": "杭州"})).status_code == 303
    node = await place.api("GET", "/v1/nodes/S1")
    assert (node["name"], node["city"]) == ("Bund store", "杭州")


async def test_a_form_sent_twice_writes_once(place: Place) -> None:
    manager = await place.visitor()
    form = inputs((await manager.get("/nodes/S1/edit")).text) | {"name": "One"}
    answers = [await manager.post("/nodes/S1/edit", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert (await place.api("GET", "/v1/nodes/S1"))["revision"] == 2


async def test_what_exists_is_not_made_again(place: Place) -> None:
    manager = await place.visitor()
    answer = await edit(manager, "/new/node", code="S1", name="Another", kind="store", time_zone="Asia/Shanghai")
    assert answer.status_code == 409
    assert (await place.api("GET", "/v1/nodes/S1"))["name"] == "S1"


async def test_the_nodes_of_a_channel_are_ordered(place: Place) -> None:
    manager = await place.visitor()
    page = (await manager.get("/channels/web/edit")).text
    assert [inputs(page)[name] for name in ("rank-0", "rank-1")] == ["1", "2"]
    assert (await edit(manager, "/channels/web/edit", rank__0="5")).status_code == 303
    assert (await place.api("GET", "/v1/channels/web"))["nodes"] == ["S2", "S1"]
    assert (await edit(manager, "/channels/web/edit", rank__0="")).status_code == 303
    assert (await place.api("GET", "/v1/channels/web"))["nodes"] == ["S1"]
    assert (await edit(manager, "/channels/web/edit", added="S2\nS1")).status_code == 303
    assert (await place.api("GET", "/v1/channels/web"))["nodes"] == ["S1", "S2"]
    unknown = await edit(manager, "/channels/web/edit", added="NOWHERE")
    assert unknown.status_code == 404
    assert "There is no node NOWHERE." in unknown.text
    assert ">NOWHERE</textarea>" in unknown.text
    made = await edit(manager, "/new/channel", code="app", name="App", kind="app", currency="cny", rank__1="1")
    assert made.headers["location"] == "/channels/app"
    assert (await place.api("GET", "/v1/channels/app"))["nodes"] == ["S2"]
    assert "S2" in (await manager.get("/channels/app")).text
    assert "app" in (await manager.get("/channels")).text
    assert (await manager.get("/channels/none")).status_code == 404


async def test_two_people_edit_one_product_and_one_channel(place: Place) -> None:
    number = await tea(place)
    manager = await place.visitor()
    for url, field in ((f"/products/{number}/edit", "name"), ("/channels/web/edit", "name")):
        one = inputs((await manager.get(url)).text)
        two = inputs((await manager.get(url)).text)
        assert (await manager.post(url, data={**one, field: "First"})).status_code == 303
        refused = await manager.post(url, data={**two, field: "Second"})
        assert refused.status_code == 409
        assert "First" in refused.text
        assert 'value="Second"' in refused.text


PAGES = ("/products", "/nodes", "/nodes/S1", "/channels", "/channels/web")
FORMS = ("/new/product", "/new/node", "/new/channel", "/nodes/S1/edit", "/channels/web/edit")


async def test_who_may_only_read_has_no_forms(place: Place) -> None:
    associate = await place.visitor("store_associate", "S1")
    csrf = inputs((await (await place.visitor()).get("/nodes/S1/edit")).text)
    for url in PAGES:
        answer = await associate.get(url)
        assert answer.status_code == 200
        assert "/edit" not in answer.text
        assert "/new/" not in answer.text
    for url in FORMS:
        assert (await associate.get(url)).status_code == 403
        assert (await associate.post(url, data=csrf)).status_code == 403
        assert (await place.stranger().get(url)).headers["location"] == f"/sign-in?next={quote(url, safe='')}"


async def test_chinese_pages_have_no_english_left(place: Place) -> None:
    number = await tea(place)
    await place.api("POST", "/v1/prices", {"sku": "TEA-100", "currency": "CNY", "amount_minor": 3990})
    manager = await place.visitor(language="zh-CN")
    urls = (
        *PAGES, *FORMS, f"/products/{number}", f"/products/{number}/edit", "/import", "/import/layouts/products",
        "/import/layouts/orders", "/products?q=none", "/nodes?q=none",
    )  # fmt: skip
    known = re.compile(
        r"Mainstem|English|简体中文|API|SKU|GTIN|CSV|JSON Lines|JSON|Parquet|MB|UTF-8|GB18030|GBK|GB2312|Windows-1252"
        r"|WGS|IANA|ISO|RFC|TEA-\w+|TEA|Green tea|Leaf|Drinks|Tea|Product \d|Food|Milk|Web|Till|[A-Z]{1,2}\d"
        r"|operations_manager|\w+/\w+(?:/\w+)?|Asia|CNY|web|till|size: S|100 g"
    )
    for url in urls:
        answer = await manager.get(url)
        assert answer.status_code == 200, url
        text = answer.text[answer.text.index('id="main"') :].partition(">")[2]
        text = re.sub(r"<(code|pre|script|option)\b.*?</\1>", " ", text, flags=re.DOTALL)
        if "/layouts/" in url:
            text = re.sub(r'data-label="说明">.*?</td>', " ", text)
            text = re.sub(r'<td data-label="备注">.*?</td>', " ", text)
        text = known.sub(" ", re.sub(r"<[^>]*>", " ", text))
        assert re.findall(r"[A-Za-z]{3,}", text) == [], url


async def test_the_api_takes_the_revision_that_was_seen(place: Place) -> None:
    node = {"name": "Bund", "kind": "store", "time_zone": "Asia/Shanghai"}
    done = await place.api("PUT", "/v1/nodes/S1", {**node, "expected_revision": 1})
    assert (done["created"], done["changed"], done["revision"]) == (False, True, 2)
    headers = {"authorization": f"Bearer {place.administrator}"}
    late = await place.stranger().put(
        "/v1/nodes/S1", json={**node, "name": "Mine", "expected_revision": 1}, headers=headers
    )
    assert late.status_code == 409
    assert late.json()["code"] == "revision_conflict"
