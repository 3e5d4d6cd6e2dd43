"""The list, a promotion's page and steps, the calendar, who excludes whom, product lists and coupons."""

import pytest

from tests.console.conftest import Place
from tests.console.promotions_forms import fields, opened, promote, told

pytestmark = pytest.mark.anyio


async def test_the_list_is_searched_and_kept_as_a_view(place: Place) -> None:
    await promote(place)
    await promote(place, code="OTHER", name={"en": "Autumn"})
    client = await place.visitor("administrator")
    page = await client.get("/promotions?q=milk")
    assert "Milk week MILK-20 20% off goods of category “Food/Milk” Draft" in told(page)
    assert "CN¥0.00 of CN¥500.00 0 / 100" in told(page)
    assert "OTHER" not in page.text
    assert "No promotion fits" in told(await client.get("/promotions?q=nothing"))
    form = await opened(client, "/views/promotions?q=milk", "/views/promotions")
    kept = await client.post("/views/promotions", data=form | {"name": "Milk"})
    assert kept.headers["location"] == "/promotions?q=milk&view=Milk"


async def test_somebody_else_approves_and_the_history_says_what_changed(place: Place) -> None:
    writer, other = await place.visitor("administrator"), await place.visitor("administrator")
    await promote(place)
    form = await opened(writer, "/promotions/MILK-20/edit")
    assert (await writer.post("/promotions/MILK-20/edit", data=form | {"/reward/percent": "55"})).status_code == 303
    own = await writer.get("/promotions/MILK-20")
    assert "somebody else must approve it" in told(own)
    assert "/step/approve" not in own.text
    refused = await writer.post(
        "/promotions/MILK-20/step/start", data=await opened(writer, "/promotions/MILK-20/step/start")
    )
    assert refused.status_code == 409
    for verb, said in (("approve", "is approved"), ("start", "is live"), ("pause", "is paused"), ("end", "has ended")):
        path = f"/promotions/MILK-20/step/{verb}"
        done = await other.post(path, data=await opened(other, path) | {"note": f"because {verb}"})
        assert done.status_code == 303, (said, done.text)
    text = told(await other.get("/promotions/MILK-20"))
    assert "/reward/percent 20 55" in text
    assert "“because pause”" in text
    assert "牛奶周 渠道为“" in text
    analyst = await place.visitor("analyst")
    assert (await analyst.get("/promotions/MILK-20/step/end")).status_code == 403
    for path in ("/promotions/NOPE", "/promotions/MILK-20/step/fly"):
        assert (await other.get(path)).status_code == 404


async def test_the_calendar_and_who_excludes_whom(place: Place) -> None:
    await promote(place, valid_until="2026-12-15T00:00:00+08:00")
    await promote(place, code="ALL", name={"en": "Everywhere"}, when=[], reward={"type": "amount", "amount_minor": 100})
    await promote(place, code="ALONE", name={"en": "Alone"}, when=[], stacking={"exclusive": "items"})
    client = await place.visitor("analyst")
    page = await client.get("/promotion-calendar?from=2026-11&months=3")
    assert '<rect class="bar bar-draft" x="0" y="4" width="1451" height="12"/>' in page.text
    assert "All channels Everywhere Alone" in told(page)
    assert "No promotions in these months" in told(await client.get("/promotion-calendar?from=2020-01"))
    excluded = told(await client.get("/promotion-conflicts"))
    assert "Alone ALONE Draft Milk week MILK-20 Draft Exclude each other" in excluded
    together = told(await client.get("/promotion-conflicts?how=together&code=ALL"))
    assert "Milk week MILK-20 Draft Everywhere ALL Draft Go together The second is computed" in together


async def test_product_lists_are_saved_whole(place: Place) -> None:
    client = await place.visitor("administrator")
    form = await opened(client, "/product-list")
    saved = await client.post("/product-list", data=form | {"name": "Winter", "skus": "K1\nK2"})
    assert saved.headers["location"] == "/product-list?name=Winter"
    form = await opened(client, "/product-list?name=Winter", "/product-list")
    assert form["skus"][0].split() == ["K1", "K2"]
    refused = await client.post("/product-list", data=form | {"skus": "K1 NOPE"})
    assert refused.status_code == 404
    assert fields(refused, "/product-list")["skus"][0].split() == ["K1", "NOPE"]
    assert (await client.post("/product-list", data=form | {"key": "later", "skus": "K3"})).status_code == 303
    assert "Winter 1" in told(await client.get("/product-lists"))


async def test_coupons_from_the_batch_to_the_code(place: Place) -> None:
    await promote(place, coupon=True, when=[])
    client = await place.visitor("administrator")
    form = await opened(client, "/new/coupons")
    made = await client.post("/new/coupons", data=form | {"code": "B1", "name_en": "Batch one", "count": "3"})
    assert made.headers["location"] == "/coupons/B1", made.text
    again = await client.post("/new/coupons", data=form | {"key": "k", "code": "B1", "name_en": "x", "kind": "unique"})
    assert again.status_code == 409
    assert "Batch one B1 MILK-20 Unique codes Active" in told(await client.get("/coupons"))
    sent = await client.post("/coupons/B1/codes", data=await opened(client, "/coupons/B1", "/coupons/B1/codes"))
    codes = [line.split(",")[1] for line in sent.text.splitlines()[1:]]
    assert len(set(codes)) == 3
    start = "/promotions/MILK-20/step/start"
    assert (await client.post(start, data=await opened(client, start))).status_code == 303
    form = await opened(client, "/coupon-check")
    assert "This code can be used now." in told(await client.post("/coupon-check", data=form | {"code": codes[0]}))
    wrong = await client.post("/coupon-check", data=form | {"key": "other", "code": "NOPE"})
    assert wrong.status_code == 404
    stop = await opened(client, "/coupons/B1", "/coupons/B1/stop")
    assert (await client.post("/coupons/B1/stop", data=stop)).status_code == 303
    assert "Withdrawn" in told(await client.get("/coupons/B1"))
    analyst = await place.visitor("analyst")
    assert (await analyst.post("/coupons/B1/codes", data={})).status_code == 403
